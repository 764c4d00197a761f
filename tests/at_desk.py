"""What the tests of the desk have in common: three colleagues, one learner who waits for them, and what is stored."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from bot.core.conversation import Status
from bot.core.staff import Role, Staff
from bot.desk import Desk
from bot.intake import Intake
from bot.storage import Author, Store, StoredMessage
from bot.storage.inbox import Case
from tests.core.talking import real_knowledge
from tests.storage.world import ANN, NOW, execute, message, outgoing_of

ASHA: Final = Staff(1, "asha@example.org", "Asha", Role.AGENT)
RAVI: Final = Staff(2, "ravi@example.org", "Ravi", Role.EDITOR)
MEERA: Final = Staff(3, "meera@example.org", "Meera", Role.ADMIN)


def hire(database_url: str, *people: Staff) -> None:
    for one in people or (ASHA, RAVI, MEERA):
        execute(
            database_url,
            "INSERT INTO staff (id, email, name, role, created_at) VALUES "
            f"({one.id}, '{one.email}', '{one.name}', '{one.role}', '2026-11-01')",
        )


def desk(store: Store, wake: Callable[[], None] = lambda: None) -> Desk:
    return Desk(store, knowledge=real_knowledge, wake=wake)


def writes(store: Store, sid: str, text: str, *, now: datetime = NOW, **more: Any) -> None:
    """The learner writes to the real bot."""
    Intake(store, real_knowledge(), wake=lambda: None).receive(message(sid, text, **more), now=now)


def case_of(store: Store, address: str = ANN) -> Case:
    conversation = store.conversation_of(address)
    assert conversation is not None
    case = store.inbox.case(conversation.id, ASHA.id)
    assert case is not None
    return case


def state_of(store: Store, address: str = ANN) -> tuple[Status, int | None]:
    case = case_of(store, address)
    return case.conversation.status, case.owner_id


def by(store: Store, author: Author, address: str = ANN) -> list[StoredMessage]:
    return [stored for stored in outgoing_of(store, address) if stored.author is author]


def deeds(database_url: str) -> list[object]:
    return [row[0] for row in execute(database_url, "SELECT action FROM audit_log ORDER BY id")]
