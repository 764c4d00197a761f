"""Periodic work is done once, by whoever takes the turn."""

from datetime import timedelta

import pytest

from bot.storage import Store
from tests.storage.world import NOW, at_once

MINUTE = timedelta(minutes=1)


def test_a_turn_is_taken_by_one_of_many(store: Store) -> None:
    for minutes in range(3):
        now = NOW + minutes * MINUTE
        results = at_once(*[lambda now=now: store.turns.take("tidy", every=MINUTE, now=now)] * 8)
        assert sorted(results, key=bool) == [False] * 7 + [True]


def test_the_next_turn_comes_when_the_time_is_over(store: Store) -> None:
    assert store.turns.take("tidy", every=MINUTE, now=NOW)
    assert not store.turns.take("tidy", every=MINUTE, now=NOW + MINUTE - timedelta(seconds=1))
    assert store.turns.take("tidy", every=MINUTE, now=NOW + MINUTE)


def test_works_of_other_names_have_turns_of_their_own(store: Store) -> None:
    assert store.turns.take("tidy", every=MINUTE, now=NOW)
    assert store.turns.take("purge", every=MINUTE, now=NOW)


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(days=5), -timedelta(hours=1)])
def test_a_clock_that_was_set_or_a_pause_of_days_stops_no_work(store: Store, step: timedelta) -> None:
    assert store.turns.take("tidy", every=MINUTE, now=NOW)
    assert store.turns.take("tidy", every=MINUTE, now=NOW + step)
    assert not store.turns.take("tidy", every=MINUTE, now=NOW + step)
