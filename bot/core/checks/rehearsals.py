"""Tests in the knowledge that do not go as told."""

from collections.abc import Iterable, Iterator
from typing import Final

from bot.core.conversation import Decision
from bot.core.knowledge import Problem
from bot.core.rehearsal import Rehearsed

TEST_FAILED: Final = "test-failed"


def failed(rehearsals: Iterable[Rehearsed]) -> Iterator[Problem]:
    """Name every message that did not go as told, with what spoke for what came instead."""
    for one in rehearsals:
        if one.otherwise:
            message = f'"{one.said}": {"; ".join(one.otherwise)}{_why(one.decision)}'
            hint = "Mend the phrase or answer that is named, or what the test expects if that has changed."
            yield Problem(one.file, one.key, TEST_FAILED, message, hint)


def _why(decision: Decision) -> str:
    """What the message was taken for: the likeliest reading, and the phrase that spoke loudest for it."""
    if decision.why is None:
        return ""
    likeliest = decision.why.candidates[0]
    label = f"{likeliest.topic} {likeliest.side or ''}".rstrip()
    like = f' like "{likeliest.phrase}" ({likeliest.place})' if likeliest.phrase else ""
    return f"; read as {label} ({likeliest.confidence:.0%}){like}"
