"""What sides and courses are called: one name, one meaning."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.core.checks.texts import folded
from bot.core.knowledge import Document, Folder, Key, Problem


class _Named(NamedTuple):
    """One name of a side or a course; `course` is the course that teaches the side."""

    document: Document[Any]
    key: Key
    name: str
    id: str
    course: str | None

    def is_same_subject(self, other: "_Named") -> bool:
        """Tell whether both mean the same subject: one id, or a role and the course that teaches it."""
        return self.id in (other.id, other.course) or other.id == self.course


def shared_names(folder: Folder) -> Iterator[Problem]:
    """Check that no name means two subjects, or the bot would answer about the wrong one."""
    seen: dict[str, dict[str, _Named]] = {}
    for named in _names(folder):
        others = seen.setdefault(folded(named.name), {})
        if named.id in others:
            continue
        for other in others.values():
            if not named.is_same_subject(other):
                place = other.document.place(other.key)
                message = f'"{named.name}" is a name of "{named.id}" here and of "{other.id}" in {place}'
                hint = "Keep it with the one that learners mean by it and delete it from the other."
                yield Problem(named.document.file, named.key, "name-duplicate", message, hint)
                break
        others[named.id] = named


def _names(folder: Folder) -> Iterator[_Named]:
    courses = folder.courses.content.courses
    for course_id, course in courses.items():
        key: Key = ("courses", course_id)
        yield _Named(folder.courses, (*key, "name"), course.name, course_id, None)
        yield _Named(folder.courses, (*key, "short"), course.short, course_id, None)
        for number, name in enumerate(course.names):
            yield _Named(folder.courses, (*key, "names", number), name, course_id, None)
    for document in folder.comparisons.values():
        for side_id, side in document.content.sides.items():
            if side.course and side.course not in courses:
                continue  # which course's names it may share is known once that mistake is mended
            key = ("sides", side_id)
            yield _Named(document, (*key, "name"), side.name, side_id, side.course)
            yield _Named(document, (*key, "short"), side.short, side_id, side.course)
            for number, name in enumerate(side.names):
                yield _Named(document, (*key, "names", number), name, side_id, side.course)


def names_of_one_side(folder: Folder) -> Iterator[Problem]:
    """Check that a side that stands in several comparisons has the same name in all of them."""
    first: dict[str, tuple[str, str]] = {}
    for document in folder.comparisons.values():
        for side_id, side in document.content.sides.items():
            key = ("sides", side_id, "name")
            name, place = first.setdefault(side_id, (side.name, document.place(key)))
            if name != side.name:
                message = f'"{side_id}" is called "{side.name}" here and "{name}" in {place}'
                hint = "Give it the same name in both, or another id if it is another role."
                yield Problem(document.file, key, "side-name-differs", message, hint)
