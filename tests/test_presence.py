"""Dots are shown to who waits for more than a moment, once, and never get in the way of anything."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels import TypingNotShown
from bot.channels.twilio.sending import TwilioChannel
from bot.core.bursts import WAIT
from bot.presence import AFTER, UNTIL, Presence
from bot.storage import Store
from tests.storage.test_held_back import write
from tests.storage.world import ANN, NOW, Recorder, at_once, deliver_all, delivery, execute, intake, message
from tests.twilio_forms import message_form, new_sid
from tests.twilio_stand_in import Fault, TwilioStandIn
from tests.web.running import connected

LATER = NOW + AFTER


@dataclass
class Dots:
    """A provider that writes down where dots were asked for, or refuses."""

    shown: list[str] = field(default_factory=list)
    refuses: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def show_typing(self, sid: str) -> None:
        with self.lock:
            self.shown.append(sid)
        if self.refuses:
            raise TypingNotShown("The provider is busy.")


@pytest.fixture
def waiting(store: Store) -> Store:
    """A learner whose answer is queued."""
    intake(store).receive(message("SM1"), now=NOW)
    return store


def shown(store: Store, *moments: datetime) -> list[str]:
    dots = Dots()
    presence = Presence(store, dots)
    for now in moments or (LATER,):
        while presence.show_one(now):
            pass
    return dots.shown


def test_who_waits_sees_dots_once(waiting: Store) -> None:
    assert shown(waiting, NOW, LATER - timedelta(milliseconds=1)) == []
    assert shown(waiting, LATER, LATER + AFTER) == ["SM1"]
    assert shown(waiting) == []


def test_a_reply_that_has_left_needs_no_dots(waiting: Store) -> None:
    deliver_all(waiting, Recorder())
    assert shown(waiting) == []


def test_a_reply_on_its_slow_way_to_the_provider_does(waiting: Store) -> None:
    assert waiting.outbox.claim(now=NOW, lease=timedelta(seconds=40))
    assert shown(waiting) == ["SM1"]


def test_what_waits_for_very_long_is_not_being_typed(waiting: Store) -> None:
    assert shown(waiting, NOW + UNTIL) == []


def test_the_wait_for_the_rest_of_a_burst_does_not_count(store: Store) -> None:
    write(store, "hi")
    assert shown(store, LATER, NOW + WAIT + AFTER - timedelta(milliseconds=1)) == []
    assert shown(store, NOW + WAIT + AFTER) == [f"{ANN}-0"]


@pytest.mark.parametrize("status", ["waiting", "open", "snoozed"])
def test_nobody_seems_to_type_while_a_person_has_the_conversation(
    waiting: Store, database_url: str, status: str
) -> None:
    execute(database_url, f"UPDATE conversations SET status = '{status}'")
    assert shown(waiting) == []


def test_after_stop_nobody_types(store: Store) -> None:
    intake(store).receive(message("SM1", "STOP"), now=NOW)
    assert shown(store) == []


def test_of_many_processes_one_shows_it(waiting: Store) -> None:
    dots = Dots()
    at_once(*[lambda: Presence(waiting, dots).show_one(LATER)] * 8)
    assert dots.shown == ["SM1"]


def test_a_refusal_is_logged_once_and_delays_no_reply(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(3):
        intake(store).receive(message(f"SM{number}", sender=f"{ANN}{number}"), now=NOW)
    presence = Presence(store, Dots(refuses=True))
    with caplog.at_level(logging.INFO, "bot.presence"):
        assert [presence.show_one(LATER) for _ in range(3)] == [False] * 3
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert deliver_all(store, Recorder(), LATER) == 3


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        yield twilio


def test_twilio_is_asked_for_dots_by_the_id_of_the_message(twilio: TwilioStandIn) -> None:
    sid = new_sid()
    TwilioChannel(twilio.settings).show_typing(sid)
    assert twilio.api.typing_for == [sid]


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.LOST, Fault.REDIRECT])
def test_whatever_fails_at_twilio_is_one_harmless_error(twilio: TwilioStandIn, fault: Fault) -> None:
    twilio.fail_next(fault)
    with pytest.raises(TypingNotShown, match="replies leave all the same"):
        TwilioChannel(twilio.settings).show_typing(new_sid())


def test_a_learner_sees_dots_while_twilio_takes_no_messages_and_then_the_reply(
    twilio: TwilioStandIn, database_url: str
) -> None:
    form = message_form("What tools does MLOps use?")
    with connected(twilio, DATABASE_URL=database_url) as services:
        twilio.post("/webhooks/whatsapp", form)
        stop = threading.Event()
        assert services.presence is not None
        thread = threading.Thread(target=services.presence.run, args=(stop,))
        thread.start()
        deadline = time.monotonic() + 30
        while not twilio.api.typing_for:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        stop.set()
        thread.join()
        assert delivery(services.store, services.channel).run_once(datetime.now(UTC))
    assert twilio.api.typing_for == [form["MessageSid"]]
    assert len(twilio.messages) == 1
