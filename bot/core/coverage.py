"""How far tests, real conversations and translations have reached into the knowledge. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.catalogue import COURSE, Knowledge
from bot.core.knowledge import Translation
from bot.core.rehearsal import Rehearsed


@dataclass(frozen=True, slots=True)
class Covered:
    """One entry, its `file:line`, and how many messages of tests and of learners it answered.

    untranslated: the languages in which it comes as it is written.
    """

    entry: str
    place: str
    tests: int
    messages: int
    untranslated: tuple[str, ...]


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
    missing = untranslated(knowledge)
    found = [
        Covered(
            entry.id,
            entry.place,
            tests[entry.id],
            messages[entry.id],
            tuple(language for language, ids in missing.items() if entry.id in ids),
        )
        for entry in knowledge.entries.values()
    ]
    return sorted(found, key=lambda one: (one.tests + one.messages > 0, one.tests > 0, one.messages, one.entry))


def untranslated(knowledge: Knowledge) -> Mapping[str, list[str]]:
    """Each other language than the school's -> what comes as it is written there: entries, then titles of topics."""
    suits = [f"{COURSE}/{course}" for course in knowledge.courses]
    missing: dict[str, list[str]] = {}
    for language in knowledge.lines.keys() - {knowledge.school.language}:
        translated = knowledge.translations.get(language, Translation())
        entries = [entry for entry in (*knowledge.entries, *suits) if entry not in translated.entries]
        titles = [f"title of {topic}" for topic in knowledge.topics if topic not in translated.topics]
        missing[language] = entries + titles
    return missing


def reached(name: str, knowledge: Knowledge) -> list[str]:
    """The ids of the entries of which an answer is made: its own, and one for each side if it tells of all of them."""
    entry = knowledge.entries.get(name)
    if entry is not None and (entry.side is not None or entry.comparison is None):
        return [name]
    return [own for own in knowledge.entries if own == name or own.startswith(f"{name}/")]
