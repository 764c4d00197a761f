"""Described learners go through the path finder: it reaches the side that a counsellor would name for each of them."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from bot.core.catalogue import Knowledge
from bot.core.conversation import Decision
from tests.core.talking import Talk, message, read, real_knowledge
from tests.test_second_comparison import DATA, DATA_FILE, ML, with_comparison

LEARNERS: Final[dict[str, list[dict[str, Any]]]] = yaml.safe_load(
    Path(__file__).with_name("path_finder_learners.yaml").read_text("utf-8")
)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The delivered comparison, whose questions are written, and one whose questions are made of what it says."""
    return with_comparison(tmp_path_factory.mktemp("two") / "knowledge", DATA, DATA_FILE)


def described(comparison: str) -> list[Any]:
    return [pytest.param(learner, id=learner["learner"]) for learner in LEARNERS[comparison]]


def reached(talk: Talk, comparison: str, learner: dict[str, Any]) -> Decision:
    """Go through the questions as the learner does; who is asked the same again leaves it out."""
    for said in learner.get("before", []):
        talk.say(said)
    decision = talk.say(message("Find my path", choice=f"path_finder||{comparison}"))
    answers = dict(learner["answers"])
    while (finder := talk.conversation.memory.finder) is not None and finder.asking:
        question = talk.conversation.memory.choices[0].answer.partition(".")[0]
        decision = talk.say(answers.pop(question, "not sure"))
    for question, option in learner.get("again", {}).items():
        decision = talk.say(message("once more", choice=f"path_finder||{comparison}|{question}.{option}"))
    return decision


def side_of(decision: Decision) -> str:
    answer = decision.answers[0]
    return str(answer.side) if answer.side else "even"


@pytest.mark.parametrize("learner", described(ML))
def test_the_path_finder_reaches_the_side_that_a_counsellor_names(learner: dict[str, Any]) -> None:
    decision = reached(Talk(real_knowledge()), ML, learner)
    assert side_of(decision) == learner["counsellor"], read(decision)


@pytest.mark.parametrize("learner", described(DATA))
def test_in_a_comparison_without_questions_of_its_own_it_does_too(two: Knowledge, learner: dict[str, Any]) -> None:
    decision = reached(Talk(two), DATA, learner)
    assert side_of(decision) == learner["counsellor"], read(decision)
