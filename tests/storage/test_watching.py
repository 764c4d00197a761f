from datetime import timedelta

import pytest

from bot.core.window import CLOSING_SOON, WINDOW
from bot.storage import Store
from bot.storage.ledger import Part, Side
from bot.storage.records import Queue
from bot.storage.watching import CONFIDENCE_BOUNDS, LEDGER_PERIOD, RECENTLY, Watched
from tests.storage.test_insights_counting import statements
from tests.storage.world import NOW, Recorder, deliver_all, execute, intake, message

BOB = "whatsapp:+919800000002"
MINUTE = timedelta(minutes=1)


def look(store: Store) -> Watched:
    return store.watching.look(now=NOW)


def test_an_empty_store_has_nothing_to_tell(store: Store) -> None:
    watched = look(store)
    assert (watched.waiting, watched.waiting_since, watched.windows_closing) == (0, None, 0)
    assert (watched.queue, watched.decided) == (Queue(0, None), ())
    assert (watched.last_inbound_at, watched.last_beat_at) == (None, None)
    assert watched.differences == {Side.RECEIVED: 0, Side.QUEUED: 0}


def test_only_what_is_recent_is_counted(store: Store) -> None:
    for number, ago in enumerate((timedelta(), RECENTLY, RECENTLY + MINUTE)):
        intake(store).receive(message(f"IN{number}"), now=NOW - ago)
    assert look(store).sums[Side.RECEIVED].parts[Part.ANSWERED] == 2
    assert [one.number for one in look(store).decided] == [2]


def test_what_arrived_this_month_is_counted(store: Store, database_url: str) -> None:
    for number, ago in enumerate((timedelta(), timedelta(days=22), timedelta(days=23))):
        intake(store).receive(message(f"IN{number}"), now=NOW - ago)
    assert look(store).arrived == 0
    execute(database_url, "UPDATE messages SET state = 'delivered' WHERE direction = 'out'")
    assert look(store).arrived == 2


def test_what_arrived_is_counted_up_to_what_is_free(
    store: Store, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr("bot.storage.watching.COUNTED_ARRIVED", 2)
    for number in range(3):
        intake(store).receive(message(f"IN{number}"), now=NOW)
    execute(database_url, "UPDATE messages SET state = 'read' WHERE direction = 'out'")
    assert look(store).arrived == 2


def test_what_came_in_is_counted_by_the_kind_of_reply_and_its_topic(store: Store) -> None:
    for number in range(3):
        intake(store).receive(message(f"IN{number}"), now=NOW)
    (decided,) = look(store).decided
    assert (decided.action, decided.topic, decided.number) == ("answer", "tools", 3)
    assert decided.confidence == pytest.approx(2.7)
    assert decided.within == tuple(0 if bound < 0.9 else 3 for bound in CONFIDENCE_BOUNDS)


def test_handoffs_wait_until_somebody_has_them(store: Store, database_url: str) -> None:
    intake(store).receive(message("IN1", "a person please"), now=NOW - MINUTE)
    intake(store).receive(message("IN2", "a person please", sender=BOB), now=NOW)
    assert (look(store).waiting, look(store).waiting_since) == (2, NOW - MINUTE)
    execute(database_url, "UPDATE conversations SET status = 'open' WHERE id = 1")
    assert (look(store).waiting, look(store).waiting_since) == (1, NOW)


@pytest.mark.parametrize(
    ("left", "closing"), [(CLOSING_SOON + MINUTE, 0), (CLOSING_SOON, 1), (MINUTE, 1), (timedelta(), 0)]
)
def test_windows_of_conversations_with_staff_close_soon(store: Store, left: timedelta, closing: int) -> None:
    intake(store).receive(message("IN1", "a person please"), now=NOW - WINDOW + left)
    intake(store).receive(message("IN2", sender=BOB), now=NOW - WINDOW + left)
    assert look(store).windows_closing == closing


def test_the_queue_and_the_signs_of_life_are_told(store: Store) -> None:
    intake(store).receive(message("IN1"), now=NOW - MINUTE)
    store.beat(now=NOW)
    watched = look(store)
    assert (watched.queue, watched.last_inbound_at, watched.last_beat_at) == (Queue(1, NOW - MINUTE), NOW - MINUTE, NOW)
    assert store.watching.last_inbound_at() == NOW - MINUTE
    deliver_all(store, Recorder())
    assert look(store).queue == Queue(0, None)
    assert look(store).sums[Side.QUEUED].parts[Part.SENT] == 1


def test_a_sum_that_differs_is_told_for_a_day(store: Store, database_url: str) -> None:
    intake(store).receive(message("IN1"), now=NOW - LEDGER_PERIOD)
    execute(database_url, "UPDATE messages SET due_at = NULL")
    assert look(store).differences == {Side.RECEIVED: 0, Side.QUEUED: 1}


def test_any_number_of_messages_takes_as_many_statements(store: Store) -> None:
    with statements(store) as few:
        look(store)
    for number in range(10):
        intake(store).receive(message(f"IN{number}"), now=NOW)
    with statements(store) as many:
        look(store)
    assert len(few) == len(many) == 12
