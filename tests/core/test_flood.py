"""Who writes without a pause is told so once; what matters is obeyed all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.conversation import Decision, Status
from bot.core.flood import LIMIT, SECONDS, decide_unless_flooded
from bot.core.messages import Outcome
from tests.core.talking import Talk, message

SECOND = timedelta(seconds=1)


class Chatterbox(Talk):
    """A learner who writes a lot."""

    def say(self, said: object, *, after: timedelta = SECOND) -> Decision:
        assert isinstance(said, str)
        return super().say(said, after=after)

    def flood(self) -> None:
        for number in range(LIMIT):
            assert self.say("tools for mlops", after=timedelta()).outcome is Outcome.ANSWERED, number


@pytest.fixture
def talk() -> Chatterbox:
    talk = Chatterbox(rule=decide_unless_flooded)
    talk.flood()
    return talk


def test_a_flood_gets_one_line_and_is_ignored_as_such(talk: Chatterbox) -> None:
    decisions = [talk.say("tools for mlops") for _ in range(50)]
    assert {(decision.outcome, decision.reason) for decision in decisions} == {(Outcome.IGNORED, "flood")}
    (line,) = [reply.text for decision in decisions for reply in decision.replies]
    assert "more messages at once" in line
    assert decisions[0].replies


def test_after_a_quiet_minute_all_is_as_before(talk: Chatterbox) -> None:
    talk.say("tools for mlops")
    assert talk.say("tools for mlops", after=SECONDS * SECOND).outcome is Outcome.ANSWERED
    again = [talk.say("tools for mlops") for _ in range(LIMIT)][-1]
    assert again.reason == "flood"
    assert again.replies


def test_as_many_messages_in_a_little_more_than_a_minute_are_no_flood() -> None:
    talk = Chatterbox(rule=decide_unless_flooded)
    outcomes = {talk.say("tools for mlops", after=3.1 * SECOND).outcome for _ in range(2 * LIMIT)}
    assert outcomes == {Outcome.ANSWERED}


def test_the_memory_of_what_was_talked_about_survives_a_flood(talk: Chatterbox) -> None:
    before = talk.conversation.memory
    talk.say("something else entirely")
    after = talk.conversation.memory
    assert (after.topic, after.side, after.misses) == (before.topic, before.side, before.misses)


def test_a_person_is_reached_from_within_a_flood(talk: Chatterbox) -> None:
    talk.say("tools for mlops")
    decision = talk.say("I want to talk to a person")
    assert (decision.outcome, decision.status) == (Outcome.HANDED_OVER, Status.WAITING)
    assert decision.brief is not None
    assert decision.replies


def test_who_waits_and_floods_is_heard_by_staff_without_an_echo(talk: Chatterbox) -> None:
    talk.say("I want to talk to a person")
    again = talk.say("I want to talk to a person")
    assert (again.outcome, again.replies) == (Outcome.HANDED_OVER, ())


def test_stop_is_obeyed_in_a_flood_and_start_too(talk: Chatterbox) -> None:
    talk.say("tools for mlops")
    assert talk.say("STOP").opted_out
    assert talk.say("STOP").replies == ()
    started = talk.say("START")
    assert not started.opted_out
    assert started.replies


def test_data_is_erased_from_within_a_flood(talk: Chatterbox) -> None:
    talk.say("tools for mlops")
    assert talk.say("erase my data").replies
    decision = talk.say("yes")
    assert decision.erase
    assert decision.memory.arrivals == ()


def test_the_way_back_to_the_bot_is_open_in_a_flood(talk: Chatterbox) -> None:
    talk.say("I want to talk to a person")
    assert talk.say("BOT").status is Status.BOT


def test_what_staff_have_is_theirs_in_a_flood_too(talk: Chatterbox) -> None:
    talk.taken_by_staff()
    decision = talk.say("tools for mlops")
    assert (decision.outcome, decision.reason, decision.replies) == (Outcome.HANDED_OVER, "with_staff", ())


def test_a_clock_that_was_set_back_makes_no_flood(talk: Chatterbox) -> None:
    assert talk.say("tools for mlops", after=-timedelta(hours=1)).outcome is Outcome.ANSWERED


def test_messages_that_are_fetched_late_are_no_flood(talk: Chatterbox) -> None:
    late = replace(message("tools for mlops"), written_at=talk.now - timedelta(minutes=30))
    assert Talk.say(talk, late).outcome is Outcome.ANSWERED


def test_whoever_writes_less_is_answered_as_without_limits() -> None:
    free, limited = Talk(), Talk(rule=decide_unless_flooded)
    for text in ("hi", "tools for mlops", "and the other one?", "gibberish xyzzy", "thanks"):
        plain, guarded = free.say(text, after=SECOND), limited.say(text, after=SECOND)
        assert replace(guarded, memory=guarded.memory.model_copy(update={"arrivals": ()})) == plain
