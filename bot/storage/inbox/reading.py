"""The reading side of the inbox, by name."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from bot.storage.attention import PRESENT_FOR
from bot.storage.database import Database
from bot.storage.inbox.cards import count, read_cards
from bot.storage.inbox.case import read_case
from bot.storage.inbox.thread import read_message, read_thread
from bot.storage.inbox.values import Activity, Card, Case, Filters, Onlooker, Thread, View
from bot.storage.records import StoredMessage
from bot.storage.revisions import horizon
from bot.storage.tables import audit_log, conversations, handoffs, labels, presence

TYPES_FOR: Final = timedelta(seconds=10)
"""How long somebody counts as typing after their page last said so."""
_ACTIVITIES: Final = 500


class Inbox:
    """Reads what staff see. Nothing here changes anything, and nothing shows conversations that were erased.

    The number of SQL statements of each method is the same however much there is. Every method may raise
    StorageUnavailable.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def cards(
        self, view: View, filters: Filters, staff_id: int, *, limit: int = 50, after: str | None = None
    ) -> list[Card]:
        """Return a list's first cards, or those after the card with the place `after`."""
        with self._database.reading() as connection:
            return read_cards(connection, view, filters, staff_id, limit=limit, after=after)

    def counts(self, staff_id: int) -> dict[View, int]:
        """Return how many conversations each list of this reader has."""
        with self._database.reading() as connection:
            return count(connection, staff_id)

    def case(self, conversation_id: int, staff_id: int) -> Case | None:
        """Return all of a conversation but its messages; None if there is none (any more)."""
        with self._database.reading() as connection:
            return read_case(connection, conversation_id, staff_id)

    def messages(
        self,
        conversation_id: int,
        *,
        before_id: int | None = None,
        after_id: int | None = None,
        around: int | None = None,
        limit: int = 100,
    ) -> Thread:
        """Return the newest messages in order, or those before, after or (with it in their midst) around one."""
        with self._database.reading() as connection:
            return read_thread(
                connection, conversation_id, before_id=before_id, after_id=after_id, around=around, limit=limit
            )

    def message(self, conversation_id: int, message_id: int) -> StoredMessage | None:
        """Return one message; None if this conversation has none with that id."""
        with self._database.reading() as connection:
            return read_message(connection, conversation_id, message_id)

    def activities(self, conversation_id: int) -> list[Activity]:
        """Return the last 500 things that were done with a conversation, in order."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(audit_log)
                .where(audit_log.c.conversation_id == conversation_id)
                .order_by(audit_log.c.id.desc())
                .limit(_ACTIVITIES)
            ).all()
        return [Activity(row.id, row.at, row.staff_id, row.action, row.details) for row in reversed(rows)]

    def changes(self, cursor: int = 0) -> tuple[int, list[tuple[int, int]]]:
        """Return a new cursor and the ids and revisions of the conversations that may have changed since the old one.

        0 asks for a cursor only. Ask for it before reading what a page shows: what changes between is told later,
        while a cursor that is asked for afterwards lies behind it.
        A change may be told again; whoever knows the conversation under that very revision has seen it. Conversations
        that were erased are told too: their cards have to go.
        """
        with self._database.reading() as connection:
            # First: what is committed between the two statements is then told next time as well, never left out.
            reached = horizon(connection)
            if not cursor:
                return reached, []
            # A backup that was restored counts anew: then everything may have changed.
            since = cursor if cursor <= reached else 0
            changed = connection.execute(
                select(conversations.c.id, conversations.c.revision).where(conversations.c.revision >= since)
            )
            return reached, [(row.id, row.revision) for row in changed]

    def here(self, conversation_id: int, *, now: datetime) -> list[Onlooker]:
        """Return who has the conversation on the screen, who types first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(presence).where(
                    presence.c.conversation_id == conversation_id, presence.c.seen_at > now - PRESENT_FOR
                )
            )
            found = [
                Onlooker(row.staff_id, types=row.typing_at is not None and row.typing_at > now - TYPES_FOR)
                for row in rows
            ]
        return sorted(found, key=lambda onlooker: (not onlooker.types, onlooker.staff_id))

    def all_labels(self) -> list[str]:
        """Return every label that some conversation has, in alphabetical order."""
        with self._database.reading() as connection:
            return list(connection.scalars(select(labels.c.label).distinct().order_by(labels.c.label)))

    def topics(self) -> list[str]:
        """Return every topic that some conversation was last about, in alphabetical order."""
        topic = conversations.c.topic
        with self._database.reading() as connection:
            return list(connection.scalars(select(topic).where(topic != "").distinct().order_by(topic)))

    def reasons(self) -> list[str]:
        """Return every reason for which a conversation was handed over, in alphabetical order."""
        with self._database.reading() as connection:
            return list(connection.scalars(select(handoffs.c.reason).distinct().order_by(handoffs.c.reason)))
