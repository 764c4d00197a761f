"""No faster than the provider allows, by all workers together; nobody waits for the many messages of another."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.channels import Outgoing, Sent, TooMuch
from bot.core.messages import DeliveryReport, MessageState
from bot.delivery import FURTHEST, LEASE, Delivery
from bot.notify import Notifier
from bot.storage import Store
from bot.storage.limits import AHEAD, BREAK, Limits, SenderBusy
from bot.storage.records import Claimed
from tests.storage.world import ANN, NOW, Recorder, at_once, execute, intake, message, outgoing_of

BEN = "whatsapp:+919800000002"
SECOND = timedelta(seconds=1)
USUAL = Limits("whatsapp:+14150000000", SECOND / 80)
SANDBOX = Limits("whatsapp:+14155238886", 3 * SECOND)


def queue(store: Store, number: int, sender: Callable[[int], str], *, now: datetime = NOW) -> None:
    """Let learners write that many messages; each gets one reply."""
    receive = intake(store).receive
    for place in range(number):
        learner = sender(place)
        receive(message(f"SM{learner}{place}{now}", f"{place}", sender=learner), now=now)


def someone(place: int) -> str:
    return f"whatsapp:+91980001{place:04}"


def claim(store: Store, now: datetime = NOW, limits: Limits = USUAL) -> Claimed | datetime:
    """Return what was claimed, or when it is worth asking again."""
    try:
        claimed = store.outbox.claim(now=now, lease=LEASE, limits=limits)
    except SenderBusy as busy:
        return busy.until
    assert claimed is not None
    return claimed


def send(store: Store, limits: Limits, now: datetime) -> tuple[datetime, Claimed]:
    """Send the next message as soon as the limits let it leave."""
    while isinstance(claimed := claim(store, now, limits), datetime):
        now = claimed
    assert store.outbox.sent(claimed, DeliveryReport(f"OUT{claimed.message_id}", MessageState.SENT), now=now)
    return claimed.leaves_at, claimed


def test_workers_that_send_at_once_leave_the_interval_between_their_messages(store: Store, database_url: str) -> None:
    queue(store, 60, someone)
    with closing(Store(database_url)) as elsewhere:
        claims = at_once(*[lambda store=store: claim(store) for store in (store, elsewhere) for _ in range(30)])
    slots = sorted(claimed.leaves_at for claimed in claims if isinstance(claimed, Claimed))
    assert slots[0] == NOW
    assert {after - before for before, after in pairwise(slots)} == {USUAL.interval}
    assert slots[-1] - NOW == AHEAD
    assert {until for until in claims if isinstance(until, datetime)} == {NOW + USUAL.interval}


def test_who_finds_no_slot_takes_nothing(store: Store) -> None:
    queue(store, 2, someone)
    assert isinstance(claim(store, NOW, SANDBOX), Claimed)
    assert claim(store, NOW, SANDBOX) == NOW + SANDBOX.interval - AHEAD
    assert [reply.state for reply in outgoing_of(store, someone(1))] == [MessageState.QUEUED]
    later = claim(store, NOW + SANDBOX.interval - AHEAD, SANDBOX)
    assert isinstance(later, Claimed)
    assert (later.attempts, later.leaves_at) == (1, NOW + SANDBOX.interval)


def test_senders_have_limits_of_their_own(store: Store) -> None:
    queue(store, 2, someone)
    assert isinstance(claim(store, NOW, SANDBOX), Claimed)
    assert isinstance(claim(store, NOW, USUAL), Claimed)


def test_a_look_up_needs_no_slot(store: Store) -> None:
    queue(store, 2, someone)
    claim(store, NOW, SANDBOX)
    claim(store, NOW + 3 * SECOND, SANDBOX)
    for _ in range(2):
        looked_up = claim(store, NOW + LEASE + 3 * SECOND, SANDBOX)
        assert isinstance(looked_up, Claimed)
        assert looked_up.state is MessageState.UNKNOWN


@pytest.mark.parametrize("step", [timedelta(hours=1), -timedelta(hours=1)])
def test_a_clock_that_is_set_holds_nothing_up(store: Store, step: timedelta) -> None:
    queue(store, 2, someone)
    claim(store, NOW, SANDBOX)
    store.outbox.mend_times(furthest=FURTHEST, now=NOW + step)
    assert isinstance(claim(store, NOW + step, SANDBOX), Claimed)


def test_five_hundred_messages_of_one_learner_do_not_delay_another(store: Store) -> None:
    queue(store, 100, lambda _: ANN)
    queue(store, 5, someone, now=NOW + SECOND)
    slow = Limits("slow", SECOND)
    now, order = NOW + 2 * SECOND, []
    for _ in range(7):
        now, claimed = send(store, slow, now)
        order.append(claimed.to)
    assert order == [ANN, *map(someone, range(5)), ANN]


def test_bubbles_of_one_learner_keep_their_order_among_others(store: Store) -> None:
    queue(store, 10, lambda place: ANN if place % 2 else BEN)
    now, texts = NOW, []
    for _ in range(10):
        now, claimed = send(store, USUAL, now)
        texts.append(claimed.reply.text)
    assert texts == [f"You wrote: {number}" for number in range(10)]


def test_replies_to_one_learner_never_look_like_a_loop(store: Store) -> None:
    queue(store, 40, lambda _: ANN)
    queue(store, 1, lambda _: BEN, now=NOW + SECOND)
    now, sent = NOW + 2 * SECOND, []
    for _ in range(41):
        while (claimed := store.outbox.claim(now=now, lease=LEASE, limits=USUAL)) is None:
            now += SECOND
        store.outbox.sent(claimed, DeliveryReport(f"OUT{claimed.message_id}", MessageState.SENT), now=now)
        sent.append((claimed.to, now))
    assert sent[1] == (BEN, NOW + 2 * SECOND)
    times = [at for to, at in sent if to == ANN]
    runs = [after - before < timedelta(seconds=30) for before, after in pairwise(times)]
    assert "".join("-" if quick else "|" for quick in runs) == "|".join(["-" * 13, "-" * 13, "-" * 11])
    assert times[-1] - times[0] <= 2 * (BREAK + SECOND)


def test_refusals_of_many_workers_hold_all_of_them_once_and_twice_as_long_while_they_go_on(
    store: Store, database_url: str
) -> None:
    queue(store, 9, someone)
    claim(store)
    with closing(Store(database_url)) as elsewhere:
        held, now = [], NOW
        for _ in range(8):
            refused = now
            at_once(*[lambda refused=refused: store.outbox.hold_back(USUAL, now=refused)] * 8)
            until = claim(elsewhere, now)
            assert isinstance(until, datetime)
            held.append((until + AHEAD - now) // SECOND)
            now = until + AHEAD
    assert held == [2, 4, 8, 16, 32, 60, 60, 60]


def test_after_a_calm_time_a_refusal_holds_for_two_seconds_again(store: Store) -> None:
    queue(store, 2, someone)
    claim(store)
    for now in (NOW, NOW + 2 * SECOND, NOW + 60 * SECOND):
        store.outbox.hold_back(USUAL, now=now)
    assert claim(store, NOW + 60 * SECOND) == NOW + 62 * SECOND - AHEAD


def test_being_held_back_never_shortens_the_interval(store: Store) -> None:
    queue(store, 2, someone)
    claim(store, NOW, SANDBOX)
    store.outbox.hold_back(SANDBOX, now=NOW)
    assert claim(store, NOW, SANDBOX) == NOW + SANDBOX.interval - AHEAD


class Strained(Recorder):
    """A provider that is too busy for the first messages."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals

    def send(self, outgoing: Outgoing) -> Sent:
        if self.refusals:
            self.refusals -= 1
            raise TooMuch("Twilio was too busy.")
        return super().send(outgoing)


def test_a_message_refused_as_too_much_keeps_its_place_and_holds_the_other_workers(store: Store) -> None:
    queue(store, 3, someone)
    phone = Strained(refusals=1)
    first, second = (Delivery(store, phone, Notifier((), inbox_base_url=None), limits=USUAL) for _ in range(2))
    assert first.run_once(NOW)
    assert not second.run_once(NOW + SECOND)
    third = Delivery(store, phone, Notifier((), inbox_base_url=None), limits=USUAL)
    while third.run_once(NOW + 3 * SECOND):
        pass
    assert phone.texts == ["You wrote: 0", "You wrote: 1", "You wrote: 2"]


def test_what_a_wrong_clock_put_off_is_sent_when_the_clock_is_right(store: Store, database_url: str) -> None:
    hour = timedelta(hours=1)
    queue(store, 2, someone, now=NOW + hour)
    store.outbox.claim(now=NOW + hour, lease=LEASE)
    assert store.outbox.claim(now=NOW, lease=LEASE) is None
    assert store.outbox.mend_times(furthest=FURTHEST, now=NOW) == 2
    assert store.outbox.mend_times(furthest=FURTHEST, now=NOW) == 0
    states = [claimed.state for _ in range(2) if (claimed := store.outbox.claim(now=NOW, lease=LEASE))]
    assert states == [MessageState.UNKNOWN, MessageState.SENDING]
    assert execute(database_url, "SELECT count(*) FROM messages WHERE direction = 'out'") == [(2,)]
