"""Silence for learners who do not want to be written to."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from bot.core.messages import MessageState
from bot.storage.reminders import withdraw
from bot.storage.tables import conversations, learners, messages

STOPPED: Final = "Not sent: the learner wrote STOP."
OPTED_OUT_CODE: Final = "21610"
"""The provider's code for a learner who has opted out there."""


def withdraw_queued(connection: Connection, conversation_id: int, *, now: datetime) -> None:
    """Give up all that waits to be sent, reminders too, but the confirmation of an opt-out.

    The caller holds the conversation.
    """
    connection.execute(
        update(messages)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.state == MessageState.QUEUED,
            messages.c.despite_stop.is_(False),
        )
        .values(state=MessageState.FAILED, due_at=None, changed_at=now, error=STOPPED)
    )
    withdraw(connection, conversation_id)


def opt_out(connection: Connection, conversation_id: int, *, now: datetime) -> None:
    """Note that the learner wants no messages, as the provider has told us. The caller holds the conversation."""
    learner_id = select(conversations.c.learner_id).where(conversations.c.id == conversation_id).scalar_subquery()
    connection.execute(update(learners).where(learners.c.id == learner_id).values(opted_out=True))
    withdraw_queued(connection, conversation_id, now=now)
