"""`bot serve` for minutes at half of what it can take: python -m tests.benchmarks.load [--minutes N] [--json]

First finds out how many messages a second it takes in and answers, by as many as 8 connections can bring. Then half as
many come, evenly, for the given time, from learners who write ten messages each. Replies go to the local channel. Once
on SQLite and once on PostgreSQL.

full/s, half/s  messages taken in and answered a second, at full load and at the half that follows
webhook         milliseconds from when a message was due to be sent until the answer to the webhook, p50 and p99
answered        milliseconds from the message stored until its reply was sent, p50 and p99
memory          MB at the beginning of the half load, in the middle and at its end
"""

import argparse
import json
import socket
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import select

from bot import knowledge_files
from bot.core.catalogue import Knowledge
from bot.storage import Direction
from bot.storage.database import make_engine
from bot.storage.tables import messages
from tests.benchmarks.decide import KNOWLEDGE, made_up_messages
from tests.benchmarks.start import memory_mb
from tests.benchmarks.webhook import SPAWN, Target, bot_serve, burden, exchange, signed_requests
from tests.conftest import made_database, running_postgresql
from tests.test_serve import LIMIT

_FULL: Final = 2400
_CONNECTIONS: Final = 32
_LOOKS: Final = 12
"""How often memory is measured."""


@dataclass(frozen=True)
class Figures:
    """One database measured; see the text above. Pairs are p50 and p99."""

    setup: str
    full_per_s: float
    half_per_s: float
    webhook_ms: tuple[float, float]
    answered_ms: tuple[float, float]
    memory_mb: list[float]
    sent: int
    stored: int
    replies: int


def send_evenly(port: int, requests: Sequence[bytes], per_second: float) -> list[float]:
    """Send each request when it is due, by a connection of its own; return how long each took from then."""
    began = time.perf_counter() + 0.1

    def send(number: int, request: bytes) -> float:
        due = began + number / per_second
        time.sleep(max(0.0, due - time.perf_counter()))
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as connection:
            exchange(connection, request)
        return time.perf_counter() - due

    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        return list(threads.map(send, range(len(requests)), requests))


def measure(name: str, url: str, pid: int | None, knowledge: Knowledge, minutes: float) -> Figures:
    """Put full load on a new `bot serve`, then half of it for so many minutes."""
    with bot_serve(url, pid) as bot, ProcessPoolExecutor(1, SPAWN) as sender:
        rates = []
        for seed in range(3):
            texts = made_up_messages(knowledge, _FULL // 3, seed=seed)
            load = burden(bot, signed_requests(texts, first_learner=seed * _FULL), sender)
            rates.append(load.requests / (load.answered or load.taken_in))
        full = statistics.median(rates)
        half = full / 2
        number = int(minutes * 60 * half)
        requests = signed_requests(_endless(knowledge, number), first_learner=10 * _FULL)
        waits = sender.submit(send_evenly, bot.port, requests, half)
        memory = list(_memory(bot, waits, minutes))
        took = waits.result()
        burden(bot, signed_requests(["menu"] * 8, first_learner=90 * _FULL), sender)  # returns once all is answered
    answered = _answered(url)
    return Figures(
        setup=name,
        full_per_s=full,
        half_per_s=half,
        webhook_ms=_ends([wait * 1000 for wait in took]),
        answered_ms=_ends([wait * 1000 for wait in answered[-number:]]),
        memory_mb=memory,
        sent=_FULL + number + 8,
        stored=_count(url, Direction.IN),
        replies=_count(url, Direction.OUT),
    )


def _endless(knowledge: Knowledge, number: int) -> list[str]:
    texts = made_up_messages(knowledge, min(number, 5000), seed=11)
    return [texts[at % len(texts)] for at in range(number)]


def _memory(bot: Target, until: "Future[list[float]]", minutes: float) -> Iterator[float]:
    while not until.done():
        yield memory_mb(bot.pid)
        time.sleep(minutes * 60 / _LOOKS)


def _answered(url: str) -> list[float]:
    """Seconds from each message to its reply, in the order of the messages."""
    asked, reply = messages.alias("asked"), messages.alias("reply")
    pairs = select(asked.c.at, reply.c.changed_at).join(reply, reply.c.in_reply_to == asked.c.id).order_by(asked.c.id)
    engine = make_engine(url)
    with engine.connect() as connection:
        took = [(row.changed_at - row.at).total_seconds() for row in connection.execute(pairs)]
    engine.dispose()
    return took


def _count(url: str, direction: Direction) -> int:
    engine = make_engine(url)
    with engine.connect() as connection:
        number = len(connection.execute(select(messages.c.id).where(messages.c.direction == direction)).all())
    engine.dispose()
    return number


def _ends(values: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(values, n=100)
    return cuts[49], cuts[98]


def measure_all(minutes: float) -> Iterator[Figures]:
    """Both databases, one after the other."""
    knowledge = knowledge_files.load(KNOWLEDGE)
    with TemporaryDirectory() as place:
        yield measure("SQLite", f"sqlite:///{place}/bot.db", None, knowledge, minutes)
    with running_postgresql() as folder, made_database(folder) as url:
        pid = int(Path(folder / "data" / "postmaster.pid").read_text().split()[0])
        yield measure("PostgreSQL", url, pid, knowledge, minutes)


def line(one: Figures) -> str:
    """The figures for people."""
    pairs = ", ".join(
        f"{name} {low:.0f} / {high:.0f} ms"
        for name, (low, high) in {
            "webhook": one.webhook_ms,
            "answered": one.answered_ms,
        }.items()
    )
    memory = one.memory_mb
    return (
        f"{one.setup}: full {one.full_per_s:.0f}/s, half {one.half_per_s:.0f}/s: {pairs}, "
        f"memory {memory[0]:.0f}, {memory[len(memory) // 2]:.0f}, {memory[-1]:.0f} MB; "
        f"{one.sent} sent, {one.stored} stored, {one.replies} replies"
    )


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3, help="of half load (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one object a line with all figures")
    arguments = parser.parse_args()
    for figures in measure_all(arguments.minutes):
        sys.stdout.write(f"{json.dumps(asdict(figures)) if arguments.json else line(figures)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
