"""What learners wrote, conversation by conversation, with who had the conversation at each message."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, select

from bot.core.conversation import Status
from bot.core.messages import Inbound, Kind, Outcome
from bot.core.replaying import Talk, Turn
from bot.storage.database import Database
from bot.storage.records import Direction
from bot.storage.tables import conversations, handoffs, learners, messages

_PAGE: Final = 500
"""Conversations read at once: PostgreSQL ends a transaction that waits long for its reader."""
_WITH_STAFF: Final = "with_staff"
_BY_PROVIDER: Final = "handled_by_provider"


class Talks:
    """Reads only. May raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, moment: datetime | None) -> Iterator[Talk]:
        """Yield what each learner wrote at or after a moment (aware; None: ever), in order; nothing of who was erased.

        The name of the learner is that of the profile, as it stands now.
        """
        last = 0
        while True:
            with self._database.reading() as connection:
                names = _names(connection, last, moment)
                talks = list(_talks(connection, names, moment)) if names else []
            if not names:
                return
            last = max(names)
            yield from talks


def _chosen(moment: datetime | None) -> list[ColumnElement[bool]]:
    came_in = [messages.c.direction == Direction.IN]
    return came_in if moment is None else [*came_in, messages.c.at >= moment]


def _names(connection: Connection, last: int, moment: datetime | None) -> Mapping[int, str]:
    """The next conversations with the names of their learners."""
    lively = [] if moment is None else [conversations.c.last_inbound_at >= moment]
    rows = connection.execute(
        select(conversations.c.id, learners.c.name)
        .join(learners)
        .where(conversations.c.id > last, conversations.c.erased_at.is_(None), *lively)
        .order_by(conversations.c.id)
        .limit(_PAGE)
    )
    return {row.id: row.name for row in rows}


def _talks(connection: Connection, names: Mapping[int, str], moment: datetime | None) -> Iterator[Talk]:
    passages: dict[int, list[Row[Any]]] = defaultdict(list)
    for passage in connection.execute(
        select(handoffs).where(handoffs.c.conversation_id.between(min(names), max(names)))
    ):
        passages[passage.conversation_id].append(passage)
    turns: dict[int, list[Turn]] = defaultdict(list)
    for row in connection.execute(
        select(messages)
        .where(messages.c.conversation_id.between(min(names), max(names)), *_chosen(moment))
        .order_by(messages.c.conversation_id, messages.c.id)
    ):
        if row.conversation_id in names:
            name, handed = names[row.conversation_id], passages[row.conversation_id]
            turns[row.conversation_id].append(_turn(row, name, handed))
    return (Talk(conversation, tuple(said)) for conversation, said in turns.items())


def _turn(row: Row[Any], name: str, passages: Sequence[Row[Any]]) -> Turn:
    payload = row.payload or {}
    inbound = Inbound(
        sid=row.sid,
        sender=row.address,
        recipient="",
        kind=Kind(row.kind),
        text=row.text,
        name=name,
        choice=payload.get("choice", ""),
        source=payload.get("source", ""),
        # Which of its keywords the provider saw is not stored; that it saw one is.
        opt_out=row.text if row.reason == _BY_PROVIDER else "",
    )
    return Turn(row.id, inbound, row.at, Outcome(row.outcome), row.reason, _status(row, passages))


def _status(row: Row[Any], passages: Sequence[Row[Any]]) -> Status:
    """Who had the conversation just before the message, which may itself have begun or ended a handoff."""
    if row.reason == _WITH_STAFF:
        return Status.OPEN
    for passage in passages:
        if passage.opened_at < row.at and (passage.resolved_at is None or row.at <= passage.resolved_at):
            is_taken = passage.taken_at is not None and passage.taken_at < row.at
            return Status.OPEN if is_taken else Status.WAITING
    return Status.BOT
