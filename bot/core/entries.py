"""What the knowledge files hold, thing by thing: topics, answers and phrases, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bot.core.knowledge import About, Answer, Comparison, Document, Faq, Folder, Key, Phrases
from bot.core.review import Review, review

OFF_TOPIC: Final = "oos"
"""Label of what the bot must not answer from its pages."""

PATH: Final = "path"
RECOMMENDATION: Final = "recommendation"
COURSE: Final = "course"
COURSES: Final = "courses"


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """What the code needs to know of a topic. `heading` may hold {side}, `place` is its `file:line`."""

    id: str
    about: About
    title: str
    place: str
    heading: str = ""
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One answerable thing. `side` is None where it is about all sides or none, `place` is its `file:line`."""

    id: str
    topic: str
    side: str | None
    comparison: str | None
    answer: Answer
    place: str
    review: Review


@dataclass(frozen=True, slots=True)
class Example:
    """One phrase of the knowledge with its `file:line`."""

    phrase: str
    place: str


def topics(folder: Folder) -> Iterator[TopicInfo]:
    """Every topic of a folder; questions of their own come last."""
    for document in folder.topics.values():
        topic = document.content
        yield TopicInfo(topic.topic, topic.about, topic.title, document.place(("topic",)), topic.heading, topic.offers)
    for _, faq, source, key in _faqs(folder):
        yield TopicInfo(faq.topic, About.FAQ, faq.title, source.place(key), offers=faq.offers)


def _faqs(folder: Folder) -> Iterator[tuple[str | None, Faq, Document[Any], Key]]:
    """Every question of its own with its comparison (None: of the school) and where it is written."""
    for comparison, document in folder.comparisons.items():
        for number, faq in enumerate(document.content.faqs):
            yield comparison, faq, document, ("faqs", number)
    for number, faq in enumerate(folder.faqs.content.faqs):
        yield None, faq, folder.faqs, ("faqs", number)


def entries(folder: Folder) -> Iterator[Entry]:
    """Every entry of a folder; those of comparisons first."""
    for comparison, document in folder.comparisons.items():
        yield from _entries_of_comparison(comparison, document)
    for owner, faq, document, key in _faqs(folder):
        name = f"{owner}/{faq.topic}" if owner else faq.topic
        reviewed = review(document, (*key, "answer"), faq.answer)
        yield Entry(name, faq.topic, None, owner, faq.answer, document.place(key), reviewed)
    for topic, answer in folder.school.content.answers.items():
        key = ("answers", topic)
        yield Entry(topic, topic, None, None, answer, folder.school.place(key), review(folder.school, key, answer))
    for course_id, course in folder.courses.content.courses.items():
        key, answer = ("courses", course_id), Answer(text=course.suits)
        reviewed = review(folder.courses, key, course)
        yield Entry(f"{COURSE}/{course_id}", COURSE, course_id, None, answer, folder.courses.place(key), reviewed)


def _entries_of_comparison(comparison: str, document: Document[Comparison]) -> Iterator[Entry]:
    def entry(topic: str, side: str | None, answer: Answer, key: Key, answer_key: Key) -> Entry:
        name = "/".join(part for part in (comparison, topic, side) if part)
        return Entry(name, topic, side, comparison, answer, document.place(key), review(document, answer_key, answer))

    for topic, answer in document.content.answers.items():
        yield entry(topic, None, answer, ("answers", topic), ("answers", topic))
    for side_id, side in document.content.sides.items():
        for topic, answer in side.answers.items():
            key = ("sides", side_id, "answers", topic)
            yield entry(topic, side_id, answer, key, key)
    for number, path in enumerate(document.content.paths):
        yield entry(PATH, path.side, path.answer, ("paths", number), ("paths", number, "answer"))


def examples(folder: Folder) -> Iterator[tuple[str, Example]]:
    """Every phrase with its label: a topic, or for the goals of a comparison `path/<side>`."""
    for topic_id, topic in folder.topics.items():
        yield from _phrases(topic_id, topic.content.phrases, topic, ())
    for document in folder.comparisons.values():
        for number, path in enumerate(document.content.paths):
            yield from _phrases(f"{PATH}/{path.side}", path.phrases, document, ("paths", number))
    for _, faq, source, key in _faqs(folder):
        yield from _phrases(faq.topic, faq.phrases, source, key)
    yield from _phrases(OFF_TOPIC, folder.off_topic.content.phrases, folder.off_topic, ())


def _phrases(label: str, phrases: Phrases, document: Document[Any], key: Key) -> Iterator[tuple[str, Example]]:
    for language, written in phrases.items():
        for number, phrase in enumerate(written):
            yield label, Example(phrase, document.place((*key, "phrases", language, number)))
