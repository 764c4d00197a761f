"""Revisions: which conversations have changed since an inbox last looked, without missing one and without waiting.

PostgreSQL commits transactions in another order than it begins them, so a plain counter would hide the change of a
slow one behind that of a quick one. The number of the transaction itself tells: nothing older than the oldest one
still running can appear any more. https://www.postgresql.org/docs/current/functions-info.html (transaction ids)
SQLite has one writer at a time, so there a counter does.
"""

from typing import Final

from sqlalchemy import BigInteger, Connection, Text, cast, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from bot.storage.tables import conversations

_NEXT: Final = select(func.coalesce(func.max(conversations.c.revision), 0) + 1).scalar_subquery()


def touch(connection: Connection, conversation_id: int) -> None:
    """Tell open inboxes that a conversation has changed, once the transaction is committed.

    Holds the conversation: call it before any of its messages is changed, so that all transactions lock in one order.
    """
    connection.execute(
        update(conversations).where(conversations.c.id == conversation_id).values(revision=_revision(connection))
    )


def horizon(connection: Connection) -> int:
    """Return the revision below which no change can appear any more that this transaction does not see."""
    return connection.scalar(select(_oldest_running() if _is_postgresql(connection) else _NEXT)) or 0


def _revision(connection: Connection) -> ColumnElement[int]:
    return _number(func.pg_current_xact_id()) if _is_postgresql(connection) else _NEXT


def _oldest_running() -> ColumnElement[int]:
    return _number(func.pg_snapshot_xmin(func.pg_current_snapshot()))


def _number(transaction: ColumnElement[object]) -> ColumnElement[int]:
    return cast(cast(transaction, Text), BigInteger)


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
