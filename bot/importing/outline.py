"""From the pieces of a page to what it says, section by section. Nothing is left out silently and nothing is added."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from bot.errors import BotError
from bot.importing import cards
from bot.importing.blocks import Block, Kind, Page
from bot.importing.cards import CourseCard, Goal, Question
from bot.importing.dates import day_in
from bot.importing.format import (
    BEST_FIT,
    DIRECTION,
    FACTS_ABOVE,
    FACTS_OF_REVIEW,
    ROWS,
    TAKEAWAY,
    TITLE_ENDS,
    UPDATED,
    VERSUS,
    Section,
    plain,
    section_of,
)
from bot.importing.sides import Sides
from bot.importing.table import Factor, factors

_FEWEST_SECTIONS: Final = 2
_LONGEST_NAME: Final = 40
_TELLING: Final = frozenset(Section) - {Section.REST, Section.REVIEW, Section.FAQ, Section.COURSES}


class NoComparison(BotError):
    """The page is not one of the school's comparison format."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a page says, in its own words. What it does not say is empty.

    sides: their names in the order of the page; the keys of every mapping by side.
    doubts: what was not clear about the page as a whole, as sentences for the editor.
    """

    title: str
    sides: tuple[str, ...]
    description: str = ""
    takeaway: str = ""
    direction: str = ""
    best_fit: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[cards.Choice, ...] = ()
    overlap_heading: str = ""
    overlap: tuple[str, ...] = ()
    definitions: Mapping[str, str] = field(default_factory=dict)
    factors: tuple[Factor, ...] = ()
    points: Mapping[Section, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    courses: tuple[CourseCard, ...] = ()
    questions: tuple[Question, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    updated: date | None = None
    address: str | None = None
    doubts: tuple[str, ...] = ()


def outline_of(page: Page) -> Outline:
    """Find out what a page says.

    Raises NoComparison if it does not compare at least two sides in at least two of the known sections.
    """
    head, sections = _sections(page.blocks)
    heading = _heading(page.blocks)
    told = [section for section in _TELLING if sections.get(section)]
    if heading is None or len(told) < _FEWEST_SECTIONS:
        raise NoComparison(_refusal(heading, told))
    sides, doubts = _sides(heading, sections.get(Section.TABLE, []))
    parts = {section: sections.get(section, []) for section in Section}
    quick = _quick_take(parts[Section.QUICK_TAKE], sides)
    return Outline(
        title=TITLE_ENDS.split(heading.text)[0].strip(),
        sides=sides.names,
        description=_description(head, heading),
        takeaway=quick.takeaway,
        direction=quick.direction,
        best_fit=quick.best_fit,
        choices=tuple(cards.choices(parts[Section.CHOOSE])),
        overlap_heading=next((block.text for block in parts[Section.OVERLAP] if block.kind is Kind.TITLE), ""),
        overlap=_overlap(parts[Section.OVERLAP]),
        definitions=_texts_by_side(parts[Section.DEFINITIONS], sides),
        factors=factors(parts[Section.TABLE], sides),
        points={part: _points(parts[part], sides) for part in (Section.SKILLS, Section.TOOLS, Section.PROJECTS)},
        goals=tuple(cards.goals(parts[Section.GOALS])),
        courses=tuple(cards.courses(parts[Section.COURSES])),
        questions=tuple(cards.questions(parts[Section.FAQ])),
        facts=_facts(head, FACTS_ABOVE) | _facts(parts[Section.REVIEW], FACTS_OF_REVIEW),
        abbreviations=_abbreviations(page.blocks, sides),
        updated=_updated(page),
        address=page.address,
        doubts=tuple(doubts),
    )


def _sections(blocks: Iterable[Block]) -> tuple[list[Block], dict[Section, list[Block]]]:
    """What stands above the first known heading, and what stands below each."""
    head: list[Block] = []
    found: dict[Section, list[Block]] = {}
    current, level = head, 0
    for block in blocks:
        section = section_of(block.text) if block.kind in (Kind.TITLE, Kind.TEXT) else None
        # Below the heading of the table, "Tools" and "Next step" are labels of its rows.
        is_label = block.level > level > 0 and plain(block.text) in ROWS and current is found.get(Section.TABLE)
        if section is not None and not is_label:
            current, level = found.setdefault(section, []), block.level
        else:
            current.append(block)
            level = level or block.level
    return head, found


def _heading(blocks: Sequence[Block]) -> Block | None:
    """The title of the page: its first heading, or the first line that names the sides with "vs" between."""
    lines = [block for block in blocks if block.kind in (Kind.TITLE, Kind.TEXT)]
    versus = [block for block in lines if VERSUS.search(block.text)]
    first = [block for block in lines if block.level == 1]
    return next(iter([block for block in versus if block.level == 1] or first or versus), None)


def _refusal(heading: Block | None, told: Sequence[Section]) -> str:
    found = f"it has {', '.join(f'“{section}”' for section in told)}" if told else "it has none of them"
    title = "" if heading else ' and no title such as "Data Analyst vs Data Engineer"'
    return (
        "This page is not in the format of the school's comparison pages: of sections such as "
        f"“{Section.QUICK_TAKE}”, “{Section.DEFINITIONS}” or “{Section.TABLE}” {found}{title}. Import the page of a "
        "comparison, or write the file by hand, as knowledge/comparisons/ shows."
    )


def _sides(heading: Block, table: Sequence[Block]) -> tuple[Sides, list[str]]:
    """The sides by the title and by the head of the table; the one that names more of them is believed."""
    title = re.sub(r"\s*\([^)]*\)", "", TITLE_ENDS.split(heading.text)[0])  # without abbreviations in brackets
    names = [name.strip(" ?!.") for name in VERSUS.split(title)]
    by_title = [name for name in names if 0 < len(name) <= _LONGEST_NAME] if len(names) > 1 else []
    header = next((block.cells[1:] for block in table if block.kind is Kind.ROW and len(block.cells) > 2), ())
    by_table = [name for name in header if 0 < len(name) <= _LONGEST_NAME]
    doubts = []
    if by_title and len(by_table) > 1 and set(map(plain, by_title)) != set(map(plain, by_table)):
        doubts.append(f"the title names {', '.join(by_title)}, but the table {', '.join(by_table)}")
    names = by_table if len(by_table) > len(by_title) else by_title
    if len(set(map(plain, names))) < 2 or len(set(map(plain, names))) < len(names):
        raise NoComparison(
            f'It is not clear what “{heading.text}” compares: the title should read such as "Data Analyst vs Data '
            'Engineer", or the table should name each of them once in its first row.'
        )
    return Sides(tuple(names)), doubts


def _description(head: Sequence[Block], heading: Block) -> str:
    """The first sentences below the title."""
    below = head[head.index(heading) + 1 :] if heading in head else head
    return next((block.text for block in below if block.kind is Kind.TEXT), "")


@dataclass(frozen=True, slots=True)
class _QuickTake:
    takeaway: str
    direction: str
    best_fit: Mapping[str, str]


def _quick_take(blocks: Sequence[Block], sides: Sides) -> _QuickTake:
    parts: dict[str, list[Block]] = {"": [], "takeaway": [], "best_fit": [], "direction": []}
    current = parts[""]
    labels = (("takeaway", TAKEAWAY), ("best_fit", BEST_FIT), ("direction", DIRECTION))
    for block in blocks:
        label = next((name for name, words in labels if plain(block.text) in words), None)
        if label:
            current = parts[label]
        else:
            current.append(block)
    takeaway = _text(parts["takeaway"]) or _text(parts[""])
    return _QuickTake(takeaway, _text(parts["direction"]), _texts_by_side(parts["best_fit"], sides))


def _text(blocks: Iterable[Block]) -> str:
    return " ".join(block.text for block in blocks if block.kind in (Kind.TEXT, Kind.POINT))


def _overlap(blocks: Sequence[Block]) -> tuple[str, ...]:
    points = [block.text for block in blocks if block.kind is Kind.POINT]
    return tuple(points or [block.text for block in blocks if block.kind is Kind.TEXT])


def _texts_by_side(blocks: Sequence[Block], sides: Sides) -> dict[str, str]:
    """What is said of each side in sentences; also where each sentence begins with the side it is about."""
    found = {
        side: " ".join(block.text for block in own if block.kind is not Kind.LINK)
        for side, own in sides.split(blocks).items()
    }
    if not any(found.values()):
        for block in blocks:
            if block.kind in (Kind.TEXT, Kind.POINT) and (side := sides.begun(block.text)):
                found[side] = " ".join(filter(None, (found.get(side), block.text)))
    return {side: text for side, text in found.items() if text}


def _points(blocks: Sequence[Block], sides: Sides) -> dict[str, tuple[str, ...]]:
    """The list of each side, be it a list, a column of a table, or one line with commas."""
    if any(block.kind is Kind.ROW for block in blocks):
        columns: dict[str, list[str]] = {}
        for row in factors(blocks, sides):
            for side, cell in row.cells.items():
                columns.setdefault(side, []).append(cell)
        return {side: tuple(cells) for side, cells in columns.items()}
    found: dict[str, tuple[str, ...]] = {}
    for side, own in sides.split(blocks).items():
        points = [block.text for block in own if block.kind is Kind.POINT]
        lines = [block.text for block in own if block.kind in (Kind.TITLE, Kind.TEXT)]
        listed = points or (items(lines[0]) if len(lines) == 1 else lines)
        if listed:
            found[side] = tuple(listed)
    return found


def items(text: str) -> list[str]:
    """The entries of a line that is a list with commas: "MLflow, Kubeflow, and Airflow."; else the line itself."""
    parts = [re.sub(r"^(?:and|or) ", "", part.strip()) for part in text.rstrip(".").split(",")]
    return parts if len(parts) > 2 and all(0 < len(part.split()) <= 5 for part in parts) else [text]


def _facts(blocks: Sequence[Block], labels: Iterable[str]) -> dict[str, str]:
    """Label as the page writes it -> what stands behind or below it."""
    found: dict[str, str] = {}
    for label in labels:
        for number, block in enumerate(blocks):
            name, _, value = block.text.partition(":")
            if plain(name) != label:
                continue
            following = blocks[number + 1].text if number + 1 < len(blocks) else ""
            if said := value.strip() or following:
                found[name.strip()] = said
            break
    return found


def _abbreviations(blocks: Sequence[Block], sides: Sides) -> dict[str, str]:
    """Side -> what stands in brackets behind its name somewhere: RAG of "Retrieval Augmented Generation (RAG)"."""
    text = "\n".join(block.text for block in blocks)
    forms = {side: rf"\b{re.escape(side)} \(([A-Za-z][\w-]{{1,9}})\)" for side in sides.names}
    return {side: found[1] for side, form in forms.items() if (found := re.search(form, text, re.IGNORECASE))}


def _updated(page: Page) -> date | None:
    for block, following in _pairs(page.blocks):
        said = plain(block.text)
        if said in UPDATED and following and (day := day_in(following.text)):
            return day
        if any(said.startswith(f"{words} ") for words in UPDATED) and (day := day_in(block.text)):
            return day
    return page.updated


def _pairs(blocks: Sequence[Block]) -> Iterator[tuple[Block, Block | None]]:
    yield from zip(blocks, [*blocks[1:], None], strict=True)
