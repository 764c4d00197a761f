"""The doctor names what keeps messages from arriving, and lets through what was refused meanwhile, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.channels.twilio.account import AccountState
from bot.commands import main
from bot.core.conversation import Status
from bot.doctor import Doctor, Finding, Health
from bot.doctor.findings import CLOCKS_APART, RETRIES, of_account
from bot.storage import Direction
from bot.wiring import Services
from tests.storage.world import at_once, execute
from tests.twilio_forms import ACCOUNT_SID, FALLBACK, LEARNER, MESSAGES, NUMBER, PUBLIC_BASE_URL, STATUS, message_form
from tests.twilio_stand_in import Fault, TwilioStandIn
from tests.web.running import connected
from tests.web.staff_clients import People, people_at

SENDER = "whatsapp:+14155550100"
SERVICE = "MG" + "a" * 32
SENDER_SID = "XE" + "b" * 32
OTHER_TOKEN = "f" * 32


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    """A Twilio where everything is set up as it should be."""
    with TwilioStandIn() as twilio:
        twilio.api.senders[SENDER] = {
            "sid": SENDER_SID,
            "sender_id": SENDER,
            "status": "ONLINE",
            "webhook": {
                "callback_url": PUBLIC_BASE_URL + MESSAGES + RETRIES,
                "callback_method": "POST",
                "fallback_url": PUBLIC_BASE_URL + FALLBACK,
            },
        }
        sid = "HX" + "c" * 32
        twilio.api.contents[sid] = {"sid": sid, "friendly_name": "hello", "types": {"twilio/text": {"body": "Hi"}}}
        ours = f"bot-quick-reply-3-v1-{'0' * 12}"
        twilio.api.contents["HX1"] = {"sid": "HX1", "friendly_name": ours, "types": {}}
        twilio.api.contents["HX2"] = {"sid": "HX2", "friendly_name": "reminder", "types": {}}
        for approved in (sid, "HX2"):
            twilio.api.approvals[approved] = {"status": "approved", "rejection_reason": ""}
        yield twilio


@contextmanager
def bot(twilio: TwilioStandIn, database_url: str, **environ: str) -> Iterator[Services]:
    given = {"DATABASE_URL": database_url, "TWILIO_WHATSAPP_FROM": SENDER} | environ
    with connected(twilio, **given) as services:
        yield services


def the_doctor(services: Services) -> Doctor:
    assert services.doctor is not None
    return services.doctor


def examine(services: Services) -> dict[str, Finding]:
    return {finding.name: finding for finding in the_doctor(services).examine(now=datetime.now(UTC))}


def ills(services: Services) -> dict[str, str]:
    return {name: finding.fix for name, finding in examine(services).items() if finding.health is Health.WRONG}


def examined(twilio: TwilioStandIn, url: str, **environ: str) -> dict[str, str]:
    with bot(twilio, url, **environ) as services:
        return ills(services)


# What it finds


def test_where_all_is_well_nothing_is_to_mend(twilio: TwilioStandIn, database_url: str) -> None:
    with bot(twilio, database_url) as services:
        found = examine(services)
    assert {finding.health for finding in found.values()} == {Health.GOOD}
    assert found["Signed address"].shown == PUBLIC_BASE_URL + MESSAGES
    assert found["Status address"].shown.startswith(PUBLIC_BASE_URL + STATUS)
    assert found["Account"].shown == f"{ACCOUNT_SID} (School), active"
    assert found["Retries"].shown == RETRIES
    assert "24 hours" in found["Window"].shown


@pytest.mark.parametrize(
    ("key", "value", "ill"),
    [
        ("callback_url", "https://old.example.org/webhooks/whatsapp", "Message address"),
        ("callback_url", "", "Message address"),
        ("callback_method", "GET", "Message address"),
        ("callback_url", PUBLIC_BASE_URL + MESSAGES, "Retries"),
        ("callback_url", PUBLIC_BASE_URL + MESSAGES + "#rc=3", "Retries"),
        ("callback_url", PUBLIC_BASE_URL + MESSAGES + "#rc=0&rp=all", "Retries"),
        ("fallback_url", "", "Fallback address"),
    ],
)
def test_what_is_wrong_at_the_sender_is_named_with_what_to_enter(
    twilio: TwilioStandIn, sqlite_url: str, key: str, value: str, ill: str
) -> None:
    twilio.api.senders[SENDER]["webhook"][key] = value
    assert PUBLIC_BASE_URL + MESSAGES in examined(twilio, sqlite_url)[ill]


def test_a_sender_that_is_offline_or_of_nobody_is_named(twilio: TwilioStandIn, sqlite_url: str) -> None:
    assert SENDER in examined(twilio, sqlite_url, TWILIO_WHATSAPP_FROM="whatsapp:+14155550199")["Sender"]
    twilio.api.senders[SENDER]["status"] = "OFFLINE"
    assert list(examined(twilio, sqlite_url)) == ["Sender"]


def test_the_sandbox_is_left_to_the_eye(twilio: TwilioStandIn, sqlite_url: str) -> None:
    with bot(twilio, sqlite_url, TWILIO_WHATSAPP_FROM=NUMBER) as services:
        found = examine(services)["Message address"]
    assert found.health is Health.BY_HAND
    assert PUBLIC_BASE_URL + MESSAGES + RETRIES in found.fix


def test_the_webhook_of_a_messaging_service_comes_before_that_of_the_sender(
    twilio: TwilioStandIn, sqlite_url: str
) -> None:
    service = {"sid": SERVICE, "friendly_name": "School", "senders": [SENDER], "inbound_request_url": "https://a.org/"}
    twilio.api.services[SERVICE] = service
    environ = {"TWILIO_WHATSAPP_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": SERVICE}
    assert "the Messaging Service School" in examined(twilio, sqlite_url, **environ)["Message address"]
    service["use_inbound_webhook_on_number"] = True  # type: ignore[assignment]
    assert examined(twilio, sqlite_url, **environ) == {}
    service["senders"] = []
    assert "sender pool" in examined(twilio, sqlite_url, **environ)["Messaging Service"]
    twilio.api.services.clear()
    assert "TWILIO_MESSAGING_SERVICE_SID" in examined(twilio, sqlite_url, **environ)["Messaging Service"]


def test_a_template_that_was_rejected_is_named_with_its_reason(twilio: TwilioStandIn, sqlite_url: str) -> None:
    sid = next(iter(twilio.api.contents))
    twilio.api.approvals[sid] = {"status": "rejected", "rejection_reason": "TAG_CONTENT_MISMATCH"}
    assert "hello is rejected (TAG_CONTENT_MISMATCH)" in examined(twilio, sqlite_url)["Templates"]


@pytest.mark.parametrize(("name", "status"), [("other", "approved"), ("reminder", "pending")])
def test_without_a_template_for_reminders_the_doctor_says_what_to_submit(
    twilio: TwilioStandIn, sqlite_url: str, name: str, status: str
) -> None:
    twilio.api.contents["HX2"]["friendly_name"] = name
    twilio.api.approvals["HX2"]["status"] = status
    with bot(twilio, sqlite_url) as services:
        finding = examine(services)["Reminders"]
    assert finding.health is Health.BY_HAND
    assert 'Submit a template named "reminder"' in finding.fix


def test_credentials_that_twilio_refuses_are_named(twilio: TwilioStandIn, sqlite_url: str) -> None:
    fix = examined(twilio, sqlite_url, TWILIO_AUTH_TOKEN=OTHER_TOKEN)["Twilio"]
    assert "TWILIO_AUTH_TOKEN" in fix


def test_an_account_that_is_suspended_is_named(twilio: TwilioStandIn, sqlite_url: str) -> None:
    twilio.api.account["status"] = "suspended"
    assert list(examined(twilio, sqlite_url)) == ["Account"]


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.LOST])
def test_a_twilio_that_is_away_is_a_finding(twilio: TwilioStandIn, sqlite_url: str, fault: Fault) -> None:
    twilio.fail_next(fault)
    assert list(examined(twilio, sqlite_url)) == ["Twilio"]


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_clock_that_is_wrong_is_named(ahead: timedelta) -> None:
    _, clock = of_account(ACCOUNT_SID, AccountState("School", "active", ahead))
    assert (clock.health, "300 seconds" in clock.shown) == (Health.WRONG, True)
    _, clock = of_account(ACCOUNT_SID, AccountState("School", "active", CLOCKS_APART))
    assert clock.health is Health.GOOD


def test_signatures_that_are_only_recorded_and_an_address_without_https_are_named(
    twilio: TwilioStandIn, sqlite_url: str
) -> None:
    environ = {"SIGNATURE_MODE": "log", "PUBLIC_BASE_URL": "http://bot.example.org"}
    assert {"Signed address", "Signatures"} <= examined(twilio, sqlite_url, **environ).keys()


# What it says about the last wrong signature


@pytest.mark.parametrize(
    "called", ["https://new.example.org", "http://bot.example.org", "https://bot.example.org:8443"]
)
def test_the_address_that_twilio_really_called_is_found(twilio: TwilioStandIn, sqlite_url: str, called: str) -> None:
    twilio.api.senders[SENDER]["webhook"]["callback_url"] = called + MESSAGES
    twilio.public_base_url = called
    with bot(twilio, sqlite_url, PUBLIC_BASE_URL=PUBLIC_BASE_URL) as services:
        twilio.send_whatsapp("Hi")
        assert (
            ills(services)["Last wrong signature"]
            == f"Twilio called {called}{MESSAGES}: set PUBLIC_BASE_URL to {called}."
        )


def test_another_token_is_named(twilio: TwilioStandIn, sqlite_url: str) -> None:
    with bot(twilio, sqlite_url) as services:
        twilio.post(MESSAGES, message_form("Hi"), token=OTHER_TOKEN)
        assert "primary token" in ills(services)["Last wrong signature"]


def test_another_account_and_a_header_that_got_lost_are_named(twilio: TwilioStandIn, sqlite_url: str) -> None:
    other = "AC" + "9" * 32
    with bot(twilio, sqlite_url) as services:
        twilio.post(MESSAGES, message_form("Hi", AccountSid=other), token=OTHER_TOKEN)
        assert other in ills(services)["Last wrong signature"]
        twilio.post(MESSAGES, message_form("Hi", AccountSid="AC<script>\x1b[2J"), token=OTHER_TOKEN)
        assert "of somebody else" in ills(services)["Last wrong signature"]
        twilio.post_bytes(MESSAGES, b"From=x", None)
        assert "let the proxy" in ills(services)["Last wrong signature"]


# Letting through


@contextmanager
def mended(twilio: TwilioStandIn, url: str) -> Iterator[Services]:
    """A bot that did not know its auth token, and does now: two messages and a stranger's one were refused."""
    with bot(twilio, url, TWILIO_AUTH_TOKEN=OTHER_TOKEN) as services:
        for text in ("Hello", "Which tools?"):
            assert twilio.send_whatsapp(text).status == 403
        assert twilio.post(MESSAGES, message_form("Strange", "whatsapp:+10000000"), token="e" * 32).status == 403
        assert services.store.conversation_of(LEARNER) is None
    with bot(twilio, url) as services:
        yield services


def texts(services: Services, direction: Direction = Direction.IN) -> list[str]:
    conversation = services.store.conversation_of(LEARNER)
    thread = services.store.thread(conversation.id) if conversation else []
    return [message.text for message in thread if message.direction is direction]


def release(services: Services) -> tuple[int, int]:
    done = the_doctor(services).release(staff_id=None, now=datetime.now(UTC))
    return done.through, done.stayed


def test_what_verifies_now_goes_through_and_the_rest_stays(twilio: TwilioStandIn, database_url: str) -> None:
    with mended(twilio, database_url) as services:
        assert "Refused requests" in ills(services)
        assert release(services) == (2, 1)
        assert texts(services) == ["Hello", "Which tools?"]
        assert len(texts(services, Direction.OUT)) == 2
        assert release(services) == (0, 1)
        assert services.store.conversation_of("whatsapp:+10000000") is None


def test_many_who_let_through_at_once_double_nothing(twilio: TwilioStandIn, database_url: str) -> None:
    with mended(twilio, database_url) as services:
        at_once(*[lambda: release(services)] * 5)
        assert sorted(texts(services)) == ["Hello", "Which tools?"]
        assert len(texts(services, Direction.OUT)) == 2


def test_what_came_by_another_way_meanwhile_is_not_taken_in_again(twilio: TwilioStandIn, database_url: str) -> None:
    form = message_form("Hello")
    with bot(twilio, database_url, TWILIO_AUTH_TOKEN=OTHER_TOKEN):
        twilio.post(MESSAGES, form)
    with bot(twilio, database_url) as services:
        twilio.post(FALLBACK, form)
        assert release(services) == (1, 0)
        assert texts(services) == ["Hello"]


def test_what_was_refused_hours_ago_is_for_staff(twilio: TwilioStandIn, database_url: str) -> None:
    with mended(twilio, database_url) as services:
        execute(
            database_url,
            f"UPDATE quarantine SET received_at = '{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%d %H:%M:%S.%f}'",
        )
        assert release(services) == (2, 1)
        conversation = services.store.conversation_of(LEARNER)
        assert conversation is not None
        assert conversation.status is Status.WAITING


def test_a_report_that_was_refused_is_followed(twilio: TwilioStandIn, database_url: str) -> None:
    with bot(twilio, database_url) as services:
        twilio.send_whatsapp("Hello")
        services.delivery.run_once(datetime.now(UTC))
    (sent,) = twilio.messages
    with bot(twilio, database_url, TWILIO_AUTH_TOKEN=OTHER_TOKEN):
        twilio.report(sent.sid, "delivered")
    with bot(twilio, database_url) as services:
        assert release(services) == (1, 0)
        conversation = services.store.conversation_of(LEARNER)
        assert conversation is not None
        assert services.store.thread(conversation.id)[-1].state == "delivered"


# The command


@pytest.fixture
def environ(twilio: TwilioStandIn, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    knowledge = str(Path(__file__).parent / "knowledge" / "good")
    monkeypatch.chdir(tmp_path)
    given = {"DATABASE_URL": sqlite_url, "KNOWLEDGE_DIR": knowledge, "TWILIO_WHATSAPP_FROM": SENDER}
    return twilio.environ | given


def test_the_command_says_by_its_code_whether_all_is_well(twilio: TwilioStandIn, environ: dict[str, str]) -> None:
    result = CliRunner().invoke(main, ["twilio", "doctor"], env=environ)
    assert (result.exit_code, "BAD" in result.output) == (0, False)
    twilio.api.senders[SENDER]["status"] = "OFFLINE"
    result = CliRunner().invoke(main, ["twilio", "doctor"], env=environ)
    assert (result.exit_code, "BAD   Sender:" in result.output) == (1, True)
    assert "1 thing to mend" in result.output


@pytest.mark.parametrize("command", ["doctor", "release"])
def test_without_twilio_there_is_nothing_to_check(environ: dict[str, str], command: str) -> None:
    local = dict.fromkeys(environ, "") | {"DATABASE_URL": environ["DATABASE_URL"]}
    result = CliRunner().invoke(main, ["twilio", command], env=local)
    assert (result.exit_code, "nothing to check" in result.output) == (0, True)


def test_the_command_lets_through(twilio: TwilioStandIn, environ: dict[str, str], sqlite_url: str) -> None:
    with mended(twilio, sqlite_url) as services:
        result = CliRunner().invoke(main, ["twilio", "release"], env=environ)
        assert result.output == "2 let through, 1 still not right.\n"
        assert texts(services) == ["Hello", "Which tools?"]


# The page


@pytest.fixture
def people(twilio: TwilioStandIn, database_url: str) -> Iterator[People]:
    with mended(twilio, database_url):
        pass
    environ = twilio.environ | {"TWILIO_WHATSAPP_FROM": SENDER}
    with people_at(database_url, **environ) as people:
        yield people


def test_the_page_is_for_admins(people: People) -> None:
    assert people.admin.get("/doctor").status_code == 200
    for person in (people.agent, people.editor):
        assert person.get("/doctor").status_code == 403
        assert person.post("/doctor/release").status_code == 403
        assert "/doctor" not in person.get("/account").text
    assert people.stranger.get("/doctor").status_code == 302
    assert texts(people.services) == []


def test_an_admin_lets_through_on_the_page(people: People) -> None:
    page = people.admin.get("/doctor").text
    assert "2 verify now" in page
    assert "1 thing" in page or "things to mend" in page
    answer = people.admin.fill_in("/doctor", "/doctor/release")
    assert answer.status_code == 303
    assert "2 let through, 1 still not right." in people.admin.get(answer.location).text
    assert texts(people.services) == ["Hello", "Which tools?"]


def test_who_lets_through_is_written_down_with_every_request(people: People, database_url: str) -> None:
    people.admin.fill_in("/doctor", "/doctor/release")
    people.admin.fill_in("/doctor", "/doctor/release")
    written = execute(database_url, "SELECT staff_id, action, details FROM audit_log ORDER BY id")
    assert [row[:2] for row in written] == [(people.admin.id, "let_through")] * 2
    assert LEARNER.partition("+")[2] not in str(written)


def test_the_page_shows_no_word_and_no_number_of_a_learner(people: People) -> None:
    page = people.admin.get("/doctor").text
    assert "Hello" not in page
    assert LEARNER.partition("+")[2] not in page


def test_without_twilio_the_page_has_nothing_to_check(sqlite_url: str) -> None:
    with people_at(sqlite_url) as people:
        assert "there is nothing to check" in people.admin.get("/doctor").text
        assert people.admin.post("/doctor/release").status_code == 303
