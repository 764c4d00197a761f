"""What the tests of the desk run in processes of their own."""

import os
import signal
from contextlib import closing
from datetime import timedelta

from bot.core.messages import Reply
from bot.storage import Store
from tests.at_desk import ASHA, desk
from tests.storage.world import NOW


def wake_all(database_url: str, days: int) -> None:
    with closing(Store(database_url)) as store:
        store.wake_snoozed(now=NOW + timedelta(days=days))


def raise_all(database_url: str, days: int) -> None:
    with closing(Store(database_url)) as store:
        store.raise_promises(now=NOW + timedelta(days=days))


def die_while_replying(database_url: str, submission: str) -> None:
    with Store(database_url).desk(1) as tx:
        tx.queue([Reply("Hello")], staff_id=ASHA.id, submission=submission, now=NOW)
        os.kill(os.getpid(), signal.SIGKILL)


def reply_and_die(database_url: str, submission: str) -> None:
    desk(Store(database_url)).reply(1, "Hello", submission, staff=ASHA, now=NOW)
    os.kill(os.getpid(), signal.SIGKILL)
