"""The questions of a path finder: each can be told apart from the others, and together they are fair to all sides."""

from collections.abc import Iterator

from bot.core.knowledge import Comparison, Document, FinderQuestion, Folder, Key, Problem
from bot.core.nearest import suggestion


def told_apart(folder: Folder) -> Iterator[Problem]:
    """Check that no question of a finder and no choice of a question has the id or the title of another."""
    for document in folder.comparisons.values():
        questions = document.content.finder
        yield from _repeated(document, [(("finder", at, "id"), one.id) for at, one in enumerate(questions)])
        for number, question in enumerate(questions):
            key = ("finder", number, "choices")
            numbered = list(enumerate(question.choices))
            yield from _repeated(document, [((*key, at, "id"), choice.id) for at, choice in numbered])
            yield from _repeated(document, [((*key, at, "title"), choice.title.casefold()) for at, choice in numbered])


def _repeated(document: Document[Comparison], written: list[tuple[Key, str]]) -> Iterator[Problem]:
    first: dict[str, Key] = {}
    for key, value in written:
        if value in first:
            message = f'"{value}" stands already in {document.place(first[value])}'
            hint = "Write another one: a tap must say which was meant."
            yield Problem(document.file, key, "finder-duplicate", message, hint)
        first.setdefault(value, key)


def known(folder: Folder) -> Iterator[Problem]:
    """Check that choices speak for sides of their comparison and name courses that exist."""
    courses = folder.courses.content.courses
    for document in folder.comparisons.values():
        sides = document.content.sides
        for number, question in enumerate(document.content.finder):
            for at, choice in enumerate(question.choices):
                key = ("finder", number, "choices", at)
                for side in choice.weights:
                    if side not in sides:
                        message = f'"{side}" is not a side of this comparison'
                        place = (*key, "weights", side)
                        yield Problem(document.file, place, "reference-unknown", message, suggestion(side, sides))
                if choice.course and choice.course not in courses:
                    message = f'the course "{choice.course}" does not exist in courses.yaml'
                    hint = suggestion(choice.course, courses)
                    yield Problem(document.file, (*key, "course"), "reference-unknown", message, hint)


def fair(folder: Folder) -> Iterator[Problem]:
    """Check that as much can be said for every side as for any other, or the questions would favour one."""
    for document in folder.comparisons.values():
        if not document.content.finder:
            continue
        most = {side: sum(_most(one, side) for one in document.content.finder) for side in document.content.sides}
        highest = max(most.values())
        for side, weight in most.items():
            if weight < highest:
                message = f'the answers can speak for "{side}" with {weight:g} in all, and for another with {highest:g}'
                hint = "Give every side a choice of the same weight in each question."
                yield Problem(document.file, ("finder",), "finder-unfair", message, hint, warning=weight > 0)


def _most(question: FinderQuestion, side: str) -> float:
    return max(choice.weights.get(side, 0.0) for choice in question.choices)
