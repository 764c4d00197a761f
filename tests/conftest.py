"""Databases for tests: a SQLite file or a PostgreSQL database of its own for each test, migrated once and copied."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bot.storage import Store, migrate
from bot.storage.tables import metadata

TEMPLATE = "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database without rows, once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.close()


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'bot.db')}"


@pytest.fixture
def postgresql_url(_postgresql_template: Path, _spare_databases: list[str]) -> Iterator[str]:
    """A database that is used again afterwards: to empty one takes a fiftieth of the time in which one is made."""
    if not _spare_databases:
        _spare_databases.append(make_database(_postgresql_template, TEMPLATE))
    url = _spare_databases.pop()
    before = shape_of(url)
    yield url
    if shape_of(url) == before:
        empty(url)
        _spare_databases.append(url)


@pytest.fixture(scope="session")
def _spare_databases() -> list[str]:
    return []


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: Path) -> Path:
    with psycopg.connect(server_url(postgresql_server), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    migrate(server_url(postgresql_server, TEMPLATE))
    return postgresql_server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Path]:
    """A private server that answers only on a socket in the folder returned."""
    with running_postgresql() as folder:
        yield folder


def server_url(folder: Path, database: str = "postgres") -> str:
    return f"postgresql://bot@/{database}?host={folder}"


def make_database(server: Path, template: str = "template0") -> str:
    """Make a database and return its address."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url(server), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server_url(server, name)


@contextmanager
def made_database(server: Path, template: str = "template0") -> Iterator[str]:
    """A database of its own, gone afterwards."""
    url = make_database(server, template)
    yield url
    with psycopg.connect(server_url(server), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {conninfo_to_dict(url)['dbname']} WITH (FORCE)")


def shape_of(url: str) -> list[tuple[object, ...]]:
    """What a test may have changed beside rows: columns, indexes, triggers, and the version of the tables."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT md5(string_agg(one, ',' ORDER BY one)) FROM ("
            " SELECT attrelid::regclass || '.' || attname || ':' || atttypid || attnotnull AS one FROM pg_attribute"
            " WHERE attrelid >= 16384 AND attnum > 0 AND attrelid::regclass::text NOT LIKE 'pg_toast%'"
            " UNION ALL SELECT tgname || tgenabled::text FROM pg_trigger UNION ALL SELECT conname FROM pg_constraint"
            " UNION ALL SELECT setconfig::text FROM pg_db_role_setting AS kept JOIN pg_database AS ours"
            "  ON kept.setdatabase = ours.oid WHERE ours.datname = current_database()"
            " UNION ALL SELECT version_num FROM alembic_version) AS all_of_them"
        ).fetchall()


def empty(url: str) -> None:
    """Throw everybody out and take all rows away; ids are given from 1 again."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("SET session_replication_role = replica")  # no triggers, no foreign keys
        tables = [str(table) for table in metadata.tables]
        connection.execute(sql.SQL(";").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(one)) for one in tables))
        connection.execute("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND oid >= 16384")


@contextmanager
def running_postgresql() -> Iterator[Path]:
    """Run a server as a user who is not root, as it insists, and without care for the disk."""
    _postgresql_programs()
    with tempfile.TemporaryDirectory(prefix="bot-postgresql-") as name:
        folder = Path(name)
        if (user := postgresql_user()) is not None:
            shutil.chown(folder, user)
        _run(folder, "initdb", "-U", "bot", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=200"
        _run(folder, "pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
        try:
            yield folder
        finally:
            _run(folder, "pg_ctl", "stop", "-w", "-m", "immediate")


def restart_postgresql(folder: Path, how: str) -> None:
    """Stop the server of that folder (`fast`: in good order, `immediate`: as if it crashed) and start it again."""
    _run(folder, "pg_ctl", "restart", "-w", "-m", how, "-l", str(folder / "log"))


def _run(folder: Path, program: str, *arguments: str) -> None:
    command = [str(_postgresql_programs() / program), "-D", str(folder / "data"), *arguments]
    subprocess.run(command, user=postgresql_user(), cwd=folder, check=True, stdout=subprocess.DEVNULL)


def postgresql_user() -> str | None:
    """Who runs the server, if that is somebody else: it does not start as root."""
    return pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None


def _postgresql_programs() -> Path:
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")), shutil.which("initdb")]
    for program in reversed([Path(path).resolve() for path in found if path]):
        return program.parent
    if os.environ.get("CI"):
        pytest.fail("PostgreSQL is not installed; in CI the tests need it")
    pytest.skip("PostgreSQL is not installed: half of the storage tests did not run")
