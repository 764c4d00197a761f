"""Time `decide` alone on one core: python -m tests.benchmarks.decide [FILE.jsonl] [--json]

Without a file, 2,000 phrases of the knowledge are the messages, with names and terms in their placeholders and every
third misspelt; the same on every run. FILE.jsonl has an object with a `text` on each line. Ten messages in a row belong
to one learner and are decided in the light of those before. Spellings and texts that were met before are forgotten
first.

cpu       milliseconds on the processor; what other programs take does not count
wall      milliseconds on the clock
reading   share of the processor time that goes into words and spelling
matching  share that goes into comparing with all phrases; `rankings` says how often a message is compared
"""

import argparse
import json
import os
import random
import re
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from bot import knowledge_files
from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation
from bot.core.dialogue import DELETE_DATA, STOP, decide
from bot.core.matching import Matcher, Ranked
from bot.core.messages import Inbound, Kind

KNOWLEDGE: Final = Path(__file__).parents[2] / "knowledge"
PER_LEARNER: Final = 10
"""Messages of one learner in a row."""
_MESSAGES: Final = 2000
_WARM_UP: Final = 100
_SLOT: Final = re.compile(r"\{([a-z0-9_-]+)\}")
_NOW: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)


class _Clocked(Matcher):
    """A matcher with a clock on it."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self.seconds = 0.0
        self.rankings = 0

    def rank(self, words: Sequence[str]) -> Sequence[Ranked]:
        started = time.thread_time()
        ranking = self._matcher.rank(words)
        self.seconds += time.thread_time() - started
        self.rankings += 1
        return ranking


def made_up_messages(knowledge: Knowledge, number: int, seed: int) -> list[str]:
    """Phrases of the knowledge as learners would type them; not those after which the bot falls silent."""
    rng = random.Random(seed)
    phrases = [
        example.phrase
        for label, examples in knowledge.examples.items()
        if label not in (STOP, DELETE_DATA)
        for example in examples
    ]
    chosen = [_filled(phrase, knowledge, rng) for phrase in rng.choices(phrases, k=number)]
    return [_misspelt(text, rng) if place % 3 == 0 else text for place, text in enumerate(chosen)]


def _filled(phrase: str, knowledge: Knowledge, rng: random.Random) -> str:
    """The phrase with a name in the place of each side, and a tool or a liking in the place of each term."""
    sides = {side: each for comparison in knowledge.comparisons.values() for side, each in comparison.sides.items()}
    first, second = rng.sample(sorted(sides), 2)

    def word(slot: re.Match[str]) -> str:
        if slot[1] == "term":
            return rng.choice(sides[first].signs)
        if slot[1] in knowledge.courses and slot[1] not in sides:
            return knowledge.courses[slot[1]].name
        side = sides[{"side": first, "other": second}.get(slot[1], slot[1])]
        return rng.choice([side.name, side.short, *side.names])

    return _SLOT.sub(word, phrase)


def _misspelt(text: str, rng: random.Random) -> str:
    """The text with one letter of a longer word left out, doubled or put behind the next."""
    words = list(re.finditer(r"[^\W\d]{5,}", text))
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    return text[:at] + rng.choice([text[at + 1 :], text[at] + text[at:], text[at + 1] + text[at] + text[at + 2 :]])


def texts_of(file: Path) -> list[str]:
    """The messages in a file. Ends the program if it is not of the right form."""
    try:
        return [str(json.loads(line)["text"]) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError, LookupError, TypeError) as error:
        sys.exit(f"{file} cannot be used ({error!r}): write one JSON object with a `text` on each line.")


def decide_all(texts: Sequence[str], knowledge: Knowledge) -> tuple[list[float], list[float]]:
    """Processor and clock time of each decision, in milliseconds."""
    cpu, wall = [], []
    conversation = Conversation()
    for number, text in enumerate(texts):
        if number % PER_LEARNER == 0:
            conversation = Conversation()
        inbound = Inbound(sid=f"SM{number}", sender="learner", recipient="bot", kind=Kind.TEXT, text=text)
        clock, processor = time.perf_counter(), time.thread_time()
        decision = decide(conversation, inbound, knowledge, now=_NOW)
        cpu.append((time.thread_time() - processor) * 1000)
        wall.append((time.perf_counter() - clock) * 1000)
        conversation = Conversation(decision.status, decision.memory, decision.opted_out)
    return cpu, wall


def _forget(knowledge: Knowledge) -> None:
    """Forget which spellings and texts were met before."""
    knowledge.read.cache_clear()
    knowledge.speller.repair.cache_clear()
    knowledge.matcher.ranked.cache_clear()


def measure(texts: Sequence[str], knowledge: Knowledge) -> dict[str, float]:
    """The figures that `--json` prints; times in milliseconds, shares from 0 to 1."""
    decide_all(texts[:_WARM_UP], knowledge)
    _forget(knowledge)
    cpu, wall = decide_all(texts, knowledge)

    _forget(knowledge)
    started = time.thread_time()
    for text in texts:
        knowledge.read(text)
    reading = time.thread_time() - started

    _forget(knowledge)
    knowledge.matcher = clocked = _Clocked(knowledge.matcher)
    cpu_again, _ = decide_all(texts, knowledge)
    return {
        "messages": len(texts),
        "phrases": sum(map(len, knowledge.examples.values())),
        "cpu_median_ms": float(np.median(cpu)),
        "cpu_p99_ms": float(np.quantile(cpu, 0.99)),
        "wall_median_ms": float(np.median(wall)),
        "wall_p99_ms": float(np.quantile(wall, 0.99)),
        "reading_share": reading * 1000 / sum(cpu),
        "matching_share": clocked.seconds * 1000 / sum(cpu_again),
        "rankings": clocked.rankings / len(texts),
    }


def table(figures: dict[str, float]) -> str:
    """The figures for people."""
    return (
        f"{figures['messages']:.0f} messages, {figures['phrases']:.0f} phrases, one core\n"
        "ms a message  median     p99\n"
        f"cpu          {figures['cpu_median_ms']:7.2f} {figures['cpu_p99_ms']:7.2f}\n"
        f"wall         {figures['wall_median_ms']:7.2f} {figures['wall_p99_ms']:7.2f}\n"
        f"reading {figures['reading_share']:.0%}, matching {figures['matching_share']:.0%} of the cpu time, "
        f"{figures['rankings']:.2f} rankings a message"
    )


def main() -> None:
    """Read the command line, keep to one core, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", help="messages to decide, one JSON object a line")
    parser.add_argument("--json", action="store_true", help="one object with all figures")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    knowledge = knowledge_files.load(KNOWLEDGE)
    texts = texts_of(arguments.file) if arguments.file else made_up_messages(knowledge, _MESSAGES, seed=1)
    figures = measure(texts, knowledge)
    sys.stdout.write(f"{json.dumps(figures) if arguments.json else table(figures)}\n")


if __name__ == "__main__":
    main()
