import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.twilio.inbound import read_message
from bot.web import create_app
from bot.web.health import BEAT_LIMIT, SILENCE_LIMIT, WAIT_LIMIT
from bot.wiring import Services
from tests.storage.world import Recorder, deliver_all
from tests.twilio_forms import message_form
from tests.web.running import built_services


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    with built_services({"DATABASE_URL": database_url}) as services:
        yield services


def ready(services: Services) -> tuple[int, dict[str, Any]]:
    response = create_app(services).test_client().get("/readyz")
    value: dict[str, Any] = response.get_json()
    return response.status_code, value


def test_a_process_that_answers_is_alive_whatever_else_is_wrong() -> None:
    with built_services({"DATABASE_URL": "sqlite:////nowhere/bot.db"}) as services:
        response = create_app(services).test_client().get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_with_everything_in_order_it_is_ready(services: Services) -> None:
    services.store.beat(now=datetime.now(UTC))
    checks = {"database": "ok", "migrations": "ok", "knowledge": "ok", "delivery": "ok"}
    services.intake.receive(read_message(message_form("Hi")), now=datetime.now(UTC))
    assert ready(services) == (200, {"status": "ok", "checks": checks, "warnings": {}})


def test_that_nobody_has_ever_written_is_a_warning(services: Services) -> None:
    services.store.beat(now=datetime.now(UTC))
    status, value = ready(services)
    assert (status, value["status"]) == (200, "ok")
    assert "PUBLIC_BASE_URL" in value["warnings"]["inbound"]


@pytest.mark.parametrize(("ago", "warns"), [(SILENCE_LIMIT - timedelta(minutes=1), 0), (SILENCE_LIMIT, 1)])
def test_a_long_silence_is_a_warning(services: Services, ago: timedelta, warns: int) -> None:
    services.intake.receive(read_message(message_form("Hi")), now=datetime.now(UTC) - ago)
    deliver_all(services.store, Recorder(), datetime.now(UTC))
    services.store.beat(now=datetime.now(UTC))
    status, value = ready(services)
    assert status == 200
    assert str(value["warnings"]).count("2 days ago") == warns


def test_without_delivery_it_is_not_ready(services: Services) -> None:
    status, value = ready(services)
    assert (status, value["status"]) == (503, "unavailable")
    assert "bot worker" in value["checks"]["delivery"]


def test_delivery_that_has_fallen_silent_is_named(services: Services) -> None:
    services.store.beat(now=datetime.now(UTC) - BEAT_LIMIT - timedelta(seconds=1))
    status, value = ready(services)
    assert status == 503
    assert re.match(r"Delivery was last alive \d+ seconds ago: look", value["checks"]["delivery"])


def test_delivery_that_fell_silent_before_the_clock_was_set_back_is_named(services: Services) -> None:
    services.store.beat(now=datetime.now(UTC) + timedelta(hours=1))
    status, value = ready(services)
    assert (status, "from now" in value["checks"]["delivery"]) == (503, True)
    services.store.beat(now=datetime.now(UTC))
    assert ready(services)[0] == 200


@pytest.mark.parametrize(("waited", "status"), [(WAIT_LIMIT - timedelta(seconds=20), 200), (WAIT_LIMIT, 503)])
def test_a_message_that_waits_too_long_is_named(services: Services, waited: timedelta, status: int) -> None:
    services.store.beat(now=datetime.now(UTC))
    services.intake.receive(read_message(message_form("Hi")), now=datetime.now(UTC) - waited)
    assert ready(services)[0] == status


def test_without_tables_it_is_not_ready(tmp_path: Path) -> None:
    with built_services({"DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}"}) as services:
        status, value = ready(services)
    assert status == 503
    assert value["checks"]["database"] == "ok"
    assert "bot db upgrade" in value["checks"]["migrations"]


@pytest.mark.parametrize("url", ["sqlite:////nowhere/bot.db", "postgresql://bot:hunter2@127.0.0.1:1/bot"])
def test_without_database_it_is_not_ready_and_tells_strangers_no_details(url: str) -> None:
    with built_services({"DATABASE_URL": url}) as services:
        status, value = ready(services)
    assert status == 503
    assert value["checks"]["database"].startswith("The database does not answer")
    assert not any(detail in str(value) for detail in ("hunter2", "127.0.0.1", "nowhere"))
