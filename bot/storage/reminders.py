"""Reminders that learners ask for. Each row is their consent to one message, in their own words.

The caller holds the conversation.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, update

from bot.core.conversation import Reminder
from bot.storage.tables import reminders

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
