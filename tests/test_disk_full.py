"""The disk is full: nothing is half done, Twilio is asked to come again, and all goes on once there is room."""

import subprocess
from contextlib import closing
from pathlib import Path

import psycopg

from bot.storage import Store, migrate
from bot.storage.ledger import Side
from tests.conftest import made_database, postgresql_user, running_postgresql
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


def limit_files(pid: int, octets: int | None, user: str | None = None) -> None:
    """Let no process of a program write a file beyond a size, None: beyond any.

    user: whose program it is, if not ours.
    """
    wanted = f"--fsize={'unlimited' if octets is None else octets}:"
    for one in descendants(pid):
        done = subprocess.run(["prlimit", f"--pid={one}", wanted], user=user, check=False, capture_output=True)
        assert done.returncode == 0 or not Path(f"/proc/{one}").exists(), done.stderr


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
        limit_files(bot.process.pid, None)
        assert twilio.post("/webhooks/whatsapp", form).status == 204
        twilio.until_messages(2, seconds=LIMIT)
        code, log = bot.stop()
    assert (refused.status, code) == (503, 0)
    assert "Traceback" not in log
    with closing(Store(database)) as store:
        assert len(thread_of(store, LEARNER)) == 4
        assert [store.ledger.sums(*EVER)[side].difference for side in Side] == [0, 0]


LONG = "Which tools does an MLOps engineer use? " * 38
"""So long that few of them fit into what room a file has left."""
FILL = """
INSERT INTO messages (conversation_id, direction, author, kind, text, at, changed_at, outcome, reason)
SELECT 1, 'in', 'learner', 'text', (SELECT string_agg(md5((n * m)::text), '') FROM generate_series(1, 55) AS m),
  '2020-01-01', '2020-01-01', 'ignored', 'filler' FROM generate_series(1, 11000) AS n
"""


def test_a_full_disk_of_postgresql_keeps_nothing_by_halves_and_loses_nothing(tmp_path: Path) -> None:
    """Its tables cannot grow; its log can, which is recycled and has its room already."""
    with running_postgresql() as server, made_database(server) as database, TwilioStandIn() as twilio:
        migrate(database)
        postmaster = int((server / "data" / "postmaster.pid").read_text().split()[0])
        environ = twilio.environ | {"DATABASE_URL": database}
        with running(tmp_path, "serve", **environ) as bot:
            bot.until_listening()
            twilio.bot = bot.url
            assert twilio.send_whatsapp("Hello").status == 204
            twilio.until_messages(1, seconds=LIMIT)
            until_settled(database)
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(FILL)
                found = connection.execute("SELECT pg_relation_size('messages')").fetchone()
            assert found is not None
            limit_files(postmaster, found[0], postgresql_user())
            accepted, refused = 0, None
            while refused is None:
                form = message_form(f"{accepted} {LONG}")
                if twilio.post("/webhooks/whatsapp", form).status == 503:
                    refused = form
                accepted += refused is None
                assert accepted < 20, "the tables can still grow"
            with closing(Store(database)) as store:
                assert not any(stored.text.startswith(f"{accepted} ") for stored in thread_of(store, LEARNER)[-9:])
            limit_files(postmaster, None, postgresql_user())
            assert twilio.post("/webhooks/whatsapp", refused).status == 204
            twilio.until_messages(2 + accepted, seconds=LIMIT)
            code, log = bot.stop()
        assert code == 0
        assert "Traceback" not in log
        with closing(Store(database)) as store:
            assert store.ledger.sums(*EVER)[Side.RECEIVED].difference == 0
            assert store.ledger.sums(*EVER)[Side.QUEUED].difference == 0
