"""How quick the inbox is with much in it: python -m tests.benchmarks.inbox [--json]

Makes a database of 10,000 conversations and 200,000 messages, a third of the conversations with handoffs, and prints
for each thing that a page asks for the median and the 99th percentile of the time on the clock (ms). Without
DATABASE_URL it measures a SQLite file and a private PostgreSQL, with it just that (empty) database.
"""

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, text

from bot.core.conversation import Brief, Memory, Status
from bot.core.messages import Kind, MessageState, Outcome
from bot.storage import Author, Direction, Store, migrate
from bot.storage.database import Database
from bot.storage.inbox import Filters, View
from bot.storage.search_index import SearchIndex
from bot.storage.tables import addresses, conversations, handoffs, labels, learners, messages, reads
from tests.conftest import made_database, running_postgresql
from tests.web.staff_clients import Person, people_at

STAFF: Final = 5
BATCH: Final = 500
"""Conversations in one transaction."""
START: Final = datetime.now(UTC).replace(hour=4) - timedelta(days=28)
SPACING: Final = timedelta(minutes=3)
"""Between the beginnings of two conversations, so that 10,000 of them take three weeks."""
SYLLABLES: Final = [
    "ka",
    "ra",
    "mi",
    "to",
    "le",
    "su",
    "na",
    "vi",
    "des",
    "pro",
    "ing",
    "mal",
    "per",
    "o",
    "an",
    "tech",
]
COMMON: Final = [
    "fees",
    "course",
    "the",
    "what",
    "is",
    "for",
    "mlops",
    "engineer",
    "कोर्स",
    "की",
    "फीस",
    "क्या",
    "है",
    "batch",
]
RARE: Final = "zanzibar"
HINDI: Final = "छात्रवृत्ति"
NAMED: Final = "Zubaida Qureshi"
FEW: Final = 20
"""How many learners have that name, and how many messages one of the two rare words, however many there are."""
QUERIES: Final = {
    "a name": "zubaida qureshi",
    "a common name": "asha rao",
    "part of a number": "65 00007",
    "a rare word": RARE,
    "a part of a rare word": "anzib",
    "a common word": "fees",
    "two common words": "fees mlops",
    "a rare Hindi word": HINDI,
    "a common Hindi word": "फीस",
    "two letters": "mi",
    "two rare letters": "zz",
    "two Hindi letters": "की",
    "a word that nobody wrote": "quetzalcoatl",
}
STATUSES: Final = (
    (Status.WAITING, 200),
    (Status.OPEN, 300),
    (Status.SNOOZED, 100),
)
PER_10_000: Final = 10_000


def words(chance: random.Random, messages_wanted: int) -> Callable[[], str]:
    """Make texts of 3 to 40 words, common ones far oftener than others, and the two rare ones in `FEW` of all."""
    numbers = count(1)
    made = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(20_000)]
    known = [*COMMON, *made]
    weights = [0.0]
    for rank in range(1, len(known) + 1):
        weights.append(weights[-1] + 1 / rank)

    def one() -> str:
        said = chance.choices(known, cum_weights=weights[1:], k=chance.randint(3, 40))
        number = next(numbers)
        if number % (messages_wanted // FEW) == 0:
            said.append(RARE.upper() if number // (messages_wanted // FEW) % 2 else HINDI)
        return " ".join(said)

    return one


def fill(database_url: str, conversations_wanted: int, messages_wanted: int, *, busy_as: int | None = None) -> None:
    """Make learners, conversations, messages, handoffs, labels and marks of who has read what, and index the texts.

    busy_as: staff have as many conversations at hand as they would with so many in all.
    """
    chance = random.Random(7)
    say = words(chance, messages_wanted)
    each = messages_wanted // conversations_wanted
    database = Database(database_url)
    size = busy_as or conversations_wanted
    statuses = [status for status, share in STATUSES for _ in range(share * size // PER_10_000)]
    statuses += [Status.BOT] * (conversations_wanted - len(statuses))
    chance.shuffle(statuses)
    for first in range(0, conversations_wanted, BATCH):
        ids = range(first + 1, min(first + BATCH, conversations_wanted) + 1)
        people = [person(number, statuses[number - 1], chance) for number in ids]
        for each_person in people:
            if each_person["learner"]["id"] % (conversations_wanted // FEW) == 0:
                each_person["learner"]["name"] = NAMED
        said = [one for number in ids for one in thread(number, each, say, chance)]
        with database.writing() as connection:
            for table, rows in {
                learners: [each["learner"] for each in people],
                addresses: [each["address"] for each in people],
                conversations: [each["conversation"] for each in people],
                messages: said,
                handoffs: [one for each in people for one in each["handoffs"]],
                labels: [one for each in people for one in each["labels"]],
                reads: [one for each in people for one in each["reads"]],
            }.items():
                if rows:
                    connection.execute(insert(table), rows)
    with database.writing() as connection:
        if database.is_postgresql:
            for name in ("learners", "conversations"):
                connection.execute(text(f"SELECT setval('{name}_id_seq', {conversations_wanted})"))
        connection.execute(text("ANALYZE"))
    index = SearchIndex(database)
    while not index.keep_up():
        pass
    database.close()


def person(number: int, status: Status, chance: random.Random) -> dict[str, Any]:
    """One learner with all but the messages."""
    at = START + SPACING * number
    names = (
        chance.choice(["Asha", "Ravi", "आशा", "Meera", "John", "Zoya"]),
        chance.choice(["Rao", "Singh", "शर्मा", "Khan"]),
    )
    has_owner = status in (Status.OPEN, Status.SNOOZED)
    was_handed_over = status is not Status.BOT or chance.random() < 0.3
    passages = range(chance.randint(1, 3)) if was_handed_over else range(0)
    topic = f"topic-{chance.randrange(30)}"
    return {
        "learner": {"id": number, "name": " ".join(names), "opted_out": False, "created_at": at},
        "address": {"address": f"whatsapp:+91{9_876_500_000 + number * 7}", "learner_id": number},
        "conversation": {
            "id": number,
            "learner_id": number,
            "status": status,
            "memory": Memory().model_dump_json(),
            "last_inbound_at": at,
            "created_at": at,
            "owner_id": chance.randint(1, STAFF) if has_owner else None,
            "snoozed_until": at + timedelta(days=1) if status is Status.SNOOZED else None,
            "topic": topic,
            "revision": 0,
        },
        "handoffs": [
            {
                "conversation_id": number,
                "reason": chance.choice(["asked", "unknown", "error", "twice_missed"]),
                "brief": asdict(Brief("", "asked", "", (), (), "", "", "en", "")),
                "opened_at": at + timedelta(hours=passage),
                "resolved_at": None
                if status is not Status.BOT and passage == passages[-1]
                else at + timedelta(hours=passage, minutes=30),
                "topic": topic,
            }
            for passage in passages
        ],
        "labels": [{"conversation_id": number, "label": f"label-{chance.randrange(20)}"}] if was_handed_over else [],
        "reads": [
            {"staff_id": chance.randint(1, STAFF), "conversation_id": number, "message_id": 0} for _ in passages[:1]
        ],
    }


def thread(number: int, each: int, say: Callable[[], str], chance: random.Random) -> Iterator[dict[str, Any]]:
    """The messages of one conversation: a question, an answer, and so on."""
    shared = dict.fromkeys(("sid", "outcome", "reason", "decision", "state", "in_reply_to"))
    for turn in range(each):
        at = START + SPACING * number + timedelta(seconds=turn)
        row = {"conversation_id": number, "kind": Kind.TEXT, "text": say(), "at": at, "changed_at": at}
        if turn % 2:
            yield shared | row | {"direction": Direction.OUT, "author": Author.BOT, "state": MessageState.READ}
        else:
            candidates = [
                {
                    "topic": "tools",
                    "side": "mlops",
                    "confidence": 0.5,
                    "phrase": "which tools",
                    "place": "tools.yaml:17",
                }
            ] * 5
            yield (
                shared
                | row
                | {
                    "direction": Direction.IN,
                    "author": Author.LEARNER,
                    "sid": f"SM{number}-{turn}",
                    "outcome": Outcome.ANSWERED,
                    "reason": "answered",
                    "decision": {"action": "answer", "answers": candidates[:1], "why": {"candidates": candidates}},
                }
            )


def measured(store: Store, times: int, size: int) -> Iterator[dict[str, Any]]:
    """Figures for all that a page asks for."""
    inbox = store.inbox
    chance = random.Random(11)
    for view in View:
        yield figures(f"list {view}", partial(inbox.cards, view, Filters(), 1), times)
        first = inbox.cards(view, Filters(), 1)
        place = first[-1].place if first else None
        yield figures(f"list {view}, page 2", partial(inbox.cards, view, Filters(), 1, after=place), times)
    narrow = Filters(topic="topic-3", reason="asked", label="label-3")
    yield figures("list resolved, filtered", lambda: inbox.cards(View.RESOLVED, narrow, 1), times)
    yield figures("counts", lambda: inbox.counts(1), times)

    def opened() -> None:
        one = chance.randint(1, size)
        inbox.case(one, 1)
        inbox.messages(one)

    yield figures("case and messages", opened, times)
    cursor, _ = inbox.changes()
    yield figures("changes when idle", lambda: inbox.changes(cursor), times)
    yield figures("labels, topics, reasons", lambda: (inbox.all_labels(), inbox.topics(), inbox.reasons()), times)
    for name, query in QUERIES.items():
        found = len(inbox.cards(View.OPEN, Filters(query=query), 1))
        label = f"search {name} ({found} cards)"
        yield figures(label, partial(inbox.cards, View.OPEN, Filters(query=query), 1), times)


def figures(name: str, call: Callable[[], object], times: int) -> dict[str, Any]:
    """Call it some times and tell how long that took."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        took.append((time.perf_counter() - started) * 1000)
    took.sort()
    return {"what": name, "median_ms": statistics.median(took), "p99_ms": took[int(len(took) * 0.99)]}


def pages(url: str, times: int, size: int) -> Iterator[dict[str, Any]]:
    """Figures for whole pages, from the request to the last byte, as somebody who is signed in asks for them."""
    chance = random.Random(12)
    with people_at(url) as people:
        for view in View:
            yield figures(f"page: list {view}", partial(_shown, people.agent, f"/inbox?view={view}"), times)
        yield figures(
            "page: list and thread", lambda: _shown(people.agent, f"/inbox/{chance.randint(1, size)}?view=open"), times
        )
        yield figures("page: insights of 30 days", partial(_shown, people.admin, "/insights"), max(5, times // 20))


def _shown(person: Person, path: str) -> None:
    answer = person.get(path)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{path}: {answer.status}")


@contextmanager
def databases() -> Iterator[list[str]]:
    """The addresses to measure."""
    if given := os.environ.get("DATABASE_URL"):
        yield [given]
        return
    with tempfile.TemporaryDirectory() as folder, running_postgresql() as server, made_database(server) as url:
        yield [f"sqlite:///{Path(folder) / 'bot.db'}", url]


def main() -> None:
    """Fill, measure and print, one database after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=100, help="how often each is measured")
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    with databases() as urls:
        for url in urls:
            kind = url.partition(":")[0]
            migrate(url)
            started = time.perf_counter()
            fill(url, options.conversations, options.messages)
            sys.stderr.write(f"{kind}: filled in {time.perf_counter() - started:.0f} s\n")
            store = Store(url)
            everything = chain(
                measured(store, options.times, options.conversations), pages(url, options.times, options.conversations)
            )
            for found in everything:
                if options.json:
                    sys.stdout.write(json.dumps({"database": kind, **found}) + "\n")
                else:
                    line = f"{kind:12}{found['what']:48}{found['median_ms']:9.1f}{found['p99_ms']:9.1f}\n"
                    sys.stdout.write(line)
                sys.stdout.flush()
            store.close()


if __name__ == "__main__":
    main()
