"""What staff may do, decided without a database; what a learner reads while waiting and when staff are done."""

from copy import copy
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Status
from bot.core.desk import (
    LONGEST_SNOOZE,
    Refused,
    Situation,
    asks_for_rating,
    check_seen,
    check_text,
    check_until,
    later,
    may_retry,
)
from bot.core.dialogue import decide
from bot.core.knowledge import Opening, School, Weekday
from bot.core.memory import Memory
from bot.core.messages import MessageState
from bot.core.staff import Role, Staff
from tests.core.talking import NOW, Talk, message, read

ASHA = Staff(1, "asha@example.org", "Asha", Role.AGENT)
EVENING = NOW + timedelta(hours=5)  # Monday, 20:00 in India


def situation(**more: object) -> Situation:
    stands: dict[str, object] = {
        "id": 1,
        "status": Status.OPEN,
        "owner_id": 2,
        "owner_name": "Ravi",
        "name": "Ann",
        "opted_out": False,
        "memory": Memory(),
        "last_inbound_at": NOW,
        "rating_asked_at": None,
    }
    return Situation(**{**stands, **more})  # type: ignore[arg-type]


def open_on_weekdays(knowledge: Knowledge) -> Knowledge:
    hours = dict.fromkeys(list(Weekday)[:5], Opening(opens=time(9, 30), closes=time(18, 0)))
    changed = copy(knowledge)
    changed.school = knowledge.school.model_copy(update={"hours": hours})
    return changed


@pytest.mark.parametrize("seen", [2, 1])
def test_what_has_not_changed_hands_can_be_taken_over(seen: int) -> None:
    check_seen(situation(owner_id=seen), ASHA, 2)


def test_what_was_released_meanwhile_is_claimed_not_taken_over() -> None:
    with pytest.raises(Refused, match="Nobody has this conversation any more"):
        check_seen(situation(owner_id=None, owner_name=""), ASHA, 2)


def test_a_conversation_sleeps_until_a_later_time_within_a_year() -> None:
    check_until(NOW + timedelta(seconds=1), NOW)
    check_until(NOW + LONGEST_SNOOZE, NOW)
    with pytest.raises(Refused, match="over"):
        check_until(NOW, NOW)
    with pytest.raises(Refused, match="year"):
        check_until(NOW + LONGEST_SNOOZE + timedelta(seconds=1), NOW)


def test_a_text_may_be_as_long_as_the_limit() -> None:
    check_text("x" * 40, 40)
    with pytest.raises(Refused, match="41 characters, and at most 40"):
        check_text("x" * 41, 40)


@pytest.mark.parametrize("state", sorted(set(MessageState) - {MessageState.FAILED}))
def test_only_what_failed_is_tried_again(state: MessageState) -> None:
    assert not may_retry(state, "")
    assert may_retry(MessageState.FAILED, "")
    assert not may_retry(MessageState.FAILED, "63003")


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({}, "asked"),
        ({"rating_asked_at": NOW - timedelta(days=7)}, "asked"),
        ({"rating_asked_at": NOW - timedelta(days=7) + timedelta(seconds=1)}, "left alone"),
        ({"opted_out": True}, "left alone"),
        ({"last_inbound_at": NOW - timedelta(days=1)}, "left alone"),
    ],
)
def test_a_learner_is_asked_how_it_was_once_a_week_inside_the_window(more: dict[str, object], asked: str) -> None:
    assert asks_for_rating(situation(**more), NOW) is (asked == "asked")


def test_a_day_begins_when_the_school_opens_or_at_nine(knowledge: Knowledge) -> None:
    school: School = open_on_weekdays(knowledge).school
    friday_evening = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    times = later(school, friday_evening)
    assert times.hour == friday_evening + timedelta(hours=1)
    assert times.tomorrow == datetime(2026, 11, 28, 3, 30, tzinfo=UTC)  # Saturday 09:00 in India, a closed day
    assert times.monday == datetime(2026, 11, 30, 4, 0, tzinfo=UTC)


def test_on_a_monday_the_next_monday_is_a_week_away(knowledge: Knowledge) -> None:
    assert later(knowledge.school, NOW).monday.date() == date(2026, 11, 30)


def test_just_after_midnight_in_india_tomorrow_is_the_indian_one(knowledge: Knowledge) -> None:
    after_midnight = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)  # Tuesday 00:30 in India
    assert later(knowledge.school, after_midnight).tomorrow == datetime(2026, 11, 25, 3, 30, tzinfo=UTC)


# What the learner reads


@pytest.mark.parametrize(
    ("ahead", "told"), [(0, ""), (1, "One person is before you."), (12, "12 people are before you.")]
)
def test_a_learner_reads_the_place_in_line_and_the_way_back(knowledge: Knowledge, ahead: int, told: str) -> None:
    decision = decide(Conversation(count_ahead=lambda: ahead), message("what are the fees?"), knowledge, now=NOW)
    assert "*BOT*" in read(decision)
    assert told in read(decision)
    assert ("before you" in read(decision)) is bool(told)


def test_the_line_is_counted_only_for_who_reads_their_place_in_it(knowledge: Knowledge) -> None:
    for text, times in (("what are the fees?", 1), ("tools for mlops?", 0)):
        counts = iter(range(9))
        decide(Conversation(count_ahead=counts.__next__), message(text), knowledge, now=NOW)
        assert next(counts) == times


def test_who_writes_while_waiting_reads_the_place_again(knowledge: Knowledge) -> None:
    for text in ("emi hai kya", "qwpo eirut"):
        waiting = Conversation(Status.WAITING, count_ahead=lambda: 2)
        said = read(decide(waiting, message(text), knowledge, now=NOW))
        assert "2 people are before you." in said
        assert "*BOT*" in said


def test_outside_opening_hours_the_promised_time_is_kept(knowledge: Knowledge) -> None:
    decision = decide(Conversation(), message("fees?"), open_on_weekdays(knowledge), now=EVENING)
    assert decision.promised_at == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    assert "tomorrow at 09:30" in read(decision)


def test_no_time_is_kept_where_none_was_promised(knowledge: Knowledge) -> None:
    at_work = open_on_weekdays(knowledge)
    assert decide(Conversation(), message("fees?"), at_work, now=NOW).promised_at is None
    assert decide(Conversation(), message("fees?"), knowledge, now=EVENING).promised_at is None
    waiting = Conversation(Status.WAITING)
    assert decide(waiting, message("fees?"), at_work, now=EVENING).promised_at is None
    silent = Conversation(opted_out=True)
    assert decide(silent, message("talk to a person"), at_work, now=EVENING).promised_at is None


@pytest.mark.parametrize(
    ("asleep", "status"),
    [
        (Conversation(Status.SNOOZED, owned=True), Status.OPEN),
        (Conversation(Status.SNOOZED, owned=False), Status.WAITING),
    ],
)
def test_a_snoozed_conversation_wakes_for_its_owner_or_the_line(
    knowledge: Knowledge, asleep: Conversation, status: Status
) -> None:
    for text in ("tools for mlops", "STOP", "erase my data"):
        assert decide(asleep, message(text), knowledge, now=NOW).status is status


def test_a_call_for_a_person_after_stop_leaves_the_conversation_with_its_owner(knowledge: Knowledge) -> None:
    stopped = Conversation(Status.OPEN, opted_out=True, owned=True)
    decision = decide(stopped, message("talk to a person"), knowledge, now=NOW)
    assert (decision.status, decision.replies, decision.brief) == (Status.OPEN, (), None)


@pytest.mark.parametrize("text", ["5", "5.", "५", "number five"])
def test_a_bare_number_answers_the_question_how_it_was(talk: Talk, text: str) -> None:
    talk.conversation = Conversation(memory=Memory(rating=True, at=NOW - timedelta(days=3)))
    decision = talk.say(text)
    assert (decision.rating, decision.reason, decision.memory.rating) == (5, "rated", False)
    assert "Thank you" in read(decision)
    assert talk.say(text).rating is None


@pytest.mark.parametrize("text", ["0", "6", "tools for mlops", "great, thanks", "STOP"])
def test_anything_else_is_an_ordinary_message_and_the_question_is_forgotten(talk: Talk, text: str) -> None:
    expected = decide(Conversation(), message(text), talk.knowledge, now=NOW)
    talk.conversation = Conversation(memory=Memory(rating=True))
    decision = talk.say(text)
    assert (decision.replies, decision.rating, decision.memory.rating) == (expected.replies, None, False)


def test_while_staff_have_the_conversation_a_number_is_for_them(knowledge: Knowledge) -> None:
    taken = Conversation(Status.OPEN, Memory(rating=True), owned=True)
    decision = decide(taken, message("5"), knowledge, now=NOW)
    assert (decision.rating, decision.replies) == (None, ())
