"""Those who wait for SQLite's one writer share a commit, and none of them is told of what is not kept."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from bot.storage import StorageUnavailable
from bot.storage.database import begun, make_engine
from bot.storage.one_writer import OneWriter

PATIENCE = 20.0


class Writers:
    """Threads that write rows into one table through one `OneWriter`. `commits` counts the transactions."""

    def __init__(self, path: Path) -> None:
        self.engine: Engine = make_engine(f"sqlite:///{path / 'bot.db'}")
        self.pool = ThreadPoolExecutor(20)
        self.commits = 0
        self.fails = False
        self.one_writer = OneWriter(self._begin, patience=PATIENCE)
        with self.engine.connect() as connection, begun(connection, writes=True):
            connection.execute(text("CREATE TABLE rows (name TEXT PRIMARY KEY)"))

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self.engine.connect() as connection, begun(connection, writes=True):
            yield connection
            if self.fails:
                raise StorageUnavailable("The disk is full.")
        self.commits += 1

    @property
    def kept(self) -> set[str]:
        with self.engine.connect() as connection, begun(connection, writes=False):
            return set(connection.scalars(text("SELECT name FROM rows")))

    def put(self, name: str) -> Future[None]:
        return self.pool.submit(self._put, name)

    def _put(self, name: str, *, then_fails: bool = False) -> None:
        with self.one_writer.together() as connection:
            connection.execute(text("INSERT INTO rows VALUES (:name)"), {"name": name})
            if then_fails:
                raise KeyError(name)

    def put_and_fail(self, name: str) -> Future[None]:
        return self.pool.submit(self._put, name, then_fails=True)

    def put_alone(self, name: str) -> Future[None]:
        def put() -> None:
            with self.one_writer.alone() as connection:
                connection.execute(text("INSERT INTO rows VALUES (:name)"), {"name": name})

        return self.pool.submit(put)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Keep the turn of a writer who shares, until the block ends."""
        has_begun, ended = threading.Event(), threading.Event()

        def hold() -> None:
            with self.one_writer.together():
                has_begun.set()
                ended.wait(PATIENCE)

        self.pool.submit(hold)
        assert has_begun.wait(PATIENCE)
        try:
            yield
        finally:
            ended.set()

    def until_waiting(self, number: int) -> None:
        """Wait until so many wait for their turn."""
        for _ in range(2000):
            if len(self.one_writer._queue) == number:
                return
            time.sleep(0.01)
        raise AssertionError(f"{len(self.one_writer._queue)} wait, not {number}")


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[Writers]:
    made = Writers(tmp_path)
    yield made
    made.pool.shutdown()
    made.engine.dispose()


def test_those_who_wait_share_one_commit(writers: Writers) -> None:
    with writers.busy():
        waiting = [writers.put(f"row {number}") for number in range(6)]
        writers.until_waiting(6)
        assert not any(one.done() for one in waiting)
    for one in waiting:
        one.result(PATIENCE)
    assert writers.kept == {f"row {number}" for number in range(6)}
    assert writers.commits == 1


def test_not_more_share_a_commit_than_the_first_can_wait_for(writers: Writers) -> None:
    with writers.busy():
        waiting = [writers.put(f"row {number}") for number in range(18)]
        writers.until_waiting(18)
    for one in waiting:
        one.result(PATIENCE)
    assert len(writers.kept) == 18
    assert writers.commits == 2


def test_nobody_is_told_before_the_commit(writers: Writers) -> None:
    has_turn, leaves = threading.Event(), threading.Event()

    def hold() -> None:
        with writers.one_writer.together():
            has_turn.set()
            leaves.wait(PATIENCE)

    with writers.busy():
        first = writers.put("first")
        writers.until_waiting(1)
        last = writers.pool.submit(hold)
        writers.until_waiting(2)
    assert has_turn.wait(PATIENCE)  # so the first one has written, and its transaction is in other hands
    with pytest.raises(TimeoutError):
        first.result(0.2)
    assert writers.kept == set()
    leaves.set()
    first.result(PATIENCE)
    last.result(PATIENCE)
    assert writers.kept == {"first"}


def test_one_that_fails_takes_back_only_its_own(writers: Writers) -> None:
    with writers.busy():
        before, failing, after = writers.put("before"), writers.put_and_fail("failing"), writers.put("after")
        writers.until_waiting(3)
    before.result(PATIENCE)
    after.result(PATIENCE)
    with pytest.raises(KeyError):
        failing.result(PATIENCE)
    assert writers.kept == {"before", "after"}
    assert writers.commits == 1


def test_a_commit_that_fails_is_told_to_all_who_share_it(writers: Writers) -> None:
    writers.fails = True
    with writers.busy():
        waiting = [writers.put("one"), writers.put_and_fail("two"), writers.put("three")]
        writers.until_waiting(3)
    for one in waiting:
        with pytest.raises(StorageUnavailable, match="disk is full"):
            one.result(PATIENCE)
    assert writers.kept == set()
    writers.fails = False
    writers.put("later").result(PATIENCE)
    assert writers.kept == {"later"}


def test_what_sqlite_takes_back_by_itself_is_kept_for_nobody(writers: Writers) -> None:
    def broken() -> None:
        with writers.one_writer.together() as connection:
            connection.execute(text("INSERT INTO rows VALUES ('broken')"))
            connection.connection.cursor().execute("ROLLBACK")  # as SQLite does where the disk is full
            raise KeyError("broken")

    with writers.busy():
        waiting = [writers.put("before"), writers.pool.submit(broken)]
        writers.until_waiting(2)
        after = [writers.put("after")]
        writers.until_waiting(3)
    for one in waiting:
        with pytest.raises(sqlite3.OperationalError, match="no such savepoint"):
            one.result(PATIENCE)
    after[0].result(PATIENCE)  # began a transaction of its own
    assert writers.kept == {"after"}


def test_who_writes_alone_shares_with_nobody(writers: Writers) -> None:
    with writers.busy():
        waiting = [writers.put("before"), writers.put_alone("alone"), writers.put("after")]
        writers.until_waiting(3)
    for one in waiting:
        one.result(PATIENCE)
    assert writers.kept == {"before", "alone", "after"}
    assert writers.commits == 3


def test_who_is_tired_of_waiting_leaves_the_turn_to_the_next(writers: Writers) -> None:
    with writers.busy():
        writers.one_writer._patience = 0.01
        with pytest.raises(StorageUnavailable, match="busy with other messages"):
            writers.put("tired").result(PATIENCE)
        writers.one_writer._patience = PATIENCE
        waiting = writers.put("patient")
        writers.until_waiting(1)
    waiting.result(PATIENCE)
    assert writers.kept == {"patient"}


def test_who_cannot_begin_leaves_the_turn_to_the_next(writers: Writers) -> None:
    begin = writers.one_writer._begin

    def refuse() -> Connection:
        raise StorageUnavailable("The file is gone.")

    writers.one_writer._begin = refuse
    with pytest.raises(StorageUnavailable, match="file is gone"):
        writers.put("never").result(PATIENCE)
    writers.one_writer._begin = begin
    writers.put("next").result(PATIENCE)
    assert writers.kept == {"next"}
