"""SQLite has one writer at a time: the others queue here, and those who may share one commit.

A commit waits for the disk. So whoever has written hands the open transaction on to the next in the queue, and the last
one commits for all. Nobody is told that something is kept before it is; a part that fails takes back itself only.
https://www.sqlite.org/lang_savepoint.html
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from bot.storage.errors import StorageUnavailable

_MOST_PARTS: Final = 16
"""How many share a commit, so that the first one does not wait for ever."""

Begin = Callable[[], AbstractContextManager[Connection]]


@dataclass(eq=False, slots=True)
class _Place:
    """Somebody in the queue. `handed`: the transaction that they go on with, if any, once it is their turn."""

    shares: bool
    turn: threading.Event = field(default_factory=threading.Event)
    handed: "_Shared | None" = None


class OneWriter:
    """The queue of those who write, in the order in which they came.

    begin: opens a transaction, which is committed where its block ends.
    patience: seconds that somebody waits for their turn.
    """

    def __init__(self, begin: Begin, *, patience: float) -> None:
        self._begin = begin
        self._patience = patience
        self._mutex = threading.Lock()
        self._is_taken = False
        self._queue: deque[_Place] = deque()

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """One transaction. Raises StorageUnavailable if it is not one's turn in time."""
        self._wait_for_turn(shares=False)
        try:
            with self._begin() as connection:
                yield connection
        finally:
            self._hand_on(None)

    @contextmanager
    def together(self) -> Iterator[Connection]:
        """A part of a transaction; all of the part is kept when the block has been left, or nothing if that raises.

        Raises StorageUnavailable as `alone`, or what made the commit fail.
        """
        shared = self._wait_for_turn(shares=True)
        try:
            if shared is None:
                shared = _Shared(self._begin())
            with shared.part():
                yield shared.connection
        finally:
            self._hand_on(shared)
            if shared is not None:
                # Also what failed, or has nothing to keep, may have seen what others have not kept yet.
                shared.wait()

    def _wait_for_turn(self, *, shares: bool) -> "_Shared | None":
        """Return the transaction to go on with, None if one has to be begun."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return None
            place = _Place(shares)
            self._queue.append(place)
        if not place.turn.wait(self._patience):
            with self._mutex:
                if place in self._queue:  # else the turn has just come
                    self._queue.remove(place)
                    raise StorageUnavailable("The database is busy with other messages: try again in a moment.")
        return place.handed

    def _hand_on(self, shared: "_Shared | None") -> None:
        if shared is not None and shared.may_grow:
            with self._mutex:
                if self._queue and self._queue[0].shares:
                    self._give_turn(shared)
                    return
        try:
            if shared is not None:
                shared.end()
        finally:
            with self._mutex:
                if self._queue:
                    self._give_turn(None)
                else:
                    self._is_taken = False

    def _give_turn(self, shared: "_Shared | None") -> None:
        place = self._queue.popleft()
        place.handed = shared
        place.turn.set()


class _Shared:
    """A transaction of several parts, one after another, each in a thread of its own."""

    def __init__(self, transaction: AbstractContextManager[Connection]) -> None:
        self._transaction = ExitStack()
        self.connection = self._transaction.enter_context(transaction)
        self._parts = 0
        self._failure: BaseException | None = None
        self._ended = threading.Event()

    @property
    def may_grow(self) -> bool:
        return self._failure is None and self._parts < _MOST_PARTS

    @contextmanager
    def part(self) -> Iterator[None]:
        """Keep what the block does, or take back just that if it raises."""
        self._parts += 1
        driver = self.connection.connection.cursor()
        driver.execute("SAVEPOINT part")
        try:
            yield
            driver.execute("RELEASE part")
        except BaseException:
            try:
                driver.execute("ROLLBACK TO part")
                driver.execute("RELEASE part")
            except sqlite3.Error as error:
                self._failure = error  # SQLite has taken back everything, as where the disk is full
            raise

    def end(self) -> None:
        """Commit, or take everything back if that cannot be."""
        try:
            with self._transaction:
                if self._failure is not None:
                    raise self._failure
        except BaseException as error:  # whoever shares it raises this
            self._failure = error
        finally:
            self._ended.set()

    def wait(self) -> None:
        """Return once all is kept. Raises what made the commit fail."""
        self._ended.wait()
        if self._failure is not None:
            raise self._failure
