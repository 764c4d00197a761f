"""Two `bot web` and two `bot worker` as real processes, and learners who write to them without a pause."""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

from sqlalchemy import select

from bot.storage import Direction, Store
from bot.storage.database import make_engine
from bot.storage.tables import addresses, conversations, messages
from tests.test_serve import BOT, LIMIT, environment, free_port
from tests.twilio_forms import MESSAGES, PUBLIC_BASE_URL, message_form, signature
from tests.twilio_stand_in import FORM, TwilioStandIn

WEBS = ("web 1", "web 2")
WORKERS = ("worker 1", "worker 2")
LEARNERS = 60
SECONDS_TO_SETTLE = 120
"""A message in doubt is looked up twice within a minute, then sent."""


@dataclass
class Cluster:
    """The processes, by name. Each `web` keeps its port for life, as behind a load balancer."""

    folder: Path
    environ: dict[str, str]
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in WEBS})
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start processes and wait until each says that it is at work."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [BOT, name.partition(" ")[0]],
                    cwd=self.folder,
                    env=environment(**self.environ, PORT=str(self.ports.get(name, 8000))),
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
        for name in names:
            process = self.processes[name]
            assert process.stdout is not None
            assert process.stdout.readline(), (self.folder / f"{name}.log").read_text()

    def kill(self, name: str) -> None:
        """End a process and its children as if the machine had lost its power."""
        process = self.processes.pop(name)
        with process:
            os.killpg(process.pid, signal.SIGKILL)

    def stop(self, name: str) -> int:
        """Tell a process to stop; return its exit code."""
        with self.processes.pop(name) as process:
            process.terminate()
            return process.wait(LIMIT)

    def restart(self, name: str) -> int:
        code = self.stop(name)
        self.start(name)
        return code


@contextmanager
def cluster(folder: Path, twilio: TwilioStandIn, database_url: str, **environ: str) -> Iterator[Cluster]:
    """Run two of each on that database; kill what still runs at the end. `environ`: more environment variables."""
    running = Cluster(folder, {**twilio.environ, "DATABASE_URL": database_url, **environ})
    try:
        running.start(*WEBS, *WORKERS)
        twilio.bot = f"http://127.0.0.1:{running.ports[WEBS[0]]}"  # for delivery reports
        yield running
    finally:
        for name in list(running.processes):
            running.kill(name)


class Learners:
    """Each writes one message after another, and repeats it until it is accepted, as Twilio can be told to do."""

    def __init__(self, cluster: Cluster, *, threads: int = 4, per_second: float = 10.0) -> None:
        self.accepted: Counter[str] = Counter()
        self._ports = list(cluster.ports.values())
        self._pause = threads / per_second
        self._stop = threading.Event()
        shares = [[address(number) for number in range(share, LEARNERS, threads)] for share in range(threads)]
        self._threads = [threading.Thread(target=self._write, args=(share,)) for share in shares]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def say(self, learner: str, text: str) -> None:
        """Post one message to either of the two until one has accepted it."""
        form = message_form(text, learner)
        deadline = time.monotonic() + LIMIT
        while not any(_accepts(port, form) for port in random.sample(self._ports, len(self._ports))):
            assert time.monotonic() < deadline, "nobody takes a message"
            time.sleep(0.05)
        self.accepted[learner] += 1

    def _write(self, learners: list[str]) -> None:
        for turn in count():
            for learner in learners:
                if self._stop.wait(self._pause * random.uniform(0.5, 1.5)):
                    return
                if turn % 2:
                    self.say(learner, "i wanted to ask")  # waits for the rest, and is answered with it
                self.say(learner, f"tools of a cook, please, for the {turn}. time")


def address(number: int) -> str:
    return f"whatsapp:+9198000{number:05}"


def _accepts(port: int, form: dict[str, str]) -> bool:
    header = signature(PUBLIC_BASE_URL + MESSAGES, form)
    with closing(HTTPConnection("127.0.0.1", port, timeout=15)) as connection:
        try:
            connection.request(
                "POST", MESSAGES, urlencode(form).encode(), {"Content-Type": FORM, "X-Twilio-Signature": header}
            )
            return connection.getresponse().status == 204
        except (OSError, HTTPException):
            return False


def until_settled(database_url: str) -> None:
    """Wait until nothing is left to send or to look up."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    with closing(Store(database_url)) as store:
        while (queue := store.outbox.queue()).depth:
            assert time.monotonic() < deadline, f"{queue.depth} messages are still queued"
            time.sleep(0.2)


def check(database_url: str, twilio: TwilioStandIn, accepted: Counter[str]) -> int:
    """Check that every accepted message has exactly one reply at Twilio, in order; return how many look-ups it took.

    Messages of one burst have one reply together: it answers the last of them.
    """
    engine = make_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(
            select(messages, addresses.c.address.label("learner"))
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .join(addresses, addresses.c.learner_id == conversations.c.learner_id)
            .order_by(messages.c.id)
        ).all()
    engine.dispose()
    came, left = Counter[str](), defaultdict[str, list[str]](list)
    asked, answered = set[int](), list[int]()
    for row in rows:
        if row.direction == Direction.IN:
            came[row.learner] += 1
            asked.add(row.answered_with or row.id)
        else:
            left[row.learner].append(row.sid)
            answered.append(row.in_reply_to)
    arrived = defaultdict[str, list[str]](list)
    for message in twilio.messages:
        arrived[message.to].append(message.sid)
    assert came == accepted
    assert arrived == left
    assert sorted(answered) == sorted(asked)
    return sum(row.lookups for row in rows)
