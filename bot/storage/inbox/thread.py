"""The messages of one conversation, page by page."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from bot.storage.inbox.previews import preview_columns, preview_of
from bot.storage.inbox.values import Preview, Thread
from bot.storage.records import StoredMessage, message_of
from bot.storage.tables import conversations, messages


def read_thread(
    connection: Connection,
    conversation_id: int,
    *,
    before_id: int | None,
    after_id: int | None,
    around: int | None,
    limit: int,
) -> Thread:
    """Return the newest messages, or those before, after or around one."""
    older: list[StoredMessage] = []
    newer: list[StoredMessage] = []
    has_older = after_id is not None
    has_newer = before_id is not None
    if around is not None:
        older, has_older = _older(connection, conversation_id, around + 1, limit - limit // 2)
        newer, has_newer = _newer(connection, conversation_id, around, limit // 2)
    elif after_id is not None:
        newer, has_newer = _newer(connection, conversation_id, after_id, limit)
    else:
        older, has_older = _older(connection, conversation_id, before_id, limit)
    found = (*older, *newer)
    return Thread(found, _quotes(connection, conversation_id, found), has_older, has_newer)


def read_message(connection: Connection, conversation_id: int, message_id: int) -> StoredMessage | None:
    """Return one message; None if this conversation has none with that id."""
    row = connection.execute(_of(conversation_id).where(messages.c.id == message_id)).one_or_none()
    return message_of(row) if row else None


def _older(
    connection: Connection, conversation_id: int, before_id: int | None, limit: int
) -> tuple[list[StoredMessage], bool]:
    statement = _of(conversation_id).order_by(messages.c.id.desc())
    if before_id is not None:
        statement = statement.where(messages.c.id < before_id)
    found, has_more = _first(connection, statement, limit)
    return found[::-1], has_more


def _newer(connection: Connection, conversation_id: int, after_id: int, limit: int) -> tuple[list[StoredMessage], bool]:
    return _first(connection, _of(conversation_id).where(messages.c.id > after_id).order_by(messages.c.id), limit)


def _first(connection: Connection, statement: Select[Any], limit: int) -> tuple[list[StoredMessage], bool]:
    """Return as many messages as asked for, and whether there are more."""
    found = [message_of(row) for row in connection.execute(statement.limit(limit + 1))]
    return found[:limit], len(found) > limit


def _of(conversation_id: int) -> Select[Any]:
    return (
        select(messages)
        .join(conversations, messages.c.conversation_id == conversations.c.id)
        .where(messages.c.conversation_id == conversation_id, conversations.c.erased_at.is_(None))
    )


def _quotes(connection: Connection, conversation_id: int, found: Sequence[StoredMessage]) -> dict[str, Preview]:
    sids = {message.quoted_sid for message in found} - {""}
    # Within the conversation only: a learner chooses what a message claims to quote.
    quoted = select(messages.c.sid, *preview_columns(messages)).where(
        messages.c.sid.in_(sids), messages.c.conversation_id == conversation_id
    )
    return {row.sid: preview_of(row) for row in connection.execute(quoted)}
