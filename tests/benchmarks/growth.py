"""Does anything slow down as messages pile up? python -m tests.benchmarks.growth [--small N] [--large N] [--json]

Fills two databases of each kind, one with 10,000 and one with 1,000,000 messages (20 in a conversation), and asks both
in turns for the same things: taking in a message, sending one, a delivery report, the pages' lists and threads, search,
the ledger and the metrics of a period that holds the same messages in both. Prints the medians in milliseconds and how
many times slower the large one is. Staff have the same number of conversations at hand in both, as many learners have
the rare name, and as many messages the rare words; a common name is that of more learners in the large one.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.core.catalogue import Knowledge
from bot.core.conversation import Action, Conversation, Decision, Status
from bot.core.insights import Period
from bot.core.messages import DeliveryReport, Inbound, Kind, MessageState, Outcome, Reply
from bot.intake import Intake
from bot.knowledge_files import load
from bot.storage import Store, migrate
from bot.storage.inbox import Filters, View
from tests.benchmarks.decide import KNOWLEDGE
from tests.benchmarks.inbox import QUERIES, SPACING, START, fill
from tests.conftest import made_database, running_postgresql

EACH: Final = 20
"""Messages in a conversation."""
SMALL: Final = 10_000
LARGE: Final = 1_000_000
KINDS: Final = ("sqlite", "postgresql")
LEASE: Final = timedelta(minutes=2)


def answered(conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
    """Answer anything at once: what is measured is the storage."""
    return Decision(
        replies=(Reply("An answer."),),
        outcome=Outcome.ANSWERED,
        reason="answered",
        status=Status.BOT,
        memory=conversation.memory,
        opted_out=False,
        action=Action.ANSWER,
    )


def questions(store: Store, knowledge: Knowledge, shared: int) -> Mapping[str, Callable[[], object]]:
    """What is asked of a store, by name. shared: messages that both stores have, the oldest ones."""
    end = START + SPACING * (shared // EACH)
    now = START + timedelta(days=400)
    intake = Intake(store, knowledge, wake=lambda: None, rule=answered)
    numbers, chance = count(), random.Random(3)
    sent: list[str] = []

    def receive() -> None:
        one = next(numbers)
        sender = f"whatsapp:+9188{one % 500:08}"
        intake.receive(Inbound(f"SMin{one}", sender, "bot", Kind.TEXT, "fees?", (sender,)), now=now)

    def deliver() -> None:
        claimed = store.outbox.claim(now=now + LEASE, lease=LEASE)
        if claimed is None:
            raise RuntimeError("nothing was queued")
        sent.append(f"SMout{claimed.message_id}")
        store.outbox.sent(claimed, DeliveryReport(sent[-1], MessageState.SENT), now=now)

    def report() -> None:
        store.record_report(DeliveryReport(sent.pop(), MessageState.DELIVERED), now=now)

    def opened() -> None:
        one = chance.randint(1, shared // EACH)
        store.inbox.case(one, 1)
        store.inbox.messages(one)

    zone = ZoneInfo(knowledge.school.timezone)
    cursor, _ = store.inbox.changes()
    cards = store.inbox.cards
    return {
        "take in a message": receive,
        "claim a message, note it as sent": deliver,
        "a delivery report": report,
        **{f"list {view}": partial(cards, view, Filters(), 1) for view in View},
        "counts": partial(store.inbox.counts, 1),
        "case and messages": opened,
        "changes when idle": partial(store.inbox.changes, cursor),
        **{f"search {name}": partial(cards, View.OPEN, Filters(query=query), 1) for name, query in QUERIES.items()},
        "ledger of a period": partial(store.ledger.sums, START, end),
        "metrics": partial(store.watching.look, now=end),
        "insights of a period": partial(store.insights.count, Period(START.date(), START.date(), zone)),
        "is everything in order": store.check,
    }


def compared(small: Store, large: Store, knowledge: Knowledge, shared: int, times: int) -> Iterator[dict[str, object]]:
    """Ask both stores in turns, and tell the medians."""
    asked = questions(small, knowledge, shared)
    same = questions(large, knowledge, shared)
    for name, call in asked.items():
        pairs = [(_took(call), _took(same[name])) for _ in range(times)]
        medians = [statistics.median(each) for each in zip(*pairs, strict=True)]
        yield {"what": name, "small_ms": medians[0], "large_ms": medians[1], "times": medians[1] / medians[0]}


def _took(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


@contextmanager
def pairs(small: int, large: int, kinds: Collection[str]) -> Iterator[list[tuple[str, Store, Store]]]:
    """The stores to compare, filled."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_postgresql() as server,
        made_database(server) as one,
        made_database(server) as two,
    ):
        files = [f"sqlite:///{Path(folder) / name}.db" for name in ("small", "large")]
        filled = []
        for kind, (first, second) in {"sqlite": files, "postgresql": [one, two]}.items():
            if kind not in kinds:
                continue
            for url, size in ((first, small), (second, large)):
                started = time.perf_counter()
                migrate(url)
                fill(url, size // EACH, size, busy_as=small // EACH)
                sys.stderr.write(f"{kind}: {size:,} messages in {time.perf_counter() - started:.0f} s\n")
            filled.append((kind, Store(first), Store(second)))
        yield filled
        for _, *stores in filled:
            for store in stores:
                store.close()


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("--times", type=int, default=40, help="how often each is measured")
    parser.add_argument("--only", choices=KINDS, help="one kind of database")
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    knowledge = load(KNOWLEDGE)
    with pairs(options.small, options.large, [options.only] if options.only else KINDS) as stores:
        for kind, small, large in stores:
            for found in compared(small, large, knowledge, options.small, options.times):
                if options.json:
                    sys.stdout.write(json.dumps({"database": kind, **found}) + "\n")
                else:
                    figures = f"{found['small_ms']:9.2f}{found['large_ms']:9.2f}{found['times']:8.2f}"
                    sys.stdout.write(f"{kind:12}{found['what']:36}{figures}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
