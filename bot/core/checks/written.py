"""The phrases, questions and answers of a folder, each with its place, wherever they are written."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.core.knowledge import Document, Faq, Folder, Key, Phrases, Topic, Words


class WrittenFaq(NamedTuple):
    """A question of its own. `comparison` is None for those of the school."""

    document: Document[Any]
    key: Key
    faq: Faq
    comparison: str | None


class WrittenPhrase(NamedTuple):
    """One way to ask.

    topic: what it asks; for goals of learners `path/<side>`.
    comparison: the one it belongs to, None if it counts everywhere.
    placeholders: the names that may stand in braces.
    """

    document: Document[Any]
    key: Key
    text: str
    topic: str
    comparison: str | None
    placeholders: frozenset[str]


class WrittenAnswer(NamedTuple):
    """What the bot says to one thing. `heading` is what stands above it."""

    document: Document[Any]
    key: Key
    answer: Words
    heading: str


class PhraseGroup(NamedTuple):
    """All ways to ask one thing, and the key of the mapping that holds them by language."""

    document: Document[Any]
    key: Key
    phrases: Phrases
    topic: str
    comparison: str | None
    placeholders: frozenset[str]


_ANY_SIDE = frozenset({"side", "other", "term"})


def faqs(folder: Folder) -> Iterator[WrittenFaq]:
    """Go through the questions of all comparisons, then those of the school."""
    for comparison, document in folder.comparisons.items():
        for number, faq in enumerate(document.content.faqs):
            yield WrittenFaq(document, ("faqs", number), faq, comparison)
    for number, faq in enumerate(folder.faqs.content.faqs):
        yield WrittenFaq(folder.faqs, ("faqs", number), faq, None)


def phrase_groups(folder: Folder) -> Iterator[PhraseGroup]:
    """Go through everything that has phrases: topics, off-topic, questions, goals of learners."""
    for name, topic in folder.topics.items():
        yield PhraseGroup(topic, ("phrases",), topic.content.phrases, name, None, _ANY_SIDE)
    off_topic = folder.off_topic
    yield PhraseGroup(off_topic, ("phrases",), off_topic.content.phrases, "off_topic", None, _ANY_SIDE)
    slots = {name: frozenset({*document.content.sides, "term"}) for name, document in folder.comparisons.items()}
    all_slots = frozenset({"term"}).union(*slots.values())
    for faq in faqs(folder):
        placeholders = slots[faq.comparison] if faq.comparison else all_slots
        key = (*faq.key, "phrases")
        yield PhraseGroup(faq.document, key, faq.faq.phrases, faq.faq.topic, faq.comparison, placeholders)
    for name, document in folder.comparisons.items():
        for number, path in enumerate(document.content.paths):
            key = ("paths", number, "phrases")
            yield PhraseGroup(document, key, path.phrases, f"path/{path.side}", name, slots[name])


def phrases(folder: Folder) -> Iterator[WrittenPhrase]:
    """Go through every phrase."""
    for group in phrase_groups(folder):
        for language, written in group.phrases.items():
            for number, text in enumerate(written):
                key = (*group.key, language, number)
                yield WrittenPhrase(group.document, key, text, group.topic, group.comparison, group.placeholders)


def answers(folder: Folder) -> Iterator[WrittenAnswer]:
    """Go through every answer with the heading that the bot writes above it."""

    def heading(topic: str, side: str = "") -> str:
        known = folder.topics.get(topic)
        return _heading(known.content).replace("{side}", side) if known else ""

    for document in folder.comparisons.values():
        comparison = document.content
        for topic, answer in comparison.answers.items():
            yield WrittenAnswer(document, ("answers", topic), answer, heading(topic))
        for side_id, side in comparison.sides.items():
            for topic, answer in side.answers.items():
                yield WrittenAnswer(document, ("sides", side_id, "answers", topic), answer, heading(topic, side.name))
        for number, path in enumerate(comparison.paths):
            yield WrittenAnswer(document, ("paths", number, "answer"), path.answer, "")
    for faq in faqs(folder):
        yield WrittenAnswer(faq.document, (*faq.key, "answer"), faq.faq.answer, faq.faq.title)
    for topic, answer in folder.school.content.answers.items():
        yield WrittenAnswer(folder.school, ("answers", topic), answer, heading(topic))


def _heading(topic: Topic) -> str:
    return topic.heading or topic.title
