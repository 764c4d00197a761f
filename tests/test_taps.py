"""Taps from end to end: webhook in, knowledge, database, REST call out."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.channels.twilio.client import make_client
from bot.channels.twilio.contents import content_of, make
from bot.core.messages import Button, MessageState, Reply
from bot.wiring import Services
from tests.core.talking import KNOWLEDGE_FOLDER
from tests.storage.world import outgoing_of
from tests.twilio_forms import LEARNER
from tests.twilio_stand_in import TwilioStandIn
from tests.web.running import connected


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        content = content_of(Reply("Hello", (Button("a", "a"),)))
        assert content is not None
        make(make_client(twilio.settings), content)
        yield twilio


@pytest.fixture
def bot(twilio: TwilioStandIn, database_url: str) -> Iterator[Services]:
    with connected(twilio, DATABASE_URL=database_url, KNOWLEDGE_DIR=str(KNOWLEDGE_FOLDER)) as services:
        yield services


def ask(twilio: TwilioStandIn, bot: Services, text: str, **more: str) -> dict[str, list[dict[str, str]]]:
    """Send a message, deliver the answer; return the quick reply in which it came."""
    twilio.send_whatsapp(text, **more)
    deliver(bot)
    shown: dict[str, list[dict[str, str]]] = twilio.messages[-1].shown["twilio/quick-reply"]
    return shown


def deliver(bot: Services) -> None:
    while bot.delivery.run_once(datetime.now(UTC)):
        pass


@pytest.mark.parametrize("by", ["ButtonPayload", "ListId", "title", "number"])
def test_a_choice_is_taken_by_tap_or_by_typing(twilio: TwilioStandIn, bot: Services, by: str) -> None:
    button = ask(twilio, bot, "What is the difference between MLOps and ML?")["actions"][0]
    more = {by: button["id"]} if by in ("ButtonPayload", "ListId") else {}
    before = twilio.messages[-1].body
    ask(twilio, bot, "1" if by == "number" else button["title"], **more)
    assert twilio.messages[-1].body != before
    decided = {message.text for message in outgoing_of(bot.store, LEARNER)}
    assert len(decided) == 2


def test_a_tap_on_an_old_menu_still_does_what_it_said(twilio: TwilioStandIn, bot: Services) -> None:
    old = ask(twilio, bot, "What is the difference between MLOps and ML?")["actions"][0]
    at_once = str(ask(twilio, bot, old["title"], ButtonPayload=old["id"])["body"])
    ask(twilio, bot, "what are the courses")
    ask(twilio, bot, old["title"], ButtonPayload=old["id"])
    assert twilio.messages[-1].body.split("\n")[0] == at_once.split("\n", maxsplit=1)[0]


@pytest.mark.parametrize("code", [63005, 63021])
def test_a_menu_that_whatsapp_did_not_show_goes_out_once_more_as_text(
    twilio: TwilioStandIn, bot: Services, code: int
) -> None:
    ask(twilio, bot, "What is the difference between MLOps and ML?")
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
    ask(twilio, bot, "What is the difference between MLOps and ML?")
    twilio.report(twilio.messages[-1].sid, "failed", error_code=63016)
    deliver(bot)
    assert len(twilio.messages) == 1
