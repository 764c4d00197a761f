"""Phrases, answers and the bot's own sentences: braces, lengths, and what is written twice."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bot.core.checks import written
from bot.core.checks.written import WrittenAnswer, WrittenPhrase
from bot.core.knowledge import Folder, Key, Lines, Problem, Words
from bot.core.messages import MENU_TEXT_LIMIT, TEXT_LIMIT, Kind
from bot.core.nearest import suggestion

NEEDED_PLACEHOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "promise_closed": ("opening",),
    "opening": ("day", "time"),
    "as_of": ("month", "year"),
    "erased": ("receipt",),
    "heard": ("words",),
    "reminder_set": ("moment",),
    "reminder": ("words",),
    "moment": ("day", "month", "time"),
    "course": ("course", "url"),
    "course_page": ("course", "url"),
}
"""Lines that say nothing without what is filled in."""

GREETING_LIMIT: Final = 300
"""Letters from which a first message is not read to its end on a phone."""

_LONGEST_SHOWN: Final = 40
_CURLY_QUOTED: Final = re.compile("[\u201c\u201e\u2018\u00ab][^\u201c\u201d\u2018\u2019]*[\u201d\u201c\u2019\u00bb]")
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


def folded(text: str) -> str:
    """Forget what no reader minds: capital letters and the width of spaces."""
    return " ".join(text.casefold().split())


def placeholders_of_phrases(folder: Folder) -> Iterator[Problem]:
    """Check that braces in phrases hold what the bot recognises there: any side, a side of this comparison, a term."""
    for phrase in written.phrases(folder):
        yield from braces(phrase.document.file, phrase.key, phrase.text, phrase.placeholders)


def placeholders_of_headings(folder: Folder) -> Iterator[Problem]:
    """Check that braces in headings hold the side that was asked about."""
    for document in folder.topics.values():
        yield from braces(document.file, ("heading",), document.content.heading, {"side"})


def placeholders_of_lines(folder: Folder) -> Iterator[Problem]:
    """Check that braces in the bot's own sentences hold what their description names, and that none is missing."""
    for document in folder.lines.values():
        for name, field in Lines.model_fields.items():
            allowed = set(_PLACEHOLDER.findall(field.description or ""))
            for key, text in _sentences(name, getattr(document.content, name)):
                yield from braces(document.file, key, text, allowed)
        for name, needed in NEEDED_PLACEHOLDERS.items():
            for placeholder in needed:
                if f"{{{placeholder}}}" not in getattr(document.content, name):
                    message = f'"{name}" says nothing without {{{placeholder}}}'
                    yield Problem(
                        document.file, (name,), "placeholder-missing", message, "Put it back, braces and all."
                    )


def length_of_greeting(folder: Folder) -> Iterator[Problem]:
    """Check that the greeting can be read in one glance, with the names of this school filled in."""
    titles = ", ".join(document.content.title for document in folder.comparisons.values())
    for document in folder.lines.values():
        greeting = document.content.greeting.replace("{school}", folder.school.content.name)
        length = len(greeting.replace("{comparisons}", titles))
        if length >= GREETING_LIMIT:
            message = (
                f"the greeting has {length} letters with all names in it, and {GREETING_LIMIT} are too many to read"
            )
            hint = "Say only who answers, what it can do, how to reach a person and how to stop."
            yield Problem(document.file, ("greeting",), "greeting-long", message, hint, warning=True)


def curly_quotes(folder: Folder) -> Iterator[Problem]:
    """Check that no text stands in curly quotes as a whole: for YAML they are letters, which learners would see."""
    for phrase in written.phrases(folder):
        yield from _in_curly_quotes(phrase.document.file, phrase.key, phrase.text)
    for answer in written.answers(folder):
        for text in (answer.answer.text, *answer.answer.points):
            yield from _in_curly_quotes(answer.document.file, answer.key, text)
    for document in folder.lines.values():
        for name in Lines.model_fields:
            for key, text in _sentences(name, getattr(document.content, name)):
                yield from _in_curly_quotes(document.file, key, text)


def _in_curly_quotes(file: str, key: Key, text: str) -> Iterator[Problem]:
    if _CURLY_QUOTED.fullmatch(text):
        message = f"the whole text stands in {text[0]} {text[-1]}, which are letters for YAML and would be shown"
        hint = 'Replace them by the straight quotes of the keyboard, ", or leave them out.'
        yield Problem(file, key, "quote-curly", message, hint, warning=True)


def cases_of_lines(folder: Folder) -> Iterator[Problem]:
    """Check that what is said to pictures and the like is said to kinds of messages that exist, and to all others."""
    kinds = {str(kind) for kind in Kind} - {Kind.TEXT, Kind.CHOICE}
    for document in folder.lines.values():
        received = document.content.received
        for kind in received:
            if kind not in kinds:
                message = f'"{kind}" is not a kind of message'
                yield Problem(document.file, ("received", kind), "key-unknown", message, suggestion(kind, kinds))
        if Kind.EMPTY not in received:
            message = f'"{Kind.EMPTY}" is missing in "received"'
            hint = "Add it: it is said whenever no other key fits."
            yield Problem(document.file, ("received",), "key-missing", message, hint)


def _sentences(name: str, value: str | tuple[str, ...] | Mapping[str, str]) -> Iterator[tuple[Key, str]]:
    """Go through the sentences of one key, be it one, a list of them, or one for each of several cases."""
    if isinstance(value, str):
        yield (name,), value
    elif isinstance(value, Mapping):
        yield from (((name, case), text) for case, text in value.items())
    else:
        yield from (((name, number), text) for number, text in enumerate(value))


def braces(file: str, key: Key, text: str, allowed: Iterable[str]) -> Iterator[Problem]:
    """Check that braces in a text hold nothing but the placeholders that are allowed in it."""
    if "{" not in text and "}" not in text:
        return
    if re.search("[{}]", _PLACEHOLDER.sub("", text)):
        hint = "Write each placeholder as one word between { and }."
        yield Problem(file, key, "brace-unbalanced", f'a brace has no partner in "{_short(text)}"', hint)
    known = [f"{{{name}}}" for name in allowed]
    for name in _PLACEHOLDER.findall(text):
        if name not in allowed:
            placeholder = f"{{{_short(name)}}}"
            message = f"{placeholder} is not filled in here"
            hint = suggestion(placeholder, known) if known else "Write the sentence without braces."
            yield Problem(file, key, "placeholder-unknown", message, hint)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def phrases(folder: Folder) -> Iterator[Problem]:
    """Check that everything can be asked in at least one way, and no phrase is written twice."""
    for group in written.phrase_groups(folder):
        if group.document is not folder.off_topic and not any(group.phrases.values()):
            message = "nobody can ask this: there is no phrase in any language"
            yield Problem(
                group.document.file,
                group.key,
                "phrases-missing",
                message,
                "Add a few ways to ask, such as those of another topic.",
            )
    seen: dict[str, dict[tuple[str, str | None], WrittenPhrase]] = {}
    for phrase in written.phrases(folder):
        others = seen.setdefault(folded(phrase.text), {})
        problem = _written_twice(phrase, others)
        if problem:
            yield problem
        others.setdefault((phrase.topic, phrase.comparison), phrase)


def _written_twice(phrase: WrittenPhrase, others: Mapping[tuple[str, str | None], WrittenPhrase]) -> Problem | None:
    """Compare with those of the same text; two comparisons may have the same phrase for questions of their own."""
    same = others.get((phrase.topic, phrase.comparison))
    if same:
        message = f'"{_short(phrase.text)}" stands already in {same.document.place(same.key)}'
        return Problem(
            phrase.document.file, phrase.key, "phrase-duplicate", message, "Delete one of the two.", warning=True
        )
    for other in others.values():
        if other.comparison is None or phrase.comparison is None or other.comparison == phrase.comparison:
            message = (
                f'"{_short(phrase.text)}" asks "{phrase.topic}" here and "{other.topic}" in '
                f"{other.document.place(other.key)}"
            )
            hint = "Keep it where it fits better and delete it in the other place."
            return Problem(phrase.document.file, phrase.key, "phrase-duplicate", message, hint)
    return None


def answers(folder: Folder) -> Iterator[Problem]:
    """Check that every answer says something and fits into one message."""
    room = max((room_of_date(document.content) for document in folder.lines.values()), default=0)
    for answer in written.answers(folder):
        problem = answer_problem(answer, room)
        if problem:
            yield problem


def room_of_date(lines: Lines) -> int:
    """Count the characters that an old answer gets below it in this language, in the longest month."""
    month = max(lines.months, key=len)
    return len("\n\n" + lines.as_of.replace("{month}", month).replace("{year}", "2000"))


def answer_problem(answer: WrittenAnswer, room: int) -> Problem | None:
    """Judge the length of an answer; `room` is what stands below it once its review is long ago."""
    file, key = answer.document.file, answer.key
    if not answer.answer.text and not answer.answer.points:
        return Problem(file, key, "answer-empty", "this answer says nothing", "Write a text, a list of points or both.")
    length = message_length(answer.answer, answer.heading)
    if length > TEXT_LIMIT:
        message = f"this answer has {length:,} characters with its heading, and one message holds {TEXT_LIMIT:,}"
        return Problem(file, key, "answer-too-long", message, "Shorten it.")
    if length + room > MENU_TEXT_LIMIT:
        dated = "" if length > MENU_TEXT_LIMIT else f", {length + room:,} once it is told with its month"
        message = f"this answer has {length:,} characters with its heading{dated}; above {MENU_TEXT_LIMIT:,} no buttons"
        return Problem(file, key, "answer-too-long", message, "Shorten it if it can be said with less.", warning=True)
    return None


def message_length(answer: Words, heading: str) -> int:
    """Count the characters of an answer in WhatsApp: heading in bold, text, and each point behind a dash."""
    parts = (heading and f"*{heading}*", answer.text, *(f"- {point}" for point in answer.points))
    return len("\n".join(filter(None, parts)))
