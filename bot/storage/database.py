"""One engine for SQLite and PostgreSQL, the two kinds of transaction, and errors as one sentence."""

import select
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Final

import psycopg
from pydantic_core import to_json
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from bot.storage.announcing import Announcements
from bot.storage.errors import BadDatabaseUrl, StorageUnavailable
from bot.storage.one_writer import OneWriter

PATIENCE_SECONDS: Final = 7
"""Longest wait for a lock or a connection. Two of these are less than the 15 seconds that Twilio gives a webhook."""
_KEPT_OPEN: Final = 16
"""Connections a process keeps once it needed them: eight requests, four senders and the periodic work at once. Opening
one takes PostgreSQL longer than a whole message."""
_IDLE_SECONDS: Final = 30
"""A transaction that says nothing for so long belongs to a machine that is gone; PostgreSQL frees its locks."""

_POSTGRESQL: Final[dict[str, Any]] = {
    "connect_timeout": PATIENCE_SECONDS,
    # A server that vanished without a word: the system's own limits are a quarter of an hour and two hours.
    "tcp_user_timeout": PATIENCE_SECONDS * 1000,
    "keepalives_idle": PATIENCE_SECONDS,
    # Statements prepared on one connection do not exist on the next one behind a connection pooler.
    "prepare_threshold": None,
}


def parse_url(database_url: str) -> URL:
    """Turn `sqlite:///file`, `postgres://...` or `postgresql://...` into the address of the driver we use.

    Raises BadDatabaseUrl for anything else, an in-memory database included. The password is never shown.
    """
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise BadDatabaseUrl("DATABASE_URL is not an address: write sqlite:///FILE or postgresql://...") from None
    kind = url.drivername.partition("+")[0]
    if kind in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite+pysqlite")
    raise BadDatabaseUrl(
        f"DATABASE_URL starts with {kind}:// and names no usable database: write sqlite:///FILE or postgresql://..."
    )


def make_engine(database_url: str) -> Engine:
    """Return an engine for the address. Connects at first use only.

    Raises BadDatabaseUrl.
    """
    url = parse_url(database_url)
    shared: dict[str, Any] = {
        # Parameters are learners' words and numbers: they must not get into the text of an error, and so into the log.
        "hide_parameters": True,
        "pool_size": _KEPT_OPEN,
        # One writer after another takes the same connection of SQLite, which then knows that its pages are still good.
        "pool_use_lifo": True,
        "json_serializer": _as_json,
    }
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": PATIENCE_SECONDS}, **shared)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    engine = create_engine(url, pool_timeout=PATIENCE_SECONDS, connect_args=_POSTGRESQL, **shared)
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "checkout", _refuse_closed)
    return engine


def _as_json(value: object) -> str:
    """Write our own values as they are into columns of JSON, and the letters of every script."""
    return to_json(value).decode()


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # else the driver decides when a transaction begins, see `begun`
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # in WAL mode, less than FULL loses commits when power fails
    connection.execute("PRAGMA secure_delete = ON")  # what was erased must not stay readable in the file


def _prepare_postgresql(connection: psycopg.Connection[Any], _entry: ConnectionPoolEntry) -> None:
    connection.execute(
        f"SET lock_timeout = '{PATIENCE_SECONDS}s'; SET idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'"
    )
    connection.commit()


def _refuse_closed(
    connection: psycopg.Connection[Any], _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Have the pool open a new connection if the server has closed this one: it was restarted, or somebody ended it.

    A webhook that fails for that is a lost message, as Twilio does not repeat it. To ask the server each time would
    take longer than many a statement. A connection that nobody uses has nothing to say but that it ends, so it is
    enough to look whether it said anything.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError("The server has closed the connection.")


@contextmanager
def begun(connection: Connection, *, writes: bool) -> Iterator[None]:
    """One transaction, kept at the end."""
    with connection.begin():
        if connection.dialect.name == "sqlite":
            # One that reads first and writes later can deadlock with another one: it takes the write lock at once.
            connection.connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        yield


@contextmanager
def naming_failures() -> Iterator[None]:
    """Turn what the driver says when the database is away, locked, full or unwritable into StorageUnavailable."""
    try:
        yield
    except PoolTimeout as error:
        raise StorageUnavailable("All database connections are busy: try again in a moment.") from error
    except (IntegrityError, DataError):
        raise  # these speak of the data, not of the database
    except (DBAPIError, sqlite3.Error, psycopg.Error) as error:
        reason = (str(getattr(error, "orig", error)).splitlines() or ["no reason given"])[0]
        raise StorageUnavailable(
            f"The database cannot be used ({reason}): check that it runs, that DATABASE_URL is right and that "
            "`bot db upgrade` was run."
        ) from error


class Database:
    """Transactions on one database, for threads and after a fork."""

    def __init__(self, database_url: str) -> None:
        self._engine = make_engine(database_url)
        self._one_writer = OneWriter(self._begun, patience=PATIENCE_SECONDS)
        self._announcements = Announcements(self._engine.url, _POSTGRESQL) if self.is_postgresql else None

    @property
    def is_postgresql(self) -> bool:
        return self._engine.dialect.name == "postgresql"

    @contextmanager
    def writing(self, *, together: bool = False) -> Iterator[Connection]:
        """One transaction, committed at the end. Raises StorageUnavailable, and then nothing was kept.

        together: it is short and may share its commit with others of that kind, where they would wait for each other.
        """
        with naming_failures(), self._turn(together=together) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one state of the tables and writes nothing. Raises StorageUnavailable."""
        with naming_failures(), self._engine.connect() as connection, begun(connection, writes=False):
            yield connection

    def forget_history(self) -> None:
        """Empty SQLite's log, which still holds what was deleted; waits for those who are just reading."""
        if not self.is_postgresql:
            with naming_failures(), self._engine.connect() as connection:
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def announce(self) -> None:
        """Wake the listeners of other processes, soon. A failure is logged only: it just makes them slower."""
        if self._announcements is not None:
            self._announcements.announce()

    def listen(self, heard: Callable[[], None], stop: threading.Event) -> None:
        """Call `heard` when another process announces, until `stop` is set. SQLite has none and returns at once."""
        if self._announcements is not None:
            self._announcements.listen(heard, stop)

    def close(self) -> None:
        """Close all connections of this process."""
        if self._announcements is not None:
            self._announcements.close()
        self._engine.dispose()

    def _turn(self, *, together: bool) -> AbstractContextManager[Connection]:
        if self.is_postgresql:
            return self._begun()
        # SQLite lets those who wait ask again and again, some for seconds: better they queue.
        return self._one_writer.together() if together else self._one_writer.alone()

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, begun(connection, writes=True):
            yield connection


def insert_if_new(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that leaves rows out which are there already, waiting for who is just inserting them."""
    return insert_if_new_by_dialect(table)[connection.dialect.name]


@cache
def insert_if_new_by_dialect(table: Table) -> Mapping[str, sqlite.Insert | postgresql.Insert]:
    """Return `insert_if_new` for each dialect, for statements that are made once and used for every message."""
    return {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
    }
