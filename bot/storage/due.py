"""What the clock does to conversations. Any number of processes may look; each thing is done once, also after days."""

from datetime import datetime

from sqlalchemy import case, select, update

from bot.core.conversation import Status
from bot.core.desk import Deed, NoticeKind
from bot.storage.database import Database
from bot.storage.desk import log_deed
from bot.storage.learners import lock_conversation
from bot.storage.tables import conversations, handoffs, notifications


def wake_snoozed(database: Database, *, now: datetime) -> int:
    """Wake the conversations whose time has come, for their owner or else for the line; return how many."""
    sleeping_too_long = (conversations.c.status == Status.SNOOZED, conversations.c.snoozed_until <= now)
    with database.reading() as connection:
        due = connection.scalars(select(conversations.c.id).where(*sleeping_too_long)).all()
    return sum(_wake(database, conversation_id, now) for conversation_id in due)


def _wake(database: Database, conversation_id: int, now: datetime) -> bool:
    awake = case((conversations.c.owner_id.is_(None), Status.WAITING), else_=Status.OPEN)
    with database.writing() as connection:
        woken = connection.execute(
            update(conversations)
            .where(
                conversations.c.id == conversation_id,
                conversations.c.status == Status.SNOOZED,
                conversations.c.snoozed_until <= now,
            )
            .values(status=awake, snoozed_until=None)
        ).rowcount
        if woken:
            log_deed(connection, conversation_id, Deed.WOKEN, None, now=now)
    return bool(woken)


def raise_promises(database: Database, *, now: datetime) -> int:
    """Queue a notice for each handoff that should have been answered by now; return how many."""
    broken = (
        handoffs.c.promised_at <= now,
        handoffs.c.raised_at.is_(None),
        handoffs.c.resolved_at.is_(None),
        handoffs.c.first_reply_at.is_(None),
    )
    with database.reading() as connection:
        due = connection.execute(select(handoffs.c.id, handoffs.c.conversation_id).where(*broken)).all()
    raised = 0
    for row in due:
        with database.writing() as connection:
            lock_conversation(connection, row.conversation_id)
            marked = connection.execute(
                update(handoffs).where(handoffs.c.id == row.id, *broken).values(raised_at=now)
            ).rowcount
            if marked:
                connection.execute(
                    update(notifications)
                    .where(notifications.c.handoff_id == row.id)
                    .values(kind=NoticeKind.PROMISE, created_at=now, due_at=now, attempts=0, told=[])
                )
                log_deed(connection, row.conversation_id, Deed.PROMISE_RAISED, None, now=now)
            raised += marked
    return raised
