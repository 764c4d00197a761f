"""Move everything from the embedded database to PostgreSQL, or nothing."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Table, func, insert, select, text

from bot.errors import BotError
from bot.storage.database import Database, parse_url
from bot.storage.migrate import check_revision, current, migrate
from bot.storage.tables import conversations, heartbeats, message_texts, metadata

_AT_A_TIME: Final = 1000
_STILL_FOR: Final = timedelta(seconds=20)
"""Delivery shows every five seconds that it is alive."""
# The chore fills the texts for the search, in small letters as PostgreSQL makes them.
_MOVED: Final = [table for table in metadata.sorted_tables if table is not message_texts]


class MoveRefused(BotError):
    """Nothing was moved."""


def move(database_url: str, target_url: str, *, now: datetime) -> dict[str, int]:
    """Copy all rows of an embedded database into an empty PostgreSQL; return how many, by table.

    The embedded database stays as it is, and nobody can write to it meanwhile.

    Raises BadDatabaseUrl, StorageUnavailable, WrongRevision or MoveRefused.
    """
    if parse_url(database_url).get_backend_name() != "sqlite":
        raise MoveRefused("DATABASE_URL does not name an embedded database: set it to the one that is to be moved.")
    if parse_url(target_url).get_backend_name() != "postgresql":
        raise MoveRefused("The database to move to is no PostgreSQL: give its address as postgresql://user@host/name.")
    source, target = Database(database_url), Database(target_url)
    try:
        with target.reading() as new:
            has_tables = current(new) is not None
        if not has_tables:  # tables that somebody uses are left as they are
            migrate(target_url)
        with source.writing() as old, target.writing() as new:
            _check(old, new, now)
            for table in _MOVED:
                _copy(table, old, new)
            _count_on(old, new)
            return _compared(old, new)
    finally:
        source.close()
        target.close()


def _check(old: Connection, new: Connection, now: datetime) -> None:
    check_revision(old)
    check_revision(new)
    last_beat = old.scalar(select(func.max(heartbeats.c.at)).where(heartbeats.c.name == "delivery"))
    if last_beat is not None and last_beat > now - _STILL_FOR:
        raise MoveRefused("The bot is still running on the embedded database: stop it, wait half a minute, try again.")
    for table in metadata.sorted_tables:
        if _count(new, table):
            raise MoveRefused(
                f"The table {table.name} of the PostgreSQL database has rows already: give one that is empty."
            )


def _copy(table: Table, old: Connection, new: Connection) -> None:
    rows = old.execution_options(yield_per=_AT_A_TIME).execute(select(table))
    for some in rows.partitions():
        new.execute(insert(table), [dict(row._mapping) | _anew(table) for row in some])


def _anew(table: Table) -> dict[str, object]:
    # What SQLite counted says nothing where transactions are numbered, see `revisions.py`.
    return {"revision": 0} if table is conversations else {}


def _count_on(old: Connection, new: Connection) -> None:
    """Give no id again that was given before, also if its row is gone."""
    for name, last in old.execute(text("SELECT name, seq FROM sqlite_sequence")):
        if name in metadata.tables and last:
            new.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), last)))


def _compared(old: Connection, new: Connection) -> dict[str, int]:
    counts = {}
    for table in _MOVED:
        before, after = _count(old, table), _count(new, table)
        if before != after:
            raise MoveRefused(
                f"Of {before} rows of the table {table.name} {after} arrived: nothing was kept; please report it."
            )
        counts[table.name] = after
    return counts


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0
