"""Taps from end to end: webhook in, knowledge, database, REST call out."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.channels.twilio.client import make_client
from bot.channels.twilio.contents import content_of, make
from bot.core.messages import Button, MessageState, Reply
from bot.wiring import Services
from tests.storage.world import outgoing_of
from tests.twilio_forms import LEARNER
from tests.twilio_stand_in import TwilioStandIn
from tests.web.running import connected

QUESTION = "which tools does a cook use"


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        content = content_of(Reply("Hello", (Button("a", "a"),)))
        assert content is not None
        make(make_client(twilio.settings), content)
        yield twilio


@pytest.fixture
def bot(twilio: TwilioStandIn, database_url: str) -> Iterator[Services]:
    with connected(twilio, DATABASE_URL=database_url) as services:
        yield services


def ask(twilio: TwilioStandIn, bot: Services, text: str, **more: str) -> dict[str, list[dict[str, str]]]:
    """Send a message, deliver the answer; return the quick reply in which it came."""
    say(twilio, bot, text, **more)
    shown: dict[str, list[dict[str, str]]] = twilio.messages[-1].shown["twilio/quick-reply"]
    return shown


def say(twilio: TwilioStandIn, bot: Services, text: str, **more: str) -> None:
    twilio.send_whatsapp(text, **more)
    deliver(bot)


def deliver(bot: Services) -> None:
    while bot.delivery.run_once(datetime.now(UTC)):
        pass


@pytest.mark.parametrize("by", ["ButtonPayload", "ListId", "title", "number"])
def test_a_choice_is_taken_by_tap_or_by_typing(twilio: TwilioStandIn, bot: Services, by: str) -> None:
    button = ask(twilio, bot, QUESTION)["actions"][0]
    more = {by: button["id"]} if by in ("ButtonPayload", "ListId") else {}
    before = twilio.messages[-1].body
    say(twilio, bot, "1" if by == "number" else button["title"], **more)
    assert twilio.messages[-1].body != before
    decided = {message.text for message in outgoing_of(bot.store, LEARNER)}
    assert len(decided) == 2


def test_a_tap_on_an_old_menu_still_does_what_it_said(twilio: TwilioStandIn, bot: Services) -> None:
    old = ask(twilio, bot, QUESTION)["actions"][0]
    said = []
    for _ in range(2):
        ask(twilio, bot, "what are the courses")
        say(twilio, bot, old["title"], ButtonPayload=old["id"])
        said.append(twilio.messages[-1].body.split("\n")[0])
    assert said[0] == said[1]
    assert said[0] not in ("", twilio.messages[0].body.split("\n")[0])


@pytest.mark.parametrize("code", [63005, 63021])
def test_a_menu_that_whatsapp_did_not_show_goes_out_once_more_as_text(
    twilio: TwilioStandIn, bot: Services, code: int
) -> None:
    ask(twilio, bot, QUESTION)
    failed = twilio.messages[-1]
    for _ in range(2):
        twilio.report(failed.sid, "failed", error_code=code)
        deliver(bot)
    assert [bool(message.shown) for message in twilio.messages] == [True, False]
    assert "\n1. " in twilio.messages[-1].body
    (kept,) = outgoing_of(bot.store, LEARNER)
    assert (kept.sid, kept.state) == (twilio.messages[-1].sid, MessageState.SENT)
    twilio.report(twilio.messages[-1].sid, "failed", error_code=code)
    deliver(bot)
    assert len(twilio.messages) == 2


def test_a_menu_that_failed_for_another_reason_is_not_sent_again(twilio: TwilioStandIn, bot: Services) -> None:
    ask(twilio, bot, QUESTION)
    twilio.report(twilio.messages[-1].sid, "failed", error_code=63016)
    deliver(bot)
    assert len(twilio.messages) == 1
