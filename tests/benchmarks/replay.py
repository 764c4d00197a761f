"""Time a replay: python -m tests.benchmarks.replay [MESSAGES] [--processes NUMBER] [--json]

Made-up messages (10,000 unless told otherwise) in conversations of ten go through the delivered knowledge and through
the same without a third of the phrases of one topic. Prints the seconds of reading both
and of the replay itself, on the clock and on the processors, and the messages a second. The same messages on every run.
"""

import argparse
import json
import os
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.messages import Inbound, Kind, Outcome
from bot.core.replaying import Talk, Turn
from bot.knowledge_files import Contents, checked, read_contents
from bot.replay import replay_all
from tests.benchmarks.decide import KNOWLEDGE, PER_LEARNER, made_up_messages

_NOW: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)
_CHANGED: Final = "topics/tools.yaml"


def with_fewer_phrases(folder: Path) -> Contents:
    """The files with every third phrase of a topic taken out."""
    contents = read_contents(folder)
    head, mark, phrases = contents.files[_CHANGED].partition(b"phrases:")
    lines = phrases.splitlines(keepends=True)
    kept = [line for number, line in enumerate(lines) if number % 3 or not line.lstrip().startswith(b"- ")]
    return Contents({**contents.files, _CHANGED: b"".join([head, mark, *kept])})


def talks(texts: list[str]) -> list[Talk]:
    """Conversations of ten messages, one a minute."""
    turns = [
        Turn(
            number,
            Inbound(f"SM{number}", "learner", "", Kind.TEXT, text),
            _NOW + timedelta(minutes=number),
            Outcome.ANSWERED,
            "answered",
        )
        for number, text in enumerate(texts)
    ]
    return [Talk(begin, tuple(turns[begin : begin + PER_LEARNER])) for begin in range(0, len(turns), PER_LEARNER)]


def cpu_seconds() -> float:
    """Processor time of this process and of those it has waited for; what other programs take does not count."""
    each = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in each)


def measure(messages: int, processes: int) -> dict[str, object]:
    """The figures that `--json` prints."""
    started = time.perf_counter()
    old = Knowledge(checked(read_contents(KNOWLEDGE)))
    new = Knowledge(checked(with_fewer_phrases(KNOWLEDGE)))
    read = time.perf_counter()
    held = talks(made_up_messages(old, messages, seed=7))
    begun, spent = time.perf_counter(), cpu_seconds()
    result = replay_all(held, old, new, processes=processes)
    replayed = time.perf_counter() - begun
    return {
        "messages": messages,
        "processes": processes,
        "reading_s": round(read - started, 1),
        "replay_s": round(replayed, 1),
        "replay_cpu_s": round(cpu_seconds() - spent, 1),
        "messages_per_s": round(messages / replayed),
        "result": str(result),
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("messages", nargs="?", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="one object with all figures")
    arguments = parser.parse_args()
    figures = measure(arguments.messages, arguments.processes)
    table = "\n".join(f"{name:15} {figure}" for name, figure in figures.items())
    sys.stdout.write(f"{json.dumps(figures) if arguments.json else table}\n")


if __name__ == "__main__":
    main()
