import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import ApprovedTemplate, Outgoing, Rejected, TemplatesUnavailable
from bot.channels.twilio.sending import TwilioChannel
from bot.channels.twilio.templates import ASK_AGAIN_SECONDS, KEPT_SECONDS, Templates
from bot.core.messages import Reply, Template
from tests.twilio_forms import LEARNER
from tests.twilio_stand_in import Fault, TwilioStandIn

CALL_BACK = "Hello {{1}}, you asked about {{2}}. May we call you?"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        yield twilio


@pytest.fixture
def channel(twilio: TwilioStandIn) -> TwilioChannel:
    return TwilioChannel(twilio.settings)


def add(twilio: TwilioStandIn, name: str = "call_back", status: str = "approved", **more: Any) -> str:
    """Let the account have a template, by default one with two values; return its id."""
    content = {
        "friendly_name": name,
        "language": "en",
        "variables": {"1": "Asha", "2": "fees"},
        "types": {"twilio/text": {"body": CALL_BACK}},
    }
    sid = "HX" + f"{len(twilio.api.contents):032x}"
    twilio.api.contents[sid] = {"sid": sid, **content, **more}
    twilio.api.approvals[sid] = {"status": status, "rejection_reason": ""}
    return sid


def outgoing(sid: str, text: str, **variables: str) -> Outgoing:
    template = Template(sid, {name.removeprefix("v"): value for name, value in variables.items()})
    return Outgoing(message_id=1, to=LEARNER, reply=Reply(text, template=template), queued_at=datetime.now(UTC))


def test_an_approved_template_is_offered_with_its_text_and_samples(
    twilio: TwilioStandIn, channel: TwilioChannel
) -> None:
    sid = add(twilio)
    expected = ApprovedTemplate(sid, "call_back", "en", CALL_BACK, {"1": "Asha", "2": "fees"})
    assert list(channel.templates()) == [expected]


@pytest.mark.parametrize("status", ["unsubmitted", "received", "pending", "rejected", "paused", "disabled"])
def test_what_is_not_approved_is_not_offered(twilio: TwilioStandIn, channel: TwilioChannel, status: str) -> None:
    add(twilio, status=status)
    assert not channel.templates()


def test_what_staff_could_not_see_is_not_offered(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    text = {"twilio/text": {"body": "Our brochure"}}
    add(twilio, types={"twilio/media": {"body": "Our brochure", "media": ["https://example.org/a.pdf"]}})
    add(twilio, types={**text, "twilio/card": {"title": "Our brochure"}})
    add(twilio, name="plain", types={**text, "twilio/quick-reply": {"body": "Read it?", "actions": []}}, variables={})
    assert [(template.name, template.text) for template in channel.templates()] == [("plain", "Read it?")]


def test_a_value_in_the_address_of_a_button_has_to_be_filled_in_too(
    twilio: TwilioStandIn, channel: TwilioChannel
) -> None:
    button = {"type": "URL", "title": "Apply", "url": "https://example.org/{{2}}"}
    add(twilio, types={"twilio/call-to-action": {"body": "Ready, {{1}}?", "actions": [button]}})
    assert channel.templates()[0].samples == {"1": "Asha", "2": "fees"}


def test_all_pages_are_read_and_the_list_is_sorted(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    for number in reversed(range(230)):
        add(twilio, name=f"template {number:03}")
    assert [template.name for template in channel.templates()] == [f"template {number:03}" for number in range(230)]
    assert len(twilio.requests) == 3


def test_twilio_is_asked_again_after_five_minutes(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    clock = Clock()
    templates = Templates(channel._client, clock=clock)
    assert not templates.approved()
    add(twilio)
    clock.seconds += KEPT_SECONDS - 1
    assert not templates.approved()
    clock.seconds += 1
    assert len(templates.approved()) == 1


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.LOST, Fault.REDIRECT])
def test_a_failure_is_a_sentence_for_half_a_minute(twilio: TwilioStandIn, channel: TwilioChannel, fault: Fault) -> None:
    clock = Clock()
    templates = Templates(channel._client, clock=clock)
    twilio.fail_next(fault)
    for _ in range(2):
        with pytest.raises(TemplatesUnavailable, match="cannot be asked for templates at the moment"):
            templates.approved()
    assert len(twilio.requests) == 1
    clock.seconds += ASK_AGAIN_SECONDS
    assert not templates.approved()


def test_without_credentials_there_is_a_sentence(twilio: TwilioStandIn) -> None:
    with pytest.raises(TemplatesUnavailable):
        TwilioChannel(replace(twilio.settings, tokens=("wrong",))).templates()


def test_a_template_leaves_with_all_its_values_and_no_body(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    sid = add(twilio)
    channel.send(outgoing(sid, "Hello Ravi 🙏, you asked about MLOps. May we call you?", v1="Ravi 🙏", v2="MLOps"))
    (message,) = twilio.messages
    assert message.params["ContentSid"] == sid
    assert json.loads(message.params["ContentVariables"]) == {"1": "Ravi 🙏", "2": "MLOps"}
    assert "Body" not in message.params


def test_line_ends_tabs_and_long_gaps_leave_a_value(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    sid = add(twilio)
    channel.send(outgoing(sid, "...", v1=" Ravi\n\tKumar ", v2="fees     and dates"))
    assert json.loads(twilio.messages[0].params["ContentVariables"]) == {"1": "Ravi Kumar", "2": "fees and dates"}


@pytest.mark.parametrize(
    ("text", "variables"),
    [("Hello , you asked", {"v1": " ", "v2": "fees"}), ("Hello Ravi, you asked about {{2}}.", {"v1": "Ravi"})],
)
def test_a_template_with_an_empty_place_never_leaves_with_the_sample(
    twilio: TwilioStandIn, channel: TwilioChannel, text: str, variables: dict[str, str]
) -> None:
    with pytest.raises(Rejected, match="fill in all") as refused:
        channel.send(outgoing(add(twilio), text, **variables))
    assert refused.value.code == "21656"
    assert not twilio.requests


@pytest.mark.parametrize("code", [63016, 63013, 63021, 63027, 63028, 63040, 63041, 63042, 63049, 21655])
def test_every_refusal_of_a_template_has_a_sentence_of_ours(
    twilio: TwilioStandIn, channel: TwilioChannel, code: int
) -> None:
    twilio.reject_next(code)
    with pytest.raises(Rejected) as refused:
        channel.send(outgoing(add(twilio), "Hello", v1="Ravi"))
    assert "twilio.com/docs" not in str(refused.value)


def test_a_template_whose_answer_was_lost_is_found_by_what_it_says(
    twilio: TwilioStandIn, channel: TwilioChannel
) -> None:
    message = outgoing(add(twilio), "Hello Ravi, you asked about MLOps. May we call you?", v1="Ravi", v2="MLOps")
    channel.send(message)
    found = channel.find(message)
    assert found is not None
    assert found.sid == twilio.messages[0].sid
