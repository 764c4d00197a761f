from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.web import create_app
from bot.wiring import Services
from tests.twilio_forms import message_form
from tests.web.running import built_services

NUMBER = "999000111222"
SENDER = f"whatsapp:+{NUMBER}"
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "secret",
    "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886",
    "PUBLIC_BASE_URL": "https://bot.example.org",
}


@pytest.fixture
def services(sqlite_url: str) -> Iterator[Services]:
    with built_services({"DATABASE_URL": sqlite_url}) as services:
        yield services


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


def write(client: FlaskClient, text: str = "Hi", **more: str) -> None:
    assert client.post("/webhooks/whatsapp", data=message_form(text, SENDER, **more)).status_code == 204


def read(client: FlaskClient, after: int | str = 0) -> Any:
    answer = client.get(f"/simulator/{NUMBER}/messages?after={after}")
    assert answer.status_code == 200
    return answer.json


def send_everything(services: Services) -> None:
    while services.delivery.run_once(datetime.now(UTC)):
        pass


def test_the_page_carries_the_school_and_no_script_of_its_own(client: FlaskClient, services: Services) -> None:
    page = client.get("/simulator")
    assert services.intake.knowledge.school.name in page.text
    assert page.text.count("<script") == page.text.count('<script type="module" src=') == 1
    assert " style=" not in page.text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/simulator", f"/simulator/{NUMBER}/messages"])
def test_with_twilio_credentials_there_is_no_simulator(sqlite_url: str, path: str) -> None:
    with built_services(TWILIO | {"DATABASE_URL": sqlite_url}) as services:
        assert create_app(services).test_client().get(path).status_code == 404


def test_a_learner_who_never_wrote_has_no_messages(client: FlaskClient) -> None:
    assert read(client) == {"messages": [], "cursor": 0}


def test_a_message_comes_back_with_its_answer(client: FlaskClient) -> None:
    write(client, "cook or baker?", MessageSid="SM1")
    question, answer = read(client)["messages"]
    assert (question["sid"], question["side"], question["html"]) == ("SM1", "in", "<p>cook or baker?</p>")
    assert (question["outcome"], question["state"]) == ("answered", None)
    assert (answer["side"], answer["author"], answer["state"]) == ("out", "bot", "queued")
    assert answer["in_reply_to"] == question["id"]
    assert datetime.fromisoformat(answer["at"]).utcoffset() is not None


def test_the_decision_tells_where_the_answer_stands(client: FlaskClient, services: Services) -> None:
    write(client, "difference between cook and baker")
    decision = read(client)["messages"][0]["decision"]
    entry = services.intake.knowledge.entries[decision["answers"][0]["entry"]]
    assert decision["answers"][0]["place"] == entry.place
    assert decision["why"]["candidates"][0]["place"]


def test_a_place_stays_that_of_the_knowledge_that_answered(client: FlaskClient, services: Services) -> None:
    write(client, "difference between cook and baker")
    before = read(client)["messages"][0]["decision"]["answers"][0]["place"]
    services.intake.knowledge.version = "edited"
    assert read(client)["messages"][0]["decision"]["answers"][0]["place"] == before != ""


def test_the_cursor_waits_for_what_can_still_change(client: FlaskClient, services: Services) -> None:
    write(client)
    question, answer = read(client)["messages"]
    assert read(client)["cursor"] == question["id"]
    send_everything(services)
    [sent] = read(client, after=question["id"])["messages"]
    assert (sent["id"], sent["state"]) == (answer["id"], "sent")


def test_the_cursor_passes_what_has_been_read(client: FlaskClient, services: Services) -> None:
    write(client)
    send_everything(services)
    sid = read(client)["messages"][1]["sid"]
    client.post("/webhooks/whatsapp/status", data={"MessageSid": sid, "MessageStatus": "read"})
    last = read(client)
    assert last["messages"][1]["state"] == "read"
    assert read(client, after=last["cursor"]) == {"messages": [], "cursor": last["messages"][1]["id"]}


def test_hostile_text_comes_back_harmless(client: FlaskClient) -> None:
    write(client, "<script>alert(1)</script>")
    assert read(client)["messages"][0]["html"] == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://localhost/static/simulator/picture.jpg", True),
        ("http://localhost/logout", False),
        ("https://example.org/static/simulator/picture.jpg", False),
    ],
)
def test_only_samples_of_the_page_are_shown(client: FlaskClient, url: str, *, shown: bool) -> None:
    write(client, "", NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg")
    assert read(client)["messages"][0]["media"] == (url if shown else None)


@pytest.mark.parametrize("after", ["", "x", "-1"])
def test_a_cursor_that_makes_no_sense_shows_everything(client: FlaskClient, after: str) -> None:
    write(client)
    assert len(read(client, after)["messages"]) == 2
