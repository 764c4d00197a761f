"""`bot twilio setup` makes what is missing at Twilio, once; and every menu of the knowledge keeps Twilio's limits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from bot.channels import Outgoing, as_text
from bot.channels.twilio.contents import content_of
from bot.channels.twilio.sending import TwilioChannel
from bot.commands import main
from bot.core.menus import replies_to_taps
from tests.core.talking import KNOWLEDGE_FOLDER, NOW, real_knowledge
from tests.twilio_forms import FALLBACK, LEARNER, MESSAGES, NUMBER, PUBLIC_BASE_URL, STATUS
from tests.twilio_stand_in import TwilioStandIn
from tests.web.running import SMALL_KNOWLEDGE

SENDER = "whatsapp:+14155550100"
SERVICE = "MG" + "a" * 32
RETRIES = "#rc=3&rp=5xx,ct,rt&rt=5000"


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    """A Twilio that has never heard of us."""
    with TwilioStandIn() as twilio:
        twilio.api.senders[SENDER] = {"sid": "XE" + "b" * 32, "sender_id": SENDER, "status": "ONLINE"}
        twilio.api.contents["HX1"] = {"sid": "HX1", "friendly_name": "of somebody else", "types": {}}
        yield twilio


def run(twilio: TwilioStandIn, *arguments: str, **environ: str) -> str:
    settings = twilio.environ | {"TWILIO_WHATSAPP_FROM": SENDER, "KNOWLEDGE_DIR": str(SMALL_KNOWLEDGE)} | environ
    result = CliRunner().invoke(main, ["twilio", "setup", *arguments], env=settings, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_it_sets_addresses_and_contents_once_and_removes_nothing(twilio: TwilioStandIn) -> None:
    assert "set  the sender" in run(twilio)
    webhook = twilio.api.senders[SENDER]["webhook"]
    assert webhook["callback_url"] == PUBLIC_BASE_URL + MESSAGES + RETRIES
    assert webhook["fallback_url"] == PUBLIC_BASE_URL + FALLBACK
    assert webhook["status_callback_url"] == PUBLIC_BASE_URL + STATUS
    before, asked = dict(twilio.api.contents), len(twilio.requests)
    assert run(twilio) == "nothing to do\n"
    assert twilio.api.contents == before
    assert "HX1" in before
    assert {method for method, _ in twilio.requests[asked:]} == {"GET"}


def test_a_dry_run_changes_nothing(twilio: TwilioStandIn) -> None:
    assert "would set" in run(twilio, "--dry-run")
    assert {method for method, _ in twilio.requests} == {"GET"}


def test_the_addresses_of_a_messaging_service_are_set_there(twilio: TwilioStandIn) -> None:
    twilio.api.services[SERVICE] = {"sid": SERVICE, "friendly_name": "School", "senders": [SENDER]}
    environ = {"TWILIO_WHATSAPP_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": SERVICE}
    assert "the Messaging Service School" in run(twilio, **environ)
    assert twilio.api.services[SERVICE]["inbound_request_url"] == PUBLIC_BASE_URL + MESSAGES + RETRIES
    assert run(twilio, **environ) == "nothing to do\n"


def test_for_the_sandbox_it_says_what_to_enter_by_hand(twilio: TwilioStandIn) -> None:
    assert "by hand  Open the sender" in run(twilio, TWILIO_WHATSAPP_FROM=NUMBER)
    assert PUBLIC_BASE_URL + MESSAGES + RETRIES in run(twilio, TWILIO_WHATSAPP_FROM=NUMBER)


def test_every_reply_that_the_knowledge_can_make_passes_twilios_limits(twilio: TwilioStandIn) -> None:
    run(twilio, KNOWLEDGE_DIR=str(KNOWLEDGE_FOLDER))
    made = len(twilio.api.contents)
    channel = TwilioChannel(twilio.settings)
    replies = set(replies_to_taps(real_knowledge(), now=NOW))
    for reply in replies:
        channel.send(Outgoing(1, LEARNER, reply, datetime.now(UTC)))
    tapped = [reply for reply in replies if reply.buttons or reply.rows]
    assert [reply for reply in tapped if content_of(reply) is None] == []
    assert sum(bool(message.shown) for message in twilio.messages) == len(tapped) > 10
    assert len(twilio.api.contents) == made
    assert all(as_text(replace(reply, plain=True)) for reply in replies)
