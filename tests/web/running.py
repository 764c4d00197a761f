"""The web application behind a real HTTP server, in a thread of the test."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from flask import Flask
from werkzeug.serving import make_server

from bot.settings import Settings
from bot.web import create_app
from bot.wiring import Services, build_services
from tests.twilio_stand_in import TwilioStandIn

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SMALL_KNOWLEDGE: Final = Path(__file__).parents[1] / "knowledge" / "good"
"""A folder that is read in a moment, for tests that do not look at the answers."""


@contextmanager
def built_services(environ: dict[str, str]) -> Iterator[Services]:
    """Build the services from environment variables; KNOWLEDGE_DIR and SECRET_KEY are filled in."""
    given = {"KNOWLEDGE_DIR": str(SMALL_KNOWLEDGE), "SECRET_KEY": "for tests only"} | environ
    services = build_services(Settings.read(given))
    try:
        yield services
    finally:
        services.store.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the application; yield its address."""
    server = make_server("127.0.0.1", 0, _with_closed_files(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _with_closed_files(app: "WSGIApplication") -> "WSGIApplication":
    """Send files from memory: Werkzeug's server leaves a file open when the browser goes away as it is being sent."""

    def read_whole(file: IO[bytes], _block_size: int = 0) -> Iterable[bytes]:
        with file:
            return [file.read()]

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ["wsgi.file_wrapper"] = read_whole
        return app(environ, start_response)

    return serve


@contextmanager
def connected(twilio: TwilioStandIn, **environ: str) -> Iterator[Services]:
    """Serve a bot that uses the stand-in, and tell the stand-in where it is. `environ` replaces and adds settings."""
    with built_services(twilio.environ | environ) as services, served(create_app(services)) as twilio.bot:
        yield services
