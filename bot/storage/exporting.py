"""Everything that is held of one person, in words that the person can read."""

import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, Table, select

from bot.storage.faq_drafts import faq_drafts
from bot.storage.reminders import reminders
from bot.storage.tables import (
    addresses,
    audit_log,
    conversations,
    handoffs,
    held_replies,
    labels,
    learners,
    messages,
    notes,
    notifications,
    presence,
    quarantine,
    reads,
)

Json = dict[str, Any]

_ABOUT: Final = (
    "Everything that is held of one person. Times are in UTC. The author of a message is learner (the person), bot or"
    " staff; decision tells how the bot read a message, with probabilities from 0 to 1. What is empty is left out."
)
# Each table that tells something of a learner, the name of its part, and the order of its rows. `message_texts` is left
# out: it repeats the messages in small letters.
_BESIDE_CONVERSATION: Final[tuple[tuple[str, Table], ...]] = (
    ("messages", messages),
    ("handoffs_to_staff", handoffs),
    ("notes_of_staff", notes),
    ("labels", labels),
    ("replies_waiting_until_you_write", held_replies),
    ("reminders_you_asked_for", reminders),
    ("questions_proposed_for_the_knowledge", faq_drafts),
    ("read_by_staff", reads),
    ("seen_by_staff", presence),
    ("what_staff_did", audit_log),
)


def everything_of(connection: Connection, learner_id: int, conversation_id: int, *, now: datetime) -> Json:
    """Return what is held of a learner as a value for JSON."""
    theirs = select(addresses.c.address).where(addresses.c.learner_id == learner_id)
    person = connection.execute(select(learners).where(learners.c.id == learner_id)).one()
    conversation = connection.execute(select(conversations).where(conversations.c.id == conversation_id)).one()
    parts = {
        name: [_plain(row) for row in connection.execute(_rows(table, conversation_id))]
        for name, table in _BESIDE_CONVERSATION
    }
    notices = (
        select(notifications).join(handoffs).where(handoffs.c.conversation_id == conversation_id).order_by("created_at")
    )
    refused = select(quarantine).where(quarantine.c.sender.in_(theirs)).order_by(quarantine.c.id)
    return {
        "about": _ABOUT,
        "exported_at": now.isoformat(),
        "person": _plain(person) | {"addresses": sorted(connection.scalars(theirs))},
        "conversation": _plain(conversation) | {"memory": json.loads(conversation.memory)},
        **parts,
        "notices_to_staff": [_plain(row) for row in connection.execute(notices)],
        "requests_with_a_wrong_signature": [_plain(row) for row in connection.execute(refused)],
    }


def _rows(table: Table, conversation_id: int) -> Select[Any]:
    return select(table).where(table.c.conversation_id == conversation_id).order_by(*table.primary_key)


def _plain(row: Row[Any]) -> Json:
    """Return the columns of a row that hold anything, as values for JSON."""
    return {name: _written(value) for name, value in row._mapping.items() if value not in (None, "", False)}


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
