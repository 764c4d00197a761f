"""The ledger holds whatever happens, and turns red for what the tables cannot prove."""

from datetime import datetime, timedelta

import pytest

from bot.channels import MaybeSent, Outgoing, Rejected, Sent
from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision
from bot.core.desk import HandoffOutcome
from bot.core.messages import DeliveryReport, Inbound, MessageState
from bot.core.staff import Role, Staff
from bot.desk import Desk
from bot.intake import Intake
from bot.storage import Store
from bot.storage.ledger import Part, Side, Sum
from tests.storage.test_insights_counting import statements
from tests.storage.world import (
    KNOWLEDGE,
    MUTE,
    NOW,
    Recorder,
    at_once,
    deliver_all,
    execute,
    intake,
    message,
    outgoing_of,
)

START, END = NOW - timedelta(days=1), NOW + timedelta(days=1)
BOB, EVE = "whatsapp:+919800000002", "whatsapp:+919800000003"


def sums(store: Store) -> dict[Side, Sum]:
    return store.ledger.sums(START, END)


def received(store: Store) -> dict[str, int]:
    """The parts that are not empty."""
    return {part: number for part, number in sums(store)[Side.RECEIVED].parts.items() if number}


def queued(store: Store) -> dict[str, int]:
    return {part: number for part, number in sums(store)[Side.QUEUED].parts.items() if number}


def differences(store: Store) -> tuple[int, int]:
    both = sums(store)
    return both[Side.RECEIVED].difference, both[Side.QUEUED].difference


def unproven(store: Store, side: Side) -> list[int]:
    return [entry.message_id for entry in store.ledger.unproven(side, START, END)]


def asha(store: Store) -> Staff:
    return store.accounts.add("asha@example.org", "Asha", Role.AGENT, now=NOW)


def desk(store: Store) -> Desk:
    return Desk(store, knowledge=lambda: KNOWLEDGE, wake=lambda: None)


def ignoring(conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
    return MUTE


class Refusing(Recorder):
    def send(self, outgoing: Outgoing) -> Sent:
        raise Rejected("63016", "Outside the window.")


class Doubtful(Recorder):
    def send(self, outgoing: Outgoing) -> Sent:
        raise MaybeSent("no answer")


def test_without_messages_both_sums_are_nothing(store: Store) -> None:
    both = sums(store)
    assert [(one.whole, sum(one.parts.values()), one.difference) for one in both.values()] == [(0, 0, 0)] * 2
    assert [len(one.parts) for one in both.values()] == [4, 6]


def test_every_message_that_came_in_is_in_one_part(store: Store) -> None:
    take = intake(store)
    take.receive(message("IN1"), now=NOW)
    take.receive(message("IN2", "a person please"), now=NOW)
    take.receive(message("IN3", "a person please", sender=BOB), now=NOW)
    conversation = store.conversation_of(BOB)
    assert conversation
    desk(store).claim(conversation.id, staff=asha(store), now=NOW)
    Intake(store, KNOWLEDGE, wake=lambda: None, rule=ignoring).receive(message("IN4", sender=EVE), now=NOW)
    assert received(store) == {Part.ANSWERED: 1, Part.WAITING: 1, Part.HANDED_OVER: 1, Part.IGNORED: 1}
    assert sums(store)[Side.RECEIVED].details[Part.IGNORED] == {"mute": 1}
    assert differences(store) == (0, 0)


def test_a_message_waits_until_somebody_takes_its_handoff_or_it_is_over(store: Store) -> None:
    intake(store).receive(message("IN1", "a person please"), now=NOW)
    assert received(store) == {Part.WAITING: 1}
    intake(store).receive(message("IN2", "back to the bot"), now=NOW)
    assert received(store) == {Part.HANDED_OVER: 1, Part.ANSWERED: 1}


def test_a_conversation_that_is_put_back_into_the_line_was_handed_over(store: Store) -> None:
    intake(store).receive(message("IN1", "a person please"), now=NOW)
    person, desks = asha(store), desk(store)
    desks.claim(1, staff=person, now=NOW)
    desks.release(1, staff=person, now=NOW)
    assert received(store) == {Part.HANDED_OVER: 1}
    desks.resolve(1, HandoffOutcome.ANSWERED, staff=person, now=NOW)
    assert received(store) == {Part.HANDED_OVER: 1}


def test_clocks_that_go_wrong_do_not_break_the_sum(store: Store) -> None:
    take = intake(store)
    take.receive(message("IN1", "a person please"), now=NOW)
    take.receive(message("IN2", "a person please"), now=NOW - timedelta(hours=1))
    take.receive(message("IN3", "back to the bot"), now=NOW - timedelta(hours=2))
    assert differences(store) == (0, 0)


def test_every_message_that_was_queued_is_in_one_part(store: Store) -> None:
    take, channel = intake(store), Recorder()
    for number in range(4):
        take.receive(message(f"IN{number}"), now=NOW)
    deliver_all(store, channel)
    for stored, state in zip(outgoing_of(store), (MessageState.DELIVERED, MessageState.READ), strict=False):
        store.record_report(DeliveryReport(stored.sid or "", state), now=NOW)
    take.receive(message("IN5"), now=NOW)
    deliver_all(store, Refusing())
    take.receive(message("IN6", sender=BOB), now=NOW)
    deliver_all(store, Doubtful())
    take.receive(message("IN7"), now=NOW)
    assert queued(store) == dict.fromkeys(
        (Part.DELIVERED, Part.READ, Part.FAILED, Part.MAYBE_SENT, Part.TO_BE_SENT), 1
    ) | {Part.SENT: 2}
    assert sums(store)[Side.QUEUED].details[Part.FAILED] == {"63016": 1}
    assert differences(store) == (0, 0)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("DELETE FROM messages WHERE in_reply_to = 1", (1, 0)),
        ("UPDATE messages SET outcome = 'ignored', reason = NULL WHERE id = 1", (1, 0)),
        ("UPDATE messages SET outcome = 'ignored', reason = '' WHERE id = 1", (1, 0)),
        ("UPDATE messages SET outcome = 'forgotten' WHERE id = 1", (1, 0)),
        ("UPDATE messages SET outcome = 'handed_over' WHERE id = 1", (1, 0)),
        ("UPDATE conversations SET status = 'bot' WHERE id = 2", (1, 0)),
        ("DELETE FROM handoffs", (1, 0)),
        ("UPDATE messages SET due_at = NULL WHERE in_reply_to = 1", (0, 1)),
        ("UPDATE messages SET state = 'sent', due_at = NULL WHERE in_reply_to = 1", (0, 1)),
        ("UPDATE messages SET state = 'failed' WHERE in_reply_to = 1", (0, 1)),
        ("UPDATE messages SET state = 'lost' WHERE in_reply_to = 1", (0, 1)),
    ],
)
def test_what_the_tables_do_not_prove_makes_a_sum_differ(
    store: Store, database_url: str, broken: str, expected: tuple[int, int]
) -> None:
    intake(store).receive(message("IN1"), now=NOW)
    intake(store).receive(message("IN2", "a person please", sender=BOB), now=NOW)
    assert differences(store) == (0, 0)
    execute(database_url, broken)
    assert differences(store) == expected
    assert (len(unproven(store, Side.RECEIVED)), len(unproven(store, Side.QUEUED))) == expected


def test_a_conversation_that_staff_cannot_see_is_not_handed_over(store: Store, database_url: str) -> None:
    intake(store).receive(message("IN1", "a person please"), now=NOW)
    desk(store).claim(1, staff=asha(store), now=NOW)
    execute(database_url, "UPDATE conversations SET status = 'bot'")
    assert differences(store) == (1, 0)


def test_the_messages_behind_a_figure_are_as_many_as_the_figure(store: Store) -> None:
    take = intake(store)
    for number, text in enumerate(["Hello", "a person please", "menu", "STOP", "a fault"]):
        take.receive(message(f"IN{number}", text), now=NOW)
    for side, one in sums(store).items():
        assert len(store.ledger.entries(side, None, START, END)) == one.whole
        for part, number in one.parts.items():
            assert len(store.ledger.entries(side, part, START, END)) == number
            for detail, of_them in one.details[part].items():
                assert len(store.ledger.entries(side, part, START, END, detail=detail)) == of_them


def test_the_messages_behind_a_figure_come_page_by_page(store: Store) -> None:
    for number in range(5):
        intake(store).receive(message(f"IN{number}", f"Hi {number}", name="Ann"), now=NOW)
    first = store.ledger.entries(Side.RECEIVED, Part.ANSWERED, START, END, limit=3)
    rest = store.ledger.entries(Side.RECEIVED, Part.ANSWERED, START, END, before_id=first[-1].message_id, limit=3)
    assert [entry.text for entry in (*first, *rest)] == ["Hi 4", "Hi 3", "Hi 2", "Hi 1", "Hi 0"]
    assert {(entry.name, entry.said, entry.detail, entry.is_erased) for entry in first} == {
        ("Ann", "answered", "answered", False)
    }


def test_only_the_period_counts(store: Store) -> None:
    for number, at in enumerate((START - timedelta(seconds=1), START, END - timedelta(seconds=1), END)):
        intake(store).receive(message(f"IN{number}"), now=at)
    assert [one.whole for one in sums(store).values()] == [2, 2]
    assert len(store.ledger.entries(Side.QUEUED, Part.TO_BE_SENT, START, END)) == 2


def test_an_erasure_leaves_the_sums_equal(store: Store) -> None:
    intake(store).receive(message("IN1"), now=NOW)
    intake(store).receive(message("IN2", "erase my data"), now=NOW)
    assert differences(store) == (0, 0)
    entries = store.ledger.entries(Side.QUEUED, Part.TO_BE_SENT, START, END)
    assert [(entry.name, entry.is_erased) for entry in entries] == [("", True)]
    deliver_all(store, Recorder())
    store.tidy(now=NOW)
    assert [one.whole for one in sums(store).values()] == [0, 0]


def test_counting_while_messages_come_in_never_shows_a_difference(store: Store) -> None:
    seen: list[tuple[int, int]] = []

    def write(sender: int) -> None:
        for number in range(10):
            intake(store).receive(message(f"IN{sender}-{number}", sender=f"whatsapp:+91980000001{sender}"), now=NOW)

    at_once(
        *(lambda sender=sender: write(sender) for sender in range(3)),
        lambda: seen.extend(differences(store) for _ in range(20)),
    )
    assert set(seen) == {(0, 0)}


def test_any_number_of_messages_takes_two_statements(store: Store) -> None:
    for number in range(10):
        intake(store).receive(message(f"IN{number}"), now=NOW)
    with statements(store) as asked:
        sums(store)
    assert len(asked) == 2
