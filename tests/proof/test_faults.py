"""Twilio and the database fail in every way while learners write: each message is answered once, none is forgotten."""

import time
from pathlib import Path

import pytest

from bot.storage import migrate
from tests.conftest import restart_postgresql, running_postgresql, server_url
from tests.proof.cluster import Learners, check, cluster, until_settled
from tests.twilio_stand_in import Fault, TwilioStandIn

pytestmark = pytest.mark.proof


def test_whatever_twilio_does_each_message_is_answered_once(tmp_path: Path, database_url: str) -> None:
    with TwilioStandIn() as twilio, cluster(tmp_path, twilio, database_url) as running:
        with Learners(running) as learners:
            twilio.follow_up = ("delivered", "sent", "read", "delivered")
            for fault in (Fault.ANSWER_LOST, Fault.LOST, Fault.SERVER_ERROR, Fault.SILENCE, Fault.REDIRECT):
                twilio.fail_next(fault, times=2)
                time.sleep(1)
            twilio.reject_next(20429, status=429, times=10)
            time.sleep(1)
            with twilio.unreachable():
                time.sleep(2)
        until_settled(database_url)
        twilio.until_reported()
        assert check(database_url, twilio, learners.accepted) > 0


def test_a_storm_of_429_slows_all_workers_and_loses_nothing(tmp_path: Path, database_url: str) -> None:
    with TwilioStandIn() as twilio, cluster(tmp_path, twilio, database_url) as running:
        with Learners(running, per_second=20) as learners:
            twilio.reject_next(20429, status=429, times=1000)
            asked = len(twilio.requests)
            time.sleep(10)
            asked = len(twilio.requests) - asked
            twilio.forget_faults()
        until_settled(database_url)
        look_ups = check(database_url, twilio, learners.accepted)
    # Pauses of 2, 4 and 8 seconds; after each, all eight threads of both workers may ask before the first one hears no.
    assert asked < 5 * 8
    assert look_ups == 0


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_database_that_is_restarted_in_the_middle_loses_nothing(tmp_path: Path, how: str) -> None:
    with running_postgresql() as server, TwilioStandIn() as twilio:
        url = server_url(server)
        migrate(url)
        with cluster(tmp_path, twilio, url) as running:
            with Learners(running) as learners:
                time.sleep(2)
                restart_postgresql(server, how)
                time.sleep(4)
            until_settled(url)
            check(url, twilio, learners.accepted)
