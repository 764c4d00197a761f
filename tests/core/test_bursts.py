"""What is begun waits for its rest, what is complete does not, and the pieces of a burst are decided as one message."""

from datetime import timedelta

import pytest

from bot.core.bursts import WAIT, in_bursts
from bot.core.conversation import Action, Decision, Status
from bot.core.dialogue import decide
from bot.core.flood import LIMIT, decide_unless_flooded
from bot.core.messages import Inbound, Kind, Media
from tests.core.talking import Talk, message

AT_ONCE = timedelta()
VOICE = Inbound("SM2", "a", "b", Kind.AUDIO, media=Media("https://api.twilio.com/1", "audio/ogg"))


@pytest.fixture
def talk() -> Talk:
    return Talk(rule=in_bursts(decide))


def told(decision: Decision) -> list[tuple[str, str | None]]:
    return [(answer.topic, answer.side) for answer in decision.answers]


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Hello sir",
        "i wanted to ask",
        "about mlops",
        "mlops",
        "what tools does mlops use and",
        "puchna tha",
        "नमस्ते",
        "tell me about",
        "hii i have a question",
    ],
)
def test_a_fragment_waits(talk: Talk, text: str) -> None:
    assert talk.say(text).wait == WAIT


@pytest.mark.parametrize(
    "text",
    [
        "what tools does mlops use?",
        "mlops?",
        "tools",
        "menu",
        "thanks",
        "5",
        "STOP",
        "fees",
        "talk to a person",
        "yes",
        "mlops vs ml",
        "which is better mlops or ml",
        "erase my data",
        "🙂",
        "mlops aur ml me kya fark hai",
    ],
)
def test_what_is_complete_does_not(talk: Talk, text: str) -> None:
    assert talk.say(text).wait == AT_ONCE


def test_neither_does_a_tap_a_file_or_a_keyword_of_the_provider(talk: Talk) -> None:
    for inbound in (message("MLOps", choice="definition|mlops|"), VOICE, message("START", opt_out="START")):
        assert talk.say(inbound).wait == AT_ONCE


def test_a_burst_is_decided_as_one_message(talk: Talk) -> None:
    first, second, third = (talk.say(text) for text in ("hi", "i wanted to ask about the tools of", "mlops"))
    assert (first.joins, second.joins, third.joins) == (False, True, True)
    assert told(third) == [("tools", "mlops")]
    assert talk.conversation.memory.asked == ("hi i wanted to ask about the tools of mlops",)


def test_what_a_fragment_alone_was_taken_for_is_forgotten(talk: Talk) -> None:
    talk.say("asdf")
    assert talk.conversation.memory.misses == 1
    talk.say("what tools does mlops use?")
    assert talk.conversation.memory.misses == 0
    assert talk.conversation.memory.burst is None


def test_a_question_behind_what_nobody_understands_is_answered(talk: Talk) -> None:
    talk.say("asdf")
    assert told(talk.say("What tools does MLOps use?")) == [("tools", "mlops")]


@pytest.mark.parametrize("text", ["STOP", "erase my data", "talk to a person"])
def test_what_steers_is_obeyed_behind_any_fragment(talk: Talk, text: str) -> None:
    talk.say("mlops")
    decision = talk.say(text)
    assert decision.opted_out or decision.memory.confirming or decision.status is Status.WAITING


def test_a_voice_note_behind_a_fragment_takes_nothing_back(talk: Talk) -> None:
    talk.say("mlops")
    decision = talk.say(VOICE)
    assert not decision.joins
    assert decision.replies


def test_stop_takes_nothing_back_as_it_withdraws_what_waits(talk: Talk) -> None:
    talk.say("hi")
    assert not talk.say("STOP").joins


def test_with_staff_there_are_no_bursts(talk: Talk) -> None:
    talk.say("hi")
    talk.taken_by_staff()
    decision = talk.say("about mlops")
    assert (decision.joins, decision.wait, decision.replies) == (False, AT_ONCE, ())


def test_who_waits_for_a_person_is_not_kept_waiting_by_the_bot_as_well(talk: Talk) -> None:
    talk.say("talk to a person")
    assert talk.say("hi").wait == AT_ONCE


def test_the_messages_of_a_burst_count_in_a_flood() -> None:
    talk = Talk(rule=in_bursts(decide_unless_flooded))
    decisions = [talk.say("hi") for _ in range(LIMIT + 2)]
    assert [decision.reason for decision in decisions[-2:]] == ["flood", "flood"]
    assert not decisions[-1].joins


def test_what_was_offered_and_is_typed_is_complete(talk: Talk) -> None:
    decision = talk.say("help")
    assert decision.action is Action.ANSWER
    assert talk.say(decision.replies[0].buttons[0].title).wait == AT_ONCE
