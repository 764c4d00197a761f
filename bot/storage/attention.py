"""Who of the staff has read what, and who has a conversation on the screen just now."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from bot.storage.database import Database
from bot.storage.revisions import touch
from bot.storage.tables import conversations, presence, reads

SEEN_EVERY: Final = timedelta(seconds=5)
"""A page that says "still here" more often than this is not written down."""
PRESENT_FOR: Final = timedelta(minutes=1)
"""Who has not been seen for so long is gone."""


class Attention:
    """What somebody sees of a conversation. Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark_read(self, conversation_id: int, staff_id: int, message_id: int) -> None:
        """Note that a member of staff has read up to a message. Never goes back; a missing conversation is no harm."""
        with self._database.reading() as connection:
            if (_read_up_to(connection, conversation_id, staff_id) or 0) >= message_id:
                return  # mostly so, and reading does not stop those who write
        with self._database.writing() as connection:
            if not _lock(connection, conversation_id):
                return
            if (_read_up_to(connection, conversation_id, staff_id) or 0) < message_id:
                note_read(connection, conversation_id, staff_id, message_id)
                touch(connection, conversation_id)

    def here(self, conversation_id: int, staff_id: int, *, typing: bool, now: datetime) -> None:
        """Note that a member of staff looks at a conversation or writes in it; a missing one is no harm.

        Open inboxes hear of it when somebody comes, begins to write or stops.
        """
        ours = (presence.c.conversation_id == conversation_id, presence.c.staff_id == staff_id)
        with self._database.reading() as connection:
            seen = connection.execute(select(presence.c.seen_at, presence.c.typing_at).where(*ours)).one_or_none()
        is_news = seen is None or now - seen.seen_at >= PRESENT_FOR or (seen.typing_at is not None) != typing
        if seen is not None and not is_news and now - seen.seen_at < SEEN_EVERY:
            return
        values = {"seen_at": now, "typing_at": now if typing else None}
        with self._database.writing() as connection:
            if not _lock(connection, conversation_id):
                return
            if not connection.execute(update(presence).where(*ours).values(values)).rowcount:
                new = {"conversation_id": conversation_id, "staff_id": staff_id, **values}
                connection.execute(insert(presence).values(new))
            if is_news:
                touch(connection, conversation_id)


def note_read(connection: Connection, conversation_id: int, staff_id: int, message_id: int) -> None:
    """Store up to which message somebody has read. The caller holds the conversation."""
    ours = (reads.c.staff_id == staff_id, reads.c.conversation_id == conversation_id)
    if not connection.execute(update(reads).where(*ours).values(message_id=message_id)).rowcount:
        connection.execute(
            insert(reads).values(staff_id=staff_id, conversation_id=conversation_id, message_id=message_id)
        )


def remove_absent(database: Database, *, now: datetime) -> None:
    """Forget who looked at a conversation and is gone."""
    gone = presence.c.seen_at < now - PRESENT_FOR
    with database.reading() as connection:
        if connection.execute(select(presence.c.staff_id).where(gone).limit(1)).first() is None:
            return
    with database.writing() as connection:
        connection.execute(delete(presence).where(gone))


def _read_up_to(connection: Connection, conversation_id: int, staff_id: int) -> int | None:
    return connection.scalar(
        select(reads.c.message_id).where(reads.c.staff_id == staff_id, reads.c.conversation_id == conversation_id)
    )


def _lock(connection: Connection, conversation_id: int) -> bool:
    """Hold a conversation until the transaction ends; False if it is gone."""
    return (
        connection.scalar(
            select(conversations.c.id)
            .where(conversations.c.id == conversation_id, conversations.c.erased_at.is_(None))
            .with_for_update()
        )
        is not None
    )
