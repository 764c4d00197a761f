"""What is kept of requests with a wrong signature, and what not."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.storage import Store
from bot.storage import quarantine as limits
from bot.storage.quarantine import KEPT_FOR, LONGEST_ADDRESS, MOST_A_MINUTE, Quarantine, Refused
from tests.storage.world import ANN, NOW, at_once

REQUEST = Refused("/webhooks/whatsapp", "http://bot/webhooks/whatsapp", "sig", b"From=Ann", ANN, "wrong")


@pytest.fixture
def quarantine(store: Store) -> Quarantine:
    return store.quarantine


def kept(quarantine: Quarantine, number: int, *, ours: bool = True) -> int:
    """Try to keep that many at one moment; return how many of them were."""
    return sum(quarantine.keep(REQUEST, from_our_account=ours, now=NOW) for _ in range(number))


def test_a_request_comes_back_as_it_was(quarantine: Quarantine) -> None:
    assert quarantine.keep(REQUEST, from_our_account=True, now=NOW)
    found = quarantine.newest(now=NOW)
    assert found is not None
    assert (found.received_at, found.request) == (NOW, REQUEST)


def test_they_are_read_in_the_order_they_came_in(quarantine: Quarantine) -> None:
    kept(quarantine, 2)
    first = quarantine.oldest(after_id=0, now=NOW)
    assert first is not None
    second = quarantine.oldest(after_id=first.id, now=NOW)
    assert second == quarantine.newest(now=NOW)
    assert second is not None
    assert quarantine.oldest(after_id=second.id, now=NOW) is None


def test_after_a_day_they_are_gone(store: Store) -> None:
    kept(store.quarantine, 1)
    assert store.quarantine.count(now=NOW + KEPT_FOR - timedelta(seconds=1)) == 1
    assert store.quarantine.count(now=NOW + KEPT_FOR) == 0
    store.tidy(now=NOW + KEPT_FOR)
    assert store.quarantine.count(now=NOW) == 0


def test_so_many_are_kept_a_minute(quarantine: Quarantine) -> None:
    assert kept(quarantine, MOST_A_MINUTE + 3) == MOST_A_MINUTE
    assert quarantine.keep(REQUEST, from_our_account=True, now=NOW + timedelta(minutes=1))


def test_strangers_leave_half_the_room(quarantine: Quarantine) -> None:
    assert kept(quarantine, MOST_A_MINUTE, ours=False) == MOST_A_MINUTE // 2
    assert kept(quarantine, 1) == 1


def test_so_many_are_kept_in_all(quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 3)
    assert kept(quarantine, 5) == 3
    assert not quarantine.keep(REQUEST, from_our_account=True, now=NOW + timedelta(hours=1))


def test_so_much_is_kept_a_minute_and_in_all(quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch) -> None:
    large = replace(REQUEST, body=b"x" * 60_000)
    monkeypatch.setattr(limits, "MOST_OCTETS", 130_000)
    monkeypatch.setattr(limits, "MOST_OCTETS_A_MINUTE", 70_000)
    keep = partial(quarantine.keep, large, from_our_account=True)
    assert [keep(now=NOW + timedelta(seconds=seconds)) for seconds in (0, 1, 61, 122)] == [True, False, True, False]


def test_many_at_once_do_not_pass_the_limit(quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 4)
    results = at_once(*[lambda: quarantine.keep(REQUEST, from_our_account=True, now=NOW)] * 10)
    assert results.count(True) == quarantine.count(now=NOW) == 4


def test_an_address_of_endless_length_is_not_kept(quarantine: Quarantine) -> None:
    endless = replace(REQUEST, target="/" + "x" * LONGEST_ADDRESS)
    assert not quarantine.keep(endless, from_our_account=True, now=NOW)
