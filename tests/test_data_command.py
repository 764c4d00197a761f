"""`bot data`, on an embedded database and on PostgreSQL, and beside a bot that runs."""

import json
import re
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.storage import Store, migrate
from bot.storage.tables import metadata
from tests.conftest import made_database
from tests.storage.world import ANN, Recorder, deliver_all, execute, index_all, intake, message, thread_of
from tests.terminal import typed
from tests.test_serve import environment, running


def filled(url: str, *, days_ago: int = 0) -> None:
    """Ann asked for a person and Ben said hello, and both were answered; Ann's first message was erased with Carl."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    with closing(Store(url)) as store:
        for sid, sender, text in (
            ("SM0", "whatsapp:+919800000003", "erase my data"),
            ("SM1", ANN, "a person please"),
            ("SM2", "whatsapp:+919800000002", "नमस्ते"),
        ):
            intake(store).receive(message(sid, text, sender=sender, name="Ann"), now=at)
        deliver_all(store, Recorder(), at)
        store.tidy(now=at)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The embedded database in the folder."""
    url = f"sqlite:///{tmp_path}/var/bot.db"
    migrate(url)
    filled(url)
    return url


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    return {table: sorted(execute(url, f"SELECT * FROM {table}"), key=str) for table in metadata.tables}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_export_is_json_that_people_can_read(tmp_path: Path, url: str) -> None:
    code, output, errors = typed(tmp_path, "data", "export", "+91 98000 00002")
    assert (code, errors) == (0, "")
    assert "नमस्ते" in output
    assert [said["text"] for said in json.loads(output)["messages"]] == ["नमस्ते", "You wrote: नमस्ते"]


def test_an_export_to_a_file_is_for_its_owner_only_and_overwrites_nothing(tmp_path: Path, url: str) -> None:
    command = ("data", "export", ANN, "--output", "ann.json")
    assert typed(tmp_path, *command)[0] == 0
    assert mode(tmp_path / "ann.json") == 0o600
    code, _, errors = typed(tmp_path, *command)
    assert (code, errors) == (1, "ann.json is there already and is not overwritten: choose another name.\n")


def test_nobody_is_a_sentence(tmp_path: Path, url: str) -> None:
    code, output, errors = typed(tmp_path, "data", "export", "+91 98000 00009")
    assert (code, output) == (1, "")
    assert errors.startswith("Nothing is held of such a person")


def test_an_erasure_asks_first_and_gives_a_receipt(tmp_path: Path, url: str) -> None:
    code, output, _ = typed(tmp_path, "data", "erase", "919800000002")
    assert (code, "whose number ends in 0002, with 2 messages for good?" in output) == (1, True)
    code, output, _ = typed(tmp_path, "data", "erase", "919800000002", "--yes")
    assert code == 0
    (number,) = re.findall(r"receipt is (\w{4}-\w{4})\.", output)
    assert typed(tmp_path, "data", "export", "919800000002")[0] == 1
    assert f"{datetime.now(UTC):%d %B %Y}" in typed(tmp_path, "data", "receipt", number)[1]


@pytest.mark.parametrize("command", [("erase", "919800000002", "--yes"), ("purge",)])
def test_what_is_erased_without_the_bot_is_out_of_the_index_of_the_search_at_once(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    migrate(url := f"sqlite:///{tmp_path}/var/bot.db")
    filled(url, days_ago=40)
    with closing(Store(url)) as store:
        index_all(store)
    assert typed(tmp_path, "data", *command, RETENTION_DAYS="30")[0] == 0
    assert execute(url, "SELECT name FROM search_traces") == []


def test_a_purge_needs_to_know_how_long(tmp_path: Path, url: str) -> None:
    code, _, errors = typed(tmp_path, "data", "purge")
    assert (code, errors[:26]) == (1, "RETENTION_DAYS is not set,")


def test_a_purge_erases_what_is_too_old(tmp_path: Path) -> None:
    migrate(url := f"sqlite:///{tmp_path}/var/bot.db")
    filled(url, days_ago=40)
    code, output, _ = typed(tmp_path, "data", "purge", RETENTION_DAYS="30")
    # Ann still waits for staff, so she is known.
    assert (code, output) == (0, "Erased 4 messages and 1 learners.\n")


def test_a_backup_of_the_embedded_database_starts_and_has_everything(tmp_path: Path, url: str) -> None:
    with running(tmp_path, "serve") as process:
        process.until_listening()
        assert typed(tmp_path, "data", "backup", "saved.db") == (
            0,
            "saved.db has everything. It is as confidential as the database itself.\n",
            "",
        )
        process.stop()
    saved = tmp_path / "saved.db"
    assert mode(saved) == 0o600
    with closing(Store(url)) as store:
        before = (store.conversation_of(ANN), thread_of(store))
        open_handoff = store.open_handoff(2)
    shutil.rmtree(tmp_path / "var")
    (tmp_path / "var").mkdir()
    shutil.copy(saved, tmp_path / "var" / "bot.db")
    with running(tmp_path, "serve") as process:
        process.until_listening()
        process.until_ready()
        assert process.stop()[0] == 0
    with closing(Store(url)) as store:
        assert (store.conversation_of(ANN), thread_of(store)) == before
        assert store.open_handoff(2) == open_handoff


def test_a_backup_while_others_write_is_whole(tmp_path: Path, url: str) -> None:
    with closing(sqlite3.connect(tmp_path / "var" / "bot.db", isolation_level=None)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        busy.execute("DELETE FROM messages")
        assert typed(tmp_path, "data", "backup", "saved.db")[0] == 0
        busy.execute("ROLLBACK")
    assert rows(f"sqlite:///{tmp_path}/saved.db") == rows(url)


def test_a_backup_overwrites_nothing_and_makes_no_database(tmp_path: Path) -> None:
    code, _, errors = typed(tmp_path, "data", "backup", "saved.db")
    assert (code, errors[:31]) == (1, "There is no database at var/bot")
    migrate(f"sqlite:///{tmp_path}/var/bot.db")
    (tmp_path / "saved.db").write_text("precious")
    assert typed(tmp_path, "data", "backup", "saved.db")[0] == 1
    assert (tmp_path / "saved.db").read_text() == "precious"


def test_a_backup_of_postgresql_can_be_restored(tmp_path: Path, postgresql_url: str, postgresql_server: Path) -> None:
    filled(postgresql_url)
    code, _, errors = typed(tmp_path, "data", "backup", "saved", DATABASE_URL=postgresql_url)
    assert (code, errors, mode(tmp_path / "saved")) == (0, "", 0o600)
    with made_database(postgresql_server) as other:
        subprocess.run(["pg_restore", "--no-owner", f"--dbname={other}", tmp_path / "saved"], check=True)
        assert typed(tmp_path, "db", "upgrade", DATABASE_URL=other)[0] == 0
        assert rows(other) == rows(postgresql_url)


def test_without_pg_dump_it_is_said_what_to_install(tmp_path: Path, postgresql_url: str) -> None:
    bare = environment(DATABASE_URL=postgresql_url)
    code, _, errors = typed(tmp_path, "data", "backup", "saved", **bare | {"PATH": str(tmp_path)})
    assert (code, "apt-get install postgresql-client" in errors) == (1, True)
    assert not (tmp_path / "saved").exists()


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path, postgresql_server: Path) -> None:
    url = f"postgresql://bot:secret@/nowhere?host={postgresql_server}"
    code, _, errors = typed(tmp_path, "data", "backup", "saved", DATABASE_URL=url)
    assert (code, "secret" in errors, errors[:18]) == (1, False, "The backup failed,")
    assert not (tmp_path / "saved").exists()


# Moving


@pytest.fixture
def still(url: str) -> str:
    """The same with a delivery that was last alive an hour ago, and with all texts indexed."""
    with closing(Store(url)) as store:
        index_all(store)
        store.beat(now=datetime.now(UTC) - timedelta(hours=1))
    return url


def test_a_move_takes_everything_along_and_counts_on(tmp_path: Path, still: str, postgresql_url: str) -> None:
    code, output, errors = typed(tmp_path, "data", "move", postgresql_url)
    assert (code, errors) == (0, "")
    assert re.search(r"^messages +4$", output, re.MULTILINE)
    with closing(Store(still)) as old, closing(Store(postgresql_url)) as new:
        assert thread_of(new) == thread_of(old)
        assert new.open_handoff(2) == old.open_handoff(2)
        assert intake(new).receive(message("SM9", "hello", sender="whatsapp:+919800000004"), now=datetime.now(UTC))
        index_all(new)
    # Carl's ids, whose rows are gone, were not given again.
    assert execute(postgresql_url, "SELECT max(id) FROM learners") == [(4,)]
    assert execute(postgresql_url, "SELECT max(id) FROM messages") == [(8,)]
    assert execute(postgresql_url, "SELECT count(*) FROM message_texts") == [(6,)]  # two of them said since


def test_a_move_into_a_database_with_rows_is_refused(tmp_path: Path, still: str, postgresql_url: str) -> None:
    assert typed(tmp_path, "data", "move", postgresql_url)[0] == 0
    before = rows(postgresql_url)
    code, _, errors = typed(tmp_path, "data", "move", postgresql_url)
    assert (code, "has rows already" in errors) == (1, True)
    assert rows(postgresql_url) == before


def test_a_move_while_the_bot_runs_is_refused(tmp_path: Path, url: str, postgresql_url: str) -> None:
    with closing(Store(url)) as store:
        store.beat(now=datetime.now(UTC))
    code, _, errors = typed(tmp_path, "data", "move", postgresql_url)
    assert (code, "still running" in errors) == (1, True)
    assert execute(postgresql_url, "SELECT * FROM messages") == []


@pytest.mark.parametrize("target", ["sqlite:///other.db", "nonsense"])
def test_a_move_goes_to_postgresql_only(tmp_path: Path, still: str, target: str) -> None:
    assert typed(tmp_path, "data", "move", target)[0] == 1
    assert not (tmp_path / "other.db").exists()


def test_a_move_makes_the_tables(tmp_path: Path, still: str, postgresql_server: Path) -> None:
    with made_database(postgresql_server) as empty:
        code, output, errors = typed(tmp_path, "data", "move", empty)
        assert (code, errors) == (0, "")
        with closing(Store(still)) as old, closing(Store(empty)) as new:
            assert thread_of(new) == thread_of(old)
    assert "Everything is there." in output


def test_a_move_leaves_tables_of_another_version_as_they_are(tmp_path: Path, still: str, postgresql_url: str) -> None:
    execute(postgresql_url, "UPDATE alembic_version SET version_num = '0010'")
    code, _, errors = typed(tmp_path, "data", "move", postgresql_url)
    assert (code, "version 0010" in errors) == (1, True)
    assert execute(postgresql_url, "SELECT version_num FROM alembic_version") == [("0010",)]
