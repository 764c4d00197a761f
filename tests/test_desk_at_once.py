"""Many at the desk at the same moment, and learners who write in between; processes that die."""

import signal
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision, Status
from bot.core.desk import HandoffOutcome, Refused
from bot.core.dialogue import decide
from bot.core.messages import Inbound, MessageState
from bot.core.staff import Role, Staff
from bot.intake import Intake
from bot.storage import Author, Store
from tests.at_desk import ASHA, RAVI, by, case_of, deeds, desk, hire, state_of, writes
from tests.core.talking import real_knowledge
from tests.staff_processes import die_while_replying, raise_all, reply_and_die, wake_all
from tests.storage.processes import run_together
from tests.storage.world import NOW, Recorder, at_once, deliver_all, execute, message

LATER = NOW + timedelta(days=2)
TWENTY = [Staff(10 + n, f"s{n}@example.org", f"Staff {n}", Role.AGENT) for n in range(20)]


@pytest.fixture
def waiting(store: Store, database_url: str) -> Store:
    hire(database_url)
    writes(store, "SM1", "what are the fees?")
    return store


@pytest.fixture
def taken(waiting: Store) -> Store:
    desk(waiting).claim(1, staff=ASHA, now=NOW)
    return waiting


def attempt(act: Callable[[], object]) -> object:
    """What came of an action: its result, or the sentence that refused it."""
    try:
        return act()
    except Refused as refusal:
        return str(refusal)


def test_of_twenty_claims_at_once_one_wins_and_the_others_are_told_who(waiting: Store, database_url: str) -> None:
    hire(database_url, *TWENTY)
    at_desk = desk(waiting)
    results = at_once(*[lambda one=one: attempt(lambda: at_desk.claim(1, staff=one, now=NOW)) for one in TWENTY])
    (winner,) = [one for one, result in zip(TWENTY, results, strict=True) if result is None]
    assert [result for result in results if result is not None] == [f"{winner.name} has this conversation."] * 19
    assert state_of(waiting) == (Status.OPEN, winner.id)
    assert deeds(database_url) == ["claimed"]


def test_of_many_who_take_over_from_the_same_colleague_one_wins(taken: Store, database_url: str) -> None:
    hire(database_url, *TWENTY)
    at_desk = desk(taken)
    results = at_once(
        *[lambda one=one: attempt(lambda: at_desk.take_over(1, ASHA.id, staff=one, now=NOW)) for one in TWENTY[:5]]
    )
    assert results.count(None) == 1
    assert deeds(database_url) == ["claimed", "taken_over"]


def test_the_same_form_from_ten_threads_is_one_reply(taken: Store) -> None:
    at_desk = desk(taken)
    ids = at_once(*[lambda: at_desk.reply(1, "Hello", "s1", staff=ASHA, now=NOW)] * 10)
    deliver_all(taken, phone := Recorder())
    assert len(set(ids)) == 1
    assert phone.texts.count("Hello") == 1


def test_the_same_retry_from_ten_threads_is_one_message(taken: Store, database_url: str) -> None:
    failed = desk(taken).reply(1, "Hello", "s1", staff=ASHA, now=NOW)
    execute(database_url, f"UPDATE messages SET state = 'failed', due_at = NULL WHERE id = {failed}")
    at_desk = desk(taken)
    assert len(set(at_once(*[lambda: at_desk.retry(1, failed, staff=ASHA, now=NOW)] * 10))) == 1
    assert len(by(taken, Author.STAFF)) == 2


def test_a_reply_that_meets_stop_is_refused_or_does_not_leave(taken: Store) -> None:
    at_desk = desk(taken)
    at_once(
        *[lambda n=n: attempt(lambda: at_desk.reply(1, "Hello", f"s{n}", staff=ASHA, now=NOW)) for n in range(5)],
        lambda: writes(taken, "SM2", "STOP"),
    )
    deliver_all(taken, phone := Recorder())
    assert "Hello" not in phone.texts
    assert {one.state for one in by(taken, Author.STAFF)} <= {MessageState.FAILED}


def test_a_reply_that_meets_a_take_over_comes_before_it_or_is_refused(taken: Store, database_url: str) -> None:
    at_desk = desk(taken)
    replies = [lambda n=n: attempt(lambda: at_desk.reply(1, "Hello", f"s{n}", staff=ASHA, now=NOW)) for n in range(5)]
    *results, _ = at_once(*replies, lambda: at_desk.take_over(1, ASHA.id, staff=RAVI, now=NOW))
    queued = [result for result in results if isinstance(result, int)]
    refused = [result for result in results if result == "Ravi has this conversation: take it over first."]
    assert len(queued) + len(refused) == 5
    assert deeds(database_url) == ["claimed", *["replied"] * len(queued), "taken_over"]


def test_once_claimed_while_a_message_is_decided_the_bot_is_silent_from_the_next_one_on(waiting: Store) -> None:
    deciding, claimed = threading.Event(), threading.Event()

    def slowly(conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
        deciding.set()
        return decide(conversation, inbound, knowledge, now=now)

    def claim() -> None:
        deciding.wait()
        desk(waiting).claim(1, staff=ASHA, now=NOW)
        claimed.set()

    intake = Intake(waiting, real_knowledge(), wake=lambda: None, rule=slowly)
    at_once(lambda: intake.receive(message("SM2", "tools for mlops"), now=NOW), claim)
    assert claimed.is_set()
    said = len(by(waiting, Author.BOT))
    writes(waiting, "SM3", "tools for ml")
    assert len(by(waiting, Author.BOT)) == said
    assert state_of(waiting) == (Status.OPEN, ASHA.id)


def test_claims_while_learners_write_never_leave_the_bot_talking(waiting: Store) -> None:
    at_desk = desk(waiting)
    texts = [f"SM1{n}" for n in range(8)]
    at_once(
        *[lambda sid=sid: writes(waiting, sid, "tools for mlops") for sid in texts],
        lambda: at_desk.claim(1, staff=ASHA, now=NOW),
    )
    assert state_of(waiting) == (Status.OPEN, ASHA.id)
    outcomes = [stored.reason for stored in waiting.thread(1) if stored.reason and stored.sid != "SM1"]
    first_silent = outcomes.index("with_staff") if "with_staff" in outcomes else len(outcomes)
    assert set(outcomes[first_silent:]) <= {"with_staff"}


def test_a_held_reply_leaves_once_when_ten_messages_come_at_once(taken: Store) -> None:
    desk(taken).hold(1, "held", "s1", staff=ASHA, now=LATER)
    at_once(*[lambda n=n: writes(taken, f"SM{n}", "hello", now=LATER) for n in range(2, 12)])
    deliver_all(taken, phone := Recorder(), LATER)
    assert phone.texts.count("held") == 1


def test_a_reply_held_while_the_learner_writes_is_not_left_behind(taken: Store) -> None:
    at_desk = desk(taken)
    result, _ = at_once(
        lambda: attempt(lambda: at_desk.hold(1, "held", "s1", staff=ASHA, now=LATER)),
        lambda: writes(taken, "SM2", "hello", now=LATER),
    )
    held, left = len(case_of(taken).held), len(by(taken, Author.STAFF))
    assert (held, left) == ((0, 1) if result is None else (0, 0))


def test_everything_at_once_ends_in_order_and_without_deadlock(taken: Store, database_url: str) -> None:
    at_desk, phone = desk(taken), Recorder()

    def deliver() -> None:
        for _ in range(10):
            deliver_all(taken, phone)

    at_once(
        deliver,
        deliver,
        *[lambda n=n: writes(taken, f"SM2{n}", "hello") for n in range(6)],
        *[lambda n=n: attempt(lambda: at_desk.reply(1, f"reply {n}", f"s{n}", staff=ASHA, now=NOW)) for n in range(6)],
        *[lambda n=n: at_desk.note(1, f"note {n}", staff=RAVI, now=NOW) for n in range(3)],
        *[lambda n=n: at_desk.mark_read(1, n, staff=RAVI) for n in range(3)],
        lambda: at_desk.here(1, typing=True, staff=RAVI, now=NOW),
        lambda: attempt(lambda: at_desk.snooze(1, LATER, staff=ASHA, now=NOW)),
    )
    deliver_all(taken, phone)
    replies = [one.text for one in by(taken, Author.STAFF)]
    assert sorted(replies) == [f"reply {n}" for n in range(6)]
    assert [text for text in phone.texts if text.startswith("reply")] == replies


# The clock


def test_what_slept_through_five_days_of_downtime_wakes_once(taken: Store, database_url: str) -> None:
    desk(taken).snooze(1, NOW + timedelta(hours=1), staff=ASHA, now=NOW)
    assert taken.wake_snoozed(now=NOW + timedelta(minutes=59)) == 0
    assert run_together(wake_all, (database_url, 5), (database_url, 5)) == [0, 0]
    assert (state_of(taken), case_of(taken).snoozed_until) == ((Status.OPEN, ASHA.id), None)
    assert deeds(database_url) == ["claimed", "snoozed", "woken"]


def test_a_message_wakes_a_snoozed_conversation_for_its_owner(taken: Store) -> None:
    desk(taken).snooze(1, LATER, staff=ASHA, now=NOW)
    writes(taken, "SM2", "hello?")
    assert (state_of(taken), case_of(taken).snoozed_until) == ((Status.OPEN, ASHA.id), None)
    assert taken.wake_snoozed(now=LATER) == 0


def test_a_promise_that_comes_due_is_raised_once_by_two_processes(waiting: Store, database_url: str) -> None:
    execute(database_url, "UPDATE handoffs SET promised_at = '2026-11-24 04:00:00+00:00'")
    execute(database_url, "UPDATE notifications SET due_at = NULL, attempts = 3")
    assert waiting.raise_promises(now=NOW) == 0
    assert run_together(raise_all, (database_url, 5), (database_url, 5)) == [0, 0]
    assert execute(database_url, "SELECT kind, attempts FROM notifications WHERE due_at IS NOT NULL") == [
        ("promise", 0)
    ]
    assert deeds(database_url) == ["promise_raised"]


@pytest.mark.parametrize("kept", ["replied", "resolved"])
def test_a_promise_that_was_kept_is_not_raised(taken: Store, database_url: str, kept: str) -> None:
    execute(database_url, "UPDATE handoffs SET promised_at = '2026-11-24 04:00:00+00:00'")
    if kept == "replied":
        desk(taken).reply(1, "Hello", "s1", staff=ASHA, now=NOW)
    else:
        desk(taken).resolve(1, HandoffOutcome.ANSWERED, staff=ASHA, now=NOW)
    assert taken.raise_promises(now=LATER) == 0


def test_a_promise_of_who_claims_but_does_not_answer_is_raised(taken: Store, database_url: str) -> None:
    execute(database_url, "UPDATE handoffs SET promised_at = '2026-11-24 04:00:00+00:00'")
    assert [taken.raise_promises(now=LATER) for _ in range(2)] == [1, 0]


# Processes that die


def test_killed_while_replying_nothing_is_kept_and_the_same_form_replies(taken: Store, database_url: str) -> None:
    assert run_together(die_while_replying, (database_url, "s1")) == [-signal.SIGKILL]
    assert not by(taken, Author.STAFF)
    desk(taken).reply(1, "Hello", "s1", staff=ASHA, now=NOW)
    assert len(by(taken, Author.STAFF)) == 1


def test_killed_after_replying_the_same_form_replies_no_more_and_the_reply_leaves(
    taken: Store, database_url: str
) -> None:
    assert run_together(reply_and_die, (database_url, "s1")) == [-signal.SIGKILL]
    desk(taken).reply(1, "Hello", "s1", staff=ASHA, now=NOW)
    with closing(Store(database_url)) as another:
        deliver_all(another, phone := Recorder())
    assert phone.texts.count("Hello") == 1
