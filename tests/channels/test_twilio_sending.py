import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels import MaybeSent, NotProcessed, Outgoing, Rejected
from bot.channels.twilio.sending import TwilioChannel
from bot.core.messages import Button, MessageState, Reply
from tests.twilio_forms import LEARNER, NUMBER
from tests.twilio_stand_in import Fault, TwilioStandIn


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        yield twilio


@pytest.fixture
def channel(twilio: TwilioStandIn) -> TwilioChannel:
    return TwilioChannel(twilio.settings)


def outgoing(text: str = "Hello", **more: object) -> Outgoing:
    return Outgoing(message_id=1, to=LEARNER, reply=Reply(text), queued_at=datetime.now(UTC), **more)  # type: ignore[arg-type]


def test_a_message_reaches_twilio_with_everything_it_needs(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    sent = channel.send(outgoing("Fees? *Talk* to us: 100% & more 🙏"))
    (message,) = twilio.messages
    assert sent.sid == message.sid
    assert message.params == {
        "To": LEARNER,
        "From": NUMBER,
        "Body": "Fees? *Talk* to us: 100% & more 🙏",
        "StatusCallback": "https://bot.example.org/webhooks/whatsapp/status",
        "ValidityPeriod": "600",
    }


def test_buttons_are_written_as_numbered_lines(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    reply = Reply("What next?", buttons=(Button("a", "Tools"), Button("b", "Talk to a person")))
    channel.send(replace(outgoing(), reply=reply))
    assert twilio.messages[0].body == "What next?\n\n1. Tools\n2. Talk to a person"


def test_a_messaging_service_sends_in_place_of_a_number(twilio: TwilioStandIn) -> None:
    settings = replace(twilio.settings, whatsapp_from=None, messaging_service_sid="MG1")
    TwilioChannel(settings).send(outgoing())
    assert twilio.messages[0].params["MessagingServiceSid"] == "MG1"
    assert "From" not in twilio.messages[0].params


@pytest.mark.parametrize(
    ("code", "status"),
    [(20429, 429), (63038, 429), (63018, 400), (21611, 400), (30001, 400), (20003, 401), (20003, 403), (20404, 403)],
)
def test_what_was_not_carried_out_may_be_sent_again(
    twilio: TwilioStandIn, channel: TwilioChannel, code: int, status: int
) -> None:
    twilio.reject_next(code, status=status)
    with pytest.raises(NotProcessed):
        channel.send(outgoing())


@pytest.mark.parametrize(("code", "status"), [(63016, 400), (21610, 400), (21610, 403), (21211, 400), (12345, 422)])
def test_a_refusal_is_final_and_has_a_sentence(
    twilio: TwilioStandIn, channel: TwilioChannel, code: int, status: int
) -> None:
    twilio.reject_next(code, status=status)
    with pytest.raises(Rejected, match=r": ") as refused:
        channel.send(outgoing())
    assert refused.value.code == str(code)


def test_a_text_over_the_limit_is_refused_by_twilio(channel: TwilioChannel) -> None:
    with pytest.raises(Rejected, match="shorter") as refused:
        channel.send(outgoing("x" * 1601))
    assert refused.value.code == "21617"


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.LOST])
def test_nobody_knows_after_a_server_error_or_a_lost_connection(
    twilio: TwilioStandIn, channel: TwilioChannel, fault: Fault
) -> None:
    twilio.fail_next(fault)
    with pytest.raises(MaybeSent):
        channel.send(outgoing())
    assert channel.find(outgoing()) is None


def test_a_message_whose_answer_was_lost_is_found(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    twilio.fail_next(Fault.ANSWER_LOST)
    with pytest.raises(MaybeSent):
        channel.send(outgoing())
    found = channel.find(outgoing())
    assert found is not None
    assert found.sid == twilio.messages[0].sid


def test_a_message_whose_answer_never_came_is_found(twilio: TwilioStandIn) -> None:
    twilio.fail_next(Fault.SILENCE)
    with pytest.raises(MaybeSent, match="ReadTimeout"):
        TwilioChannel(twilio.settings, patience=0.2).send(outgoing())
    assert TwilioChannel(twilio.settings).find(outgoing()) is not None


def test_a_refused_connection_may_be_sent_again(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    with twilio.unreachable(), pytest.raises(NotProcessed, match="cannot be reached"):
        channel.send(outgoing())
    assert channel.send(outgoing()).sid == twilio.messages[0].sid


def test_an_unknown_host_may_be_sent_again(twilio: TwilioStandIn) -> None:
    settings = replace(twilio.settings, api_base_url="http://nowhere.invalid")
    with pytest.raises(NotProcessed, match="cannot be reached"):
        TwilioChannel(settings).send(outgoing())


def test_a_host_that_takes_no_connection_may_be_sent_again(twilio: TwilioStandIn) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as waiting:
        # One connection fills the queue of a server that never accepts; the next one gets no answer.
        waiting.connect(full.getsockname())
        settings = replace(twilio.settings, api_base_url=f"http://127.0.0.1:{full.getsockname()[1]}")
        with pytest.raises(NotProcessed, match="ConnectTimeout"):
            TwilioChannel(settings, patience=0.2).send(outgoing())


def test_a_server_that_does_not_speak_tls_nobody_knows(twilio: TwilioStandIn) -> None:
    settings = replace(twilio.settings, api_base_url=twilio.url.replace("http:", "https:"))
    with pytest.raises(MaybeSent):
        TwilioChannel(settings).send(outgoing())


def test_a_redirect_is_not_followed(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    twilio.fail_next(Fault.REDIRECT)
    with pytest.raises(NotProcessed, match="307"):
        channel.send(outgoing())
    assert len(twilio.requests) == 1


def test_wrong_credentials_lose_nothing(twilio: TwilioStandIn) -> None:
    with pytest.raises(NotProcessed, match="TWILIO_AUTH_TOKEN"):
        TwilioChannel(replace(twilio.settings, tokens=("wrong",))).send(outgoing())


def test_without_a_replacement_only_twilio_is_called(twilio: TwilioStandIn) -> None:
    channel = TwilioChannel(replace(twilio.settings, api_base_url=None))
    channel._client.api.base_url = "https://api.twilio.com.example.org"
    with pytest.raises(NotProcessed, match="not an address of Twilio"):
        channel.send(outgoing())


def test_a_message_is_found_by_recipient_time_and_text(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    channel.send(outgoing("Hello  \r\nthere "))
    assert channel.find(outgoing("Hello\nthere")) is not None
    assert channel.find(outgoing("Hello")) is None
    assert channel.find(replace(outgoing("Hello\nthere"), to="whatsapp:+911")) is None
    assert channel.find(replace(outgoing("Hello\nthere"), queued_at=datetime.now(UTC) + timedelta(minutes=2))) is None


def test_clocks_may_differ_by_a_minute(channel: TwilioChannel) -> None:
    channel.send(outgoing())
    assert channel.find(replace(outgoing(), queued_at=datetime.now(UTC) + timedelta(seconds=50))) is not None


def test_of_equal_messages_the_oldest_unknown_one_is_found(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    first, second, _third = (channel.send(outgoing()).sid for _ in range(3))
    for age, message in enumerate(reversed(twilio.messages)):
        message.created_at -= timedelta(seconds=age)
    found = channel.find(outgoing(known_sids=frozenset({first})))
    assert found is not None
    assert found.sid == second


@pytest.mark.parametrize(
    ("status", "state"),
    [("queued", MessageState.SENT), ("delivered", MessageState.DELIVERED), ("undelivered", MessageState.FAILED)],
)
def test_a_found_message_brings_its_state(
    twilio: TwilioStandIn, channel: TwilioChannel, status: str, state: MessageState
) -> None:
    channel.send(outgoing())
    twilio.messages[0].status = status
    found = channel.find(outgoing())
    assert found is not None
    assert found.state is state


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.ANSWER_LOST])
def test_twilio_that_cannot_be_asked_is_no_proof_of_absence(
    twilio: TwilioStandIn, channel: TwilioChannel, fault: Fault
) -> None:
    channel.send(outgoing())
    twilio.fail_next(fault)
    with pytest.raises(MaybeSent, match="cannot be asked"):
        channel.find(outgoing())
