"""Telling delivery in other processes that something was queued, where the database can (PostgreSQL)."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import psycopg
from sqlalchemy import URL

_CHANNEL: Final = "bot_outbox"
_LISTEN_SECONDS: Final = 1
_RECONNECT_SECONDS: Final = 5
_PAUSE_SECONDS: Final = 0.02
"""Between two announcements. Who is busy needs none, and who is idle hears the first at once."""

log = logging.getLogger(__name__)


class Announcements:
    """Announces and hears by connections of its own. What one process announces, it does not hear itself.

    NOTIFY waits for nobody's transaction here: inside that of a message it would let PostgreSQL commit only one
    transaction at a time. While one announcement is on its way, all that come after it become one.
    """

    def __init__(self, url: URL, connect_args: dict[str, Any]) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connect_args = connect_args
        # As it differs after a fork, the process that announces first gives itself a name.
        self._name: str | None = None
        self._lock = threading.Lock()
        self._due = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def announce(self) -> None:
        """Have the listeners of other processes told, soon. A failure is logged only: it just makes them slower."""
        with self._lock:
            if self._thread is None:
                self._name = uuid4().hex
                self._closing.clear()
                self._thread = threading.Thread(target=self._tell_all, name="announcements", daemon=True)
                self._thread.start()
        self._due.set()

    def close(self) -> None:
        """Close the connection that announces; the next announcement opens a new one."""
        with self._lock:
            if self._thread is not None:
                self._closing.set()
                self._due.set()
                self._thread.join()
                self._thread = None

    def listen(self, heard: Callable[[], None], stop: threading.Event) -> None:
        """Call `heard` for announcements of other processes until `stop` is set."""
        while not stop.is_set():
            try:
                self._hear(heard, stop)
            except psycopg.Error as error:
                log.warning("announcements of other processes are not heard for now: %s", type(error).__name__)
                stop.wait(_RECONNECT_SECONDS)

    def _hear(self, heard: Callable[[], None], stop: threading.Event) -> None:
        with self._connect() as connection:
            connection.execute(f"LISTEN {_CHANNEL}")
            while not stop.is_set():
                for notice in connection.notifies(timeout=_LISTEN_SECONDS, stop_after=1):
                    if notice.payload != self._name:
                        heard()

    def _tell_all(self) -> None:
        while not self._closing.is_set():
            self._due.wait()
            try:
                with self._connect() as connection:
                    self._tell(connection)
            except psycopg.Error as error:
                # The next announcement tries again.
                self._due.clear()
                log.warning("other processes could not be told of a new message: %s", type(error).__name__)

    def _tell(self, connection: psycopg.Connection[Any]) -> None:
        while not self._closing.is_set():
            self._due.wait()
            self._due.clear()
            connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, self._name))
            self._closing.wait(_PAUSE_SECONDS)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url, autocommit=True, **self._connect_args)
