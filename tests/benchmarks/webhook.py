"""Webhook requests per second against a bare Flask view: python -m tests.benchmarks.webhook [--json]

`bot web` takes in signed messages and leaves the replies queued, on SQLite and, by one process and by two, on
PostgreSQL; `bot serve` without Twilio credentials (it checks no signature) also delivers them to the local channel.
Beside each runs a Flask view that answers 204 to the same requests and does nothing, in as many processes under the
same gunicorn settings. The two get their load in turns, so that a ratio compares what was measured within the same
seconds.

The load comes from one more process by 8 connections that are kept open, over loopback only. Ten messages in a row are
from one learner, no message is sent twice, and all of them come from the knowledge's phrases as in decide.py: most are
known word for word, the rest is misspelt.

bare/s, bot/s   requests answered in a second, medians of the rounds
ratio           bot/s of bare/s in each round, then the median
p50, p99        milliseconds until a request to the bot was answered
cpu             milliseconds of processor time for a request in the server, bare and bot, and in PostgreSQL
answered/s      messages in a second whose replies were delivered as well

PostgreSQL is the tests' own server, which does not wait for the disk; SQLite does. Reads /proc, so it runs on Linux
only.
"""

import argparse
import json
import multiprocessing
import socket
import statistics
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from bot import knowledge_files, server
from bot.core.catalogue import Knowledge
from bot.storage import Direction, migrate
from bot.storage.database import make_engine
from bot.storage.tables import messages
from tests.benchmarks.decide import KNOWLEDGE, PER_LEARNER, made_up_messages
from tests.benchmarks.start import processor_seconds, until_answered, until_ok
from tests.conftest import made_database, running_postgresql
from tests.test_serve import LIMIT, running
from tests.twilio_forms import ACCOUNT_SID, AUTH_TOKEN, MESSAGES, NUMBER, PUBLIC_BASE_URL, message_form, signature
from tests.web.running import built_services

_CONNECTIONS: Final = 8
_ROUNDS: Final = 5
_REQUESTS: Final = 800
"""In one round; a multiple of connections times messages of a learner."""
_BARE_REPEATS: Final = 4
"""The bare view is so much faster that a round would be too short to measure."""
SPAWN: Final = multiprocessing.get_context("spawn")
_TWILIO: Final = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_WHATSAPP_FROM": NUMBER,
    "TWILIO_API_BASE_URL": "http://127.0.0.1:9",  # nobody is there, should anything be sent
    "PUBLIC_BASE_URL": PUBLIC_BASE_URL,
    "SECRET_KEY": "for tests only",
}
_HEAD: Final = (
    "POST {path} HTTP/1.1\r\nHost: bot.example.org\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {size}\r\n"
    "X-Twilio-Signature: {signature}\r\n\r\n"
)


@dataclass(frozen=True)
class Load:
    """What one round of requests to one server took; times in seconds, `answered` only if replies leave."""

    requests: int
    taken_in: float
    answered: float | None
    processor: float
    database: float
    waits: list[float]


@dataclass(frozen=True)
class Target:
    """A server that gets a load.

    database_url: where to look whether all replies have left; None if nothing has to leave.
    database_pid: the database's own process, None if there is none.
    """

    port: int
    pid: int
    database_url: str | None = None
    database_pid: int | None = None


@dataclass(frozen=True)
class Figures:
    """One set-up measured; rates in requests a second, times in milliseconds for a request."""

    setup: str
    bare_per_s: float
    bot_per_s: float
    ratios: list[float]
    ratio: float
    p50_ms: float
    p99_ms: float
    bare_cpu_ms: float
    bot_cpu_ms: float
    database_cpu_ms: float
    answered_per_s: float | None
    sent: int
    stored: int
    replies: int


def signed_requests(texts: Sequence[str], first_learner: int) -> list[bytes]:
    """HTTP requests as Twilio makes them, each with an id of its own."""
    requests = []
    for number, text in enumerate(texts):
        learner = first_learner + number // PER_LEARNER
        form = message_form(text, f"whatsapp:+91{9_000_000_000 + learner}", name=f"Learner {learner}")
        body = urlencode(form).encode()
        made = signature(PUBLIC_BASE_URL + MESSAGES, form)
        requests.append(_HEAD.format(path=MESSAGES, size=len(body), signature=made).encode() + body)
    return requests


def send_all(port: int, requests: Sequence[bytes]) -> tuple[float, list[float]]:
    """Send the requests by 8 connections at once; return how long all took and each had to wait, in seconds."""
    size = len(requests) // _CONNECTIONS
    together = threading.Barrier(_CONNECTIONS)

    def send(share: Sequence[bytes]) -> tuple[float, list[float]]:
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as connection:
            together.wait()
            began = time.perf_counter()
            return began, [exchange(connection, request) for request in share]

    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        sent = list(threads.map(send, (requests[at : at + size] for at in range(0, len(requests), size))))
    ended = time.perf_counter()
    return ended - min(began for began, _ in sent), [wait for _, waits in sent for wait in waits]


def exchange(connection: socket.socket, request: bytes) -> float:
    """Send one request and wait for its answer, which has no body."""
    began = time.perf_counter()
    connection.sendall(request)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        received = connection.recv(4096)
        answer += received
        if not received or not answer.startswith(b"HTTP/1.1 204 "):
            raise RuntimeError(f"no 204 but {answer[:200]!r}")
    return time.perf_counter() - began


def burden(target: Target, requests: Sequence[bytes], sender: Executor) -> Load:
    """Send the requests from the other process, and wait until what has to leave has left."""
    processor = processor_seconds(target.pid)
    database = processor_seconds(target.database_pid) if target.database_pid else 0.0
    taken_in, waits = sender.submit(send_all, target.port, requests).result()
    began = time.perf_counter()
    if target.database_url:
        until_answered(target.database_url)
    return Load(
        requests=len(requests),
        taken_in=taken_in,
        answered=taken_in + time.perf_counter() - began if target.database_url else None,
        processor=processor_seconds(target.pid) - processor,
        database=processor_seconds(target.database_pid) - database if target.database_pid else 0.0,
        waits=waits,
    )


@contextmanager
def bare_flask(processes: int) -> Iterator[Target]:
    """Serve a view that does nothing, as `bot web` serves its own."""
    with TemporaryDirectory() as folder:
        listener = server.listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        database_url = f"sqlite:///{folder}/bare.db"
        migrate(database_url)
        process = SPAWN.Process(target=_serve_bare, args=(listener, database_url, processes))
        with listener:
            process.start()
        try:
            yield Target(port, process.pid or 0)
        finally:
            process.terminate()
            process.join()


def _serve_bare(listener: socket.socket, database_url: str, processes: int) -> None:
    app = Flask("bare")

    @app.post(MESSAGES)
    def receive() -> tuple[str, int]:
        return "", 204

    with built_services({"DATABASE_URL": database_url}) as services:
        server.run(app, services, listener, processes=processes, with_delivery=False, announce=lambda: None)


@contextmanager
def bot_web(database_url: str, database_pid: int | None, processes: int) -> Iterator[Target]:
    """Run `bot web` with credentials: it checks signatures and delivers nothing."""
    migrate(database_url)
    with _bot("web", database_url, _TWILIO | {"WEB_CONCURRENCY": str(processes)}) as (port, pid):
        yield Target(port, pid, database_pid=database_pid)


@contextmanager
def bot_serve(database_url: str, database_pid: int | None, _processes: int = 1) -> Iterator[Target]:
    """Run `bot serve` without credentials, always in one process: it delivers to the local channel."""
    with _bot("serve", database_url, {}) as (port, pid):
        yield Target(port, pid, database_url, database_pid)


@contextmanager
def _bot(command: str, database_url: str, environ: dict[str, str]) -> Iterator[tuple[int, int]]:
    settings = {"DATABASE_URL": database_url, "KNOWLEDGE_DIR": str(KNOWLEDGE), "HOST": "127.0.0.1"}
    with TemporaryDirectory() as folder, running(Path(folder), command, **settings, **environ) as bot:
        # It writes a line for each message, and would wait for who reads them.
        reader = threading.Thread(target=deque, args=(bot.process.stderr or (), 0))
        reader.start()
        until_ok(bot.port, "/healthz")
        yield bot.port, bot.process.pid
        bot.process.terminate()
        reader.join()
        bot.process.wait()


@dataclass(frozen=True)
class SetUp:
    """What is measured. run: starts the bot on a database, given by its address and its own process."""

    name: str
    run: Callable[[str, int | None, int], AbstractContextManager[Target]]
    processes: int = 1


def measure(setup: SetUp, knowledge: Knowledge, rounds: int, database_url: str, pid: int | None) -> Figures:
    """Put loads on the bot and on the bare view in turns, after a round that does not count."""
    with (
        setup.run(database_url, pid, setup.processes) as bot,
        bare_flask(setup.processes) as bare,
        ProcessPoolExecutor(1, SPAWN) as sender,
    ):
        loads: list[tuple[Load, Load]] = []
        for number in range(rounds + 1):
            texts = made_up_messages(knowledge, _REQUESTS, seed=number)
            requests = signed_requests(texts, first_learner=number * _REQUESTS)
            loads.append((burden(bare, requests * _BARE_REPEATS, sender), burden(bot, requests, sender)))
    return _figures(setup.name, loads[1:], sent=len(loads) * _REQUESTS, database_url=database_url)


def _figures(setup: str, loads: Sequence[tuple[Load, Load]], *, sent: int, database_url: str) -> Figures:
    bare, bot = [load for load, _ in loads], [load for _, load in loads]
    waits = statistics.quantiles((wait * 1000 for load in bot for wait in load.waits), n=100)
    ratios = [_rate(load) / _rate(beside) for beside, load in loads]
    answered = [load.requests / load.answered for load in bot if load.answered]
    stored, replies = _stored(database_url)
    return Figures(
        setup=setup,
        bare_per_s=statistics.median(map(_rate, bare)),
        bot_per_s=statistics.median(map(_rate, bot)),
        ratios=ratios,
        ratio=statistics.median(ratios),
        p50_ms=waits[49],
        p99_ms=waits[98],
        bare_cpu_ms=statistics.median(load.processor * 1000 / load.requests for load in bare),
        bot_cpu_ms=statistics.median(load.processor * 1000 / load.requests for load in bot),
        database_cpu_ms=statistics.median(load.database * 1000 / load.requests for load in bot),
        answered_per_s=statistics.median(answered) if answered else None,
        sent=sent,
        stored=stored,
        replies=replies,
    )


def _rate(load: Load) -> float:
    return load.requests / load.taken_in


def _stored(database_url: str) -> tuple[int, int]:
    """How many messages came in and how many replies there are to them."""
    engine = make_engine(database_url)
    counted = select(messages.c.direction, func.count().label("number")).group_by(messages.c.direction)
    with engine.connect() as connection:
        counts = {row.direction: row.number for row in connection.execute(counted)}
    engine.dispose()
    return counts[Direction.IN], counts[Direction.OUT]


def measure_all(rounds: int) -> Iterator[Figures]:
    """All set-ups, or those on SQLite if there is no PostgreSQL."""
    knowledge = knowledge_files.load(KNOWLEDGE)
    for setup in (SetUp("web, SQLite", bot_web), SetUp("serve, SQLite", bot_serve)):
        with TemporaryDirectory() as place:
            yield measure(setup, knowledge, rounds, f"sqlite:///{place}/bot.db", None)
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(running_postgresql())
        except pytest.skip.Exception:
            sys.stderr.write("PostgreSQL is not installed: its set-ups are left out.\n")
            return
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        for setup in (
            SetUp("web, PostgreSQL", bot_web),
            SetUp("web twice, PostgreSQL", bot_web, processes=2),
            SetUp("serve, PostgreSQL", bot_serve),
        ):
            with made_database(folder) as url:
                yield measure(setup, knowledge, rounds, url, pid)


def table(figures: Sequence[Figures]) -> str:
    """The figures for people."""
    lines = ["                       bare/s  bot/s  ratio  p50 ms  p99 ms  cpu: bare   bot  database  answered/s"]
    lines.extend(
        f"{each.setup:22}{each.bare_per_s:7.0f}{each.bot_per_s:7.0f}{each.ratio:7.3f}{each.p50_ms:8.1f}{each.p99_ms:8.1f}"
        f"{each.bare_cpu_ms:11.2f}{each.bot_cpu_ms:6.2f}{each.database_cpu_ms:10.2f}"
        f"{format(each.answered_per_s, '.0f') if each.answered_per_s else '-':>12}"
        for each in figures
    )
    lines.extend(
        f"{each.setup}: ratios {' '.join(format(ratio, '.3f') for ratio in each.ratios)}; "
        f"{each.sent} sent, {each.stored} stored, {each.replies} replies"
        for each in figures
    )
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="loads on each server (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one object with all figures")
    arguments = parser.parse_args()
    figures = list(measure_all(arguments.rounds))
    found = json.dumps({each.setup: asdict(each) for each in figures}) if arguments.json else table(figures)
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main()
