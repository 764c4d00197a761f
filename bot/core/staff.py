"""Members of staff, their roles, and what a role may do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is at the school."""

    AGENT = "agent"
    EDITOR = "editor"
    ADMIN = "admin"


class Right(StrEnum):
    """What a page or an action asks for.

    INBOX: read and answer conversations, see and export the insights. KNOWLEDGE: the knowledge as editors see it.
    TEAM: the figures of single members of staff.
    """

    INBOX = "inbox"
    KNOWLEDGE = "knowledge"
    TEAM = "team"


_RIGHTS: Final = {
    Role.AGENT: frozenset({Right.INBOX}),
    Role.EDITOR: frozenset({Right.INBOX, Right.KNOWLEDGE}),
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """One member of staff. `email` is in lower case; `name` is what colleagues read."""

    id: int
    email: str
    name: str
    role: Role

    def may(self, right: Right) -> bool:
        """Whether the role of this person brings the right."""
        return right in _RIGHTS[self.role]
