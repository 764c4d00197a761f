"""For whoever watches the program: is it alive, and is everything it needs in order."""

import logging
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint

from bot.storage import StorageUnavailable, Store, WrongRevision
from bot.web.context import services

BEAT_LIMIT: Final = timedelta(seconds=30)
"""Delivery notes every few seconds that it is alive."""
WAIT_LIMIT: Final = timedelta(seconds=60)
"""How long a message that could leave may wait."""
SILENCE_LIMIT: Final = timedelta(days=2)
"""How long nobody may write before it is worth a look; longer than a weekend is quiet."""

_OK: Final = "ok"
_NOT_ASKED: Final = "not checked: the database does not answer."

_log = logging.getLogger(__name__)

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": _OK}


@bp.get("/readyz")
def ready() -> tuple[dict[str, Any], HTTPStatus]:
    """Say of each part whether it is in order, or what is not and what to do. A warning leaves it ready."""
    # Without good knowledge the program does not start, and a broken edit leaves the last good one in place.
    store, now = services().store, datetime.now(UTC)
    checks = {"knowledge": _OK, **_check_store(store, now=now)}
    if any(finding != _OK for finding in checks.values()):
        return {"status": "unavailable", "checks": checks, "warnings": {}}, HTTPStatus.SERVICE_UNAVAILABLE
    return {"status": _OK, "checks": checks, "warnings": _warnings(store, now=now)}, HTTPStatus.OK


def _warnings(store: Store, *, now: datetime) -> dict[str, str]:
    """Say what may be in order or not: taking the process out of service would not help."""
    warnings = _inbound_warnings(store, now=now)
    if knowledge := services().serving.warnings():
        warnings["knowledge"] = " ".join(knowledge)
    return warnings


def _inbound_warnings(store: Store, *, now: datetime) -> dict[str, str]:
    last = store.watching.last_inbound_at()
    if last is None:
        return {"inbound": "No message has ever come in: compare the address at Twilio with PUBLIC_BASE_URL."}
    if now - last > SILENCE_LIMIT:
        days = (now - last).days
        return {"inbound": f"The last message came in {days} days ago: write one yourself, then look at the webhooks."}
    return {}


def _check_store(store: Store, *, now: datetime) -> dict[str, str]:
    try:
        store.check()
        return {"database": _OK, "migrations": _OK, "delivery": _check_delivery(store, now=now)}
    except WrongRevision as error:
        return {"database": _OK, "migrations": str(error), "delivery": "not checked: the tables are not right."}
    except StorageUnavailable as error:
        # The reason names hosts and users: it goes to the log, not to anybody who asks.
        _log.warning("the database does not answer: %s", error)
        finding = "The database does not answer: the log has the reason."
        return {"database": finding, "migrations": _NOT_ASKED, "delivery": _NOT_ASKED}


def _check_delivery(store: Store, *, now: datetime) -> str:
    beat = store.last_beat()
    if beat is None:
        return "Delivery has never run: start bot worker, or use bot serve."
    if now - beat > BEAT_LIMIT:
        return f"Delivery was last alive {_seconds(now - beat)} ago: look whether bot worker runs, and at its log."
    if beat - now > BEAT_LIMIT:  # or a delivery that died before a clock was set back would look alive
        return f"Delivery was last alive {_seconds(beat - now)} from now: look whether it runs, and at the clocks."
    oldest = store.outbox.queue().oldest_due_at
    if oldest is not None and now - oldest > WAIT_LIMIT:
        return f"A message has been waiting for {_seconds(now - oldest)}: look at the log of delivery."
    return _OK


def _seconds(age: timedelta) -> str:
    return f"{age.total_seconds():.0f} seconds"
