from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels import Outgoing, as_text
from bot.channels.twilio.client import make_client
from bot.channels.twilio.contents import content_of, make
from bot.channels.twilio.sending import TwilioChannel
from bot.core.messages import Button, Reply, Row
from tests.twilio_forms import LEARNER
from tests.twilio_stand_in import Fault, TwilioStandIn

BUTTONS = Reply("*Tools*\n- Docker\n- Kubernetes\n\nWhat next?", (Button("fees||", "Fees"), Button("menu||", "Menu")))
ROWS = Reply("Which?", rows=(Row("a||", "A vs B", "A or B"), Row("b||", "C vs D")), label="Choose")


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    """A Twilio for which `bot twilio setup` was run: it has a content of ours."""
    with TwilioStandIn() as twilio:
        content = content_of(replace(BUTTONS, text="Hello"))
        assert content is not None
        make(make_client(twilio.settings), content)
        yield twilio


@pytest.fixture
def channel(twilio: TwilioStandIn) -> TwilioChannel:
    return TwilioChannel(twilio.settings)


def outgoing(reply: Reply) -> Outgoing:
    return Outgoing(message_id=1, to=LEARNER, reply=reply, queued_at=datetime.now(UTC))


def test_buttons_leave_as_quick_replies(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    channel.send(outgoing(BUTTONS))
    shown = twilio.messages[0].shown
    assert shown["twilio/quick-reply"]["body"] == BUTTONS.text
    assert shown["twilio/quick-reply"]["actions"] == [
        {"type": "QUICK_REPLY", "title": "Fees", "id": "fees||"},
        {"type": "QUICK_REPLY", "title": "Menu", "id": "menu||"},
    ]
    assert shown["twilio/text"]["body"] == as_text(BUTTONS)


def test_rows_leave_as_a_list(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    channel.send(outgoing(ROWS))
    picker = twilio.messages[0].shown["twilio/list-picker"]
    assert (picker["body"], picker["button"]) == ("Which?", "Choose")
    assert [tuple(item.values()) for item in picker["items"]] == [
        ("a||", "A vs B", "A or B"),
        ("b||", "C vs D", "C vs D"),
    ]


def test_a_menu_of_the_same_shape_needs_no_new_content(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    channel.send(outgoing(BUTTONS))
    number = len(twilio.api.contents)
    channel.send(outgoing(replace(BUTTONS, text="*Fees*\n- one\n- two\n\nWhat else?")))
    TwilioChannel(twilio.settings).send(outgoing(BUTTONS))
    assert len(twilio.api.contents) == number == 2


def test_without_contents_of_ours_nothing_is_made_and_the_menu_is_numbered(twilio: TwilioStandIn) -> None:
    twilio.api.contents.clear()
    TwilioChannel(twilio.settings).send(outgoing(BUTTONS))
    assert twilio.messages[0].params["Body"] == as_text(BUTTONS)
    assert not twilio.api.contents


def test_a_content_that_was_deleted_costs_neither_message_nor_order(
    twilio: TwilioStandIn, channel: TwilioChannel
) -> None:
    channel.send(outgoing(BUTTONS))
    twilio.api.contents.clear()
    channel.send(outgoing(BUTTONS))
    assert [message.params.get("Body") for message in twilio.messages] == [None, as_text(BUTTONS)]


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.LOST, Fault.SILENCE])
def test_where_contents_cannot_be_asked_for_the_menu_is_numbered(twilio: TwilioStandIn, fault: Fault) -> None:
    channel = TwilioChannel(twilio.settings, patience=0.3)
    twilio.fail_next(fault)
    channel.send(outgoing(BUTTONS))
    assert [message.params.get("Body") for message in twilio.messages] == [as_text(BUTTONS)]


def test_a_menu_with_taps_that_came_through_unnoticed_is_found(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    message = outgoing(BUTTONS)
    sent = channel.send(message)
    found = channel.find(message)
    assert found is not None
    assert found.sid == sent.sid


@pytest.mark.parametrize(
    "reply",
    [
        Reply("No choices"),
        replace(BUTTONS, plain=True),
        replace(BUTTONS, text="x" * 1025),
        replace(BUTTONS, text=""),
        replace(BUTTONS, text="\n".join("x" * 100)),
        replace(BUTTONS, buttons=BUTTONS.buttons * 2),
        Reply("Which?", (Button("a", "x" * 21),)),
        Reply("Which?", (Button("x" * 129, "a"),)),
        Reply("Which?", (Button("a", "same"), Button("b", "same"))),
        replace(ROWS, label=""),
        replace(ROWS, label="x" * 21),
        Reply("Which?", rows=(Row("a", "x" * 25),), label="Choose"),
        Reply("Which?", rows=(Row("a", "a", "x" * 73),), label="Choose"),
    ],
)
def test_what_is_over_a_limit_of_whatsapp_goes_out_as_text(reply: Reply) -> None:
    assert content_of(reply) is None
