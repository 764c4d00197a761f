"""How far tests and real conversations have reached into the knowledge. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.catalogue import Knowledge
from bot.core.rehearsal import Rehearsed


@dataclass(frozen=True, slots=True)
class Covered:
    """One entry, its `file:line`, and how many messages of tests and of learners it answered."""

    entry: str
    place: str
    tests: int
    messages: int


def coverage(knowledge: Knowledge, rehearsals: Iterable[Rehearsed], asked: Mapping[str, int]) -> list[Covered]:
    """Every entry with what reached it: those without anything first, then those without tests, the rest by its id.

    asked: id of what was answered, as decisions name it -> number of messages of learners.
    """
    tests: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    for one in rehearsals:
        answered = {answer.entry for answer in one.decision.answers}
        tests.update({entry for name in answered for entry in reached(name, knowledge)})
    for name, number in asked.items():
        messages.update(dict.fromkeys(reached(name, knowledge), number))
    found = [
        Covered(entry.id, entry.place, tests[entry.id], messages[entry.id]) for entry in knowledge.entries.values()
    ]
    return sorted(found, key=lambda one: (one.tests + one.messages > 0, one.tests > 0, one.messages, one.entry))


def reached(name: str, knowledge: Knowledge) -> list[str]:
    """The ids of the entries of which an answer is made: its own, and one for each side if it tells of all of them."""
    entry = knowledge.entries.get(name)
    if entry is not None and (entry.side is not None or entry.comparison is None):
        return [name]
    return [own for own in knowledge.entries if own == name or own.startswith(f"{name}/")]
