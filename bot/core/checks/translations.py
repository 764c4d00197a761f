"""What is translated must be there, fit into a message, and be in a language that the bot speaks."""

from collections.abc import Iterator

from bot.core.checks.texts import answer_problem, braces, folded, room_of_date
from bot.core.checks.written import WrittenAnswer
from bot.core.entries import COURSE, entries, topics
from bot.core.knowledge import Folder, Problem
from bot.core.nearest import suggestion


def languages(folder: Folder) -> Iterator[Problem]:
    """Check that each translation is in a language that has lines: no learner would ever read another one."""
    for language, document in folder.translations.items():
        if language not in folder.lines:
            message = f'nobody reads these, as the bot has no sentences in "{language}"'
            hint = f"Write lines/{language}.yaml, or name this file after one of: {', '.join(folder.lines)}."
            yield Problem(document.file, (), "reference-unknown", message, hint)


def things(folder: Folder) -> Iterator[Problem]:
    """Check that all that is translated exists."""
    known = {
        "topics": ("topic", {topic.id for topic in topics(folder)}),
        "comparisons": ("comparison", folder.comparisons.keys()),
        "sides": ("side", {side for document in folder.comparisons.values() for side in document.content.sides}),
        "courses": ("course", folder.courses.content.courses.keys()),
        "entries": ("entry", _translatable(folder)),
    }
    for document in folder.translations.values():
        for kind, (called, ids) in known.items():
            for name in getattr(document.content, kind).keys() - ids:
                message = f'the {called} "{name}" does not exist'
                yield Problem(document.file, (kind, name), "reference-unknown", message, suggestion(name, ids))


def _translatable(folder: Folder) -> set[str]:
    """The ids under which answers are translated; that of a course stands for whom it suits."""
    return {entry.id for entry in entries(folder)} | {f"{COURSE}/{name}" for name in folder.courses.content.courses}


def answers(folder: Folder) -> Iterator[Problem]:
    """Check that headings are filled in as they are read, and that answers with them fit into one message."""
    for language, document in folder.translations.items():
        translated = document.content.topics
        for name, topic in translated.items():
            yield from braces(document.file, ("topics", name, "heading"), topic.heading, {"side"})
        room = room_of_date(folder.lines[language].content) if language in folder.lines else 0
        names = {name: side.name for one in folder.comparisons.values() for name, side in one.content.sides.items()}
        for entry in entries(folder):
            if (words := document.content.entries.get(entry.id)) is None:
                continue
            told = translated.get(entry.topic)
            heading = told.heading.replace("{side}", names.get(entry.side or "", "")) if told else ""
            problem = answer_problem(WrittenAnswer(document, ("entries", entry.id), words, heading), room)
            if problem:
                yield problem


def wishes(folder: Folder) -> Iterator[Problem]:
    """Check that no words ask for two languages."""
    seen: dict[str, str] = {}
    for language, document in folder.lines.items():
        for number, wish in enumerate(document.content.asked_for):
            other = seen.setdefault(folded(wish), language)
            if other != language:
                message = f'"{wish}" asks for answers in "{other}" already'
                yield Problem(
                    document.file, ("asked_for", number), "phrase-duplicate", message, "Delete one of the two."
                )
