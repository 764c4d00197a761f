"""Where each phrase of a topic leads, read as a learner's message is read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from bot.core.catalogue import Entry, Knowledge
from bot.core.memory import Memory
from bot.core.understanding import understand

_SLOT: Final = re.compile(r"\{([a-z0-9_-]*)\}")
_READ: Final[WeakKeyDictionary[Knowledge, dict[str, list["Led"]]]] = WeakKeyDictionary()
"""Read once for each version: a topic has hundreds of phrases."""


@dataclass(frozen=True, slots=True)
class Led:
    """One phrase with its `file:line`, as a learner may type it, and where it leads.

    wins: its own topic is answered. topic: what comes first, with its probability (0 to 1); empty if nothing does.
    """

    phrase: str
    place: str
    typed: str
    wins: bool
    topic: str
    confidence: float


def led(knowledge: Knowledge, entry: Entry) -> list[Led]:
    """Return where the phrases of an entry lead; those that lead elsewhere come first."""
    known = _READ.setdefault(knowledge, {})
    if entry.id not in known:
        known[entry.id] = sorted(_led(knowledge, entry), key=lambda each: (each.wins, each.confidence))
    return known[entry.id]


def _led(knowledge: Knowledge, entry: Entry) -> Iterator[Led]:
    label = f"{entry.topic}/{entry.side}" if f"{entry.topic}/{entry.side}" in knowledge.examples else entry.topic
    for example in knowledge.examples.get(label, ()):
        typed = _filled(example.phrase, knowledge, entry)
        reading = understand(tuple(knowledge.read(typed)), Memory(), knowledge)
        first = next(iter(reading.requests or reading.candidates), None)
        wins = any(request.topic == entry.topic for request in reading.requests)
        topic, confidence = (first.topic, first.confidence) if first else ("", 0.0)
        yield Led(example.phrase, example.place, typed, wins, topic, confidence)


def _filled(phrase: str, knowledge: Knowledge, entry: Entry) -> str:
    """A phrase with names in its places: those of the entry's side and comparison where it has any."""
    comparison = entry.comparison or next(iter(knowledge.comparisons))
    sides = list(knowledge.comparisons[comparison].sides)
    if entry.side is not None:
        sides = [entry.side, *(side for side in sides if side != entry.side)]
    own = knowledge.comparisons[comparison].sides.get(sides[0])
    term = own.signs[0] if own and own.signs else "Python"
    names = iter(knowledge.name(side) for side in sides)

    def fill(slot: re.Match[str]) -> str:
        if slot[1] == "term":
            return term
        return knowledge.name(slot[1]) if slot[1] in knowledge.roles else next(names, "")

    return _SLOT.sub(fill, phrase)
