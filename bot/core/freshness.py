"""Which answers somebody should hold against their source again."""

from collections.abc import Iterable
from datetime import date

from bot.core.catalogue import Entry, Knowledge


def due(knowledge: Knowledge, on: date) -> list[Entry]:
    """The entries whose review holds no more on a day: those never reviewed, then the longest ago first."""
    return due_among(knowledge.entries.values(), on, knowledge.school.review_after_days)


def due_among(entries: Iterable[Entry], on: date, after_days: int) -> list[Entry]:
    """The same for any entries; a review holds for `after_days`."""
    past = [entry for entry in entries if entry.review.is_past(on, after_days)]
    return sorted(past, key=lambda entry: entry.review.day or date.min)
