"""Answers that nobody has held against their source for too long."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from bot.core.entries import entries
from bot.core.freshness import due_among
from bot.core.knowledge import Folder, Problem


def ahead(folder: Folder, on: date) -> Iterator[Problem]:
    """Name the reviews on days that have not come: nobody would be reminded for years."""
    found = {(entry.review.file, entry.review.key, entry.review.day) for entry in entries(folder)}
    for file, key, day in sorted(found, key=str):
        if day is not None and day > on:
            message = f"this was reviewed on {day}, says the file, and that day has not come yet"
            yield Problem(file, key, "review-ahead", message, "Write the day of the last review.", warning=True)


def due(folder: Folder, on: date) -> Iterator[Problem]:
    """Name the entries that are due: one problem for all that have the same day by the same line of a file."""
    after_days = folder.school.content.review_after_days
    past = due_among(entries(folder), on, after_days)
    past.sort(key=lambda entry: (entry.review.file, str(entry.review.key), entry.review.source))
    for review, group in groupby(past, key=lambda entry: entry.review):
        names = [entry.id for entry in group]
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        if review.day is None:
            message = f"nothing says when {names[0]}{others} was last reviewed"
        else:
            message = f"{names[0]}{others} was last reviewed on {review.day}, more than {after_days} days ago"
        hint = f"Hold it against {review.source or 'its source'} and write the day of that under {review.key[-1]}."
        yield Problem(review.file, review.key, "review-due", message, hint, warning=True)
