"""What only shows when all knowledge files are seen together. Pure: from a Folder to problems."""

from collections.abc import Callable, Collection, Iterator
from typing import Final

from bot.core.checks import canned, facts, finder, names, references, texts, translations
from bot.core.knowledge import Folder, Problem, Source

Check = Callable[[Folder], Iterator[Problem]]

CHECKS: Final[tuple[tuple[Check, frozenset[Source]], ...]] = (
    (references.needed_topics, frozenset({Source.TOPIC})),
    (references.needed_lines, frozenset({Source.SCHOOL, Source.LINES})),
    (references.offered_topics, frozenset({Source.TOPIC, Source.FAQS, Source.COMPARISON})),
    (references.answered_topics, frozenset({Source.TOPIC})),
    (references.unanswered_topics, frozenset({Source.TOPIC, Source.SCHOOL})),
    (references.taken_topics, frozenset()),
    (references.courses_of_sides, frozenset({Source.COURSES})),
    (references.goals_of_paths, frozenset({Source.COURSES})),
    (finder.told_apart, frozenset()),
    (finder.known, frozenset({Source.COURSES})),
    (finder.fair, frozenset()),
    (texts.placeholders_of_phrases, frozenset({Source.COMPARISON})),
    (texts.placeholders_of_headings, frozenset()),
    (texts.placeholders_of_lines, frozenset()),
    (texts.curly_quotes, frozenset()),
    (texts.cases_of_lines, frozenset()),
    (texts.length_of_greeting, frozenset({Source.SCHOOL, Source.COMPARISON})),
    (texts.phrases, frozenset()),
    (texts.answers, frozenset()),
    (translations.languages, frozenset({Source.LINES})),
    (translations.things, frozenset({Source.TOPIC, Source.COMPARISON, Source.COURSES, Source.FAQS, Source.SCHOOL})),
    (translations.answers, frozenset({Source.TOPIC, Source.LINES})),
    (translations.wishes, frozenset()),
    (canned.placeholders, frozenset({Source.COURSES})),
    (canned.shortcuts, frozenset()),
    (names.shared_names, frozenset({Source.COURSES})),
    (names.names_of_one_side, frozenset()),
    (facts.school, frozenset({Source.SCHOOL})),
    (facts.courses, frozenset()),
    (facts.spellings, frozenset()),
)
"""Every check with the kinds of files that it looks things up in."""


def problems(folder: Folder, *, broken: Collection[Source] = ()) -> list[Problem]:
    """Find everything wrong between the files of a folder, in no particular order.

    broken: kinds of which a file is missing or unreadable. What would be looked up there is not judged, or one
    mistake would show as many.
    """
    return [problem for check, needed in CHECKS if needed.isdisjoint(broken) for problem in check(folder)]
