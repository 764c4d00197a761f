"""Many at the same moment: the same webhook, many messages of one learner, many workers."""

import random
import threading
from contextlib import closing
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from bot.channels import Outgoing, Sent
from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision
from bot.core.messages import Inbound
from bot.intake import Intake
from bot.storage import Direction, Store
from tests.storage.processes import Ledger, deliver_until_empty, receive_all, run_together
from tests.storage.world import (
    ANN,
    KNOWLEDGE,
    NOW,
    Recorder,
    at_once,
    delivery,
    execute,
    intake,
    message,
    outgoing_of,
    rule,
    thread_of,
)


def test_the_same_webhook_twenty_times_at_once_is_one_message_and_one_reply(store: Store) -> None:
    receive = intake(store).receive
    results = at_once(*[lambda: receive(message("SM1"), now=NOW)] * 20)
    assert sorted(results, key=bool) == [False] * 19 + [True]
    assert [stored.direction for stored in thread_of(store)] == [Direction.IN, Direction.OUT]


def test_the_same_webhooks_in_two_processes_are_stored_once(store: Store, database_url: str) -> None:
    sids = [f"SM{number}" for number in range(20)]
    assert run_together(receive_all, (database_url, sids, "Hello"), (database_url, sids[::-1], "Hello")) == [0, 0]
    came = [stored.sid for stored in thread_of(store) if stored.direction is Direction.IN]
    assert (len(came), sorted(str(sid) for sid in came)) == (20, sorted(sids))
    assert len(outgoing_of(store)) == 20


def test_twenty_first_messages_of_one_person_at_once_are_one_conversation(store: Store, database_url: str) -> None:
    receive = intake(store).receive
    bsuid = "whatsapp:IN.ann"
    both_ways = [(ANN, bsuid), (bsuid, ANN)]
    calls = [
        lambda n=n: receive(message(f"SM{n}", sender=both_ways[n % 2][0], aliases=both_ways[n % 2]), now=NOW)
        for n in range(20)
    ]
    assert at_once(*calls) == [True] * 20
    assert len(thread_of(store)) == 40
    assert execute(database_url, "SELECT count(*) FROM learners") == [(1,)]
    assert execute(database_url, "SELECT count(*) FROM conversations") == [(1,)]


def test_each_reply_directly_follows_its_message(store: Store) -> None:
    receive = intake(store).receive
    at_once(*[lambda n=n: receive(message(f"SM{n}", "menu"), now=NOW) for n in range(10)])
    pattern = [direction for direction, _ in groupby(stored.direction for stored in thread_of(store))]
    assert pattern == [Direction.IN, Direction.OUT] * 10


def test_a_message_that_waited_for_another_sees_all_that_it_changed(postgresql_url: str) -> None:
    seen: list[tuple[bool, str]] = []

    def slow_rule(conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
        if inbound.text == "STOP":
            second.start()
            wait_until_blocked(postgresql_url)
        seen.append((conversation.opted_out, conversation.name))
        return rule(conversation, inbound, knowledge, now=now)

    with closing(Store(postgresql_url)) as store:
        receive = Intake(store, KNOWLEDGE, wake=lambda: None, rule=slow_rule).receive
        receive(message("SM1"), now=NOW)
        second = threading.Thread(target=receive, args=(message("SM3"),), kwargs={"now": NOW})
        receive(message("SM2", "STOP", name="Ann"), now=NOW)
        second.join()
    assert seen == [(False, ""), (False, "Ann"), (True, "Ann")]


def wait_until_blocked(database_url: str) -> None:
    while not execute(database_url, "SELECT pid FROM pg_locks WHERE NOT granted"):
        threading.Event().wait(0.01)


class Dawdler(Recorder):
    """A provider that takes its time, now more, now less."""

    def send(self, outgoing: Outgoing) -> Sent:
        threading.Event().wait(random.uniform(0, 0.02))
        return super().send(outgoing)


def test_replies_leave_in_the_order_of_storing_whoever_sends_them(store: Store) -> None:
    receive = intake(store).receive
    phone = Dawdler()
    workers = [delivery(store, phone) for _ in range(3)]

    def work(number: int) -> None:
        while len(phone.sent) < 10:
            workers[number].run_once(NOW)

    calls = [lambda n=n: receive(message(f"SM{n}", f"message {n}"), now=NOW) for n in range(10)]
    at_once(*calls, *[lambda n=n: work(n) for n in range(3)])
    assert phone.texts == [stored.text for stored in outgoing_of(store)]


def test_two_workers_in_two_processes_send_everything_once_and_in_order(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    learners = [f"whatsapp:+91980000{number:04}" for number in range(5)]
    for number in range(40):
        intake(store).receive(message(f"SM{number}", f"{number:02}", sender=learners[number % 5]), now=NOW)
    ledger = tmp_path / "ledger"
    assert run_together(deliver_until_empty, (database_url, ledger), (database_url, ledger)) == [0, 0]
    texts = Ledger(ledger).texts()
    assert sorted(texts) == [f"You wrote: {number:02}" for number in range(40)]
    for learner in range(5):
        theirs = [text for text in texts if int(text[-2:]) % 5 == learner]
        assert theirs == sorted(theirs)


def test_a_learner_who_writes_while_being_erased_loses_no_message(store: Store) -> None:
    receive = intake(store).receive
    receive(message("SM0"), now=NOW)
    texts = ["Hello"] * 4 + ["erase my data"] + ["Hello"] * 5
    calls = [lambda n=n, text=text: receive(message(f"SM{n}", text), now=NOW) for n, text in enumerate(texts, 1)]
    assert at_once(*calls) == [True] * 10
    after = outgoing_of(store)
    store.tidy(now=NOW + timedelta(seconds=1))
    assert outgoing_of(store) == after
