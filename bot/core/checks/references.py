"""What one file says about another must be there."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bot.core.checks.written import faqs
from bot.core.knowledge import About, Answers, Comparison, Document, Folder, Key, Problem
from bot.core.nearest import suggestion

NEEDED_TOPICS: Final[Mapping[str, About]] = {
    "greeting": About.TALK,
    "thanks": About.TALK,
    "goodbye": About.TALK,
    "menu": About.TALK,
    "stop": About.TALK,
    "start": About.TALK,
    "delete_data": About.TALK,
    "bot": About.TALK,
    "yes": About.TALK,
    "no": About.TALK,
    "more": About.TALK,
    "human": About.STAFF,
    "recommendation": About.COMPARISON,
    "path": About.PATH,
    "course": About.COURSE,
    "courses": About.COURSES,
}
"""Topics that the code itself knows by name, and what it takes them to be about."""

_WHERE: Final[Mapping[About, str]] = {
    About.SIDE: "under the answers of a side",
    About.COMPARISON: "under the answers of a comparison",
    About.PATH: "under the paths of a comparison",
    About.COURSE: "in courses.yaml, as the course itself",
    About.COURSES: "nowhere, the list of courses is made by the bot",
    About.COMPARISONS: "nowhere, the list of comparisons is made by the bot",
    About.SCHOOL: "under the answers of school.yaml",
    About.STAFF: "nowhere, a person answers it",
    About.TALK: "in the lines/ folder, as one of the bot's sentences",
    About.FAQ: "beside its question under faqs",
}
"""Where what the bot says to a topic is written, as the end of a sentence."""


def needed_topics(folder: Folder) -> Iterator[Problem]:
    """Check that topics that the code needs are there and are about what the code takes them for."""
    for name, about in NEEDED_TOPICS.items():
        document = folder.topics.get(name)
        if document is None:
            hint = f"Restore topics/{name}.yaml from the history."
            yield Problem(f"topics/{name}.yaml", (), "topic-missing", f'the bot needs the topic "{name}"', hint)
        elif document.content.about is not about:
            message = f'the bot needs the topic "{name}" to be about {about}, not about {document.content.about}'
            yield Problem(document.file, ("about",), "topic-missing", message, f"Write about: {about}.")
    for document in folder.topics.values():
        if document.content.about is About.FAQ:
            message = "a topic of its own file cannot be about faq"
            hint = "Write the question under faqs in faqs.yaml or in a comparison, and delete this file."
            yield Problem(document.file, ("about",), "value-format", message, hint)


def needed_lines(folder: Folder) -> Iterator[Problem]:
    """Check that the bot's own sentences are there in the language that every other one falls back to."""
    language = folder.school.content.language
    if language not in folder.lines:
        message = f'the bot needs its own sentences in "{language}", the language of the school'
        file = f"lines/{language}.yaml"
        hint = f"Restore {file} from the history, or write another language in school.yaml."
        yield Problem(file, (), "lines-missing", message, hint)


def offered_topics(folder: Folder) -> Iterator[Problem]:
    """Check that what is offered after an answer exists: for a topic anywhere, for a question in its own comparison."""
    written = list(faqs(folder))
    anywhere = {*folder.topics, *(faq.faq.topic for faq in written)}
    for document in folder.topics.values():
        yield from _unknown_offers(document, (), document.content.offers, anywhere)
    beside: dict[str | None, set[str]] = {}
    for faq in written:
        beside.setdefault(faq.comparison, set(folder.topics)).add(faq.faq.topic)
    known = {comparison: near | beside.get(None, set()) for comparison, near in beside.items()}
    for faq in written:
        yield from _unknown_offers(faq.document, faq.key, faq.faq.offers, known[faq.comparison])


def _unknown_offers(document: Document[Any], key: Key, offers: Iterable[str], known: set[str]) -> Iterator[Problem]:
    for number, topic in enumerate(offers):
        if topic not in known:
            message = f'the topic "{topic}", offered here, does not exist'
            place = (*key, "offers", number)
            yield Problem(document.file, place, "reference-unknown", message, suggestion(topic, known))


def answered_topics(folder: Folder) -> Iterator[Problem]:
    """Check that every answer belongs to a topic that is answered in this place.

    A comparison may also answer what is asked of a side: that is said when somebody asks about all sides at once.
    """
    for document in folder.comparisons.values():
        comparison = document.content
        allowed = (About.COMPARISON, About.SIDE)
        yield from _misplaced_answers(folder, document, ("answers",), comparison.answers, allowed)
        for side_id, side in comparison.sides.items():
            key = ("sides", side_id, "answers")
            yield from _misplaced_answers(folder, document, key, side.answers, (About.SIDE,))
    school = folder.school
    yield from _misplaced_answers(folder, school, ("answers",), school.content.answers, (About.SCHOOL,))


def _misplaced_answers(
    folder: Folder, document: Document[Any], key: Key, answers: Answers, allowed: tuple[About, ...]
) -> Iterator[Problem]:
    for topic in answers:
        known = folder.topics.get(topic)
        if known is None:
            fitting = [name for name, other in folder.topics.items() if other.content.about in allowed]
            message = f'the topic "{topic}", answered here, does not exist'
            yield Problem(document.file, (*key, topic), "topic-unknown", message, suggestion(topic, fitting))
        elif known.content.about not in allowed:
            about = known.content.about
            message = f'the topic "{topic}" is about {about} and is not answered here'
            yield Problem(
                document.file, (*key, topic), "topic-unknown", message, f"Its answer is written {_WHERE[about]}."
            )


def unanswered_topics(folder: Folder) -> Iterator[Problem]:
    """Check that every topic that can be asked of a side, a comparison or the school has its answer there."""
    asked = {about: [name for name, topic in folder.topics.items() if topic.content.about is about] for about in About}
    for document in folder.comparisons.values():
        comparison = document.content
        yield from _unanswered(document, ("answers",), comparison.answers, asked[About.COMPARISON], "this comparison")
        for side_id, side in comparison.sides.items():
            key = ("sides", side_id, "answers")
            yield from _unanswered(document, key, side.answers, asked[About.SIDE], f'the side "{side_id}"')
    school = folder.school
    yield from _unanswered(school, ("answers",), school.content.answers, asked[About.SCHOOL], "the school")


def _unanswered(
    document: Document[Any], key: Key, answers: Answers, topics: Iterable[str], whose: str
) -> Iterator[Problem]:
    for topic in topics:
        if topic not in answers:
            message = f'{whose} has no answer to the topic "{topic}"'
            hint = "Add it here; until then the bot says that it does not know and offers a person."
            yield Problem(document.file, key, "answer-missing", message, hint, warning=True)


def taken_topics(folder: Folder) -> Iterator[Problem]:
    """Check that the topic of a question is its own: no topic file and no question asked beside it has it."""
    first: dict[tuple[str, str | None], str] = {}
    for faq in sorted(faqs(folder), key=lambda faq: faq.comparison is not None):
        topic, document, key = faq.faq.topic, faq.document, (*faq.key, "topic")
        taken = folder.topics.get(topic)
        place = taken.place(("topic",)) if taken else first.get((topic, faq.comparison)) or first.get((topic, None))
        if place:
            message = f'the topic "{topic}" is taken by {place}'
            yield Problem(document.file, key, "topic-taken", message, "Choose another name for this question.")
        first.setdefault((topic, faq.comparison), document.place(key))


def courses_of_sides(folder: Folder) -> Iterator[Problem]:
    """Check that the course that teaches a side exists."""
    courses = folder.courses.content.courses
    for document in folder.comparisons.values():
        for side_id, side in document.content.sides.items():
            if side.course and side.course not in courses:
                message = f'the course "{side.course}" does not exist in courses.yaml'
                key = ("sides", side_id, "course")
                yield Problem(document.file, key, "reference-unknown", message, suggestion(side.course, courses))


def goals_of_paths(folder: Folder) -> Iterator[Problem]:
    """Check that a path leads to a side of its comparison or to a course, and no two paths to the same."""
    for document in folder.comparisons.values():
        yield from _goals(document, {*document.content.sides, *folder.courses.content.courses})


def _goals(document: Document[Comparison], known: set[str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for number, path in enumerate(document.content.paths):
        key = ("paths", number, "side")
        if path.side not in known:
            message = f'"{path.side}" is neither a side of this comparison nor a course'
            yield Problem(document.file, key, "reference-unknown", message, suggestion(path.side, known))
        elif path.side in first:
            message = f'a path to "{path.side}" stands already in {first[path.side]}'
            yield Problem(document.file, key, "path-duplicate", message, "Put the phrases of both under one path.")
        first.setdefault(path.side, document.place(key))
