"""A copy of the whole database in one file, taken while it is in use."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import URL

from bot.errors import BotError
from bot.storage.database import PATIENCE_SECONDS, naming_failures, parse_url

_PROGRAM: Final = "pg_dump"


class BackupFailed(BotError):
    """There is no backup; a file that was begun is gone again."""


def backup(database_url: str, target: Path) -> None:
    """Write a consistent copy to a new file that only its owner may read.

    Of SQLite it is a database like the original, of PostgreSQL an archive for `pg_restore`.

    Raises BadDatabaseUrl, StorageUnavailable or BackupFailed.
    """
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":
        source = Path(url.database or "")
        if not source.is_file():
            raise BackupFailed(f"There is no database at {source}: check DATABASE_URL and where you are.")
        with _new(target), naming_failures():
            _copy(source, target)
    else:
        if shutil.which(_PROGRAM) is None:
            raise BackupFailed(
                "pg_dump is not installed: install the client programs of PostgreSQL, of the server's version or newer"
                " (Debian: apt-get install postgresql-client), then run this again."
            )
        with _new(target) as file:
            _dump(url, file)


@contextmanager
def _new(target: Path) -> Iterator[BinaryIO]:
    """Make a file that is not there yet; it is gone again if an exception leaves the block."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupFailed(f"{target} is there already and is not overwritten: choose another name.") from None
    except OSError as error:
        raise BackupFailed(f"{target} cannot be written ({error.strerror}): check its folder.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        target.unlink()
        raise


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source, timeout=PATIENCE_SECONDS)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        # All pages in one step, that is in one transaction: what is written meanwhile waits in SQLite's log.
        original.backup(copy)
        # One file, and nothing beside it that somebody would forget to take along.
        copy.execute("PRAGMA journal_mode = DELETE")
        (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
    if verdict != "ok":
        raise BackupFailed(f"The database is damaged ({verdict}): nothing was kept; go back to an older backup.")


def _dump(url: URL, file: BinaryIO) -> None:
    # The password goes by the environment: everybody on this machine can read the arguments of a process.
    address = url.set(drivername="postgresql", password=None).render_as_string()
    environ = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    command = [_PROGRAM, "--format=custom", "--no-owner", "--no-privileges", f"--dbname={address}"]
    result = subprocess.run(  # noqa: S603 - our own arguments, and no shell
        command, check=False, env=environ, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE
    )
    if result.returncode:
        lines = result.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise BackupFailed(f"The backup failed, and nothing was kept. {lines[0]}")
