"""Send what is queued, and find out what became of it: never twice, and never lost without a word."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from bot.channels import MaybeSent, NotProcessed, Outgoing, Rejected, Sender, Sent, TooMuch
from bot.core.messages import DeliveryReport, MessageState
from bot.logs import about
from bot.notify import Notifier
from bot.storage import StorageUnavailable, Store
from bot.storage.limits import Limits, SenderBusy
from bot.storage.records import Claimed

LEASE: Final = timedelta(seconds=40)
"""How long a worker may take for one message; well above a channel's time-outs, twice ten seconds."""
STALE_AFTER: Final = timedelta(hours=6)
"""An answer that could not be sent for so long is not wanted any more."""
LOOK_UP_AFTER: Final = (timedelta(seconds=30), timedelta(seconds=20), timedelta(minutes=4), timedelta(minutes=10))
"""Pauses before each look-up of a message in doubt. The first counts from the attempt: ten seconds after a time-out.

After a crash the first look-up comes with the end of the lease, so a message that was not sent leaves after a minute.
"""
SURE_AFTER_LOOKUPS: Final = 2
"""After so many look-ups, a message that is not there was not sent. At the first the provider may be behind."""
NOTICE_LEASE: Final = timedelta(minutes=5)
NOTICE_STALE_AFTER: Final = timedelta(days=1)
FURTHEST: Final = timedelta(minutes=15)
"""Nothing in the queue is put off for so long; what is, waits for a clock that was set back since."""

_FIRST_PAUSE: Final = timedelta(seconds=2)
_LONGEST_PAUSE: Final = timedelta(minutes=10)
_SENDERS: Final = 4
"""Threads that send. Twilio takes about a third of a second for a message; other learners should not wait for it."""
_LOOK_SECONDS: Final = 1.0
_BEAT_SECONDS: Final = 5.0
_CHORES_EVERY: Final = timedelta(seconds=5)
_TROUBLE_SECONDS: Final = 2.0

_IN_DOUBT: Final = "Nobody can tell yet whether this message arrived; it is being looked up."
_NEVER_KNOWN: Final = "Nobody can tell whether this message arrived: ask the learner before you send it again."

log = logging.getLogger(__name__)


class Chore(NamedTuple):
    """Work that the clock brings, done by one process at a time. It may be cut short by a crash, and is then repeated.

    name: of its turns, see `bot.storage.turns`.
    """

    name: str
    every: timedelta
    work: Callable[[datetime], object]


class Delivery:
    """Takes messages and notices from the store's queues and sends them. Any number of these may run at once.

    limits: what the provider allows; None without any.
    chores: what else the clock brings.
    """

    def __init__(
        self,
        store: Store,
        channel: Sender,
        notifier: Notifier,
        *,
        limits: Limits | None = None,
        chores: Iterable[Chore] = (),
        rng: random.Random | None = None,
    ) -> None:
        self._store = store
        self._channel = channel
        self._notifier = notifier
        self._limits = limits
        self._rng = rng or random.SystemRandom()
        self._woken = threading.Event()
        self._last_beat = float("-inf")
        self._busy_until = float("-inf")  # of the monotonic clock, which nobody sets back
        self._last_chores = float("-inf")
        self._chores = (
            Chore("clock", _CHORES_EVERY, self._watch_clock),
            Chore("tidy", _CHORES_EVERY, lambda now: self._store.tidy(now=now)),
            *chores,
        )

    def wake(self) -> None:
        """Look at the queue now, not at the next turn of the clock."""
        self._woken.set()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what was begun is finished first."""
        threads = [threading.Thread(target=self._send_all, args=(stop,)) for _ in range(_SENDERS)]
        threads.append(threading.Thread(target=self._store.listen, args=(self.wake, stop)))
        for thread in threads:
            thread.start()
        # Not in the senders' threads: a slow address of staff must not keep learners waiting.
        while not stop.wait(_LOOK_SECONDS):
            while self._attempt(self.notify_once, stop) and not stop.is_set():
                pass
            if time.monotonic() - self._last_chores >= _CHORES_EVERY.total_seconds():
                self._last_chores = time.monotonic()
                for chore in self._chores:
                    self._attempt(partial(self._do_if_in_turn, chore), stop)
        self.wake()
        for thread in threads:
            thread.join()

    def run_once(self, now: datetime) -> bool:
        """Deal with the message that is due longest; False if none is due at `now` (aware UTC).

        Waits for up to half a second if the sender's limits ask for it; False also if they ask for more.

        Raises StorageUnavailable. If the message was sent just before, it is looked up when its lease has ended.
        """
        if time.monotonic() < self._busy_until:
            return False
        try:
            claimed = self._store.outbox.claim(now=now, lease=LEASE, limits=self._limits)
        except SenderBusy as busy:
            self._busy_until = time.monotonic() + (busy.until - now).total_seconds()
            return False
        if claimed is None:
            return False
        with about(trace=claimed.trace, message_id=claimed.message_id):
            if claimed.state is MessageState.SENDING:
                time.sleep((claimed.leaves_at - now).total_seconds())
                self._send(claimed, now)
            else:
                self._look_up(claimed, now)
        return True

    def notify_once(self, now: datetime) -> bool:
        """Tell staff of the handoff whose notice is due longest; False if none is due at `now` (aware UTC).

        Raises StorageUnavailable.
        """
        notice = self._store.notices.claim(now=now, lease=NOTICE_LEASE)
        if notice is None:
            return False
        told = self._notifier.tell(notice.brief, notice.conversation_id, told=notice.told, kind=notice.kind)
        due_at = None
        if not told >= self._notifier.addresses:
            if now - notice.created_at < NOTICE_STALE_AFTER:
                due_at = now + self._pause(notice.attempts)
            else:
                log.error("the notice of conversation %d is given up after a day of trying", notice.conversation_id)
        self._store.notices.record(notice, told, due_at=due_at)
        return True

    def _send(self, claimed: Claimed, now: datetime) -> None:
        try:
            sent = self._channel.send(_outgoing(claimed))
        except NotProcessed as refusal:
            due_at = now + self._pause(claimed.attempts)
            if isinstance(refusal, TooMuch) and self._limits is not None:
                self._store.outbox.hold_back(self._limits, now=now)
                due_at = claimed.queued_at  # all wait now, so it keeps its place in line
            self._try_later(claimed, refusal, due_at, now)
        except Rejected as refusal:
            log.warning("message %d is refused with code %s: %s", claimed.message_id, refusal.code, refusal)
            self._store.outbox.failed(claimed, refusal.code, str(refusal), now=now)
        except MaybeSent as doubt:
            log.warning("message %d is in doubt: %s", claimed.message_id, doubt)
            self._look_up_later(claimed, now)
        except Exception:
            log.exception("message %d is in doubt: the channel broke its promise", claimed.message_id)
            self._look_up_later(claimed, now)
        else:
            self._record(claimed, sent, now)

    def _look_up(self, claimed: Claimed, now: datetime) -> None:
        known = self._store.outbox.other_sids(claimed)
        try:
            found = self._channel.find(_outgoing(claimed, known))
        except Exception as error:
            level = logging.WARNING if isinstance(error, MaybeSent) else logging.ERROR
            log.log(level, "message %d cannot be looked up: %s", claimed.message_id, error)
            self._look_up_later(claimed, now)
            return
        if found is not None and self._record(claimed, found, now):
            return
        if found is not None or claimed.lookups < SURE_AFTER_LOOKUPS:
            self._look_up_later(claimed, now)
        elif claimed.resent:
            self._leave_to_staff(claimed, now)
        else:
            log.warning("message %d was not sent, as its look-ups show: it is queued once more", claimed.message_id)
            self._store.outbox.queue_again(claimed, due_at=now, reason="", resend=True, now=now)

    def _record(self, claimed: Claimed, sent: Sent, now: datetime) -> bool:
        error = "The provider could not deliver it." if sent.state is MessageState.FAILED else ""
        report = DeliveryReport(sent.sid, sent.state, error=error)
        if self._store.outbox.sent(claimed, report, now=now):
            log.info("message %d is %s as %s", claimed.message_id, sent.state, sent.sid)
            return True
        log.warning("message %d was given the id of another one, %s", claimed.message_id, sent.sid)
        return False

    def _try_later(self, claimed: Claimed, refusal: NotProcessed, due_at: datetime, now: datetime) -> None:
        if now - claimed.queued_at < STALE_AFTER:
            log.info("message %d was not taken, attempt %d: %s", claimed.message_id, claimed.attempts, refusal)
            self._store.outbox.queue_again(claimed, due_at=due_at, reason=str(refusal), now=now)
        else:
            log.error("message %d is given up: %s", claimed.message_id, refusal)
            hours = STALE_AFTER // timedelta(hours=1)
            self._store.outbox.failed(claimed, "", f"Given up after {hours} hours of trying. {refusal}", now=now)

    def _look_up_later(self, claimed: Claimed, now: datetime) -> None:
        if claimed.lookups < len(LOOK_UP_AFTER):
            look_up_at = now + LOOK_UP_AFTER[claimed.lookups]
            self._store.outbox.in_doubt(claimed, _IN_DOUBT, look_up_at=look_up_at, now=now)
        else:
            self._leave_to_staff(claimed, now)

    def _leave_to_staff(self, claimed: Claimed, now: datetime) -> None:
        log.error("nobody can tell whether message %d arrived", claimed.message_id)
        self._store.outbox.in_doubt(claimed, _NEVER_KNOWN, look_up_at=None, now=now)

    def _pause(self, attempts: int) -> timedelta:
        """Between nothing and a limit that doubles with each attempt, so that many do not come back at one moment."""
        limit = min(_FIRST_PAUSE * (1 << min(attempts - 1, 20)), _LONGEST_PAUSE)
        return limit * self._rng.random()

    def _send_all(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._woken.clear()  # before looking: what is queued after the look sets it again
            had_work = self._attempt(self.run_once, stop)
            self._attempt(self._beat, stop)
            if had_work:
                continue
            busy_for = self._busy_until - time.monotonic()
            if busy_for > 0:
                stop.wait(min(busy_for, _LOOK_SECONDS))  # what is queued meanwhile could not leave either
            else:
                self._woken.wait(self._until_next())

    def _until_next(self) -> float:
        """Seconds until something is due, at most until the next look."""
        now = datetime.now(UTC)
        try:
            due_at = self._store.outbox.next_due(now=now)
        except StorageUnavailable:
            due_at = None  # the next step waits and says so
        return min(_LOOK_SECONDS, (due_at - now).total_seconds()) if due_at else _LOOK_SECONDS

    def _beat(self, now: datetime) -> bool:
        if time.monotonic() - self._last_beat >= _BEAT_SECONDS:
            self._last_beat = time.monotonic()
            self._store.beat(now=now)
        return True

    def _do_if_in_turn(self, chore: Chore, now: datetime) -> bool:
        in_turn = self._store.turns.take(chore.name, every=chore.every, now=now)
        if in_turn:
            chore.work(now)
        return in_turn

    def _watch_clock(self, now: datetime) -> None:
        self._store.wake_snoozed(now=now)
        self._store.raise_promises(now=now)
        if mended := self._store.outbox.mend_times(furthest=FURTHEST, now=now):
            log.warning("the clock was set back: %d messages that waited for later times are looked at now", mended)

    def _attempt(self, step: Callable[[datetime], bool], stop: threading.Event) -> bool:
        """Take one step. Whatever happens in it, the next one is taken: messages wait in the database."""
        try:
            return step(datetime.now(UTC))
        except StorageUnavailable as error:
            log.warning("delivery waits for the database: %s", error)
        except Exception:
            log.exception("delivery goes on after a fault")
        stop.wait(_TROUBLE_SECONDS)
        return False


def _outgoing(claimed: Claimed, known_sids: frozenset[str] = frozenset()) -> Outgoing:
    return Outgoing(claimed.message_id, claimed.to, claimed.reply, claimed.queued_at, known_sids)
