"""Reminders that learners ask for. Each row is their consent to one message, in their own words.

The caller holds the conversation.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Table, Text, insert, update

from bot.core.conversation import Reminder
from bot.storage.moment import Moment
from bot.storage.tables import Id, metadata

reminders: Final = Table(
    "reminders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    # The message that asked for it. No foreign key, as with `messages.in_reply_to`.
    Column("asked_by", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Column("choice", Text, nullable=False),
    # When it was asked for, and for when.
    Column("at", Moment, nullable=False),
    Column("wanted_at", Moment, nullable=False),
    # When it is to be looked at. Null: never again.
    Column("due_at", Moment),
    # What became of it.
    Column("outcome", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
_waits: Final = reminders.c.due_at.is_not(None)
Index("ix_reminders_due", reminders.c.due_at, sqlite_where=_waits, postgresql_where=_waits)

SENT: Final = "sent"
LEFT_TO_STAFF: Final = "left_to_staff"
WITHDRAWN: Final = "withdrawn"


def add(connection: Connection, conversation_id: int, reminder: Reminder, *, asked_by: int, now: datetime) -> None:
    """Keep a reminder until its time; `asked_by` is the id of the message that asks for it."""
    connection.execute(
        insert(reminders).values(
            conversation_id=conversation_id,
            asked_by=asked_by,
            words=reminder.words,
            choice=reminder.choice,
            at=now,
            wanted_at=reminder.due_at,
            due_at=reminder.due_at,
        )
    )


def withdraw(connection: Connection, conversation_id: int) -> None:
    """Let none of a learner's reminders leave that wait."""
    connection.execute(
        update(reminders)
        .where(reminders.c.conversation_id == conversation_id, reminders.c.due_at.is_not(None))
        .values(due_at=None, outcome=WITHDRAWN)
    )
