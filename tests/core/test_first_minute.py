"""What somebody reads who has never written before."""

import pytest

from bot.core.checks.texts import GREETING_LIMIT
from bot.core.conversation import Conversation, Status
from tests.core.talking import NOW, Talk, read, real_knowledge

BOT = {"en": "the bot of School of Core AI", "hi": "School of Core AI का बॉट"}


@pytest.mark.parametrize(("language", "hello"), [("en", "hi"), ("hi", "नमस्ते")])
def test_a_greeting_says_who_answers_and_the_ways_out_in_few_letters_with_three_taps(language: str, hello: str) -> None:
    (reply,) = Talk().say(hello).replies
    assert len(reply.text) < GREETING_LIMIT
    for told in (BOT[language], "MLOps Engineer vs ML Engineer", "*person*", "*STOP*"):
        assert told in reply.text
    assert len(reply.buttons) == 3


@pytest.mark.parametrize(("language", "question"), [("en", "tools of mlops?"), ("hi", "mlops के टूल्स क्या हैं?")])
def test_a_first_question_is_answered_first_and_then_told_who_answers(language: str, question: str) -> None:
    (reply,) = Talk().say(question).replies
    answer, _, last = reply.text.rpartition("\n\n")
    assert "Prometheus" in answer
    for told in (BOT[language], "*person*", "*STOP*"):
        assert told in last
    assert len(reply.buttons) == 3


def test_it_is_said_once() -> None:
    talk = Talk()
    texts = [read(talk.say(said)) for said in ("tools of mlops?", "and of ml?", "hi", "which skills?")]
    assert [BOT["en"] in text for text in texts] == [True, False, True, False]


def test_who_was_greeted_is_not_told_below_the_next_answer() -> None:
    talk = Talk()
    talk.say("hello")
    assert BOT["en"] not in read(talk.say("tools of mlops?"))


def test_thanks_and_stop_are_no_moment_to_introduce_oneself() -> None:
    for said in ("thanks", "STOP", "erase my data"):
        assert BOT["en"] not in read(Talk().say(said))


def test_who_asks_staff_first_is_told_below_the_promise() -> None:
    text = read(Talk().say("what are the fees?"))
    assert text.index("admissions team") < text.index(BOT["en"])


def test_a_learner_who_waits_for_staff_is_not_told_in_between() -> None:
    talk = Talk(real_knowledge(), NOW, Conversation(Status.WAITING))
    assert BOT["en"] not in read(talk.say("tools of mlops?"))


def test_where_it_would_cost_the_taps_the_next_reply_carries_it() -> None:
    talk = Talk()
    long, short = talk.say("tools and skills and projects of both?"), talk.say("tools of mlops?")
    assert long.memory.introduced == (BOT["en"] in read(long))
    assert BOT["en"] in read(long) + read(short)
    assert all(len(reply.text) <= 1024 or not reply.buttons for reply in (*long.replies, *short.replies))
