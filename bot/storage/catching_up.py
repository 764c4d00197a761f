"""How far the provider's own list of messages has been read, and what of it is not here."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update

from bot.storage.database import Database, insert_if_new
from bot.storage.tables import conversations, erased_messages, heartbeats, messages

_READ: Final = "caught up to"


class CatchingUp:
    """Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_up_to(self) -> datetime | None:
        """Return up to when the list was read, or else when a learner last wrote; None if nobody ever has."""
        with self._database.reading() as connection:
            read: datetime | None = connection.scalar(select(heartbeats.c.at).where(heartbeats.c.name == _READ))
            return read or connection.scalar(select(func.max(conversations.c.last_inbound_at)))

    def note_read(self, until: datetime) -> None:
        """Note that the list was read up to a moment."""
        with self._database.writing() as connection:
            moved = connection.execute(update(heartbeats).where(heartbeats.c.name == _READ).values(at=until))
            if not moved.rowcount:
                connection.execute(insert_if_new(connection, heartbeats).values(name=_READ, at=until))

    def unknown(self, sids: Collection[str]) -> set[str]:
        """Return those of the provider's ids of which no message is stored, nor was and has been erased."""
        with self._database.reading() as connection:
            known = {
                sid
                for column in (messages.c.sid, erased_messages.c.sid)
                for sid in connection.scalars(select(column).where(column.in_(sids)))
            }
        return set(sids) - known
