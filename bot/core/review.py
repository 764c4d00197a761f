"""Where an answer comes from, and when somebody last held it against that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from bot.core.knowledge import Comparison, Course, Document, Key, School, Sourced


@dataclass(frozen=True, slots=True)
class Review:
    """Where an answer comes from, and when somebody last held it against that.

    source: an address; empty if nobody has named any.
    day: of the last review; None if nobody has named any.
    file, key: where the day is written, or belongs: at the answer itself, or at the file for all of its answers.
    """

    source: str = ""
    day: date | None = None
    file: str = ""
    key: Key = ()

    def is_past(self, on: date, after_days: int) -> bool:
        """Whether the review holds no more on a day: it was more than `after_days` before, or there was none."""
        return self.day is None or (on - self.day).days > after_days


def review(document: Document[Any], key: Key, part: Sourced) -> Review:
    """The review of one part of a file, such as an answer; what it does not say itself, the file says for all."""
    file = document.content
    url = file.url if isinstance(file, (Comparison, School)) else None
    own = part.source or (part.url if isinstance(part, Course) else None)
    source = str(own or (file.source if isinstance(file, Sourced) else None) or url or "")
    if part.reviewed is not None:
        return Review(source, part.reviewed, document.file, (*key, "reviewed"))
    if isinstance(file, Comparison):
        return Review(source, file.updated, document.file, ("updated",))
    return Review(source, file.reviewed, document.file, ("reviewed",))


class Reviewed(Protocol):
    """Anything with a review, such as an entry of the catalogue."""

    @property
    def review(self) -> Review:
        """Its source and the day of its last review."""
        ...


def oldest_past(reviewed: Iterable[Reviewed], on: date, after_days: int) -> date | None:
    """The day of the oldest review that holds no more; None if all hold, or no day is known."""
    days = [one.review.day for one in reviewed if one.review.day is not None and one.review.is_past(on, after_days)]
    return min(days, default=None)
