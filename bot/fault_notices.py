"""Tell staff of edits of the knowledge that cannot be served."""

import logging
from datetime import datetime, timedelta
from typing import Final

from bot.notify import Notifier
from bot.storage import Store

TELL_EVERY: Final = timedelta(seconds=5)
_LEASE: Final = timedelta(minutes=5)
_PAUSE: Final = timedelta(minutes=1)
_STALE_AFTER: Final = timedelta(hours=6)

log = logging.getLogger(__name__)


class FaultTeller:
    """Sends one notice for each broken edit; addresses that do not take it are tried again for some hours."""

    def __init__(self, store: Store, notifier: Notifier) -> None:
        self._store = store
        self._notifier = notifier

    def run(self, now: datetime) -> None:
        """Send what is due at `now` (aware UTC). Raises StorageUnavailable."""
        while fault := self._store.knowledge_faults.claim(now=now, lease=_LEASE):
            told = self._notifier.tell_of_broken_edit(fault.findings, fault.place, told=fault.told)
            due_at = None
            if not told >= self._notifier.addresses:
                if now - fault.found_at < _STALE_AFTER:
                    due_at = now + _PAUSE
                else:
                    log.error("the notice of a broken edit of the knowledge is given up after hours of trying")
            self._store.knowledge_faults.record(fault, told, due_at=due_at)
