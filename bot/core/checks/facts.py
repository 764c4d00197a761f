"""Facts about the school, its courses and the languages that contradict themselves or are not filled in yet."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.core.knowledge import Folder, Problem
from bot.core.nearest import nearest


def school(folder: Folder) -> Iterator[Problem]:
    """Check that opening hours are known, in a timezone that exists."""
    document = folder.school
    zone = document.content.timezone
    if not _exists(zone):
        near = nearest(zone, sorted(available_timezones()))
        hint = f'Did you mean "{near}"?' if near else "Write it as continent and city, such as Asia/Kolkata."
        yield Problem(document.file, ("timezone",), "timezone-unknown", f'there is no timezone "{zone}"', hint)
    if not document.content.hours:
        message = "the opening hours are not filled in, so the bot promises no time when a person will answer"
        hint = 'Add hours with each open day, such as monday: {opens: "09:30", closes: "18:00"}.'
        yield Problem(document.file, ("hours",), "hours-missing", message, hint, warning=True)


def _exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # also for paths, folders and names too long for a file
        return False
    return True


def courses(folder: Folder) -> Iterator[Problem]:
    """Check that courses have an address of their own."""
    document = folder.courses
    for course_id, course in document.content.courses.items():
        if course.url is None:
            message = f'the course "{course_id}" has no address, so its link goes to the page of the comparison'
            hint = "Add url with the address of the course's own page."
            yield Problem(document.file, ("courses", course_id), "course-address-missing", message, hint, warning=True)


def spellings(folder: Folder) -> Iterator[Problem]:
    """Check that a spelling stands for one word only, and that a word with spellings is not itself one."""
    document = folder.language
    words = document.content.spellings
    first: dict[str, str] = {}
    for word, variants in words.items():
        for number, variant in enumerate(variants):
            key = ("spellings", word, number)
            owner = first.setdefault(variant, word)
            if owner != word:
                message = f'"{variant}" is a spelling of "{word}" here and of "{owner}" in line {_line(folder, owner)}'
                yield Problem(document.file, key, "language-conflict", message, "Keep it with one of the two words.")
            elif variant in words and variant != word:
                line = _line(folder, variant)
                message = f'"{variant}" is a spelling of "{word}" here, but has spellings of its own in line {line}'
                hint = "Put the spellings of both under one word."
                yield Problem(document.file, key, "language-conflict", message, hint)


def _line(folder: Folder, word: str) -> int:
    return folder.language.lines.get(("spellings", word), 1)
