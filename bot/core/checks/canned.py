"""Canned replies: what can be filled in, and that each has a name of its own."""

from collections.abc import Iterator

from bot.core import canned
from bot.core.checks.texts import braces
from bot.core.knowledge import Folder, Problem


def placeholders(folder: Folder) -> Iterator[Problem]:
    """Check that braces in canned replies hold what is filled in there."""
    document = folder.canned_replies
    allowed = canned.placeholders(folder.courses.content.courses)
    for number, reply in enumerate(document.content.replies):
        for language, text in reply.text.items():
            yield from braces(document.file, ("replies", number, "text", language), text, allowed)


def shortcuts(folder: Folder) -> Iterator[Problem]:
    """Check that no two canned replies have the same shortcut."""
    document = folder.canned_replies
    seen: dict[str, int] = {}
    for number, reply in enumerate(document.content.replies):
        key = ("replies", number, "shortcut")
        if reply.shortcut in seen:
            first = document.place(("replies", seen[reply.shortcut]))
            message = f'"{reply.shortcut}" is the shortcut of another reply too: {first}'
            yield Problem(document.file, key, "shortcut-duplicate", message, "Give one of them another shortcut.")
        seen.setdefault(reply.shortcut, number)
