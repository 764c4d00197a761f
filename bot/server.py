"""The web server (gunicorn) inside our own process, with delivery beside it if wanted."""

import errno
import gc
import logging
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any, Final, NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from bot.errors import BotError
from bot.wiring import Services

_THREADS: Final = 8
_BACKLOG: Final = 2048
_YOUNG_OBJECTS: Final = 10_000
"""Made since the last look for garbage: those of some messages. Python's own 700 ask for several looks a message."""
_SECONDS_TO_FINISH: Final = 30
"""How long requests and deliveries that have begun may take once the server is told to stop."""


class CannotListen(BotError):
    """The address or port is not to be had."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises CannotListen with what to do."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"Port {port} is taken: stop the program that has it, or set PORT to another."
            ) from error
        if error.errno == errno.EACCES:
            raise CannotListen(f"Port {port} is not allowed for this user: set PORT to 1024 or more.") from error
        reason = error.strerror or str(error)
        raise CannotListen(f"{host} is not an address to listen on here ({reason}): set HOST to another.") from error


def run(
    app: Flask,
    services: Services,
    listener: socket.socket,
    *,
    processes: int,
    with_delivery: bool,
    announce: Callable[[], None],
) -> NoReturn:
    """Serve until SIGTERM or SIGINT: requests that have begun are finished, delivery ends after its current message.

    listener: is closed at the end.
    with_delivery: deliver in each of the processes too; else they only keep their knowledge current beside requests.
    announce: called once, in the first of the processes, when it begins to serve.

    Leaves by SystemExit, with code 0 after a normal stop.
    """
    # A connection to the database must not be shared with a child process.
    services.store.close()
    # What was read until now stays: nobody has to look through it for garbage, and all processes share its pages.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
    background = _Background(services.work if with_delivery else services.keep_current, services.store.close)
    _Arbiter(_Embedded(app, listener, processes, background, announce)).run()
    raise SystemExit  # not reached: the arbiter leaves by itself


class _Background:
    """Work in a thread of the process that serves; `close` is called when nothing is done any more."""

    def __init__(self, work: Callable[[threading.Event], None], close: Callable[[], None]) -> None:
        self._work = work
        self._close = close
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, args=(self._stop,), name="background", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_SECONDS_TO_FINISH)
        self._close()


class _Embedded(BaseApplication):
    """Gunicorn without its own command line, configuration files, log and control socket."""

    def __init__(
        self,
        app: Flask,
        listener: socket.socket,
        processes: int,
        background: _Background,
        announce: Callable[[], None],
    ) -> None:
        self._app = app
        self._background = background
        self._announce = announce
        self._options: dict[str, object] = {
            "bind": f"fd://{listener.detach()}",
            "control_socket_disable": True,
            "graceful_timeout": _SECONDS_TO_FINISH,
            "logger_class": _Log,
            "preload_app": True,
            "threads": _THREADS,
            "worker_class": "gthread",
            "workers": processes,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:  # older versions have no control socket to disable
                self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self._begin)
        self.cfg.set("worker_exit", self._end)

    def load(self) -> Callable[..., Any]:
        return self._app

    def _begin(self, worker: Worker) -> None:
        # Ctrl-C reaches every process of the terminal; only the parent decides, and tells its children by SIGTERM.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._background.start()
        if worker.age == 1:
            self._announce()

    def _end(self, _arbiter: Arbiter, _worker: Worker) -> None:
        self._background.finish()


class _Arbiter(Arbiter):
    """The parent process; stops in the same way whatever signal tells it to."""

    def handle_int(self) -> None:
        self.handle_term()

    def handle_quit(self) -> None:
        self.handle_term()


class _Log(Logger):
    """Passes what is worth knowing on to our own log."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)
