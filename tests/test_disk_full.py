"""The disk is full: nothing is half done, Twilio is asked to come again, and all goes on once there is room."""

import resource
from contextlib import closing
from pathlib import Path

from bot.storage import Store
from bot.storage.ledger import Side
from tests.proof.cluster import until_settled
from tests.storage.world import thread_of
from tests.test_ledger_in_any_order import EVER
from tests.test_serve import LIMIT, finished, running
from tests.twilio_forms import LEARNER, message_form
from tests.twilio_stand_in import TwilioStandIn

NO_ROOM = 1
"""Octets that a file may have. Writing any further fails as on a disk without room."""


def descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [pid, *(below for child in children for below in descendants(child))]


def limit_files(pid: int, octets: int) -> None:
    """Let no process of a program write a file beyond a size."""
    for one in descendants(pid):
        resource.prlimit(one, resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))


def test_a_full_disk_keeps_nothing_by_halves_and_loses_nothing(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'var' / 'bot.db'}"
    assert finished(tmp_path, "db", "upgrade")[0] == 0
    with TwilioStandIn() as twilio, running(tmp_path, "serve", **twilio.environ) as bot:
        bot.until_listening()
        twilio.bot = bot.url
        assert twilio.send_whatsapp("Hello").status == 204
        twilio.until_messages(1, seconds=LIMIT)
        until_settled(database)  # else its record is missing, and it is looked up half a minute later
        limit_files(bot.process.pid, NO_ROOM)
        form = message_form("Which tools?")
        refused = twilio.post("/webhooks/whatsapp", form)
        with closing(Store(database)) as store:
            assert len(thread_of(store, LEARNER)) == 2
        limit_files(bot.process.pid, resource.RLIM_INFINITY)
        assert twilio.post("/webhooks/whatsapp", form).status == 204
        twilio.until_messages(2, seconds=LIMIT)
        code, log = bot.stop()
    assert (refused.status, code) == (503, 0)
    assert "Traceback" not in log
    with closing(Store(database)) as store:
        assert len(thread_of(store, LEARNER)) == 4
        assert [store.ledger.sums(*EVER)[side].difference for side in Side] == [0, 0]
