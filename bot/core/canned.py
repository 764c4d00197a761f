"""Canned replies of staff, with what is known of learner, school and courses filled in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.core.knowledge import CannedReply, Course

NAME: Final = "name"
PLAIN: Final = (NAME, "staff", "school", "url")
"""Placeholders that every reply may have; those of a single course name it: {course:mlops}, {page:mlops}."""

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_NAME_WITH_BLANK: Final = re.compile(r"\s*\{name\}")


@dataclass(frozen=True, slots=True)
class Ready:
    """A reply as it can be sent."""

    shortcut: str
    text: str


def placeholders(courses: Iterable[str]) -> list[str]:
    """Return every placeholder that is filled in, without its braces."""
    return [*PLAIN, *(f"{what}:{course}" for course in courses for what in ("course", "page"))]


def ready(
    replies: Iterable[CannedReply],
    *,
    languages: Iterable[str],
    values: Mapping[str, str],
    courses: Mapping[str, Course],
) -> list[Ready]:
    """Return the replies, filled in, in the first of the languages that each is written in, else in its own first one.

    values: of `PLAIN`. A name that is not known is left out with the blank before it.
    courses: the page of a course that has none of its own is `url`.
    """
    known = dict(values)
    for course_id, course in courses.items():
        known |= {f"course:{course_id}": course.name, f"page:{course_id}": str(course.url or values["url"])}
    wanted = list(languages)
    return [Ready(reply.shortcut, _filled(_in_language(reply, wanted), known)) for reply in replies]


def _in_language(reply: CannedReply, languages: Iterable[str]) -> str:
    return next(
        (reply.text[language] for language in languages if language in reply.text), next(iter(reply.text.values()))
    )


def _filled(text: str, values: Mapping[str, str]) -> str:
    if not values[NAME]:
        text = _NAME_WITH_BLANK.sub("", text)
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
