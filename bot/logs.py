"""Log lines, as text for people or as JSON for machines, without addresses of learners."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

from bot.settings import LogFormat, LogLevel

_ADDRESS: Final = re.compile(
    r"whatsapp(?::|%3A)(?:\+|%2B)?[\w.%-]+"
    r"|(?<![\w.])(?:\+|%2B)[0-9]{7,15}\b"
    r"|(?<![\w.])[0-9]{10,15}(?!\w|\.\d)",  # as in WaId; no number of ours gets so long
    re.IGNORECASE,
)
_ABOUT: Final[ContextVar[dict[str, object]]] = ContextVar("about")
_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(log_format: LogFormat, log_level: LogLevel) -> None:
    """Send all log lines to stderr, once. Calling it again replaces the first choice."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format is LogFormat.JSON else TextFormatter())
    logging.basicConfig(handlers=[handler], level=log_level.upper(), force=True)
    # At their finer levels these write whole web addresses, with the recipient in them.
    logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    logging.getLogger("authlib").setLevel(logging.WARNING)  # and this one the secrets of a single sign-on
    logging.getLogger("alembic").setLevel(logging.WARNING)  # says nothing that `bot db upgrade` does not


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Write these fields into every JSON line of this thread meanwhile.

    `trace`, the provider's id of a learner's message, follows it through its whole life: from the webhook to the last
    report on what answers it.
    """
    token = _ABOUT.set(_ABOUT.get({}) | fields)
    try:
        yield
    finally:
        _ABOUT.reset(token)


def without_addresses(text: str) -> str:
    """Hide every phone number and WhatsApp address, also inside a percent-encoded query."""
    return _ADDRESS.sub("[address]", text)


class TextFormatter(logging.Formatter):
    """One line a record: time in UTC, level, logger, message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - inherited
        return _time(record)

    def format(self, record: logging.LogRecord) -> str:
        return without_addresses(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a record: time, level, logger, message, the fields of `about` and `extra`, and `error`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        given = {name: value for name, value in vars(record).items() if name not in _OWN_FIELDS}
        line |= {name: value for name, value in (_ABOUT.get({}) | given).items() if name not in line}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        # Before it is JSON: there a line break ends in an "n" that hides where a number begins.
        hidden = {
            name: value if isinstance(value, int | float | None) else without_addresses(str(value))
            for name, value in line.items()
        }
        return json.dumps(hidden, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
