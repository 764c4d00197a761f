"""Time the start of `bot serve` and measure its memory: python -m tests.benchmarks.start [--runs N] [--json]

Each run starts the real command twice in a new folder: first it makes its embedded database, then it finds it there.

healthz  seconds from the call of the command until /healthz answers
readyz   seconds until /readyz says that everything is in order
cpu      seconds on the processor until then, which do not count what other programs take
memory   MB of the command and its children when it is ready, and after 200 messages of 20 learners were answered, in
         the second start; as proportional set size, which counts once what they share

Reads /proc, so it runs on Linux only.
"""

import argparse
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlencode

from bot import knowledge_files
from bot.storage import Store
from tests.benchmarks.decide import KNOWLEDGE, PER_LEARNER, made_up_messages
from tests.test_serve import LIMIT, Running, running
from tests.twilio_forms import MESSAGES, message_form

_RUNS: Final = 5
_MESSAGES: Final = 200
_POLL_SECONDS: Final = 0.005
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def family(pid: int) -> list[int]:
    """A process and everything that it has started, by ids."""
    members = [pid]
    for member in members:  # grows on the way
        with _may_have_ended():
            for task in Path(f"/proc/{member}/task").iterdir():
                members.extend(map(int, (task / "children").read_text().split()))
    return members


def memory_mb(pid: int) -> float:
    """Memory of a process and everything that it has started; a page that several of them have counts once."""
    size = 0
    for member in family(pid):
        with _may_have_ended():
            rollup = Path(f"/proc/{member}/smaps_rollup").read_text()
            size += sum(map(int, re.findall(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)))
    return size / 1024


def processor_seconds(pid: int) -> float:
    """Processor time so far of a process and everything that it has started."""
    ticks = 0
    for member in family(pid):
        with _may_have_ended():
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            # In user and system mode, of the process itself and of those of its children that have ended.
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS_PER_SECOND


def _may_have_ended() -> suppress:
    """Pass over a process that ends while it is looked at."""
    return suppress(FileNotFoundError, ProcessLookupError)


def until_ok(port: int, path: str) -> None:
    """Ask until the answer is 200. Raises TimeoutError after a minute."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        with (
            suppress(OSError, HTTPException),
            closing(HTTPConnection("127.0.0.1", port, timeout=LIMIT)) as connection,
        ):
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        time.sleep(_POLL_SECONDS)
    raise TimeoutError(f"{path} is not 200 after {LIMIT} seconds")


def until_answered(database_url: str) -> None:
    """Wait until nothing is queued any more."""
    with closing(Store(database_url)) as store:
        while store.outbox.queue().depth:
            time.sleep(_POLL_SECONDS)


def talk(bot: Running, texts: Sequence[str], database_url: str) -> None:
    """Send the messages and wait for the replies."""
    with closing(HTTPConnection("127.0.0.1", bot.port, timeout=LIMIT)) as connection:
        for number, text in enumerate(texts):
            form = message_form(text, f"whatsapp:+9198000{number // PER_LEARNER:05}")
            connection.request("POST", MESSAGES, urlencode(form), _HEADERS)
            with connection.getresponse() as response:
                response.read()
    until_answered(database_url)


def started(folder: Path, texts: Sequence[str]) -> dict[str, float]:
    """Start once in this folder, send these messages, stop."""
    clock = time.perf_counter()
    with running(folder, "serve", KNOWLEDGE_DIR=str(KNOWLEDGE), LOG_LEVEL="error") as bot:
        until_ok(bot.port, "/healthz")
        healthz_s = time.perf_counter() - clock
        until_ok(bot.port, "/readyz")
        readyz_s = time.perf_counter() - clock
        figures = {
            "healthz_s": healthz_s,
            "readyz_s": readyz_s,
            "cpu_s": processor_seconds(bot.process.pid),
            "memory_mb": memory_mb(bot.process.pid),
        }
        talk(bot, texts, f"sqlite:///{folder / 'var' / 'bot.db'}")
        figures["memory_after_mb"] = memory_mb(bot.process.pid)
        bot.stop()
    return figures


def measure(runs: int) -> dict[str, dict[str, dict[str, float]]]:
    """Start (`fresh` or `existing`) -> figure -> `min` and `median` over the runs."""
    texts = made_up_messages(knowledge_files.load(KNOWLEDGE), _MESSAGES, seed=1)
    found: dict[str, list[dict[str, float]]] = {"fresh": [], "existing": []}
    for _ in range(runs):
        with TemporaryDirectory() as name:
            found["fresh"].append(started(Path(name), ()))
            found["existing"].append(started(Path(name), texts))
    return {start: _summary(figures) for start, figures in found.items()}


def _summary(figures: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    by_name = {name: [each[name] for each in figures] for name in figures[0]}
    return {name: {"min": min(values), "median": statistics.median(values)} for name, values in by_name.items()}


def table(starts: dict[str, dict[str, dict[str, float]]]) -> str:
    """The figures for people."""
    lines = ["bot serve                          min  median"]
    times = (("healthz_s", "/healthz answers, s"), ("readyz_s", "/readyz is ok, s"), ("cpu_s", "cpu until then, s"))
    for start, figures in starts.items():
        for name, title in times:
            lines.append(f"{f'{start}: {title}':30}{figures[name]['min']:8.2f}{figures[name]['median']:8.2f}")
    existing = starts["existing"]
    for name, title in (("memory_mb", "memory when ready, MB"), ("memory_after_mb", "after 200 messages, MB")):
        lines.append(f"{title:30}{existing[name]['min']:8.0f}{existing[name]['median']:8.0f}")
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=_RUNS, help="fresh and existing starts (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one object with all figures")
    arguments = parser.parse_args()
    starts = measure(arguments.runs)
    sys.stdout.write(f"{json.dumps(starts) if arguments.json else table(starts)}\n")


if __name__ == "__main__":
    main()
