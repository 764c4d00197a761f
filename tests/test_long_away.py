"""Delivery was away for days, or the clock was set: what is due is dealt with once, in order, and the ledger holds."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.core.staff import Role
from bot.delivery import FURTHEST, LEASE
from bot.storage import Store
from bot.storage.ledger import Side
from tests.storage.world import NOW, Recorder, deliver_all, delivery, intake, message
from tests.test_delivery import BUSY, Provider
from tests.test_ledger_in_any_order import EVER

HOUR = timedelta(hours=1)


def someone(number: int) -> str:
    return f"whatsapp:+9198000000{number:02}"


def write(store: Store, learners: Sequence[int], text: str) -> None:
    for number in learners:
        intake(store).receive(message(f"{text}{number}", text, sender=someone(number)), now=NOW)


def differences(store: Store) -> list[int]:
    return [store.ledger.sums(*EVER)[side].difference for side in Side]


def test_a_worker_that_was_down_for_days_sends_everything_once_and_in_order(store: Store) -> None:
    write(store, range(10), "first")
    died_with = store.outbox.claim(now=NOW, lease=LEASE)
    assert died_with is not None
    write(store, range(10), "second")
    phone = Recorder()
    deliver_all(store, phone, NOW + timedelta(days=3))
    while store.outbox.queue().depth:
        deliver_all(store, phone, store.outbox.queue().oldest_due_at or NOW)
    for number in range(10):
        texts = [sent.reply.text for sent in phone.sent if sent.to == someone(number)]
        assert texts == ["You wrote: first", "You wrote: second"]
    assert differences(store) == [0, 0]


@pytest.mark.parametrize("steps", [(HOUR, timedelta()), (-HOUR, timedelta()), (HOUR, -HOUR)])
def test_a_clock_that_steps_by_an_hour_and_back_doubles_and_forgets_nothing(
    store: Store, steps: tuple[timedelta, timedelta]
) -> None:
    write(store, range(5), "first")
    delivery(store, Provider([BUSY], [])).run_once(NOW + steps[0])
    now, phone = NOW + steps[1], Recorder()
    write(store, range(5), "second")
    for _ in range(3):
        store.outbox.mend_times(furthest=FURTHEST, now=now)
        now += timedelta(minutes=16)
        deliver_all(store, phone, now)
    deliver_all(store, phone, NOW + HOUR)
    assert sorted(phone.texts) == ["You wrote: first"] * 5 + ["You wrote: second"] * 5
    assert differences(store) == [0, 0]


def test_a_clock_that_steps_by_an_hour_and_back_signs_nobody_out(store: Store) -> None:
    asha = store.accounts.add("asha@example.org", "Asha", Role.AGENT, now=NOW)
    token = store.accounts.open_session(asha.id, now=NOW)
    for step in (HOUR, -HOUR, timedelta()):
        assert store.accounts.signed_in(token, now=NOW + step) == asha
    assert store.accounts.signed_in(token, now=NOW + 14 * HOUR) is None
