"""What the sides are called: ids, names for buttons, first nicknames, and the courses that teach them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.core.checks import written
from bot.core.checks.texts import folded
from bot.core.knowledge import Folder
from bot.importing.format import GENERAL_ROLES, ROLES, plain
from bot.importing.ids import slug

_SHORT_LIMIT: Final = 12
_SHORT_OF_ALL_LIMIT: Final = 20
_CUT_WORD: Final = 3


@dataclass(frozen=True, slots=True)
class Named:
    """One side as the knowledge calls it. `known` tells that another comparison has it already."""

    id: str
    name: str
    short: str
    names: tuple[str, ...] = ()
    course: str | None = None
    known: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)


def named_sides(
    sides: Sequence[str], abbreviations: Mapping[str, str], teaching: Mapping[str, str], folder: Folder
) -> list[Named]:
    """Name every side so that no name means two things, here and in the folder.

    abbreviations: side -> what the page writes in brackets behind its name.
    teaching: side -> id of the course that teaches it.
    """
    used = _used_words(sides, folder)
    nicknames = {
        side: [
            nick
            for nick in _nicknames(side, sides, abbreviations.get(side))
            if nick == abbreviations.get(side) or f" {plain(nick)} " not in used
        ]
        for side in sides
    }
    found: list[Named] = []
    for side in sides:
        found.append(_known(side, folder) or _new(side, nicknames[side], teaching.get(side), folder, found))
    return found


def short_of_all(sides: Sequence[Named], joint: str) -> str:
    """The name of a comparison for buttons: the short names, or their initials if these are too long."""
    for names in ([side.short for side in sides], [_initials(side.name) for side in sides]):
        if len(short := joint.join(names)) <= _SHORT_OF_ALL_LIMIT:
            return short
    return short[:_SHORT_OF_ALL_LIMIT].strip()


def _used_words(sides: Sequence[str], folder: Folder) -> str:
    """All that the folder's phrases say beside the full names of the sides: there, a nickname means something else."""
    text = " \n ".join(plain(phrase.text) for phrase in written.phrases(folder))
    for side in sorted(sides, key=len, reverse=True):
        text = text.replace(plain(side), "\n")
    return f" {text} "


def _known(side: str, folder: Folder) -> Named | None:
    for document in folder.comparisons.values():
        for side_id, held in document.content.sides.items():
            if plain(held.name) == plain(side):
                return Named(side_id, held.name, held.short, course=held.course, known=True)
    return None


def _new(side: str, nicknames: Sequence[str], course: str | None, folder: Folder, others: Sequence[Named]) -> Named:
    taken = {other.id for other in others} | {
        held for document in folder.comparisons.values() for held in document.content.sides
    }
    courses = set(folder.courses.content.courses)
    ids = [found for found in map(slug, (*nicknames[:1], side)) if found == course or found not in courses]
    ids += [f"{slug(side)}_{number}" for number in range(2, len(taken) + 3)]
    side_id = next(found for found in ids if found not in taken)
    used = _names_of_others(side_id, course, folder) | {
        folded(name) for other in others for name in (other.name, other.short, *other.names)
    }
    name = side[:40].strip()
    short = next(found for found in _shorts(name, nicknames) if folded(found) not in used)
    notes = (
        {}
        if folded(short) in map(folded, (name, *nicknames))
        else {"short": "the name is too long for a button, so this is cut"}
    )
    if course:
        notes["course"] = "the course of this side by what it is called and where the page invites to it"
    names = tuple(nick for nick in nicknames if folded(nick) not in used | {folded(name)})
    return Named(side_id, name, short, names, course, notes=notes)


def _names_of_others(side_id: str, course: str | None, folder: Folder) -> set[str]:
    """Names in the folder that mean another subject, as the check for names sees it."""
    names: set[str] = set()
    for course_id, held in folder.courses.content.courses.items():
        if course_id not in (side_id, course):
            names |= {folded(name) for name in (held.name, held.short, *held.names)}
    for document in folder.comparisons.values():
        for other, side in document.content.sides.items():
            if side_id not in (other, side.course) and other != course:
                names |= {folded(name) for name in (side.name, side.short, *side.names)}
    return names


def _nicknames(side: str, sides: Sequence[str], abbreviation: str | None) -> Iterator[str]:
    """Names of a side that no other side of the page can be meant by."""
    others = [plain(other).split() for other in sides if other != side]
    words = plain(side).split()
    without_role = words[:-1] if words[-1] in ROLES else []
    if without_role and not any(other[: len(without_role)] == without_role for other in others):
        yield " ".join(without_role)
    elif words[-1] not in GENERAL_ROLES and not any(words[-1] in other for other in others) and len(words) > 1:
        yield words[-1]
    if abbreviation and [plain(abbreviation)] not in others:
        yield abbreviation


def _shorts(name: str, nicknames: Sequence[str]) -> Iterator[str]:
    """Names for buttons, the most readable first; the last ones are never taken."""
    words = name.split()
    written = [_as_written(nick, name) for nick in nicknames]
    cut = [words[-1][:_CUT_WORD]]
    without_role = written[:1] if name.casefold().startswith(written[0].casefold() if written else "-") else []
    candidates = [
        *without_role,
        name,
        *written,
        " ".join([*words[:-1], *cut]),
        " ".join([_initials(" ".join(words[:-1])), *cut]),
    ]
    yield from (found for found in (*candidates, _initials(name)) if 0 < len(found.strip()) <= _SHORT_LIMIT)
    yield from (f"{name[: _SHORT_LIMIT - 3].strip()} {number}" for number in range(2, 99))


def _as_written(nick: str, name: str) -> str:
    at = name.casefold().find(nick.casefold())
    return name[at : at + len(nick)] if at >= 0 else nick


def _initials(text: str) -> str:
    """The first letters: DA of "Data Analyst"; a word in capitals stays, as in MLE of "ML Engineer"."""
    return "".join(word if word.isupper() else word[0].upper() for word in re.findall(r"\w+", text))
