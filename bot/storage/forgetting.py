"""What the provider still keeps of messages that were erased here: a queue of their ids, and of nothing else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, exists, literal, select, update

from bot.storage.database import Database, insert_if_new
from bot.storage.tables import messages, to_forget


@dataclass(frozen=True, slots=True)
class ToForget:
    """One message that the provider is to erase. `since` is aware UTC; `attempts` counts this one too."""

    sid: str
    since: datetime
    attempts: int


class Forgetting:
    """Claims on ids and their results. Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, *, now: datetime, lease: timedelta, limit: int) -> list[ToForget]:
        """Take those that are due longest. Without a result they are due again after the lease."""
        due = select(to_forget.c.sid).where(to_forget.c.due_at <= now).order_by(to_forget.c.due_at).limit(limit)
        with self._database.reading() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return []  # mostly so, and reading does not stop those who write
        with self._database.writing() as connection:
            rows = connection.execute(
                update(to_forget)
                .where(to_forget.c.sid.in_(due.with_for_update(skip_locked=True)))
                .values(due_at=now + lease, attempts=to_forget.c.attempts + 1)
                .returning(*to_forget.c)
            )
            return [ToForget(row.sid, row.since, row.attempts) for row in rows]

    def record(self, gone: Collection[str], later: Mapping[str, datetime]) -> None:
        """Drop the ids that need nothing more, and note when to try the others again."""
        with self._database.writing() as connection:
            if gone:
                connection.execute(delete(to_forget).where(to_forget.c.sid.in_(sorted(gone))))
            if later:
                connection.execute(
                    update(to_forget).where(to_forget.c.sid == bindparam("which")).values(due_at=bindparam("due")),
                    [{"which": sid, "due": due_at} for sid, due_at in sorted(later.items())],
                )


def forget(connection: Connection, sids: Select[Any], *, now: datetime, due_at: datetime) -> None:
    """Let the provider erase the messages with these ids, not before `due_at`. Empty ids are left out."""
    found = sids.subquery()
    sid = found.c[0]
    moment = to_forget.c.since.type
    connection.execute(
        insert_if_new(connection, to_forget).from_select(
            ["sid", "since", "due_at"],
            # The condition also tells SQLite that what follows is no part of a join.
            select(sid, literal(now, moment), literal(due_at, moment)).where(sid.is_not(None)),
        )
    )


def forget_if_erased(connection: Connection, message_id: int, sid: str, *, now: datetime) -> None:
    """Let the provider erase a message that was erased here while it was on its way there."""
    is_gone = ~exists().where(messages.c.id == message_id)
    forget(connection, select(literal(sid).label("sid")).where(is_gone), now=now, due_at=now)
