"""What learners hear around a handoff: their place, a promise that is kept in mind, and how it was afterwards."""

import threading
from copy import copy
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bot.core.catalogue import Knowledge
from bot.core.conversation import Status
from bot.core.desk import HandoffOutcome, NoticeKind
from bot.core.knowledge import Opening, Weekday
from bot.desk import Desk
from bot.intake import Intake
from bot.storage import Author, StorageUnavailable, Store
from tests.at_desk import ASHA, by, case_of, desk, hire, state_of, writes
from tests.core.talking import real_knowledge
from tests.storage.world import NOW, Recorder, delivery, execute, message

EVENING = NOW + timedelta(hours=5)  # Monday, 20:00 in India
LEARNERS = [f"whatsapp:+91980000{number:04}" for number in range(3)]


def changed_school(**changes: Any) -> Knowledge:
    changed = copy(real_knowledge())
    changed.school = changed.school.model_copy(update=changes)
    return changed


def open_on_weekdays() -> Knowledge:
    return changed_school(hours=dict.fromkeys(list(Weekday)[:5], Opening(opens=time(9, 30), closes=time(18, 0))))


@pytest.fixture
def taken(store: Store, database_url: str) -> Store:
    hire(database_url)
    writes(store, "SM1", "what are the fees?")
    desk(store).claim(1, staff=ASHA, now=NOW)
    return store


def last_words(store: Store, address: str) -> str:
    return by(store, Author.BOT, address)[-1].text


def test_learners_hear_how_many_came_before_them(store: Store, database_url: str) -> None:
    hire(database_url)
    for number, learner in enumerate(LEARNERS):
        writes(store, f"SM{number}", "fees?", sender=learner, now=NOW + timedelta(minutes=number))
    assert "before you" not in last_words(store, LEARNERS[0])
    assert "One person is before you." in last_words(store, LEARNERS[1])
    assert "2 people are before you." in last_words(store, LEARNERS[2])
    desk(store).claim(1, staff=ASHA, now=NOW)
    for number, learner in enumerate(LEARNERS[1:], start=5):
        writes(store, f"SM{number}", "emi hai kya", sender=learner)
    assert "before you" not in last_words(store, LEARNERS[1])
    assert "One person is before you." in last_words(store, LEARNERS[2])


def test_a_database_that_fails_while_the_line_is_counted_is_no_fault_of_the_rules(
    store: Store, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    writes(store, "SM1", "what tools for mlops?")
    execute(database_url, "ALTER TABLE handoffs RENAME TO away")
    with pytest.raises(StorageUnavailable):
        writes(store, "SM2", "what are the fees?")
    assert "could not be decided" not in caplog.text
    execute(database_url, "ALTER TABLE away RENAME TO handoffs")
    writes(store, "SM2", "what are the fees?")
    assert state_of(store)[0] is Status.WAITING


def test_the_topic_asked_about_last_is_kept_with_conversation_and_handoff(store: Store) -> None:
    for number, text in enumerate(["tools for mlops", "talk to a person", "hello"]):
        writes(store, f"SM{number}", text)
    case = case_of(store)
    assert case.handoff is not None
    assert (case.topic, case.handoff.topic, case.handoff.reason) == ("tools", "tools", "human")


def test_a_promised_time_is_stored_and_raised_when_it_comes(store: Store) -> None:
    intake = Intake(store, open_on_weekdays(), wake=lambda: None)
    intake.receive(message("SM1", "fees?"), now=EVENING)
    assert store.notices.claim(now=EVENING, lease=timedelta(minutes=5))
    handoff = case_of(store).handoff
    assert handoff is not None
    assert handoff.promised_at == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    assert store.raise_promises(now=handoff.promised_at - timedelta(seconds=1)) == 0
    assert store.raise_promises(now=handoff.promised_at) == 1
    notice = store.notices.claim(now=handoff.promised_at, lease=timedelta(minutes=5))
    assert notice is not None
    assert (notice.kind, notice.told, notice.created_at) == (NoticeKind.PROMISE, frozenset(), handoff.promised_at)


def test_a_late_result_of_the_first_notice_does_not_hush_the_promise(store: Store, database_url: str) -> None:
    writes(store, "SM1", "fees?")
    first = store.notices.claim(now=NOW, lease=timedelta(minutes=5))
    assert first is not None
    execute(database_url, "UPDATE handoffs SET promised_at = '2026-11-23 10:00:00+00:00'")
    store.raise_promises(now=EVENING)
    second = store.notices.claim(now=EVENING, lease=timedelta(minutes=5))
    store.notices.record(first, {"an address"}, due_at=None)
    third = store.notices.claim(now=EVENING + timedelta(minutes=5), lease=timedelta(minutes=5))
    assert second is not None
    assert third is not None
    assert third.told == frozenset()


def test_delivery_wakes_what_sleeps_and_raises_what_is_due(taken: Store, database_url: str) -> None:
    desk(taken).snooze(1, NOW + timedelta(hours=1), staff=ASHA, now=NOW)
    execute(database_url, "UPDATE conversations SET snoozed_until = '2020-01-01 00:00:00+00:00'")
    execute(database_url, "UPDATE handoffs SET promised_at = '2020-01-01 00:00:00+00:00'")
    stop = threading.Event()
    worker = threading.Thread(target=delivery(taken, Recorder()).run, args=(stop,))
    worker.start()
    done = "SELECT 1 FROM conversations, handoffs WHERE snoozed_until IS NULL AND raised_at IS NOT NULL"
    looks = 0
    while not execute(database_url, done) and looks < 1000:
        looks += 1
        stop.wait(0.05)
    stop.set()
    worker.join()
    assert execute(database_url, done)
    assert state_of(taken) == (Status.OPEN, ASHA.id)


# How it was


def resolved_with_question(store: Store) -> None:
    desk(store).resolve(1, HandoffOutcome.ANSWERED, ask_rating=True, staff=ASHA, now=NOW)


def test_a_learner_is_asked_and_the_number_is_kept_with_the_handoff(taken: Store, database_url: str) -> None:
    resolved_with_question(taken)
    assert "from *1*" in by(taken, Author.BOT)[-1].text
    writes(taken, "SM2", "4")
    assert "Thank you" in by(taken, Author.BOT)[-1].text
    assert [handoff.rating for handoff in case_of(taken).earlier] == [4]
    assert execute(database_url, "SELECT count(*) FROM handoffs WHERE rated_at IS NOT NULL") == [(1,)]
    writes(taken, "SM3", "2")
    assert case_of(taken).earlier[0].rating == 4


def test_a_learner_is_asked_once_a_week(taken: Store) -> None:
    resolved_with_question(taken)
    said = len(by(taken, Author.BOT))
    desk(taken).reopen(1, staff=ASHA, now=NOW)
    resolved_with_question(taken)
    assert len(by(taken, Author.BOT)) == said


def test_ratings_can_be_switched_off_in_the_knowledge(taken: Store) -> None:
    at_desk = Desk(taken, knowledge=lambda: changed_school(ratings=False), wake=lambda: None)
    said = len(by(taken, Author.BOT))
    at_desk.resolve(1, HandoffOutcome.ANSWERED, ask_rating=True, staff=ASHA, now=NOW)
    assert len(by(taken, Author.BOT)) == said


def test_a_number_after_staff_took_the_conversation_again_is_no_rating(taken: Store) -> None:
    resolved_with_question(taken)
    desk(taken).claim(1, staff=ASHA, now=NOW)
    writes(taken, "SM2", "4")
    assert [handoff.rating for handoff in case_of(taken).earlier] == [None]
