"""Webhooks as Twilio sends them, through a real HTTP server into a real database and out again."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.messages import MessageState
from bot.storage import StoredMessage
from bot.web import BODY_LIMIT, create_app
from bot.web.webhooks import FORM
from bot.wiring import Services
from tests.twilio_forms import (
    AUTH_TOKEN,
    FALLBACK,
    LEARNER,
    MESSAGES,
    STATUS,
    message_form,
    new_sid,
    report_form,
    signature,
)
from tests.twilio_stand_in import Answer, Fault, TwilioStandIn
from tests.web.running import built_services, connected

RECORDED = sorted((Path(__file__).parents[1] / "channels" / "recorded").glob("*.form"))


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        yield twilio


@pytest.fixture
def services(twilio: TwilioStandIn, database_url: str) -> Iterator[Services]:
    """A bot that uses the stand-in, served over HTTP, on each kind of database."""
    with connected(twilio, DATABASE_URL=database_url) as services:
        yield services


@pytest.fixture
def sqlite(twilio: TwilioStandIn, sqlite_url: str) -> Iterator[Services]:
    """The same on SQLite only, for what no database has a part in."""
    with connected(twilio, DATABASE_URL=sqlite_url) as services:
        yield services


def thread_of(services: Services, address: str = LEARNER) -> list[StoredMessage]:
    conversation = services.store.conversation_of(address)
    return [] if conversation is None else services.store.thread(conversation.id)


def deliver(services: Services) -> None:
    while services.delivery.run_once(datetime.now(UTC)):
        pass


# Messages


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_webhook_is_taken_in(sqlite: Services, twilio: TwilioStandIn, path: Path) -> None:
    body = path.read_bytes()
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    answer = twilio.post_bytes(MESSAGES, body, signature(twilio.public_base_url + MESSAGES, form))
    assert (answer.status, answer.text) == (204, "")
    assert thread_of(sqlite, form["From"])[0].sid == form["MessageSid"]


def test_the_answer_has_nothing_that_twilio_could_send_on(sqlite: Services, twilio: TwilioStandIn) -> None:
    answer = twilio.send_whatsapp("Hi")
    assert "Content-Type" not in answer.headers
    assert answer.text == ""


def test_a_repeated_message_changes_nothing(services: Services, twilio: TwilioStandIn) -> None:
    form = message_form("Hi")
    twilio.post(MESSAGES, form)
    before = thread_of(services)
    assert [twilio.post(path, form).status for path in (MESSAGES, FALLBACK, MESSAGES)] == [204, 204, 204]
    assert thread_of(services) == before


def test_the_fallback_address_takes_messages_too(services: Services, twilio: TwilioStandIn) -> None:
    assert twilio.send_whatsapp("Hi", path=FALLBACK).status == 204
    assert thread_of(services)[0].text == "Hi"


def test_a_message_is_answered_and_its_reports_are_followed(services: Services, twilio: TwilioStandIn) -> None:
    twilio.send_whatsapp("Hello")
    deliver(services)
    (sent,) = twilio.messages
    assert sent.to == LEARNER
    states = []
    for status in ("sent", "delivered", "read"):
        assert twilio.report(sent.sid, status)[0].status == 204
        states.append(thread_of(services)[-1].state)
    assert states == [MessageState.SENT, MessageState.DELIVERED, MessageState.READ]


# Who may write


def refused(answer: Answer, services: Services) -> bool:
    return answer.status == 403 and answer.text.count("\n") == 1 and not thread_of(services)


@pytest.mark.parametrize("header", [None, "", "x", "bm90IGEgc2lnbmF0dXJlIGF0IGFsbA=="])
def test_without_a_good_signature_nothing_is_stored(
    sqlite: Services, twilio: TwilioStandIn, header: str | None
) -> None:
    body = urlencode(message_form("Hi")).encode()
    assert refused(twilio.post_bytes(MESSAGES, body, header), sqlite)


@pytest.mark.parametrize("base", ["http://bot.example.org", "https://bot.example.org:8443", "https://example.org"])
def test_a_signature_over_another_address_is_wrong(sqlite: Services, twilio: TwilioStandIn, base: str) -> None:
    twilio.public_base_url = base
    assert refused(twilio.send_whatsapp("Hi"), sqlite)


def test_a_body_that_was_changed_is_refused(sqlite: Services, twilio: TwilioStandIn) -> None:
    form = message_form("Hi")
    header = signature(twilio.public_base_url + MESSAGES, form)
    body = urlencode(form | {"Body": "Bye"}).encode()
    assert refused(twilio.post_bytes(MESSAGES, body, header), sqlite)


@pytest.mark.parametrize("query", ["?b=%7E&a=1", "?a=%c3%a9", "?a=b=c&a"])
def test_a_query_is_signed_as_it_was_sent(sqlite: Services, twilio: TwilioStandIn, query: str) -> None:
    assert twilio.send_whatsapp("Hi", path=MESSAGES + query).status == 204


def test_while_tokens_rotate_both_are_good(twilio: TwilioStandIn, sqlite_url: str) -> None:
    with connected(twilio, TWILIO_AUTH_TOKEN_SECONDARY="next token", DATABASE_URL=sqlite_url):
        tokens = (AUTH_TOKEN, "next token", "third token")
        assert [twilio.post(MESSAGES, message_form(), token=token).status for token in tokens] == [204, 204, 403]


def test_the_log_says_what_was_compared_and_no_secret(
    sqlite: Services, twilio: TwilioStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.post(MESSAGES, message_form("very private"), token="wrong")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "bot.web.webhooks"]
    assert "wrong for https://bot.example.org/webhooks/whatsapp:" in line
    assert not any(secret in caplog.text for secret in (AUTH_TOKEN, LEARNER, "very private"))


def test_the_first_hour_can_be_spent_with_signatures_only_logged(
    twilio: TwilioStandIn, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(twilio, SIGNATURE_MODE="log", DATABASE_URL=sqlite_url) as services:
        assert twilio.post(MESSAGES, message_form("Hi"), token="wrong").status == 204
        assert thread_of(services)[0].text == "Hi"
    assert "the signature is wrong for" in caplog.text


def test_another_account_is_refused_with_the_reason(sqlite: Services, twilio: TwilioStandIn) -> None:
    answer = twilio.send_whatsapp("Hi", AccountSid="AC" + "f" * 32)
    assert refused(answer, sqlite)
    assert "TWILIO_ACCOUNT_SID" in answer.text


# What is no message


def test_another_type_than_a_form_is_refused(sqlite: Services, twilio: TwilioStandIn) -> None:
    # The signature of the bare address: a check that forgot the body would find it good.
    header = signature(twilio.public_base_url + MESSAGES, {})
    for content_type in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        assert twilio.post_bytes(MESSAGES, b'{"MessageSid":"SM1"}', header, content_type=content_type).status == 415


def test_a_request_over_the_limit_is_refused_before_anything_else(sqlite: Services, twilio: TwilioStandIn) -> None:
    assert twilio.post_bytes(MESSAGES, b"Body=" + b"x" * BODY_LIMIT, None).status == 413
    assert twilio.send_whatsapp("x" * (BODY_LIMIT - 1000)).status == 204


@pytest.mark.parametrize(("length", "status"), [(100, 204), (BODY_LIMIT - 1000, 204), (BODY_LIMIT, 413)])
def test_the_limit_holds_for_a_body_in_chunks_too(
    sqlite: Services, twilio: TwilioStandIn, length: int, status: int
) -> None:
    form = message_form("x" * length)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature(twilio.public_base_url + MESSAGES, form)}
    with requests.post(twilio.bot + MESSAGES, data=iter([urlencode(form).encode()]), headers=headers) as answer:
        assert answer.status_code == status


@pytest.mark.parametrize("path", [MESSAGES, FALLBACK, STATUS])
def test_a_request_without_message_id_is_refused(sqlite: Services, twilio: TwilioStandIn, path: str) -> None:
    form = message_form("Hi") | report_form("", "sent") | {"MessageSid": ""}
    answer = twilio.post(path, form)
    assert (answer.status, answer.text) == (400, "MessageSid is missing or is not an id.\n")


@pytest.mark.parametrize("path", [MESSAGES, FALLBACK, STATUS])
def test_only_posts_are_taken(sqlite: Services, path: str) -> None:
    answer = create_app(sqlite).test_client().get(path)
    assert answer.status_code == 405
    assert answer.mimetype == "text/plain"
    assert "POST" in answer.headers["Allow"]


# When something is wrong here


@pytest.mark.parametrize("url", ["sqlite:////nowhere/bot.db", "postgresql://bot:pw@127.0.0.1:1/bot"])
@pytest.mark.parametrize("path", [MESSAGES, STATUS])
def test_without_the_database_twilio_is_asked_to_come_again(
    twilio: TwilioStandIn, url: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(twilio, DATABASE_URL=url):
        answer = twilio.post(path, message_form("Hi") | {"MessageStatus": "sent"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.text == "The database does not answer: try again in a moment.\n"
    assert "could not be carried out: The database cannot be used" in caplog.text


def test_a_fault_of_ours_is_a_sentence_to_people_and_a_trace_in_the_log(
    sqlite: Services, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(sqlite)
    app.add_url_rule("/fault", view_func=lambda: str(1 // 0))
    response = app.test_client().get("/fault")
    assert (response.status_code, response.mimetype) == (500, "text/plain")
    assert "ZeroDivisionError" not in response.text
    assert "ZeroDivisionError" in caplog.text


# Reports


@pytest.fixture
def sent_sid(services: Services, twilio: TwilioStandIn) -> str:
    twilio.send_whatsapp("Hello")
    deliver(services)
    return twilio.messages[-1].sid


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered", "read"])))
def test_reports_in_any_order_end_at_the_furthest(
    sqlite: Services, twilio: TwilioStandIn, order: tuple[str, ...]
) -> None:
    twilio.send_whatsapp("Hello")
    deliver(sqlite)
    answers = twilio.report(twilio.messages[0].sid, *order, order[0])
    assert {answer.status for answer in answers} == {204}
    assert thread_of(sqlite)[-1].state is MessageState.READ


def test_a_failure_is_shown_with_what_to_do(services: Services, twilio: TwilioStandIn, sent_sid: str) -> None:
    twilio.report(sent_sid, "undelivered", error_code=63016)
    reply = thread_of(services)[-1]
    assert (reply.state, reply.error_code) == (MessageState.FAILED, "63016")
    assert "24 hours" in reply.error


def test_a_report_that_comes_before_we_know_the_message_id_is_kept(services: Services, twilio: TwilioStandIn) -> None:
    twilio.send_whatsapp("Hello")
    twilio.fail_next(Fault.ANSWER_LOST)
    deliver(services)
    assert thread_of(services)[-1].state is MessageState.UNKNOWN
    twilio.report(twilio.messages[0].sid, "read")
    twilio.messages[0].status = "sent"
    assert services.delivery.run_once(datetime.now(UTC) + timedelta(minutes=1))
    assert thread_of(services)[-1].state is MessageState.READ
    assert len(twilio.messages) == 1


@pytest.mark.parametrize("status", ["teleported", ""])
def test_a_status_nobody_knows_is_passed_over(
    sqlite: Services, twilio: TwilioStandIn, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert twilio.post(STATUS, report_form(new_sid(), status)).status == 204
    assert "tells nothing about delivery" in caplog.text


def test_unsigned_reports_are_refused(sqlite: Services, twilio: TwilioStandIn) -> None:
    assert twilio.post_bytes(STATUS, urlencode(report_form(new_sid(), "read")).encode(), None).status == 403


# The local channel


@pytest.fixture
def local(sqlite_url: str) -> Iterator[Services]:
    with built_services({"DATABASE_URL": sqlite_url}) as services:
        yield services


def test_without_twilio_the_webhook_takes_unsigned_posts(local: Services) -> None:
    form = message_form("Hi", AccountSid="AC" + "9" * 32)
    assert create_app(local).test_client().post(MESSAGES, data=form).status_code == 204
    assert thread_of(local)[0].text == "Hi"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:81", "null", "http://evil.example:80"])
@pytest.mark.parametrize("path", [MESSAGES, STATUS])
def test_pages_of_other_sites_cannot_write(local: Services, origin: str, path: str) -> None:
    client = create_app(local).test_client()
    answer = client.post(path, data=message_form("Hi") | {"MessageStatus": "read"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert not thread_of(local)


def test_our_own_page_can_write(local: Services) -> None:
    client = create_app(local).test_client()
    assert client.post(MESSAGES, data=message_form(), headers={"Origin": "http://localhost"}).status_code == 204


def test_the_simulator_is_there_without_twilio_only(local: Services, sqlite: Services) -> None:
    assert create_app(local).test_client().get("/simulator").status_code == 200
    assert create_app(sqlite).test_client().get("/simulator").status_code == 404


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.dictionaries(st.sampled_from([*message_form(), "MessageStatus", "Latitude"]), st.text()))
def test_any_form_is_taken_or_refused_with_a_sentence(local: Services, form: dict[str, str]) -> None:
    client = create_app(local).test_client()
    for path in (MESSAGES, STATUS):
        assert client.post(path, data=message_form() | form).status_code in (204, 400)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/nothing", "/simulator"])
def test_every_page_forbids_what_it_does_not_need(local: Services, path: str) -> None:
    headers = create_app(local).test_client().get(path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


# What is kept of those who may not


def test_a_request_with_a_wrong_signature_is_kept_as_it_was_signed(services: Services, twilio: TwilioStandIn) -> None:
    form = message_form("नमस्ते 🙂 a+b & c=d\r\n ")
    twilio.post(f"{MESSAGES}?a=%20b", form, token="f" * 32)
    kept = services.store.quarantine.newest(now=datetime.now(UTC))
    assert kept is not None
    assert kept.request.target == f"{MESSAGES}?a=%20b"
    assert dict(parse_qsl(kept.request.body.decode(), keep_blank_values=True)) == form
    assert (kept.request.sender, kept.request.reason) == (LEARNER, "wrong")


def test_the_address_that_a_proxy_hides_is_kept_too(sqlite: Services, twilio: TwilioStandIn) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "other.example.org, 10.0.0.1"}
    requests.post(twilio.bot + MESSAGES, data=message_form("Hi"), headers=headers, timeout=10)
    kept = sqlite.store.quarantine.newest(now=datetime.now(UTC))
    assert kept is not None
    assert kept.request.address == f"https://other.example.org{MESSAGES}"


def test_a_good_request_is_not_kept(sqlite: Services, twilio: TwilioStandIn) -> None:
    twilio.send_whatsapp("Hi")
    assert sqlite.store.quarantine.count(now=datetime.now(UTC)) == 0


def test_a_database_that_is_away_still_refuses_strangers(twilio: TwilioStandIn, tmp_path: Path) -> None:
    with connected(twilio, DATABASE_URL=f"sqlite:///{tmp_path}/none/bot.db"):
        assert twilio.post(MESSAGES, message_form("Hi"), token="f" * 32).status == 403
