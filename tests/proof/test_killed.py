"""Processes die without warning at random moments under load, again and again: nothing is lost, nothing is doubled."""

import random
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage import Store
from tests.proof.cluster import LEARNERS, WEBS, WORKERS, Learners, address, check, cluster, until_settled
from tests.storage.world import execute
from tests.twilio_stand_in import TwilioStandIn

ROUNDS = 50

pytestmark = pytest.mark.proof


def test_every_accepted_message_is_answered_once_and_in_order_whoever_dies(tmp_path: Path, database_url: str) -> None:
    asking = [address(LEARNERS + number) for number in range(ROUNDS)]
    with TwilioStandIn() as twilio, cluster(tmp_path, twilio, database_url) as running:
        with Learners(running) as learners:
            for learner in asking:
                learners.say(learner, "I want to talk to a person")
                time.sleep(random.uniform(0, 0.3))
                victim = random.choice(WEBS + WORKERS)
                running.kill(victim)
                running.start(victim)
        until_settled(database_url)
        check(database_url, twilio, learners.accepted)
    with closing(Store(database_url)) as store:
        stored = [store.conversation_of(learner) for learner in asking]
        handoffs = [conversation and store.open_handoff(conversation.id) for conversation in stored]
    assert all(handoffs)
    assert len(learners.accepted) == LEARNERS + ROUNDS
    ((joined,),) = execute(database_url, "SELECT count(*) FROM messages WHERE answered_with IS NOT NULL")
    assert joined, "no burst was answered as one, so none was tried"
