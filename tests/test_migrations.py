"""Tables come into being and are brought up to date in one step, by one process at a time, with all their rows."""

import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.storage import StorageUnavailable, Store, WrongRevision, migrate
from bot.storage.database import make_engine
from bot.storage.inbox import Filters, View
from bot.storage.migrate import SCRIPTS, known
from bot.storage.tables import metadata
from tests.conftest import made_database
from tests.storage.processes import run_together
from tests.storage.world import ANN, NOW, Recorder, deliver_all, execute, index_all, intake, message, thread_of

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"


def upgrade() -> None:
    with op.batch_alter_table("learners") as batch:
        batch.add_column(sa.Column("city", sa.Text(), nullable=False, server_default=""))
        batch.alter_column("name", nullable=True)
    {more}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'bot.db'}"
    else:
        with made_database(request.getfixturevalue("postgresql_server")) as url:
            yield url


def scripts_of_a_later_version(folder: Path, more: str = "") -> Path:
    scripts = folder / "migrations"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    head = sorted((scripts / "versions").glob("*.py"))[-1].name.partition("_")[0]
    (scripts / "versions" / "next.py").write_text(NEXT.format(head=head, more=more))
    return scripts


def scripts_before_the_search_index(folder: Path) -> Path:
    shutil.copytree(SCRIPTS, folder / "migrations", ignore=shutil.ignore_patterns("__pycache__", "0011*"))
    return folder / "migrations"


def test_the_versions_are_those_of_the_scripts_in_order() -> None:
    scripts = ScriptDirectory(str(SCRIPTS)).walk_revisions()
    assert list(known()) == [script.revision for script in scripts][::-1]


def test_an_empty_database_gets_all_tables(empty_url: str) -> None:
    migrate(empty_url)
    store = Store(empty_url)
    store.check()
    assert intake(store).receive(message("SM1"), now=NOW)
    store.close()


def test_the_migrations_make_the_tables_that_the_program_has(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection:
        # What serves the search is known to SQL only, and SQLite makes tables of its own for it.
        options = {"include_name": lambda name, *_: not (name or "").startswith("search_")}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    assert differences == []


def test_migrating_again_changes_nothing(store: Store, database_url: str) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    before = thread_of(store)
    migrate(database_url)
    assert thread_of(store) == before


def test_a_filled_database_of_an_older_version_keeps_its_rows(store: Store, database_url: str, tmp_path: Path) -> None:
    intake(store).receive(message("SM1", "a person please", name="Ann"), now=NOW)
    before = (store.conversation_of(ANN), thread_of(store))
    migrate(database_url, scripts=scripts_of_a_later_version(tmp_path))
    assert (store.conversation_of(ANN), thread_of(store)) == before
    assert execute(database_url, "SELECT name, city FROM learners") == [("Ann", "")]


@pytest.mark.parametrize("more", ["op.execute('DELETE FROM nowhere')", "op.execute('DELETE FROM conversations')"])
def test_an_upgrade_that_fails_halfway_leaves_the_tables_as_they_were(
    sqlite_url: str, tmp_path: Path, more: str
) -> None:
    store = Store(sqlite_url)
    intake(store).receive(message("SM1"), now=NOW)
    with pytest.raises((StorageUnavailable, WrongRevision)):
        migrate(sqlite_url, scripts=scripts_of_a_later_version(tmp_path, more))
    store.check()
    assert len(thread_of(store)) == 2
    store.close()


def test_what_was_said_before_the_search_had_an_index_is_found_with_it(empty_url: str, tmp_path: Path) -> None:
    migrate(empty_url, scripts=scripts_before_the_search_index(tmp_path))
    with closing(Store(empty_url)) as store:
        intake(store).receive(message("SM1", "zebra", name="Ann"), now=NOW)
        assert execute(empty_url, "SELECT count(*) FROM message_texts") == [(2,)]
        migrate(empty_url)
        # As a program of the version before does, which may be serving still.
        intake(store).receive(message("SM2", "zebra"), now=NOW)
        index_all(store)
        found = [store.inbox.cards(View.OPEN, Filters(query=query), 1)[0].hit for query in ("zebr", "ann", "98000")]
    assert [hit.message_id if hit else None for hit in found] == [4, None, None]
    assert execute(empty_url, "SELECT message_id FROM message_texts ORDER BY message_id") == [(1,), (2,), (3,), (4,)]


def test_two_processes_that_upgrade_at_once_both_end_well(empty_url: str) -> None:
    assert run_together(migrate, (empty_url,), (empty_url,), (empty_url,)) == [0, 0, 0]
    store = Store(empty_url)
    store.check()
    store.close()


def test_tables_of_an_older_version_are_named_with_what_to_do(empty_url: str) -> None:
    if empty_url.startswith("sqlite"):
        Path(empty_url.removeprefix("sqlite:///")).parent.mkdir()
    store = Store(empty_url)
    with pytest.raises(WrongRevision, match="run `bot db upgrade`"):
        store.check()
    store.close()


def test_tables_of_a_newer_version_are_left_alone(store: Store, database_url: str, tmp_path: Path) -> None:
    migrate(database_url, scripts=scripts_of_a_later_version(tmp_path))
    with pytest.raises(WrongRevision, match="install the newer program"):
        migrate(database_url)
    with pytest.raises(WrongRevision, match="version next"):
        store.check()


def test_the_old_version_serves_on_while_and_after_the_tables_are_upgraded(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    store.check()
    intake(store).receive(message("SM1", "a person please"), now=NOW)
    migrate(database_url, scripts=scripts_of_a_later_version(tmp_path))
    store.check()
    assert intake(store).receive(message("SM2"), now=NOW)
    assert deliver_all(store, Recorder()) == 2
    store.tidy(now=NOW)


def test_an_upgrade_that_has_to_wait_for_a_table_keeps_nobody_else_waiting(postgresql_url: str, tmp_path: Path) -> None:
    scripts = scripts_of_a_later_version(tmp_path)
    upgrade = threading.Thread(target=migrate, args=(postgresql_url,), kwargs={"scripts": scripts})
    with closing(Store(postgresql_url)) as store:
        with psycopg.connect(postgresql_url) as report:
            report.execute("SELECT * FROM learners")  # a long report: its transaction stays open
            upgrade.start()
            while not execute(postgresql_url, "SELECT pid FROM pg_locks WHERE NOT granted"):
                threading.Event().wait(0.01)
            assert intake(store).receive(message("SM1"), now=NOW)
        upgrade.join()
    assert execute(postgresql_url, "SELECT city FROM learners") == [("",)]


def test_whoever_has_a_table_and_waits_for_another_outlives_the_upgrade(
    postgresql_server: Path, tmp_path: Path
) -> None:
    with made_database(postgresql_server) as url:
        migrate(url, scripts=scripts_before_the_search_index(tmp_path))
        upgrade = threading.Thread(target=migrate, args=(url,))
        with closing(Store(url)) as store, psycopg.connect(url) as writer:
            intake(store).receive(message("SM1"), now=NOW)
            writer.execute("UPDATE messages SET text = 'Hi'")
            upgrade.start()
            while not execute(url, "SELECT pid FROM pg_locks WHERE NOT granted"):
                threading.Event().wait(0.01)
            writer.execute("UPDATE learners SET name = 'Ann'")
            writer.commit()
            upgrade.join()
            store.check()
        assert execute(url, "SELECT name FROM learners") == [("Ann",)]


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    migrate(f"sqlite:///{file}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable, match=r"file/bot\.db cannot be written"):
        migrate(f"sqlite:///{tmp_path}/file/bot.db")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    file.write_text("Dear diary, " * 100)
    with pytest.raises(StorageUnavailable, match="file is not a database"):
        migrate(f"sqlite:///{file}")


def test_a_file_that_somebody_writes_to_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.2, busy.execute, ("COMMIT",))
        release.start()
        migrate(f"sqlite:///{file}")
        release.join()
    with closing(Store(f"sqlite:///{file}")) as store:
        store.check()
