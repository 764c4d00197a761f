"""The queue of what staff are to be told: one notice for each handoff, made in the transaction that began it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.core.desk import NoticeKind
from bot.storage.database import Database
from bot.storage.records import Notice, brief_of
from bot.storage.tables import handoffs, notifications


class Notices:
    """Claims on notices and their results. Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, *, now: datetime, lease: timedelta) -> Notice | None:
        """Take the notice that is due longest; None if none is. Without a result it is due again after the lease."""
        due = notifications.alias("due")
        with self._database.writing() as connection:
            claimed = (
                update(notifications)
                .where(
                    notifications.c.id
                    == select(due.c.id)
                    .where(due.c.due_at <= now)
                    .order_by(due.c.due_at)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                    .scalar_subquery()
                )
                .values(due_at=now + lease, attempts=notifications.c.attempts + 1)
                .returning(*notifications.c)
            )
            row = connection.execute(claimed).one_or_none()
            if row is None:
                return None
            handoff = connection.execute(select(handoffs).where(handoffs.c.id == row.handoff_id)).one()
        return Notice(
            id=row.id,
            kind=NoticeKind(row.kind),
            conversation_id=handoff.conversation_id,
            brief=brief_of(handoff.brief),
            created_at=row.created_at,
            attempts=row.attempts,
            told=frozenset(row.told),
        )

    def record(self, notice: Notice, told: Iterable[str], *, due_at: datetime | None) -> None:
        """Record which addresses know the notice now, and when to try the others; None: never again."""
        with self._database.writing() as connection:
            connection.execute(
                update(notifications)
                .where(
                    notifications.c.id == notice.id,
                    notifications.c.kind == notice.kind,
                    notifications.c.attempts == notice.attempts,
                )
                .values(told=sorted(told), due_at=due_at)
            )
