"""From what a page says to a comparison that the bot can answer from. Every text is made of the page's own words."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit

from bot.core.knowledge import About, Course, Folder
from bot.importing.courses import courses_of_sides, id_of, new_courses
from bot.importing.draft import Answering, Draft
from bot.importing.format import ROWS, VERSUS, Section, plain
from bot.importing.ids import slug
from bot.importing.naming import Named, named_sides, short_of_all
from bot.importing.outline import Outline, items
from bot.importing.questions import faqs_of
from bot.importing.routes import choice_sides, paths_of
from bot.importing.shortening import cut_at_word
from bot.importing.sides import Sides

_TITLE_LIMIT: Final = 72
_MOST_WORDS_OF_SIGN: Final = 3
_POINTS_OF: Final = {"skills": Section.SKILLS, "tools": Section.TOOLS, "projects": Section.PROJECTS}


def draft_of(outline: Outline, folder: Folder, *, today: date, with_courses: bool) -> Draft:
    """Write a comparison out of a page.

    today: stands for the day of the last change where the page does not tell it, and is marked then.
    with_courses: whether the page's new courses will be in courses.yaml, so that the file may refer to them.
    """
    new = new_courses(outline, folder)
    usable = {**folder.courses.content.courses, **(new if with_courses else {})}
    taught = {side: id_of(course, usable) for side, course in courses_of_sides(outline).items()}
    teaching = {side: course for side, course in taught.items() if course}
    sides = named_sides(outline.sides, outline.abbreviations, teaching, folder)
    by_name = dict(zip(outline.sides, sides, strict=True))
    joint = " vs " if VERSUS.search(outline.title) else ", "
    title = outline.title if VERSUS.search(outline.title) else joint.join(outline.sides)
    draft = Draft(_file_id(outline, title), {}, courses=new)
    draft.content = {
        "title": cut_at_word(title, _TITLE_LIMIT),
        "short": short_of_all(sides, joint),
        "url": outline.address or str(folder.school.content.url),
        "updated": outline.updated or today,
        "sides": {side.id: _side(side, name, outline, draft, folder) for name, side in by_name.items()},
        "answers": _answers(outline, draft, folder),
    }
    paths = paths_of(outline, by_name, usable, draft)
    faqs = faqs_of(outline.questions, sides, folder, draft)
    draft.content |= {key: value for key, value in (("paths", paths), ("faqs", faqs)) if value}
    _note_doubts(outline, draft, new, with_courses=with_courses)
    return draft


def _file_id(outline: Outline, title: str) -> str:
    """The last part of the page's address if it is a name such as data-analyst-vs-data-engineer; else the title."""
    last = urlsplit(outline.address or "").path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    return last if re.fullmatch(r"[a-z][a-z0-9-]*-[a-z0-9-]*", last) else slug(title, "-")


def _side(side: Named, name: str, outline: Outline, draft: Draft, folder: Folder) -> dict[str, Any]:
    key = ("sides", side.id)
    for field, note in side.notes.items():
        draft.note((*key, field), note)
    signs = _signs(name, outline)
    if side.names:
        draft.note((*key, "names"), "only what the page calls it; add what learners call it, in every script")
    fields: dict[str, Any] = {
        "name": side.name,
        "short": side.short,
        "names": list(side.names),
        "course": side.course,
        "signs": signs,
        "answers": _answers_of_side(side, name, outline, draft, folder),
    }
    return {field: value for field, value in fields.items() if value}


def _signs(name: str, outline: Outline) -> list[str]:
    """Short entries of the table that are in no cell of another side."""
    cells = [(side, cell) for factor in outline.factors for side, cell in factor.cells.items()]
    others = " ".join(plain(cell) for side, cell in cells if side != name)
    listed = [item for side, cell in cells if side == name and len(items(cell)) > 1 for item in items(cell)]
    signs = [plain(item) for item in listed if len(item.split()) <= _MOST_WORDS_OF_SIGN]
    return list(dict.fromkeys(sign for sign in signs if sign not in others))


def _answers_of_side(side: Named, name: str, outline: Outline, draft: Draft, folder: Folder) -> dict[str, Any]:
    answering = Answering(draft, folder, ("sides", side.id, "answers"), about=About.SIDE, side=side.name)
    rows: dict[str, list[str]] = {}
    doubts: dict[str, str] = {}
    for factor in outline.factors:
        topic = ROWS.get(plain(factor.label))
        if topic and name in factor.cells:
            rows.setdefault(topic, []).append(f"{factor.label}: {factor.cells[name]}")
            doubts[topic] = factor.doubt
    cells = {topic: [row.partition(": ")[2] for row in found] for topic, found in rows.items()}
    answering.add("definition", outline.definitions.get(name, ""), *rows.get("definition", ()))
    choices = [(choice, doubt) for choice, chosen, doubt in choice_sides(outline) if chosen == name]
    points = [point for choice, _ in choices for point in choice.points]
    suits = outline.best_fit.get(name) or next(
        (choice.title for choice, _ in choices if not Sides(outline.sides).named(choice.title)), ""
    )
    doubt = next((doubt for _, doubt in choices), "")
    answering.add("best_fit", suits, *points, *rows.get("best_fit", ()), doubt=doubt)
    for topic in ("success_metric", "next_step"):
        said = cells.get(topic, [])
        listed = items(said[0]) if len(said) == 1 and topic == "success_metric" else said
        one = listed if len(listed) == 1 else []
        answering.add(topic, *(one or [""]), *([] if one else listed), doubt=doubts.get(topic, ""))
    for topic, section in _POINTS_OF.items():
        listed = list(outline.points.get(section, {}).get(name, ()))
        from_rows = rows.get(topic, []) if listed else [item for cell in cells.get(topic, []) for item in items(cell)]
        answering.add(topic, "", *listed, *from_rows, doubt=doubts.get(topic, ""))
    return answering.finished()


def _answers(outline: Outline, draft: Draft, folder: Folder) -> dict[str, Any]:
    answering = Answering(draft, folder, ("answers",), about=About.COMPARISON)
    others = [factor for factor in outline.factors if plain(factor.label) not in ROWS]
    told = [
        f"{factor.label}, {side}: {cell}" if factor.label else f"{side}: {cell}"
        for factor in others
        for side, cell in factor.cells.items()
    ]
    doubt = f"no topic of the bot asks for {', '.join(f.label for f in others)}, so it stands here" if others else ""
    short_answer = outline.description or outline.takeaway or _one_by_one(outline.definitions)
    answering.add("difference", short_answer, *told, doubt=doubt)
    parts = [outline.direction, outline.takeaway if short_answer != outline.takeaway else ""]
    advice = "\n\n".join(part for part in parts if part)
    answering.add("recommendation", advice or outline.takeaway, *([] if advice else _choice_lines(outline)))
    answering.add("overlap", outline.overlap_heading if outline.overlap else "", *outline.overlap)
    answering.add("source", "", *(f"{label}: {fact}" for label, fact in outline.facts.items()))
    return answering.finished()


def _one_by_one(texts: Mapping[str, str]) -> str:
    return "\n\n".join(f"{side}: {text}" for side, text in texts.items())


def _choice_lines(outline: Outline) -> Sequence[str]:
    if outline.takeaway:
        return []
    return [f"{choice.title} {'; '.join(choice.points)}" for choice in outline.choices]


def _note_doubts(outline: Outline, draft: Draft, new: Mapping[str, Course], *, with_courses: bool) -> None:
    with_signs = [side for side, fields in draft.content["sides"].items() if "signs" in fields]
    if with_signs:
        draft.note(
            ("sides", with_signs[0], "signs"), "words of the table that no other side has; add more, here and below"
        )
    for doubt in outline.doubts:
        draft.note(("sides",), doubt)
    if not outline.address:
        draft.note(("url",), "the saved page does not tell its address, so this is the school's; write the page's own")
    if not outline.updated:
        draft.note(("updated",), "the page does not tell when it was changed last, so this is today")
    if new and not with_courses:
        names = ", ".join(f"{course.name} (course: {course_id})" for course_id, course in new.items())
        draft.note((), f"courses.yaml has no {names}; once it has, name it where it belongs")
