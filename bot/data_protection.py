"""What delivery does beside its messages, so that nothing is kept longer than it should be."""

import logging
from datetime import datetime, timedelta
from typing import Final

from bot.channels import Forgetful
from bot.storage import Store
from bot.storage.retention import Purged

FORGET_EVERY: Final = timedelta(seconds=5)
PURGE_EVERY: Final = timedelta(days=1)
AT_A_TIME: Final = 20
"""Messages that the provider is asked to erase in one turn; other work of the clock waits for it."""
LEASE: Final = timedelta(minutes=10)
GIVE_UP_AFTER: Final = timedelta(days=30)

_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=6)

log = logging.getLogger(__name__)


class Forgetter:
    """Has the provider erase what was erased here."""

    def __init__(self, store: Store, channel: Forgetful) -> None:
        self._store = store
        self._channel = channel

    def run(self, now: datetime) -> None:
        """Ask for a few messages; those that the provider does not erase are asked for again, with growing pauses.

        Raises StorageUnavailable.
        """
        claimed = self._store.forgetting.claim(now=now, lease=LEASE, limit=AT_A_TIME)
        if not claimed:
            return
        done = set(self._channel.forget([one.sid for one in claimed]))
        later = {}
        for one in claimed:
            if one.sid in done:
                continue
            if now - one.since < GIVE_UP_AFTER:
                later[one.sid] = now + min(_FIRST_PAUSE * (1 << min(one.attempts - 1, 20)), _LONGEST_PAUSE)
            else:
                log.error("message %s could not be erased at the provider: delete it in its console", one.sid)
                done.add(one.sid)
        self._store.forgetting.record(done, later)


class Retention:
    """Erases what is older than RETENTION_DAYS; meant to be run once a day."""

    def __init__(self, store: Store, days: int) -> None:
        self._store = store
        self._age = timedelta(days=days)

    def run(self, now: datetime) -> Purged:
        """Erase all that is too old at `now` (aware UTC), return how much it was. Raises StorageUnavailable."""
        messages = learners = 0
        is_all = False
        while not is_all:
            purged = self._store.retention.purge(before=now - self._age, now=now)
            messages, learners, is_all = messages + purged.messages, learners + purged.learners, purged.is_all
        return Purged(messages, learners, is_all)
