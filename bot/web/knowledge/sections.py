"""What the page consists of, in the order in which it is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.web.inbox.reader import Reader
from bot.web.knowledge.entries import found
from bot.web.knowledge.proposals import unanswered
from bot.web.knowledge.tests import failed
from bot.web.knowledge.versions import versions


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page.

    name: its id there, and the name of its template `knowledge/_<name>.html`.
    title: its heading; empty for a notice that stands above everything.
    contents: what the template finds as `part`; None while there is nothing to show.
    """

    name: str
    title: str
    contents: Callable[[Reader], object | None]


SECTIONS: Final[tuple[Section, ...]] = (
    Section("tests", "", failed),
    Section("versions", "Versions", versions),
    Section("unanswered", "Asked in vain", unanswered),
    Section("entries", "Entries", found),
)
