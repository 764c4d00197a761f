"""Revisions: which conversations have changed since an inbox last looked, without missing one and without waiting.

PostgreSQL commits transactions in another order than it begins them, so a plain counter would hide the change of a
slow one behind that of a quick one. The number of the transaction itself tells: nothing older than the oldest one
still running can appear any more. https://www.postgresql.org/docs/current/functions-info.html (transaction ids)
SQLite has one writer at a time, so there a counter does.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import BigInteger, Connection, Select, Text, Update, bindparam, cast, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from bot.storage.tables import conversations

_NEXT: Final = select(func.coalesce(func.max(conversations.c.revision), 0) + 1).scalar_subquery()


def _number(transaction: ColumnElement[object]) -> ColumnElement[int]:
    return cast(cast(transaction, Text), BigInteger)


_NEXT_BY_DIALECT: Final[Mapping[str, ColumnElement[int]]] = {
    "sqlite": _NEXT,
    "postgresql": _number(func.pg_current_xact_id()),
}
# Made once: it is part of every message, and making a statement takes as long as carrying it out.
CHANGES_OF_CONVERSATION: Final[Mapping[str, Update]] = {
    dialect: update(conversations).where(conversations.c.id == bindparam("conversation")).values(revision=number)
    for dialect, number in _NEXT_BY_DIALECT.items()
}
"""For each dialect an UPDATE that gives the conversation `conversation` its revision.

More columns come as parameters."""


def touch(connection: Connection, conversation_id: int) -> None:
    """Tell open inboxes that a conversation has changed, once the transaction is committed.

    Holds the conversation: call it before any of its messages is changed, so that all transactions lock in one order.
    """
    connection.execute(CHANGES_OF_CONVERSATION[connection.dialect.name], {"conversation": conversation_id})


def horizon(connection: Connection) -> int:
    """Return the revision below which no change can appear any more that this transaction does not see."""
    return connection.scalar(select(_oldest_running() if _is_postgresql(connection) else _NEXT)) or 0


def begin_anew(connection: Connection) -> None:
    """Forget revisions that this database cannot have given.

    A backup brings them along, but in another PostgreSQL transactions are counted from another number: what lies ahead
    of it would count as changed for ever.
    """
    if _is_postgresql(connection):
        connection.execute(
            update(conversations).where(conversations.c.revision > next_revision(connection)).values(revision=0)
        )


def count_on_without(connection: Connection, leaving: Select[tuple[int]]) -> None:
    """Let the counter go on from where it is although the conversations of these learners are about to be deleted.

    SQLite counts on from the highest revision there is: without that one, the next changes would get numbers that open
    inboxes have passed already.
    """
    if not _is_postgresql(connection):
        staying = select(func.max(conversations.c.id)).where(conversations.c.learner_id.not_in(leaving))
        connection.execute(
            update(conversations)
            .where(conversations.c.id == staying.scalar_subquery())
            .values(revision=next_revision(connection))
        )


def next_revision(connection: Connection) -> ColumnElement[int]:
    """Return the revision of what this transaction changes, for an UPDATE that changes more of the conversation."""
    return _NEXT_BY_DIALECT[connection.dialect.name]


def _oldest_running() -> ColumnElement[int]:
    return _number(func.pg_snapshot_xmin(func.pg_current_snapshot()))


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
