"""Show a learner that an answer is being written, if it takes more than a moment. Nothing waits for this."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.channels import TypingNotShown, TypingShower
from bot.storage import StorageUnavailable, Store

AFTER: Final = timedelta(seconds=2)
"""How long a reply may take before the learner sees that it is being written."""
UNTIL: Final = timedelta(minutes=1)
"""After so long it is no question of typing any more."""

_LOOK_SECONDS: Final = 0.5
_REST_SECONDS: Final = 30.0
"""How long nothing is shown after the provider refused: when it has too much to do, dots matter least."""

log = logging.getLogger(__name__)


class Presence:
    """Looks for learners who wait. Any number of these may run at once; each message is shown as read once."""

    def __init__(self, store: Store, channel: TypingShower) -> None:
        self._store = store
        self._channel = channel
        self._resting_until = float("-inf")  # of the monotonic clock
        self._in_trouble = False

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        while not stop.wait(_LOOK_SECONDS):
            try:
                while not stop.is_set() and self.show_one(datetime.now(UTC)):
                    pass
            except StorageUnavailable:
                continue  # delivery says so
            except Exception:
                log.exception("typing is not shown after a fault")
                stop.wait(_REST_SECONDS)

    def show_one(self, now: datetime) -> bool:
        """Show one learner who waits that an answer is being written; False if nobody waits at `now` (aware UTC).

        Raises StorageUnavailable.
        """
        if time.monotonic() < self._resting_until:
            return False
        sid = self._store.typing.claim(after=AFTER, until=UNTIL, now=now)
        if sid is None:
            return False
        try:
            self._channel.show_typing(sid)
        except TypingNotShown as error:
            if not self._in_trouble:
                log.warning("learners do not see that an answer is being written: %s", error)
            self._in_trouble = True
            self._resting_until = time.monotonic() + _REST_SECONDS
            return False
        self._in_trouble = False
        return True
