"""What becomes of a queued message when the provider takes it, refuses it, or leaves us in doubt."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import MaybeSent, NotProcessed, Outgoing, Rejected, Sent
from bot.core.messages import DeliveryReport, MessageState
from bot.delivery import LEASE, LOOK_UP_AFTER, STALE_AFTER, Delivery
from bot.notify import Notifier
from bot.storage import Store, StoredMessage, migrate
from bot.storage.records import Claimed
from tests.storage.world import ANN, NOW, Recorder, deliver_all, delivery, intake, message, outgoing_of

BUSY = NotProcessed("Twilio was too busy.")
TIMED_OUT = MaybeSent("Twilio did not answer in time.")
BEN = "whatsapp:+919800000002"
Answer = Sent | None | Exception


@dataclass
class Provider:
    """Answers each call with the next of the given answers; sends are taken once those are used up."""

    sends: list[Answer] = field(default_factory=list)
    finds: list[Answer] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    looked_up: list[Outgoing] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Sent:
        self.sent.append(outgoing)
        answer = self.sends.pop(0) if self.sends else Sent(f"OUT{outgoing.message_id}-{len(self.sent)}")
        assert answer is not None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def find(self, outgoing: Outgoing) -> Sent | None:
        self.looked_up.append(outgoing)
        answer = self.finds.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def queued(store: Store) -> Store:
    """One reply that waits to be sent."""
    intake(store).receive(message("SM1"), now=NOW)
    return store


def the_reply(store: Store) -> StoredMessage:
    return outgoing_of(store)[0]


def pass_time(store: Store, provider: Provider, total: timedelta, step: timedelta = timedelta(seconds=10)) -> None:
    """Let a worker look at the queue every few seconds."""
    for turn in range(total // step + 1):
        deliver_all(store, provider, NOW + turn * step)


def test_a_queued_message_is_sent_to_whom_it_answers(queued: Store) -> None:
    provider = Provider([Sent("OUT1")])
    assert delivery(queued, provider).run_once(NOW)
    (outgoing,) = provider.sent
    assert (outgoing.to, outgoing.reply.text, outgoing.queued_at) == (ANN, "You wrote: Hello", NOW)
    assert (the_reply(queued).state, the_reply(queued).sid) == (MessageState.SENT, "OUT1")


def test_there_is_nothing_to_do_when_nothing_is_due(store: Store) -> None:
    assert not delivery(store, Provider()).run_once(NOW)


def test_a_message_that_was_not_taken_is_sent_again_after_a_pause(queued: Store) -> None:
    provider = Provider([BUSY])
    deliver_all(queued, provider)
    assert (the_reply(queued).state, the_reply(queued).error) == (MessageState.QUEUED, "Twilio was too busy.")
    deliver_all(queued, provider, NOW + timedelta(seconds=2))
    assert (the_reply(queued).state, the_reply(queued).error) == (MessageState.SENT, "")


class Chance(random.Random):
    """Chance that always falls the same way."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def random(self) -> float:
        return self.value


@pytest.mark.parametrize("chance", [1.0, 0.5])
def test_pauses_double_up_to_ten_minutes_and_chance_shortens_them(queued: Store, chance: float) -> None:
    worker = Delivery(queued, Provider([BUSY] * 20), Notifier((), inbox_base_url=None), rng=Chance(chance))
    now, pauses = NOW, []
    for _ in range(12):
        assert worker.run_once(now)
        due_at = queued.outbox.queue().oldest_due_at
        assert due_at is not None
        pauses.append((due_at - now).total_seconds() / chance)
        now = due_at
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]


def test_a_message_that_is_never_taken_is_given_up_when_it_is_stale(queued: Store) -> None:
    provider = Provider([BUSY] * 1000)
    pass_time(queued, provider, STALE_AFTER - timedelta(minutes=10), timedelta(minutes=10))
    assert the_reply(queued).state is MessageState.QUEUED
    deliver_all(queued, provider, NOW + STALE_AFTER)
    assert (the_reply(queued).state, the_reply(queued).error) == (
        MessageState.FAILED,
        "Given up after 6 hours of trying. Twilio was too busy.",
    )


def test_a_refused_message_fails_with_code_and_sentence(queued: Store) -> None:
    deliver_all(queued, Provider([Rejected("63003", "Not on WhatsApp.")]))
    reply = the_reply(queued)
    assert (reply.state, reply.error_code, reply.error) == (MessageState.FAILED, "63003", "Not on WhatsApp.")


def test_a_message_in_doubt_that_is_found_is_not_sent_again(queued: Store) -> None:
    provider = Provider([TIMED_OUT], [Sent("OUT1", MessageState.DELIVERED)])
    deliver_all(queued, provider)
    assert the_reply(queued).state is MessageState.UNKNOWN
    assert not deliver_all(queued, provider, NOW + LOOK_UP_AFTER[0] - timedelta(seconds=1))
    deliver_all(queued, provider, NOW + LOOK_UP_AFTER[0])
    assert (the_reply(queued).state, the_reply(queued).sid) == (MessageState.DELIVERED, "OUT1")
    assert len(provider.sent) == 1


def test_a_message_found_as_failed_says_so(queued: Store) -> None:
    provider = Provider([TIMED_OUT], [Sent("OUT1", MessageState.FAILED)])
    pass_time(queued, provider, timedelta(minutes=1))
    assert the_reply(queued).state is MessageState.FAILED
    assert the_reply(queued).error


def test_a_message_that_is_twice_not_there_is_sent_once_more(queued: Store) -> None:
    provider = Provider([TIMED_OUT], [None, None])
    pass_time(queued, provider, timedelta(minutes=5))
    assert (len(provider.looked_up), len(provider.sent)) == (2, 2)
    assert the_reply(queued).state is MessageState.SENT


def test_a_message_is_sent_again_only_once_and_then_left_to_staff(queued: Store) -> None:
    provider = Provider([TIMED_OUT] * 9, [None] * 99)
    pass_time(queued, provider, timedelta(hours=1))
    assert len(provider.sent) == 2
    assert the_reply(queued).state is MessageState.UNKNOWN
    assert "Nobody can tell whether" in the_reply(queued).error


def test_a_message_nobody_knows_about_stops_holding_the_next_one(queued: Store) -> None:
    intake(queued).receive(message("SM2", "second"), now=NOW)
    provider = Provider([TIMED_OUT], [TIMED_OUT] * 99)
    deliver_all(queued, provider)
    assert len(provider.sent) == 1
    pass_time(queued, provider, timedelta(hours=1))
    assert [outgoing.reply.text for outgoing in provider.sent] == ["You wrote: Hello", "You wrote: second"]
    assert [reply.state for reply in outgoing_of(queued)] == [MessageState.UNKNOWN, MessageState.SENT]


def test_a_look_up_that_fails_is_not_taken_for_an_answer(queued: Store) -> None:
    provider = Provider([TIMED_OUT], [TIMED_OUT, RuntimeError("no such method"), Sent("OUT1")])
    pass_time(queued, provider, timedelta(hours=1))
    assert (len(provider.sent), the_reply(queued).sid) == (1, "OUT1")


def test_a_look_up_names_the_learners_other_messages(queued: Store) -> None:
    intake(queued).receive(message("SM2"), now=NOW)
    provider = Provider([Sent("OUT1"), TIMED_OUT], [None, None])
    pass_time(queued, provider, LOOK_UP_AFTER[0])
    assert [outgoing.known_sids for outgoing in provider.looked_up] == [frozenset({"OUT1"})]


def test_the_id_of_another_message_is_not_believed(queued: Store) -> None:
    intake(queued).receive(message("SM2"), now=NOW)
    provider = Provider([Sent("OUT1"), TIMED_OUT], [Sent("OUT1")] * 9)
    pass_time(queued, provider, timedelta(hours=1))
    assert [(reply.sid, reply.state) for reply in outgoing_of(queued)] == [
        ("OUT1", MessageState.SENT),
        (None, MessageState.UNKNOWN),
    ]
    assert len(provider.sent) == 2


def test_a_channel_that_breaks_its_promise_leaves_the_message_in_doubt(
    queued: Store, caplog: pytest.LogCaptureFixture
) -> None:
    deliver_all(queued, Provider([RuntimeError("boom")]))
    assert the_reply(queued).state is MessageState.UNKNOWN
    assert "broke its promise" in caplog.text


@pytest.mark.parametrize("failure", [BUSY, TIMED_OUT, Rejected("63003", "Not on WhatsApp.")])
def test_trouble_with_one_learner_does_not_keep_another_waiting(queued: Store, failure: Exception) -> None:
    intake(queued).receive(message("SM2", sender=BEN), now=NOW)
    deliver_all(queued, Provider([failure]))
    assert outgoing_of(queued, BEN)[0].state is MessageState.SENT


def test_a_later_message_waits_while_an_earlier_one_is_tried_again(queued: Store) -> None:
    intake(queued).receive(message("SM2", "second"), now=NOW)
    provider = Provider([BUSY] * 3)
    pass_time(queued, provider, timedelta(minutes=1))
    texts = [outgoing.reply.text for outgoing in provider.sent]
    assert texts == ["You wrote: Hello"] * 4 + ["You wrote: second"]


def claim(store: Store, leases: int = 0) -> Claimed:
    claimed = store.outbox.claim(now=NOW + leases * LEASE, lease=LEASE)
    assert claimed is not None
    return claimed


def report_late(store: Store, late: Claimed) -> None:
    """Record all that a worker may find out, after its lease."""
    store.outbox.queue_again(late, due_at=NOW, reason="Late.", now=NOW)
    store.outbox.failed(late, "1", "Late.", now=NOW)
    store.outbox.in_doubt(late, "Late.", look_up_at=NOW, now=NOW)


def test_a_slow_sender_cannot_disturb_who_looks_its_message_up(queued: Store) -> None:
    late = claim(queued)
    claim(queued, leases=1)
    before = the_reply(queued)
    report_late(queued, late)
    assert the_reply(queued) == before


def test_a_slow_look_up_cannot_disturb_the_next_one(queued: Store) -> None:
    claim(queued)
    late = claim(queued, leases=1)
    claim(queued, leases=2)
    before = the_reply(queued)
    report_late(queued, late)
    assert the_reply(queued) == before


@pytest.mark.parametrize("second_sends", [0, 1])
def test_a_slow_sender_cannot_disturb_the_second_life_of_its_message(queued: Store, second_sends: int) -> None:
    late = claim(queued)
    queued.outbox.queue_again(claim(queued, leases=1), due_at=NOW + LEASE, reason="", resend=True, now=NOW)
    for _ in range(second_sends):
        claim(queued, leases=1)
    before = the_reply(queued)
    report_late(queued, late)
    assert the_reply(queued) == before


def test_a_slow_sender_is_believed_that_it_sent(queued: Store) -> None:
    late = claim(queued)
    claim(queued, leases=1)
    assert queued.outbox.sent(late, DeliveryReport("OUT1", MessageState.SENT), now=NOW)
    assert (the_reply(queued).state, the_reply(queued).sid) == (MessageState.SENT, "OUT1")
    assert queued.outbox.queue().depth == 0


SENDS = st.lists(st.sampled_from([BUSY, TIMED_OUT, RuntimeError("boom"), Rejected("1", "No.")]), max_size=5)
FINDS = st.lists(st.sampled_from([None, TIMED_OUT, RuntimeError("boom"), Sent("FOUND")]), min_size=20, max_size=20)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SENDS, FINDS)
def test_whatever_the_provider_says_a_message_comes_to_an_end_and_is_repeated_at_most_once(
    sqlite_url: str, sends: list[Answer], finds: list[Answer]
) -> None:
    sid = f"SM{time.monotonic_ns()}"
    learner = f"whatsapp:{sid}"
    provider = Provider(list(sends), [Sent(sid) if isinstance(answer, Sent) else answer for answer in finds])
    with closing(Store(sqlite_url)) as store:
        intake(store).receive(message(sid, sender=learner), now=NOW)
        while (due_at := store.outbox.queue().oldest_due_at) is not None:
            deliver_all(store, provider, due_at)
        (reply,) = outgoing_of(store, learner)
    not_taken = [answer for answer in sends[: len(provider.sent)] if answer is BUSY]
    assert len(provider.sent) - len(not_taken) <= 2
    assert reply.state in (MessageState.SENT, MessageState.FAILED, MessageState.UNKNOWN)
    assert reply.error or reply.state is MessageState.SENT


@contextmanager
def at_work(store: Store) -> Iterator[tuple[Recorder, Delivery]]:
    """Delivery at work in its own threads."""
    phone = Recorder()
    worker = delivery(store, phone)
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield phone, worker
    finally:
        stop.set()
        thread.join()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads do; a test that hangs here has failed."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within half a minute"
        threading.Event().wait(0.01)


def test_the_loop_sends_what_is_queued_and_shows_that_it_is_alive(store: Store) -> None:
    with at_work(store) as (phone, worker):
        receive = intake(store, worker.wake).receive
        for number in range(10):
            receive(message(f"SM{number}", f"{number}", sender=f"{ANN}{number % 3}"), now=NOW)
        wait_until(lambda: len(phone.sent) == 10 and store.outbox.queue().depth == 0)
        wait_until(lambda: store.last_beat() is not None)
    assert sorted(phone.texts) == [f"You wrote: {number}" for number in range(10)]


def test_the_loop_waits_for_a_database_that_is_not_ready(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    with closing(Store(url)) as store, at_work(store) as (phone, worker):
        wait_until(lambda: "delivery waits for the database" in caplog.text)
        migrate(url)
        intake(store, worker.wake).receive(message("SM1"), now=NOW)
        wait_until(lambda: len(phone.sent) == 1)


def is_heard(elsewhere: Store, heard: threading.Event) -> bool:
    elsewhere.announce()
    return heard.is_set()


def test_a_message_queued_by_another_process_is_heard_of(store: Store, database_url: str) -> None:
    heard, stop = threading.Event(), threading.Event()
    listener = threading.Thread(target=store.listen, args=(heard.set, stop))
    listener.start()
    with closing(Store(database_url)) as elsewhere:
        if database_url.startswith("sqlite"):
            elsewhere.announce()
            listener.join()  # nothing to hear: workers look at the file themselves
        else:
            wait_until(lambda: is_heard(elsewhere, heard))
    stop.set()
    listener.join()
