"""The parts of a page that are made of cards: choices, goals, courses and questions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.importing.blocks import Block, Kind
from bot.importing.format import GOAL, answer_in, course_invited_to, plain, question_in, wanted


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to choose: "You want to own the pipelines", the points below it, and the course it invites to."""

    title: str
    points: tuple[str, ...]
    course: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a learner may aim at, and what the page answers to that."""

    goal: str
    answer: str
    course: str = ""


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course with what ends the sentence "for learners who want"; `address` is None if the page links to none."""

    name: str
    suits: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One frequent question with its answer."""

    question: str
    answer: str


def choices(blocks: Sequence[Block]) -> Iterator[Choice]:
    """Titles with a list below; titles without one introduce the section."""
    title, points, course = "", list[str](), ""
    for block in [*blocks, Block(Kind.TITLE, "")]:
        if block.kind is Kind.POINT:
            points.append(block.text)
        elif block.kind is Kind.LINK:
            course = course_invited_to(block.text)
        elif block.kind is Kind.TITLE or points:
            if points:
                yield Choice(title, tuple(points), course)
            title, points, course = block.text, [], ""


def goals(blocks: Sequence[Block]) -> Iterator[Goal]:
    """What stands below each label "Goal"; without labels a title and the sentences below it, or rows of a table."""
    for row in blocks:
        if row.kind is Kind.ROW and len(row.cells) > 1 and plain(row.cells[0]) not in GOAL:
            yield Goal(row.cells[0], row.cells[1], course_invited_to(row.cells[-1]))
    for card in _labelled(blocks) or _titled(blocks):
        said = [block.text for block in card if block.kind is not Kind.LINK]
        courses = [course_invited_to(block.text) for block in card if block.kind is Kind.LINK]
        if len(said) > 1:
            yield Goal(said[0], " ".join(said[1:]), next(iter(courses), ""))


def _labelled(blocks: Sequence[Block]) -> list[list[Block]]:
    cards: list[list[Block]] = []
    for block in blocks:
        label, colon, rest = block.text.partition(":")
        if plain(label) in GOAL:
            cards.append([Block(Kind.TITLE, rest.strip())] if colon and rest.strip() else [])
        elif cards:
            cards[-1].append(block)
    return cards


def _titled(blocks: Sequence[Block]) -> list[list[Block]]:
    """Cards that begin with a title. The first one introduces the section if no other has its level."""
    cards: list[list[Block]] = []
    for block in blocks:
        if block.kind is Kind.TITLE:
            cards.append([block])
        elif cards and block.kind is not Kind.ROW:
            cards[-1].append(block)
    levels = [card[0].level for card in cards]
    introduced = len(cards) > 1 and (levels[0] != levels[1] or levels[0] == 0) and not _invites(cards[0])
    return cards[1:] if introduced else cards


def _invites(card: Sequence[Block]) -> bool:
    return any(block.kind is Kind.LINK for block in card)


def courses(blocks: Sequence[Block]) -> Iterator[CourseCard]:
    """Title, sentence and mostly an invitation for each course."""
    for card in _titled(blocks):
        texts = [block.text for block in card[1:] if block.kind in (Kind.TEXT, Kind.POINT)]
        if texts:
            addresses = [block.address for block in card if block.address]
            yield CourseCard(card[0].text, wanted(texts[0]), next(iter(addresses), None))
    for block in blocks:
        name, colon, suits = block.text.partition(":")
        if block.kind is Kind.POINT and colon and suits.strip():
            yield CourseCard(name.strip(), wanted(suits.strip()), block.address)


def questions(blocks: Sequence[Block]) -> Iterator[Question]:
    """Each question with all that follows it up to the next."""
    asked, said = "", list[str]()
    for block in [*blocks, Block(Kind.TITLE, "?")]:
        question = question_in(block.text) if block.kind is Kind.TITLE or block.text.endswith("?") else ""
        if question:
            if asked and said:
                yield Question(asked, answer_in(" ".join(said)))
            asked, said = question, []
        elif block.kind is not Kind.LINK:
            said.append(block.text)
