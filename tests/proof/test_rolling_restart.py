"""A new version is put in place while learners write: each process is told to stop and started again, one by one."""

from pathlib import Path

import pytest

from tests.proof.cluster import WEBS, WORKERS, Learners, check, cluster, until_settled
from tests.twilio_stand_in import TwilioStandIn

pytestmark = pytest.mark.proof


def test_a_rolling_restart_under_load_loses_doubles_and_doubts_nothing(tmp_path: Path, database_url: str) -> None:
    with TwilioStandIn() as twilio, cluster(tmp_path, twilio, database_url) as running:
        with Learners(running, per_second=20) as learners:
            codes = [running.restart(name) for name in WEBS + WORKERS]
        until_settled(database_url)
        look_ups = check(database_url, twilio, learners.accepted)
    assert codes == [0, 0, 0, 0]
    assert look_ups == 0
