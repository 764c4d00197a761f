"""Pieces of one thought are answered once and in order, whatever happens meanwhile."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.bursts import WAIT, in_bursts
from bot.core.dialogue import decide
from bot.core.messages import Inbound, Kind, Media, Outcome
from bot.intake import Intake
from bot.storage import Direction, Store, StoredMessage, migrate
from bot.storage.bursts import JOINED
from bot.storage.ledger import Side
from tests.core.talking import real_knowledge
from tests.storage.processes import burst_and_die, run_together
from tests.storage.world import (
    ANN,
    NOW,
    SCHOOL,
    Recorder,
    at_once,
    deliver_all,
    delivery,
    message,
    outgoing_of,
    thread_of,
)

SOON = timedelta(seconds=1)
EVER = (NOW - timedelta(days=1), NOW + timedelta(days=3650))


def receive(store: Store, inbound: Inbound, now: datetime = NOW) -> bool:
    return Intake(store, real_knowledge(), wake=lambda: None, rule=in_bursts(decide)).receive(inbound, now=now)


def write(store: Store, *texts: str, apart: timedelta = SOON, sender: str = ANN) -> datetime:
    """Send messages, each so long after the other; return when the last one came in."""
    for number, text in enumerate(texts):
        receive(store, message(f"{sender}-{number}", text, sender=sender), NOW + number * apart)
    return NOW + (len(texts) - 1) * apart


def incoming(store: Store) -> list[StoredMessage]:
    return [stored for stored in thread_of(store) if stored.direction is Direction.IN]


def assert_sums_hold(store: Store) -> None:
    assert [sums.difference for sums in store.ledger.sums(*EVER).values()] == [0, 0]


def test_a_burst_is_answered_once_and_as_one(store: Store) -> None:
    last, channel = write(store, "hi", "i wanted to ask", "about tools of mlops?"), Recorder()
    deliver_all(store, channel, last)
    (text,) = channel.texts
    assert "MLflow" in text
    assert [(one.outcome, one.reason) for one in incoming(store)] == [
        (Outcome.ANSWERED, "joined"),
        (Outcome.ANSWERED, "joined"),
        (Outcome.ANSWERED, "answered"),
    ]
    assert store.ledger.sums(*EVER)[Side.RECEIVED].whole == 3
    assert_sums_hold(store)


def test_a_fragment_that_nothing_follows_is_answered_when_it_has_waited(store: Store) -> None:
    now, channel = write(store, "hi"), Recorder()
    assert deliver_all(store, channel, now + WAIT - timedelta(milliseconds=1)) == 0
    assert deliver_all(store, channel, now + WAIT) == 1
    assert_sums_hold(store)


def test_a_complete_message_is_answered_at_once(store: Store) -> None:
    assert deliver_all(store, Recorder(), write(store, "what tools does mlops use?")) == 1


def test_what_comes_after_the_reply_has_left_is_a_message_of_its_own(store: Store) -> None:
    channel = Recorder()
    deliver_all(store, channel, write(store, "mlops") + WAIT)
    receive(store, message("SM2", "tools?"), NOW + timedelta(seconds=2))
    deliver_all(store, channel, NOW + timedelta(seconds=2))
    assert len(channel.texts) == 2
    assert [one.reason for one in incoming(store)] == ["answered", "answered"]


def test_a_reply_that_a_worker_has_taken_is_not_taken_back(store: Store) -> None:
    write(store, "hi")
    assert store.outbox.claim(now=NOW + WAIT, lease=timedelta(seconds=40))
    receive(store, message("SM2", "tools of mlops?"), NOW + WAIT)
    assert len(outgoing_of(store)) == 2
    assert_sums_hold(store)


def test_a_repeated_fragment_changes_nothing(store: Store) -> None:
    write(store, "hi")
    before = thread_of(store)
    assert not receive(store, message(f"{ANN}-0", "hi"), NOW + SOON)
    assert thread_of(store) == before
    assert deliver_all(store, Recorder(), NOW + SOON) == 0


def test_a_voice_note_behind_a_fragment_leaves_both_answered_in_order(store: Store) -> None:
    write(store, "mlops")
    media = Media("https://api.twilio.com/1", "audio/ogg")
    receive(store, Inbound("SM2", ANN, SCHOOL, Kind.AUDIO, media=media), NOW + SOON)
    channel = Recorder()
    assert deliver_all(store, channel, NOW + SOON) == 2
    assert channel.texts[0].startswith("*MLOps Engineer*")
    assert_sums_hold(store)


def test_after_stop_only_its_confirmation_leaves(store: Store) -> None:
    channel = Recorder()
    deliver_all(store, channel, write(store, "hi", "STOP") + WAIT)
    assert len(channel.texts) == 1
    assert_sums_hold(store)


def test_a_person_asked_for_in_a_burst_is_asked_once(store: Store) -> None:
    deliver_all(store, channel := Recorder(), write(store, "hi", "mlops", "talk to a person"))
    assert len(channel.texts) == 1
    assert_sums_hold(store)


def test_erasing_in_a_burst_leaves_nothing_of_it(store: Store) -> None:
    write(store, "hi", "erase my data", "yes")
    assert store.conversation_of(ANN) is None


def test_a_process_killed_while_a_fragment_waits_loses_nothing(store: Store, database_url: str) -> None:
    assert run_together(burst_and_die, (database_url,)) == [-signal.SIGKILL]
    deliver_all(store, channel := Recorder(), NOW + WAIT)
    assert len(channel.texts) == 1
    assert_sums_hold(store)


def test_a_burst_goes_on_in_another_process_after_a_kill(store: Store, database_url: str) -> None:
    assert run_together(burst_and_die, (database_url,)) == [-signal.SIGKILL]
    receive(store, message("SM2", "tools of mlops?"), NOW + SOON)
    deliver_all(store, channel := Recorder(), NOW + SOON)
    (text,) = channel.texts
    assert "MLflow" in text


def test_pieces_that_arrive_at_one_moment_in_many_threads_are_all_answered(store: Store) -> None:
    texts = ["hi", "i wanted to ask", "about", "mlops", "and"]
    at_once(*(lambda n=n, text=text: receive(store, message(f"SM{n}", text)) for n, text in enumerate(texts)))
    deliver_all(store, channel := Recorder(), NOW + WAIT)
    assert len(channel.texts) == 1
    assert len(incoming(store)) == len(texts)
    assert_sums_hold(store)


@contextmanager
def workers(store: Store, channel: Recorder, number: int = 2) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=delivery(store, channel).run, args=(stop,)) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def until_empty(store: Store) -> None:
    deadline = time.monotonic() + 60
    while store.outbox.queue().depth:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_learners_who_write_in_bursts_to_real_workers_get_one_reply_to_each(store: Store) -> None:
    """A busy machine may take longer between two pieces than they wait; what was joined has the same reply then."""
    learners = [f"whatsapp:+91980000{number:04}" for number in range(8)]

    def burst(learner: str) -> None:
        for number, text in enumerate(["hi", "i wanted to ask", "tools of mlops?"]):
            receive(store, message(f"{learner}-{number}", text, sender=learner), datetime.now(UTC))

    real_knowledge()  # before the clock runs: to read it takes as long as pieces wait
    channel = Recorder()
    with workers(store, channel):
        at_once(*(lambda learner=learner: burst(learner) for learner in learners))
        until_empty(store)
    sent = Counter(outgoing.to for outgoing in channel.sent)
    taken_in = {learner: [one.reason for one in thread_of(store, learner) if one.outcome] for learner in learners}
    assert {learner: len(reasons) for learner, reasons in taken_in.items()} == dict.fromkeys(learners, 3)
    assert sent == {learner: 3 - reasons.count(JOINED) for learner, reasons in taken_in.items()}
    assert 1 in sent.values()
    assert_sums_hold(store)


QUESTION = "hi i wanted to ask about the tools of mlops and ml"


@given(cuts=st.sets(st.integers(1, len(QUESTION.split()) - 1)), apart=st.sampled_from([0, 0.4, 1, 1.4, 1.5, 3]))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_a_text_is_split_nothing_is_lost_and_what_came_in_time_is_answered_once(
    tmp_path_factory: pytest.TempPathFactory, cuts: set[int], apart: float
) -> None:
    words, borders = QUESTION.split(), [0, *sorted(cuts), len(QUESTION.split())]
    pieces = [" ".join(words[start:end]) for start, end in pairwise(borders)]
    url = f"sqlite:///{tmp_path_factory.mktemp('split') / 'bot.db'}"
    migrate(url)
    with closing(Store(url)) as store:
        channel, groups, waits = Recorder(), 0, False
        for number, piece in enumerate(pieces):
            now = NOW + timedelta(seconds=number * apart)
            deliver_all(store, channel, now)  # a worker has looked at everything that was due by now
            groups += not (waits and timedelta(seconds=apart) < WAIT)
            receive(store, message(f"SM{number}", piece), now)
            waits = outgoing_of(store)[-1].at > now
        deliver_all(store, channel, NOW + timedelta(hours=1))
        assert len(channel.texts) == groups
        assert [one.text for one in incoming(store)] == pieces
        assert {one.outcome for one in incoming(store)} == {Outcome.ANSWERED}
        assert_sums_hold(store)


def test_a_text_that_is_split_in_time_is_answered_as_the_whole_would_be(store: Store, tmp_path: Path) -> None:
    write(store, "hello and", "i wanted to ask", "what tools does mlops use and", "which does ml use?")
    whole = f"sqlite:///{tmp_path / 'whole.db'}"
    migrate(whole)
    with closing(Store(whole)) as other:
        write(other, "hello and i wanted to ask what tools does mlops use and which does ml use?")
        assert [one.text for one in outgoing_of(store)] == [one.text for one in outgoing_of(other)]
