"""Periodic work is done by one process at a time, however many there are: whoever takes the turn does it."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update

from bot.storage.database import Database, insert_if_new
from bot.storage.tables import turns

_CLOCKS_APART: Final = timedelta(minutes=1)
"""How much the clocks of two machines may differ. What lies further ahead was written before a clock was set back."""


class Turns:
    """Who does what next. Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, *, every: timedelta, now: datetime) -> bool:
        """Whether the caller is to do the work of this name now; for the others its turn comes when `every` is over.

        Whoever takes the turn and dies leaves the work to the next turn, so it has to be such that it may be repeated.
        """
        is_due = or_(turns.c.at <= now - every, turns.c.at > now + every + _CLOCKS_APART)
        with self._database.reading() as connection:
            row = connection.execute(select(is_due.label("is_due")).where(turns.c.name == name)).one_or_none()
            if row is not None and not row.is_due:
                return False  # mostly so, and reading does not stop those who write
        with self._database.writing() as connection:
            if row is None:
                first = insert_if_new(connection, turns).values(name=name, at=now).returning(turns.c.name)
                return connection.scalar(first) is not None
            taken = connection.execute(update(turns).where(turns.c.name == name, is_due).values(at=now))
            return bool(taken.rowcount)
