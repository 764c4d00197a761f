"""Fetch from the provider's records what learners wrote while nobody took the webhooks."""

import logging
import random
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from bot.channels.twilio.inbound import UnreadableForm
from bot.channels.twilio.received import Record, Records, RecordsUnavailable
from bot.core.messages import Inbound
from bot.storage import StorageUnavailable, Store

EVERY: Final = timedelta(minutes=3)
"""How often one process of all looks. After a shorter absence, too, nobody waits longer than this for an answer."""
LOOK_BACK: Final = timedelta(hours=24)
"""As far back as WhatsApp's window reaches: older messages can be answered by a template only."""
LEFT_TO_WEBHOOK: Final = timedelta(minutes=2)
"""A younger message may still come by webhook, which tells more: all tries of Twilio end within half a minute."""
OVERLAP: Final = timedelta(minutes=10)
"""What is read again each time, as the clocks differ and Twilio's list may be behind."""
LONGEST_TURN: Final = timedelta(minutes=2)
"""What is not done by then is left to the next turn, so that no two processes read at once."""

_SHORTEST_SLICE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(minutes=15)
_LOOK_SECONDS: Final = 5.0
_TURN: Final = "catch up"

log = logging.getLogger(__name__)


class Receive(Protocol):
    """How `bot.intake.Intake.receive` is called."""

    def __call__(self, inbound: Inbound, *, now: datetime) -> bool:
        """Take in one message; True if it was new."""
        ...


class CatchUp:
    """Any number of these may run; one at a time does the work, and what two of them find is taken in once."""

    def __init__(self, store: Store, records: Records, *, receive: Receive) -> None:
        self._store = store
        self._records = records
        self._receive = receive
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        """Look at once and then every few minutes, until `stop` is set."""
        rest_until = 0.0
        while not stop.is_set():
            if time.monotonic() >= rest_until:
                rest_until = time.monotonic() + self._attempt(stop).total_seconds()
            stop.wait(_LOOK_SECONDS)

    def run_once(self, *, now: datetime, stop: threading.Event) -> int | None:
        """Fetch what is missing up to now (aware UTC), if it is our turn; return how much, None if it is not.

        Raises StorageUnavailable or RecordsUnavailable; what was taken in by then stays.
        """
        if not self._store.turns.take(_TURN, every=EVERY, now=now):
            return None
        ends_at = time.monotonic() + LONGEST_TURN.total_seconds()
        until = (now - LEFT_TO_WEBHOOK).replace(microsecond=0)
        since = self._since(until)
        span, taken = max(until - since, _SHORTEST_SLICE), 0
        recipients = self._records.recipients()
        while since < until and not stop.is_set() and time.monotonic() < ends_at:
            upto = min(since + span, until)
            missing = self._missing(recipients, since, upto)
            if missing is None and span > _SHORTEST_SLICE:
                span = max(span / 2, _SHORTEST_SLICE)
                continue
            if missing is None:
                log.error("Twilio has more messages of %s than it tells at once: look at them in its console", since)
            for record in missing or ():
                taken += self._take_in(record, now=now)
            since = upto
            self._store.catching_up.note_read(since)
        return taken

    def _since(self, until: datetime) -> datetime:
        """Return from when on the list is to be read."""
        read = self._store.catching_up.read_up_to()
        if read is None:
            # A new bot owes no answer to what was written before there was one, some minutes aside.
            self._store.catching_up.note_read(until)
            return until
        earliest = until - LOOK_BACK
        # A clock that was set back has left a time that is still to come, and nobody knows since when.
        since = earliest if read > until + OVERLAP else max(read - OVERLAP, earliest)
        return since.replace(microsecond=0)

    def _missing(self, recipients: Sequence[str], since: datetime, until: datetime) -> list[Record] | None:
        """Return what Twilio knows and we do not, oldest first; None if Twilio has more than it tells at once."""
        found: list[Record] = []
        for recipient in recipients:
            records = self._records.between(since, until, recipient=recipient)
            if records is None:
                return None
            found += records
        unknown = self._store.catching_up.unknown([record.sid for record in found])
        return sorted((record for record in found if record.sid in unknown), key=lambda record: record.at)

    def _take_in(self, record: Record, *, now: datetime) -> bool:
        try:
            inbound = self._records.read(record)
        except UnreadableForm as error:
            log.error("message %s of Twilio's list cannot be read: %s", record.sid, error)
            return False
        is_new = self._receive(inbound, now=now)
        if is_new:
            log.warning("message %s was fetched: its webhook has not reached us", record.sid)
        return is_new

    def _attempt(self, stop: threading.Event) -> timedelta:
        """Take a turn; return how long to rest. Whatever happens in it, there is a next one."""
        try:
            if self.run_once(now=datetime.now(UTC), stop=stop) is not None:
                self._failures = 0
        except (RecordsUnavailable, StorageUnavailable) as error:
            log.warning("missed messages cannot be fetched for now: %s", error)
        except Exception:
            log.exception("fetching missed messages goes on after a fault")
        else:
            return timedelta()
        self._failures += 1
        # Too many requests, or nobody there: each failure doubles the rest, and chance spreads the processes.
        longest = min(EVERY * (1 << min(self._failures, 10)), _LONGEST_PAUSE)
        return longest * (0.5 + random.SystemRandom().random() / 2)
