"""What was erased here is erased at Twilio too: files and records, also when it takes several tries."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.channels.twilio.sending import TwilioChannel
from bot.data_protection import GIVE_UP_AFTER, Forgetter
from bot.storage import Store
from tests.storage.world import ANN, NOW, deliver_all, execute, intake, message
from tests.twilio_stand_in import Fault, TwilioStandIn

MINUTE = timedelta(minutes=1)


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        yield twilio


@pytest.fixture
def channel(twilio: TwilioStandIn) -> TwilioChannel:
    return TwilioChannel(twilio.settings)


def left(database_url: str) -> int:
    return len(execute(database_url, "SELECT * FROM to_forget"))


def erased(store: Store, channel: TwilioChannel) -> None:
    """Ann was answered twice, then everything of hers was erased here."""
    for sid in ("SM1", "SM2"):
        intake(store).receive(message(sid), now=NOW)
    deliver_all(store, channel)
    store.people.erase(store.people.find(ANN), now=NOW)


def test_records_are_erased_in_both_directions(
    store: Store, database_url: str, channel: TwilioChannel, twilio: TwilioStandIn
) -> None:
    erased(store, channel)
    Forgetter(store, channel).run(NOW)
    assert twilio.messages == []
    assert left(database_url) == 0  # what Twilio says it does not know is gone as well


def test_files_are_erased_before_their_record(channel: TwilioChannel, twilio: TwilioStandIn) -> None:
    sid = twilio.keep_received("my certificate", at=NOW, file=twilio.files.keep(b"a picture", "image/jpeg"))
    assert channel.forget([sid]) == {sid}
    asked = [(method, path.rpartition("/")[2][:2]) for method, path in twilio.requests]
    assert asked == [("GET", "Me"), ("DELETE", "ME"), ("DELETE", sid[:2])]
    assert twilio.api.received == []


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.LOST])
def test_what_fails_is_tried_again(
    store: Store, database_url: str, channel: TwilioChannel, twilio: TwilioStandIn, fault: Fault
) -> None:
    erased(store, channel)
    twilio.fail_next(fault)
    Forgetter(store, channel).run(NOW)
    assert left(database_url) == 4
    Forgetter(store, channel).run(NOW)
    assert left(database_url) == 4  # not at once
    Forgetter(store, channel).run(NOW + MINUTE)
    assert (left(database_url), twilio.messages) == (0, [])


def test_a_message_on_its_way_does_not_hold_up_the_others(
    store: Store, database_url: str, channel: TwilioChannel, twilio: TwilioStandIn
) -> None:
    erased(store, channel)
    twilio.reject_next(20009)
    Forgetter(store, channel).run(NOW)
    assert left(database_url) == 1
    Forgetter(store, channel).run(NOW + MINUTE)
    assert left(database_url) == 0


def test_what_twilio_never_erases_is_told_after_a_month(
    store: Store, database_url: str, channel: TwilioChannel, twilio: TwilioStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    erased(store, channel)
    twilio.reject_next(20009, times=4)
    Forgetter(store, channel).run(NOW + GIVE_UP_AFTER)
    assert left(database_url) == 0
    assert caplog.text.count("could not be erased at the provider: delete it in its console") == 4


def test_the_confirmation_is_forgotten_once_it_has_had_time_to_arrive(
    store: Store, database_url: str, channel: TwilioChannel, twilio: TwilioStandIn
) -> None:
    intake(store).receive(message("SM1", "erase my data"), now=NOW)
    deliver_all(store, channel)
    store.tidy(now=NOW)
    Forgetter(store, channel).run(NOW)
    assert [kept.body for kept in twilio.messages] == ["Erased."]
    Forgetter(store, channel).run(NOW + 10 * MINUTE)
    assert (twilio.messages, left(database_url)) == ([], 0)
