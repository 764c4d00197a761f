from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from bot.channels.twilio.inbound import read_message
from bot.web import create_app
from bot.wiring import Services
from tests.twilio_forms import message_form
from tests.web.running import built_services

TOKEN = "a long random text"
PUBLIC = {"PUBLIC_BASE_URL": "https://bot.example.org", "METRICS_TOKEN": TOKEN}
STRANGER = "203.0.113.7"


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    with built_services({"DATABASE_URL": database_url}) as services:
        yield services


def asked(services: Services, *, address: str = "127.0.0.1", authorization: str | None = None) -> TestResponse:
    headers = {} if authorization is None else {"Authorization": authorization}
    client = create_app(services).test_client()
    return client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})


def samples(services: Services) -> dict[str, float]:
    """Every sample by its name and labels that say something; fails if the text is not what Prometheus reads."""
    return {
        " ".join((sample.name, *filter(None, sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(asked(services).text)
        for sample in family.samples
    }


def test_an_empty_store_has_figures(services: Services) -> None:
    found = samples(services)
    assert found["bot_handoffs_waiting"] == found["bot_queue_depth"] == found["bot_queue_oldest_seconds"] == 0
    assert found["bot_ledger_difference_last_day received"] == 0
    assert found["bot_received_last_hour answered"] == 0
    assert "bot_last_inbound_seconds" not in found


def test_what_happened_is_told_whoever_handled_it(services: Services, database_url: str) -> None:
    now = datetime.now(UTC)
    with built_services({"DATABASE_URL": database_url}) as other:
        other.intake.receive(read_message(message_form("Hi")), now=now - timedelta(seconds=90))
        other.store.beat(now=now)
    found = samples(services)
    assert found["bot_received_last_hour answered answered"] == 1
    assert found["bot_queued_last_hour to_be_sent"] == found["bot_queue_depth"] == 1
    assert 90 <= found["bot_queue_oldest_seconds"] < 150
    assert 90 <= found["bot_last_inbound_seconds"] < 150
    assert found["bot_delivery_beat_seconds"] < 60
    assert found["bot_decisions_last_hour answer greeting"] == found["bot_confidence_last_hour_bucket +Inf"] == 1
    assert not any(name.startswith("bot_decide_seconds") for name in found)


def test_the_time_to_decide_is_told_by_the_process_that_took_it(services: Services) -> None:
    services.intake.receive(read_message(message_form("Hi")), now=datetime.now(UTC))
    counts = [value for name, value in samples(services).items() if name.startswith("bot_decide_seconds_count")]
    assert counts == [1]


def test_nothing_in_it_is_of_a_learner(services: Services) -> None:
    services.intake.receive(read_message(message_form("My secret")), now=datetime.now(UTC))
    text = asked(services).text
    assert "secret" not in text
    assert "+91" not in text


@pytest.mark.parametrize(
    ("environ", "address", "authorization", "status"),
    [
        ({}, "127.0.0.1", None, 200),
        ({}, "::1", None, 200),
        ({}, STRANGER, None, 403),
        ({}, STRANGER, "Bearer ", 403),
        ({"METRICS_TOKEN": TOKEN}, STRANGER, f"Bearer {TOKEN}", 200),
        (PUBLIC, STRANGER, f"Bearer {TOKEN}", 200),
        (PUBLIC, STRANGER, f"Bearer {TOKEN}x", 403),
        (PUBLIC, STRANGER, TOKEN, 403),
        (PUBLIC, STRANGER, "Bearer \u00fc", 403),
        (PUBLIC, STRANGER, None, 403),
        (PUBLIC, "127.0.0.1", None, 403),  # a proxy on this machine speaks for the world
        ({"PUBLIC_BASE_URL": "https://bot.example.org"}, "127.0.0.1", "Bearer ", 403),
    ],
)
def test_the_figures_are_not_for_strangers(
    sqlite_url: str, environ: dict[str, str], address: str, authorization: str | None, status: int
) -> None:
    with built_services({"DATABASE_URL": sqlite_url} | environ) as services:
        response = asked(services, address=address, authorization=authorization)
    assert response.status_code == status
    assert ("bot_queue_depth" in response.text) == (status == 200)
    if status == 403:
        assert "METRICS_TOKEN" in response.text


def test_without_database_there_are_none() -> None:
    with built_services({"DATABASE_URL": "sqlite:////nowhere/bot.db"}) as services:
        assert asked(services).status_code == 503
