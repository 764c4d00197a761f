"""The notice of tests in the knowledge that do not go as told with what is served."""

from dataclasses import dataclass
from typing import Final

from bot.core.rehearsal import rehearse
from bot.web.inbox.reader import Reader
from bot.web.knowledge.kept import Kept


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that does not go as its test tells. `place` is the `file:line` of the test."""

    place: str
    said: str
    otherwise: tuple[str, ...]


_FAILED: Final = Kept[list[Failed]]()


def failed(asking: Reader) -> list[Failed] | None:
    """Return the tests that fail; None if none does. They are run once a day for each version."""
    return _FAILED.get((asking.knowledge, asking.now.date()), lambda: _rehearsed(asking)) or None


def _rehearsed(asking: Reader) -> list[Failed]:
    tests = {document.file: document for document in asking.knowledge.tests.values()}
    return [
        Failed(tests[one.file].place(one.key), one.said, one.otherwise)
        for one in rehearse(asking.knowledge, asking.knowledge.tests, now=asking.now)
        if one.otherwise
    ]
