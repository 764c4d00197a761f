"""The courses on a page: which side each teaches, and which of them courses.yaml does not have yet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.core.knowledge import Course, Folder
from bot.importing.format import ROLES, plain
from bot.importing.ids import slug
from bot.importing.outline import Outline
from bot.importing.shortening import cut, cut_at_word
from bot.importing.sides import Sides

_NAME_LIMIT: Final = 24
_SHORT_LIMIT: Final = 12
_CUT_WORD: Final = 3
_SUITS_LIMIT: Final = 300
_NO_SUBJECT: Final = ROLES | {"course", "program", "programme", "bootcamp"}


def course_names(outline: Outline) -> list[str]:
    """All courses that the page names, in its order."""
    listed = [card.name for card in outline.courses]
    invited = [*(choice.course for choice in outline.choices), *(goal.course for goal in outline.goals)]
    names = {plain(name): name for name in (*listed, *invited) if name}
    return list(names.values())


def courses_of_sides(outline: Outline) -> dict[str, str]:
    """Side -> the course on the page that is called alike, or else the one to which what names the side invites."""
    found: dict[str, str] = {}
    for side in outline.sides:
        scores = {course: _likeness(side, course) for course in course_names(outline)}
        best = max(scores.values(), default=0.0)
        fitting = [course for course, score in scores.items() if score == best and course not in found.values()]
        if best > 0 and len(fitting) == 1:
            found[side] = fitting[0]
    for side, course in _invited(outline):
        if side not in found and plain(course) not in map(plain, found.values()):
            found[side] = course
    return found


def _invited(outline: Outline) -> Iterator[tuple[str, str]]:
    sides = Sides(outline.sides)
    for text, course in [
        *((choice.title, choice.course) for choice in outline.choices),
        *((goal.answer, goal.course) for goal in outline.goals),
    ]:
        named = sides.named(text)
        if len(named) == 1 and course:
            yield named[0], course


def id_of(name: str, courses: Mapping[str, Course]) -> str | None:
    """The id of a course by one of its names; None if there is no such course."""
    for course_id, course in courses.items():
        if plain(name) in map(plain, (course.name, course.short, *course.names)):
            return course_id
    return None


def new_courses(outline: Outline, folder: Folder) -> dict[str, Course]:
    """The courses of the page that the folder does not have, by their future id."""
    held = folder.courses.content.courses
    roles = {side for document in folder.comparisons.values() for side in document.content.sides}
    new: dict[str, Course] = {}
    for card in outline.courses:
        course_id = slug(" ".join(_subject(card.name)) or card.name)
        name = cut_at_word(card.name, _NAME_LIMIT)
        taken = course_id in held or course_id in new or course_id in roles
        if taken or not card.suits or id_of(name, held) or id_of(card.name, held):
            continue
        short = next((short for short in _shorts(card.name) if not id_of(short, {**held, **new})), None)
        if short is None:
            continue
        fields = {
            "name": name,
            "short": short,
            "suits": cut(card.suits, _SUITS_LIMIT),
            "url": card.address,
        }
        new[course_id] = Course.model_validate({key: value for key, value in fields.items() if value})
    return new


def _shorts(name: str) -> Iterator[str]:
    """Names for buttons, the most readable first."""
    words = re.sub(r"\s+course$", "", name, flags=re.IGNORECASE).split()
    whole, initials = " ".join(words), "".join(word[0].upper() for word in words)
    cut = " ".join([*words[:-1], words[-1][:_CUT_WORD]])
    yield from (short for short in (whole, cut, initials) if 0 < len(short) <= _SHORT_LIMIT)
    yield cut_at_word(whole, _SHORT_LIMIT)


def _likeness(side: str, course: str) -> float:
    """0 to 1: the share of words that both names have; initials count as the words that they stand for."""
    own, others = _subject(side), _subject(course)
    if not own or not others:
        return 0.0
    if _initials(others) == own[0] or _initials(own) == others[0]:
        return 1.0
    return len({*own} & {*others}) / len({*own} | {*others})


def _subject(name: str) -> Sequence[str]:
    return [word for word in plain(name).split() if word not in _NO_SUBJECT]


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words) if len(words) > 1 else ""
