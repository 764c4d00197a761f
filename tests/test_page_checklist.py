"""The bot knows everything that the page says, and claims nothing that the page does not say."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from bot.core.conversation import Decision
from tests.core.talking import Talk, read, real_knowledge

ADDRESS: Final = "https://schoolofcoreai.com/comparisons/mlops-engineer-vs-ml-engineer"
_ADDRESS: Final = re.compile(r"https?://\S+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_NUMBER: Final = re.compile(r"\d+")


class Fact(BaseModel):
    """One fact, the questions that ask for it, perhaps one more message after each, and words of the reply."""

    model_config = ConfigDict(extra="forbid")

    fact: str
    ask: list[str]
    then: str = ""
    reply: list[str]


class Checklist(BaseModel):
    model_config = ConfigDict(extra="forbid")

    facts: list[Fact]
    page_words: str
    plain_words: str
    page_numbers: list[str]


CHECKLIST: Final = Checklist.model_validate(
    yaml.safe_load(Path(__file__).with_name("page_checklist.yaml").read_text("utf-8"))
)
QUESTIONS: Final = [
    pytest.param(question, fact, id=f"{fact.fact}: {question}") for fact in CHECKLIST.facts for question in fact.ask
]


def answered(question: str, fact: Fact) -> Decision:
    talk = Talk()
    decision = talk.say(question)
    return talk.say(fact.then) if fact.then else decision


@pytest.mark.parametrize(("question", "fact"), QUESTIONS)
def test_a_learner_is_told_the_fact(question: str, fact: Fact) -> None:
    decision = answered(question, fact)
    if decision.memory.language != real_knowledge().school.language:
        # The words are those of a translation: what answers is the same.
        assert entries_of(decision) == entries_of(answered(fact.ask[0], fact))
        return
    reply = read(decision).casefold()
    missing = [word for word in fact.reply if word.casefold() not in reply]
    assert not missing, f"{question!r} was answered without {missing}: {reply}"


def entries_of(decision: Decision) -> list[str]:
    return [answer.entry for answer in decision.answers]


def answer_texts() -> Iterator[tuple[str, str]]:
    """Every text that answers something, without addresses; with the entry that holds it."""
    knowledge = real_knowledge()
    for entry in knowledge.entries.values():
        yield entry.id, _ADDRESS.sub("", "\n".join([entry.answer.text, *entry.answer.points]))
    for course_id, course in knowledge.courses.items():
        yield course_id, f"{course.name} {course.suits}"


def test_no_answer_uses_a_word_that_the_page_does_not_use() -> None:
    known = {*CHECKLIST.page_words.split(), *CHECKLIST.plain_words.split()}
    strange = {
        (word, entry) for entry, text in answer_texts() for word in _WORD.findall(text.casefold()) if word not in known
    }
    assert not strange, "the page does not use these words; if they claim nothing, add them to plain_words"


def test_no_answer_holds_a_number_that_the_page_does_not_hold() -> None:
    numbers = {number for _, text in answer_texts() for number in _NUMBER.findall(text)}
    assert numbers <= set(CHECKLIST.page_numbers)


def test_answers_name_no_address_but_that_of_the_page() -> None:
    entries = real_knowledge().entries.values()
    assert {url for entry in entries for url in _ADDRESS.findall(entry.answer.text)} == {ADDRESS}
