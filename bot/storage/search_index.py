"""Keep the search of the inbox up with what is said, some seconds behind it, and let it forget what was erased.

A text comes into `message_texts`, and with it into the index, by a chore and not by its message: those who write wait
for nothing. All texts up to the highest id in `message_texts` are there; a search looks for later ones in `messages`.
"""

from itertools import takewhile
from typing import Final

from sqlalchemy import Connection, ScalarSelect, column, delete, func, select, table, text

from bot.storage.database import Database, insert_if_new
from bot.storage.tables import message_texts, messages

BATCH: Final = 200
"""Texts taken in by one transaction, for which other writers wait on SQLite: some 30 ms."""
BATCHES: Final = 50
"""Transactions of one run: other chores wait for it."""
_PAGES: Final = 200
"""Pages of SQLite's index that are merged in one transaction: some 30 ms."""

# Of SQLite only: the indexes that still hold letters of what was deleted from them.
_traces: Final = table("search_traces", column("name"))


class SearchIndex:
    """Every method may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next_up_to = 0
        self._still_writing: frozenset[str] = frozenset()

    def keep_up(self) -> bool:
        """Take in the texts that the last call has seen, in short transactions; False if there is more to do now.

        Not what came since: its replies are just being sent, and no sender is to find a message held by us. Whoever is
        cut short has done a part, and the next call goes on there.

        PostgreSQL commits messages in another order than it numbers them, and none may appear below the highest id in
        `message_texts` later on. Whoever adds messages holds a lock on the table from before their ids are given until
        they are seen: once all have gone who had it when an id was the highest, nothing is missing below that id.
        """
        if not self.forget_erased():
            return False
        with self._database.reading() as connection:
            newest = connection.scalar(select(func.max(messages.c.id))) or 0
            writing = _writing(connection)
        if not self._still_writing.isdisjoint(writing):
            return False
        up_to, self._next_up_to, self._still_writing = self._next_up_to, newest, writing
        return self._take_in(up_to) and up_to >= newest

    def forget_erased(self) -> bool:
        """Merge an index of SQLite that still holds letters of what was deleted; False if it is not done yet.

        FTS5 only notes that they are deleted, and drops both when it merges all of its parts. PostgreSQL's VACUUM does
        that unasked.
        """
        if self._database.is_postgresql:
            return True
        with self._database.reading() as connection:
            names = connection.scalars(select(_traces.c.name)).all()
        if not names:
            return True
        for name in names:
            for _ in range(BATCHES):
                with self._database.writing() as connection:
                    if not _merged_more(connection, name):
                        connection.execute(delete(_traces).where(_traces.c.name == name))
                        break
            else:
                return False
        self._database.forget_history()
        return True

    def _take_in(self, up_to: int) -> bool:
        """Take in texts of messages up to that id; False if some are left."""
        missing = (
            select(messages.c.id)
            .where(messages.c.id > reached(), messages.c.id <= up_to, messages.c.text != "")
            .order_by(messages.c.id)
            .limit(BATCH)
        )
        for _ in range(BATCHES):
            with self._database.reading() as connection:
                wanted = connection.scalars(missing).all()
            if not wanted:
                return True
            with self._database.writing() as connection:
                # The foreign key waits for those who are deleting a message, and they may wait for us: so we do not.
                held = select(messages.c.id).where(messages.c.id.in_(wanted))
                free = set(connection.scalars(held.with_for_update(key_share=True, read=True, skip_locked=True)))
                ids = list(takewhile(free.__contains__, wanted))
                connection.execute(
                    insert_if_new(connection, message_texts).from_select(
                        ["message_id", "conversation_id", "text"],
                        select(messages.c.id, messages.c.conversation_id, func.lower(messages.c.text))
                        .where(messages.c.id.in_(ids))
                        .order_by(messages.c.id),
                    )
                )
            if len(ids) < len(wanted):
                return False
        return False


def reached() -> ScalarSelect[int]:
    """The id up to which `message_texts` has all texts."""
    return select(func.coalesce(func.max(message_texts.c.message_id), 0)).correlate(None).scalar_subquery()


def _writing(connection: Connection) -> frozenset[str]:
    """Return the transactions that may just be adding messages without our seeing them."""
    if connection.dialect.name == "sqlite":
        return frozenset()  # it has one writer at a time, and who gets an id later is not committed earlier
    return frozenset(
        connection.scalars(
            text(
                "SELECT virtualtransaction FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
                " WHERE datname = current_database() AND locktype = 'relation' AND mode = 'RowExclusiveLock'"
                " AND granted AND relation = 'messages'::regclass"
            )
        )
    )


def _merged_more(connection: Connection, name: str) -> bool:
    """Merge some pages of an index; False if there was nothing to merge any more."""
    # Below 2: https://sqlite.org/fts5.html#the_merge_command
    changes = text("SELECT total_changes()")
    before = connection.scalar(changes) or 0
    connection.execute(text(f"INSERT INTO {name} ({name}, rank) VALUES ('merge', {-_PAGES})"))  # noqa: S608 - ours
    return (connection.scalar(changes) or 0) - before > 1
