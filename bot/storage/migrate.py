"""Bring the tables to the version that this program needs."""

import functools
import sqlite3
import time
from pathlib import Path
from typing import Final

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, column, inspect, select, table
from sqlalchemy.exc import OperationalError

from bot.storage.database import PATIENCE_SECONDS, begun, make_engine, naming_failures
from bot.storage.errors import StorageUnavailable, WrongRevision
from bot.storage.revisions import begin_anew

SCRIPTS: Final = Path(__file__).parent.parent / "migrations"
_VERSION: Final = table("alembic_version", column("version_num"))
_LOCK_SECONDS: Final = 2
_LOCK_TRIES: Final = 30
_ONE_AT_A_TIME: Final = 5_310_472_086  # the number of our advisory lock; any number nobody else uses


def migrate(database_url: str, *, scripts: Path = SCRIPTS) -> None:
    """Create the tables or bring them up to date, in one transaction; safe to call from many processes at once.

    scripts: the folder with `env.py` and `versions`.

    Raises BadDatabaseUrl, StorageUnavailable, or WrongRevision if a newer program made the tables.
    """
    engine = make_engine(database_url)
    try:
        if engine.dialect.name == "sqlite":
            _prepare_file(engine)
        for tries_left in reversed(range(_LOCK_TRIES)):
            with naming_failures():
                if _upgraded(engine, scripts, is_last_try=tries_left == 0):
                    return
            time.sleep(1)  # for those who had to wait behind us
    finally:
        engine.dispose()


def _upgraded(engine: Engine, scripts: Path, *, is_last_try: bool) -> bool:
    """Upgrade in one transaction; False if somebody has used a table for so long that the others must not wait."""
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                # Copying a table drops the old one, and dropping would delete all rows that refer to it.
                connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
            with begun(connection, writes=True):
                _upgrade(connection, scripts)
    except OperationalError as error:
        if is_last_try or not isinstance(error.orig, LockNotAvailable):
            raise
        return False
    return True


def _prepare_file(engine: Engine) -> None:
    file = Path(engine.url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # what learners write is nobody else's business on this machine
    except OSError as error:
        raise StorageUnavailable(
            f"The database file {file} cannot be written ({error.strerror}): check its folder."
        ) from error
    deadline = time.monotonic() + PATIENCE_SECONDS
    with naming_failures(), engine.connect() as connection:
        while not _switched_to_wal(connection, is_last_try=time.monotonic() > deadline):
            time.sleep(0.05)


def _switched_to_wal(connection: Connection, *, is_last_try: bool) -> bool:
    """Let readers and a writer work side by side from now on; the file remembers it.

    False if somebody uses the file at this moment: SQLite does not wait for them here, as it does elsewhere.
    """
    try:
        # Outside a transaction, as SQLite demands.
        connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError:
        if is_last_try:
            raise
        return False
    return True


def _upgrade(connection: Connection, scripts: Path) -> None:
    # Not above: processes that only serve start a quarter of a second earlier without it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    if connection.dialect.name == "postgresql":
        # Another process may be upgrading: wait for it however long it takes, then find nothing left to do.
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
        # The old version serves meanwhile. While we wait for a table, everybody else waits behind us for it.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise WrongRevision(
            f"The tables are of version {current(connection)}, which this program does not know: "
            "install the newer program that made them."
        ) from error
    begin_anew(connection)
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise WrongRevision("The upgrade would leave rows that refer to nothing: it was not kept; please report it.")


def current(connection: Connection) -> str | None:
    """Return the version of the tables, None if there are none."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    version: str | None = connection.scalar(select(_VERSION.c.version_num))
    return version


@functools.cache
def known() -> tuple[str, ...]:
    """Return the versions that this program knows, in order; it needs the last. Files begin with theirs."""
    return tuple(sorted(file.name.partition("_")[0] for file in (SCRIPTS / "versions").glob("[0-9]*.py")))


def check_revision(connection: Connection, *, is_serving: bool = False) -> None:
    """Raise WrongRevision unless the tables are of the version that this program needs.

    is_serving: they were so when the program started. A newer version may come while it serves: each leaves the one
    before it what it needs, until its processes are replaced.
    """
    found = current(connection)
    needed = known()[-1]
    is_newer = found is not None and found not in known()
    if found != needed and not (is_serving and is_newer):
        raise WrongRevision(
            f"The tables are of version {found or 'none'}, the program needs {needed}: run `bot db upgrade`."
        )
