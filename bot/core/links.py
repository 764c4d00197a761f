"""Links into the chat: each opens WhatsApp with a text already typed, and that text asks for one thing only.

The tag at its end says what. It is made of ids, not of a list, so printed codes go on to work whatever else is added
to the knowledge, and nobody types one by chance: it may lose its brackets, and all words around it may be changed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from bot.core.memory import Choice

_TAG: Final = re.compile(r"[a-z0-9_-]+")
_DIGITS: Final = 7
"""Of 4 bits each: two links of one name differ with near certainty, among thousands too."""
SOURCE: Final = "link "
"""Begins the source of a conversation that came by a link; its tag follows."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link. `id` names what it leads to, such as `entry:tools`; `choice` is that in the words of the dialogue."""

    id: str
    tag: str
    title: str
    choice: Choice

    @property
    def opening(self) -> str:
        """The text that stands typed when WhatsApp opens."""
        return f"{self.title} [{self.tag}]"

    @property
    def source(self) -> str:
        """What is kept of a conversation as its source."""
        return f"{SOURCE}{self.tag}"

    def address(self, number: str) -> str:
        """Return the address for a phone number of which everything but the digits is ignored."""
        return f"https://wa.me/{re.sub(r'[^0-9]', '', number)}?text={quote(self.opening, safe='')}"


def link_to(kind: str, name: str, title: str, choice: Choice) -> Link:
    """Make the link to an `entry`, a `topic` or a `comparison` of this name."""
    readable = name if kind == "comparison" else "-".join(part for part in (choice.topic, choice.side) if part)
    identity = f"{kind}:{name}"
    distinct = sha256(identity.encode()).hexdigest()[:_DIGITS]
    return Link(identity, f"{readable}-{distinct}", title, choice)


def possible_tags(text: str) -> Iterator[str]:
    """Every part of a message that may be a tag."""
    if "-" not in text:  # as in nearly all messages
        return iter(())
    return (found[0].strip("-") for found in _TAG.finditer(text.casefold()))
