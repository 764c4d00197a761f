"""Where the goals on a page lead: to a side, or to a course that has no side."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.core.knowledge import Course
from bot.importing.cards import Choice, Goal
from bot.importing.courses import courses_of_sides, id_of
from bot.importing.draft import CUT, POINT_LIMIT, Draft
from bot.importing.format import plain
from bot.importing.naming import Named
from bot.importing.outline import Outline
from bot.importing.shortening import cut
from bot.importing.sides import Sides

_ANSWER_LIMIT: Final = 700
_ADDRESSING: Final = re.compile(r"^(?:if |when )?you(?:['\u2019]re)? ", re.IGNORECASE)


@dataclass(slots=True)
class _Path:
    answers: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)


def choice_sides(outline: Outline) -> Iterator[tuple[Choice, str | None, str]]:
    """Each choice with the side that it leads to, and what is not sure about that."""
    in_order = len(outline.choices) == len(outline.sides)
    for number, choice in enumerate(outline.choices):
        named = Sides(outline.sides).named(choice.title)
        taught = _side_taught_by(choice.course, outline)
        if len(named) == 1 or taught:
            yield choice, taught or named[0], ""
        else:
            doubt = "the page does not say to which side its list of reasons belongs; it is taken by the order"
            yield choice, (outline.sides[number] if in_order else None), doubt


def _side_taught_by(course: str, outline: Outline) -> str | None:
    found = [side for side, name in courses_of_sides(outline).items() if plain(name) == plain(course)]
    return found[0] if found else None


def paths_of(
    outline: Outline, by_name: Mapping[str, Named], courses: Mapping[str, Course], draft: Draft
) -> list[dict[str, Any]]:
    """The paths of the file. A goal that leads nowhere known is left to the editor."""
    found: dict[str, _Path] = {side.id: _Path() for side in by_name.values()}
    for goal in outline.goals:
        target = _target(goal, outline, by_name, courses)
        if target is None:
            draft.note(("paths",), f"it is not clear where this goal leads: “{goal.goal}”")
            continue
        path = found.setdefault(target, _Path())
        path.answers.append(goal.answer)
        path.phrases.append(_as_said(goal.goal))
    for choice, name, _ in choice_sides(outline):
        if name and choice.title and not Sides(outline.sides).named(choice.title):
            found[by_name[name].id].phrases.append(_as_said(choice.title))
    for name, text in outline.best_fit.items():
        path = found[by_name[name].id]
        path.people.append(_as_said(text))
        path.answers = path.answers or [text]
    paths = list(_written(found, draft))
    if paths:
        draft.note(("paths",), "these are the page's words only; add how learners say it, in every language")
    return paths


def _target(goal: Goal, outline: Outline, by_name: Mapping[str, Named], courses: Mapping[str, Course]) -> str | None:
    """A side that the answer names alone, the side that the course teaches, the course itself, or none of these."""
    sides = Sides(outline.sides)
    named = sides.named(goal.answer) or sides.named(goal.goal)
    if len(named) == 1:
        return by_name[named[0]].id
    if taught := _side_taught_by(goal.course, outline):
        return by_name[taught].id
    return id_of(goal.course, courses) if goal.course else None


def _as_said(text: str) -> str:
    """What a learner might write: "want to own the pipelines" of "You want to own the pipelines."."""
    said = _ADDRESSING.sub("", text).rstrip(".!?").translate({ord("{"): None, ord("}"): None})
    return cut(said, POINT_LIMIT)


def _written(paths: Mapping[str, _Path], draft: Draft) -> Iterator[dict[str, Any]]:
    number = 0
    seen: set[str] = set()
    for target, path in paths.items():
        phrases = [phrase for phrase in dict.fromkeys(path.phrases or path.people) if plain(phrase) not in seen]
        if not path.answers or not phrases:
            continue
        seen |= set(map(plain, phrases))
        text = " ".join(path.answers)
        written = {"side": target, "answer": cut(text, _ANSWER_LIMIT), "phrases": {"en": phrases}}
        if written["answer"] != text:
            draft.note(("paths", number, "answer"), CUT)
        people = [said for said in path.people if said not in phrases]
        yield written | ({"people": {"en": people}} if people else {})
        number += 1
