"""What learners wrote while nobody took the webhooks is fetched from Twilio, once, and goes to the bot or to staff."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot import catch_up
from bot.catch_up import EVERY, LEFT_TO_WEBHOOK, LOOK_BACK, OVERLAP, CatchUp
from bot.channels.twilio import received
from bot.channels.twilio.received import Records, RecordsUnavailable
from bot.core.conversation import Status
from bot.core.late import LATE_AFTER
from bot.core.messages import Kind
from bot.storage import Direction, StoredMessage
from bot.wiring import Services
from tests.storage.world import at_once, execute
from tests.twilio_forms import LEARNER, MESSAGES, NUMBER, message_form
from tests.twilio_stand_in import Fault, TwilioStandIn
from tests.web.running import built_services, connected

NOW = datetime.now(UTC).replace(microsecond=0)
OTHER = "whatsapp:+919800000002"


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        yield twilio


@pytest.fixture
def services(twilio: TwilioStandIn, database_url: str) -> Iterator[Services]:
    """A bot that was read up to two days ago and has been away since."""
    with connected(twilio, DATABASE_URL=database_url) as services:
        services.store.catching_up.note_read(NOW - timedelta(days=2))
        yield services


def catching(services: Services) -> CatchUp:
    assert services.catch_up is not None
    return services.catch_up


def fetch(services: Services, now: datetime = NOW) -> int | None:
    return catching(services).run_once(now=now, stop=threading.Event())


def incoming(services: Services, address: str = LEARNER) -> list[StoredMessage]:
    conversation = services.store.conversation_of(address)
    thread = services.store.thread(conversation.id) if conversation else []
    return [message for message in thread if message.direction is Direction.IN]


def minutes(number: float) -> datetime:
    return NOW - timedelta(minutes=number)


def test_a_missed_message_is_answered_once(services: Services, twilio: TwilioStandIn) -> None:
    sid = twilio.keep_received("Hello", at=minutes(10))
    assert fetch(services) == 1
    assert fetch(services, NOW + EVERY) == 0
    assert [message.sid for message in incoming(services)] == [sid]
    services.delivery.run_once(NOW)
    assert [message.to for message in twilio.messages] == [LEARNER]


def test_what_came_by_webhook_is_left_as_it_is(services: Services, twilio: TwilioStandIn) -> None:
    sid = twilio.keep_received("Hello", at=minutes(10))
    twilio.send_whatsapp("Hello", MessageSid=sid)
    assert fetch(services) == 0
    assert len(incoming(services)) == 1


def test_the_webhook_may_come_at_the_same_moment(services: Services, twilio: TwilioStandIn) -> None:
    sids = [twilio.keep_received(f"Hello {number}", at=minutes(10)) for number in range(8)]
    forms = [message_form(f"Hello {number}", MessageSid=sid) for number, sid in enumerate(sids)]
    answers = at_once(
        lambda: fetch(services), *[lambda form=form: twilio.post(MESSAGES, form).status for form in forms]
    )
    assert answers[1:] == [204] * 8
    assert sorted(message.sid or "" for message in incoming(services)) == sorted(sids)
    while services.delivery.run_once(datetime.now(UTC)):
        pass
    assert len(twilio.messages) == 8


def test_the_webhook_may_come_afterwards(services: Services, twilio: TwilioStandIn) -> None:
    sid = twilio.keep_received("Hello", at=minutes(10))
    fetch(services)
    assert twilio.send_whatsapp("Hello", MessageSid=sid).status == 204
    assert len(incoming(services)) == 1


def test_one_process_of_many_looks(services: Services, twilio: TwilioStandIn) -> None:
    twilio.keep_received("Hello", at=minutes(10))
    assert sorted(at_once(*[lambda: fetch(services)] * 6), key=str) == [1, *[None] * 5]


def test_a_fresh_message_is_left_to_its_webhook(services: Services, twilio: TwilioStandIn) -> None:
    twilio.keep_received("Hello", at=NOW - LEFT_TO_WEBHOOK + timedelta(seconds=1))
    assert fetch(services) == 0
    assert fetch(services, NOW + EVERY) == 1


def test_messages_come_in_the_order_they_were_written(services: Services, twilio: TwilioStandIn) -> None:
    for number in (3, 9, 6):
        twilio.keep_received(f"{number} minutes ago", at=minutes(number))
    fetch(services)
    assert [message.text[0] for message in incoming(services)] == ["9", "6", "3"]


def test_what_is_late_goes_to_staff_who_are_told_why(services: Services, twilio: TwilioStandIn) -> None:
    twilio.keep_received("Which tools?", at=NOW - LATE_AFTER - timedelta(minutes=1))
    twilio.keep_received("Anybody?", at=NOW - LATE_AFTER - timedelta(seconds=1))
    fetch(services)
    conversation = services.store.conversation_of(LEARNER)
    assert conversation is not None
    handoff = services.store.open_handoff(conversation.id)
    assert handoff is not None
    assert (conversation.status, handoff.reason) == (Status.WAITING, "late")
    assert list(handoff.brief.asked) == ["Which tools?", "Anybody?"]
    replies = [one for one in services.store.thread(conversation.id) if one.direction is Direction.OUT]
    assert len(replies) == 1


def test_stop_is_obeyed_at_any_age(services: Services, twilio: TwilioStandIn) -> None:
    twilio.keep_received("STOP", at=minutes(300))
    fetch(services)
    conversation = services.store.conversation_of(LEARNER)
    assert conversation is not None
    assert conversation.opted_out


def test_the_window_counts_from_when_it_was_written(services: Services, twilio: TwilioStandIn) -> None:
    twilio.keep_received("Hello", at=minutes(300))
    fetch(services)
    conversation = services.store.conversation_of(LEARNER)
    assert conversation is not None
    assert conversation.last_inbound_at == minutes(300)


def test_a_late_message_closes_no_newer_window(services: Services, twilio: TwilioStandIn) -> None:
    twilio.send_whatsapp("Newer")
    twilio.keep_received("Older", at=minutes(300))
    fetch(services)
    conversation = services.store.conversation_of(LEARNER)
    assert conversation is not None
    assert conversation.last_inbound_at >= NOW
    assert len(incoming(services)) == 2


def test_nothing_older_than_the_window_is_fetched(services: Services, twilio: TwilioStandIn) -> None:
    twilio.keep_received("Hello", at=NOW - LOOK_BACK - timedelta(hours=1))
    assert fetch(services) == 0


def test_messages_of_others_are_not_ours(services: Services, twilio: TwilioStandIn) -> None:
    twilio.keep_received("Hello", at=minutes(10), to="whatsapp:+14150000000")
    assert fetch(services) == 0


def test_what_we_sent_ourselves_is_no_message_of_a_learner(services: Services, twilio: TwilioStandIn) -> None:
    twilio.keep_received("Hello", at=minutes(10))
    fetch(services)
    services.delivery.run_once(NOW)
    twilio.messages[0].params["To"], twilio.messages[0].sent_at = NUMBER, minutes(5)
    assert fetch(services, NOW + EVERY) == 0


def test_the_addresses_of_a_messaging_service_are_asked_for(twilio: TwilioStandIn, sqlite_url: str) -> None:
    sid = "MG" + "0" * 32
    second = "whatsapp:+14150000002"
    twilio.api.services[sid] = {"sid": sid, "senders": ["+14150000001", second]}
    environ = twilio.environ | {"TWILIO_WHATSAPP_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": sid}
    with built_services(environ | {"DATABASE_URL": sqlite_url}) as services:
        services.store.catching_up.note_read(NOW - timedelta(days=2))
        twilio.keep_received("Hello", at=minutes(10), to=second)
        assert fetch(services) == 1


def test_a_picture_comes_along(services: Services, twilio: TwilioStandIn) -> None:
    url = twilio.files.keep(b"\xff\xd8\xff\xe0 a picture", "image/jpeg")
    twilio.keep_received("", at=minutes(10), file=url)
    fetch(services)
    (message,) = incoming(services)
    assert message.kind is Kind.IMAGE
    assert message.media is not None
    assert services.channel.fetch(message.media).content == b"\xff\xd8\xff\xe0 a picture"


def test_a_picture_that_is_gone_still_shows_that_there_was_one(twilio: TwilioStandIn) -> None:
    twilio.keep_received("", at=minutes(10), file=twilio.files.keep(b"x", "image/jpeg"))
    records = Records(twilio.settings)
    found = records.between(minutes(20), NOW, recipient=NUMBER)
    assert found is not None
    twilio.api.received.clear()
    assert records.read(found[0]).kind is Kind.DOCUMENT


def test_a_new_bot_owes_no_answer_to_what_was_before(twilio: TwilioStandIn, database_url: str) -> None:
    with connected(twilio, DATABASE_URL=database_url) as services:
        twilio.keep_received("Hello", at=NOW - LEFT_TO_WEBHOOK - OVERLAP - timedelta(seconds=1))
        assert fetch(services) == 0
        twilio.keep_received("Hello again", at=minutes(1))
        assert fetch(services, NOW + EVERY) == 1


def test_a_bot_of_an_older_version_begins_where_learners_wrote_last(twilio: TwilioStandIn, database_url: str) -> None:
    with connected(twilio, DATABASE_URL=database_url) as services:
        twilio.send_whatsapp("Hi", OTHER)
        execute(database_url, f"UPDATE conversations SET last_inbound_at = '{minutes(60):%Y-%m-%d %H:%M:%S.%f}'")
        twilio.keep_received("Hello", at=minutes(50))
        assert fetch(services) == 1


def test_who_was_erased_does_not_come_back(services: Services, twilio: TwilioStandIn) -> None:
    sid = twilio.keep_received("Hello", at=minutes(10))
    twilio.send_whatsapp("Hello", MessageSid=sid)
    for _ in ("asks", "confirms"):
        twilio.send_whatsapp("Erase", ButtonPayload="delete_data||", ButtonText="Erase")
    assert fetch(services) == 0
    assert services.store.conversation_of(LEARNER) is None


def test_a_long_list_is_read_in_slices(
    services: Services, twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "MOST", 5)
    for number in range(23):
        twilio.keep_received(f"{number}", f"whatsapp:+9198000001{number:02}", at=minutes(10 + number))
    assert fetch(services) == 23


def test_more_in_one_second_than_twilio_tells_stops_nothing(
    services: Services, twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(received, "MOST", 3)
    for _ in range(3):
        twilio.keep_received("at once", at=minutes(10))
    twilio.keep_received("later", OTHER, at=minutes(5))
    assert fetch(services) == 1
    assert "more messages" in caplog.text


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.LOST])
def test_when_twilio_does_not_answer_the_next_turn_fetches(
    services: Services, twilio: TwilioStandIn, fault: Fault
) -> None:
    twilio.keep_received("Hello", at=minutes(10))
    twilio.fail_next(fault)
    with pytest.raises(RecordsUnavailable):
        fetch(services)
    assert fetch(services, NOW + EVERY) == 1


def test_too_many_requests_are_answered_by_a_rest(
    services: Services, twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio.reject_next(20429, status=429, times=100)
    asked, stop = len(twilio.requests), threading.Event()
    rests = []
    for _ in range(4):
        execute_turn(services)
        rests.append(catching(services)._attempt(stop))
    assert len(twilio.requests) - asked == 4
    assert all(rest >= EVERY for rest in rests)
    assert max(rests) <= catch_up._LONGEST_PAUSE


def execute_turn(services: Services) -> None:
    """Let the time of a turn pass."""
    services.store.turns.take("catch up", every=timedelta(), now=datetime.now(UTC) - 2 * EVERY)


def test_a_clock_that_was_set_back_loses_nothing(services: Services, twilio: TwilioStandIn) -> None:
    services.store.catching_up.note_read(NOW + timedelta(hours=1))
    twilio.keep_received("Hello", at=minutes(10))
    assert fetch(services) == 1


def test_it_runs_beside_delivery_and_stops_with_it(services: Services, twilio: TwilioStandIn) -> None:
    twilio.keep_received("Hello", at=minutes(10))
    stop = threading.Event()
    working = threading.Thread(target=services.work, args=(stop,))
    working.start()
    twilio.until_messages(1, seconds=20)
    stop.set()
    working.join()
    assert [message.to for message in twilio.messages] == [LEARNER]
