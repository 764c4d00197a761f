"""Erase all that is held of a learner, and give a receipt for it."""

import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, literal, select, update

from bot.core.conversation import Memory, Status
from bot.storage.database import insert_if_new
from bot.storage.faq_drafts import faq_drafts
from bot.storage.forgetting import forget
from bot.storage.records import Direction
from bot.storage.reminders import reminders
from bot.storage.revisions import next_revision
from bot.storage.tables import (
    addresses,
    conversations,
    erased_messages,
    erasure_receipts,
    handoffs,
    held_replies,
    labels,
    learners,
    messages,
    notes,
    presence,
    quarantine,
    reads,
)

_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without those that are taken for one another when somebody reads them out."""


def erase(connection: Connection, conversation_id: int, learner_id: int, *, now: datetime) -> str:
    """Erase all of a learner but two empty rows, which go when what is queued afterwards has left.

    The caller holds the conversation. Returns the number of the receipt.
    """
    ours = messages.c.conversation_id == conversation_id
    forget(connection, select(messages.c.sid).where(ours), now=now, due_at=now)
    connection.execute(
        insert_if_new(connection, erased_messages).from_select(
            ["sid", "erased_at"],
            select(messages.c.sid, literal(now, erased_messages.c.erased_at.type)).where(
                ours, messages.c.direction == Direction.IN
            ),
        )
    )
    connection.execute(delete(messages).where(ours))
    for table in (handoffs, notes, labels, held_replies, reads, presence, reminders, faq_drafts):
        connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
    theirs = select(addresses.c.address).where(addresses.c.learner_id == learner_id)
    connection.execute(delete(quarantine).where(quarantine.c.sender.in_(theirs)))
    # Without its addresses it is nobody's: who writes again is a new learner.
    connection.execute(delete(addresses).where(addresses.c.learner_id == learner_id))
    connection.execute(update(learners).where(learners.c.id == learner_id).values(name="", opted_out=False))
    connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(
            status=Status.BOT,
            memory=Memory().model_dump_json(),
            owner_id=None,
            snoozed_until=None,
            topic="",
            rating_asked_at=None,
            erased_at=now,
            revision=next_revision(connection),
        )
    )
    return _receipt(connection, now)


def _receipt(connection: Connection, now: datetime) -> str:
    """Keep the day under a number that follows from nothing, so that it leads back to nobody."""
    while True:
        letters = [secrets.choice(_LETTERS) for _ in range(8)]
        number = f"{''.join(letters[:4])}-{''.join(letters[4:])}"
        kept = insert_if_new(connection, erasure_receipts).values(number=number, erased_on=now.date())
        if connection.execute(kept).rowcount:
            return number
