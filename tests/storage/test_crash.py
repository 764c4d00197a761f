"""Processes killed without warning at the worst moments: nothing is lost, nothing leaves twice."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.messages import MessageState
from bot.delivery import LEASE
from bot.storage import Store
from tests.storage.processes import (
    Ledger,
    deliver_one_and_die,
    die_while_receiving,
    receive_and_die,
    run_together,
)
from tests.storage.world import NOW, deliver_all, intake, message, outgoing_of, thread_of

KILLED = -signal.SIGKILL


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


def test_killed_after_storing_a_message_it_is_answered_once_by_the_next_process(
    store: Store, database_url: str, ledger: Path
) -> None:
    assert run_together(receive_and_die, (database_url, "SM1")) == [KILLED]
    assert not intake(store).receive(message("SM1"), now=NOW)
    deliver_all(store, Ledger(ledger))
    assert Ledger(ledger).texts() == ["You wrote: Hello"]


def test_killed_while_storing_a_message_nothing_of_it_is_kept(store: Store, database_url: str) -> None:
    assert run_together(die_while_receiving, (database_url, "SM1")) == [KILLED]
    assert thread_of(store) == []
    assert intake(store).receive(message("SM1"), now=NOW)


def test_killed_between_sending_and_recording_the_message_is_looked_up_and_not_sent_again(
    store: Store, database_url: str, ledger: Path
) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    assert run_together(deliver_one_and_die, (database_url, ledger)) == [KILLED]
    assert not deliver_all(store, Ledger(ledger), NOW + LEASE - timedelta(seconds=1))
    deliver_all(store, Ledger(ledger), NOW + LEASE)
    (reply,) = outgoing_of(store)
    assert (reply.state, reply.sid) == (MessageState.SENT, f"OUT{reply.id}")
    assert Ledger(ledger).texts() == ["You wrote: Hello"]


def test_killed_before_sending_the_message_leaves_once_it_is_certain_that_it_did_not(
    store: Store, database_url: str, ledger: Path
) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    assert store.outbox.claim(now=NOW, lease=LEASE)
    for minutes in range(10):
        deliver_all(store, Ledger(ledger), NOW + timedelta(minutes=minutes))
    assert Ledger(ledger).texts() == ["You wrote: Hello"]
