"""Edits of the knowledge that cannot be served: staff are told of each once, by one process of many."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update

from bot.storage.database import Database, insert_if_new
from bot.storage.knowledge_tables import knowledge_faults

PATIENCE: Final = timedelta(seconds=10)
"""Who saves several files one after another has so long to finish before staff are told."""
FORGOTTEN_AFTER: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Fault:
    """An edit to be told of. `findings` are sentences with file and line, the first ones of all."""

    mark: str
    place: str
    findings: tuple[str, ...]
    found_at: datetime
    attempts: int
    told: frozenset[str]


class KnowledgeFaults:
    """Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, place: str, version: str, findings: Sequence[str], *, now: datetime) -> None:
        """Note that the folder at a place cannot be served. The same files with the same faults are noted once."""
        mark = hashlib.sha256("\n".join((version, *findings)).encode()).hexdigest()[:16]
        with self._database.writing() as connection:
            connection.execute(
                insert_if_new(connection, knowledge_faults).values(
                    mark=mark, place=place, findings=list(findings), found_at=now, due_at=now + PATIENCE, told=[]
                )
            )
            connection.execute(delete(knowledge_faults).where(knowledge_faults.c.found_at < now - FORGOTTEN_AFTER))

    def mended(self, place: str) -> None:
        """Spare staff the notices of a folder that is in order again."""
        waiting = (knowledge_faults.c.place == place) & knowledge_faults.c.due_at.is_not(None)
        with self._database.writing() as connection:
            connection.execute(update(knowledge_faults).where(waiting).values(due_at=None))

    def claim(self, *, now: datetime, lease: timedelta) -> Fault | None:
        """Take the fault that is due longest; None if none is. Without a result it is due again after the lease."""
        due = knowledge_faults.alias("due")
        first = select(due.c.mark).where(due.c.due_at <= now).order_by(due.c.due_at).limit(1)
        with self._database.reading() as connection:
            if connection.scalar(first) is None:
                return None  # mostly so, and reading does not stop those who write
        with self._database.writing() as connection:
            row = connection.execute(
                update(knowledge_faults)
                .where(knowledge_faults.c.mark == first.with_for_update(skip_locked=True).scalar_subquery())
                .values(due_at=now + lease, attempts=knowledge_faults.c.attempts + 1)
                .returning(*knowledge_faults.c)
            ).one_or_none()
        if row is None:
            return None
        return Fault(row.mark, row.place, tuple(row.findings), row.found_at, row.attempts, frozenset(row.told))

    def record(self, fault: Fault, told: Iterable[str], *, due_at: datetime | None) -> None:
        """Record which addresses know of it now, and when to try the others; None: never again."""
        with self._database.writing() as connection:
            connection.execute(
                update(knowledge_faults)
                .where(knowledge_faults.c.mark == fault.mark, knowledge_faults.c.attempts == fault.attempts)
                .values(told=sorted(told), due_at=due_at)
            )
