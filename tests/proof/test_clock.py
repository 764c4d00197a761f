"""The clock is set by an hour, and back, while learners write: each message is answered once, in order."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.proof.cluster import Learners, check, cluster, until_settled
from tests.storage.world import execute
from tests.twilio_stand_in import TwilioStandIn

SET_CLOCK = Path(__file__).parent / "set_clock"
HOUR = 3600

pytestmark = pytest.mark.proof


def test_a_clock_that_is_set_loses_and_doubles_nothing(tmp_path: Path, database_url: str) -> None:
    clock = tmp_path / "clock"
    environ = {"PYTHONPATH": str(SET_CLOCK), "CLOCK_FILE": str(clock)}
    clock.write_text("0")
    with TwilioStandIn() as twilio, cluster(tmp_path, twilio, database_url, **environ) as running:
        with Learners(running) as learners:
            for ahead in (HOUR, 0, -HOUR, HOUR, 0):
                time.sleep(2)
                # As one step: a file that is being written would be empty for a moment.
                (tmp_path / "set").write_text(str(ahead))
                (tmp_path / "set").replace(clock)
            time.sleep(2)
        until_settled(database_url)
        check(database_url, twilio, learners.accepted)
    (first, last) = execute(database_url, "SELECT min(at), max(at) FROM messages")[0]
    assert as_moment(last) - as_moment(first) > timedelta(hours=1.9)


def as_moment(stored: object) -> datetime:
    return datetime.fromisoformat(str(stored))
