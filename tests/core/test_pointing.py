"""Who comes by an advert has its subject in mind, and greets or asks as anybody does."""

from dataclasses import replace

import pytest

from tests.core.talking import Talk, message

ADVERT = "Become an MLOps Engineer"
MLOPS, ALL = "mlops-engineer-vs-ml-engineer/{}/mlops", "mlops-engineer-vs-ml-engineer/{}"


@pytest.mark.parametrize(
    ("source", "text", "entry"),
    [
        (ADVERT, "which tools", MLOPS.format("tools")),
        (ADVERT, "course link please", "course/mlops"),
        (ADVERT, "tools for ml", "mlops-engineer-vs-ml-engineer/tools/ml"),
        ("MLOps or ML: find your way", "what is the difference", ALL.format("difference")),
        ("Learn AI with us", "which tools", ALL.format("tools")),
        ("", "which tools", ALL.format("tools")),
    ],
)
def test_the_first_question_is_about_what_the_advert_names(source: str, text: str, entry: str) -> None:
    decision = Talk().say(replace(message(text), source=source))
    assert [answer.entry for answer in decision.answers] == [entry]


def test_after_a_greeting_the_subject_is_still_there() -> None:
    talk = Talk()
    talk.say(replace(message("hi"), source=ADVERT))
    assert [answer.entry for answer in talk.say("which skills").answers] == [MLOPS.format("skills")]


def test_who_has_written_before_does_not_lose_their_subject_to_an_advert() -> None:
    talk = Talk()
    talk.say("what does an ml engineer do")
    decision = talk.say(replace(message("which tools"), source=ADVERT))
    assert [answer.entry for answer in decision.answers] == ["mlops-engineer-vs-ml-engineer/tools/ml"]
