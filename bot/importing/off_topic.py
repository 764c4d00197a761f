"""Finds questions in off_topic.yaml that a new comparison answers now, and takes them out."""

from collections.abc import Iterator
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.conflicts import duplicates

_OFF_TOPIC: Final = "off_topic"


def now_answered(knowledge: Knowledge) -> Iterator[tuple[int, str]]:
    """Line and text of each phrase that is off topic and says the same to the bot as one of a topic.

    knowledge: with the new comparison in it.
    """
    for conflict in duplicates(knowledge):
        for placed in (conflict.first, conflict.second):
            if conflict.critical and placed.topic == _OFF_TOPIC:
                yield int(placed.place.rpartition(":")[2]), placed.phrase


def without_lines(text: str, lines: set[int]) -> str:
    """The text without these lines (from 1), as far as each is one whole entry of a list."""
    kept = text.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(kept, 1) if number not in lines or not _is_entry(kept, number))


def _is_entry(lines: list[str], number: int) -> bool:
    line, below = lines[number - 1], lines[number] if number < len(lines) else ""
    goes_on = bool(below.strip()) and _indent(below) > _indent(line)
    return line.lstrip().startswith("- ") and not goes_on


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
