"""Time what editors wait for with much knowledge: python -m tests.benchmarks.conflicts [--json]

Makes a folder of some 2,000 entries with 20,000 phrases - 40 comparisons of two sides, each with answers to the topics
and 29 questions of its own - and prints how long `bot knowledge check` and `bot knowledge conflicts` take on it, in
seconds on the clock and on the processor, from the call of the command to its end.

Phrases of the topics are those of the real knowledge, some of each; those of questions are made of 40 ways to ask, in
English and Hinglish, about 1,160 subjects of two words; so those of one question are as like each other as those that
people write, and questions about neighbouring subjects share words.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from bot import knowledge_files
from bot.knowledge_files.layout import kind_of

REAL: Final = Path(__file__).parents[2] / "knowledge"
COMPARISONS: Final = 40
QUESTIONS: Final = 29
PHRASES: Final = 14
"""Of each question; with those of the topics 20,000 in all."""
TOPIC_PHRASES: Final = 120
SIDE_TOPICS: Final = ("tools", "skills", "projects", "definition", "best_fit", "next_step", "success_metric")
TOGETHER_TOPICS: Final = ("difference", "recommendation", "overlap", "source")
ASKING: Final = (
    "what is {}", "how do i learn {}", "is {} needed", "do i need to know {}", "{} kya hota hai", "{} kaise seekhe",
    "how much {} is used every day", "does the job need {}", "tell me about {}", "kya {} zaroori hai",
    "can i skip {}", "how hard is {}", "{} mushkil hai kya", "which kind of {} is common", "who does {} in a team",
    "why is {} so important", "how long does it take to learn {}", "{} me kitna time lagta hai",
    "when do people use {}",
    "is {} part of the work", "are there tests about {}", "do freshers get {}", "explain {} in short",
    "{} ke baare me batao", "what happens without {}", "is it fine to start with {}", "how often does one do {}",
    "do they ask about {} in interviews", "interview me {} aata hai kya", "where is {} taught",
    "{} kahan sikhate hain", "does {} matter later", "is {} boring", "i am afraid of {} is that a problem",
    "can a beginner do {}", "how do teams handle {}", "what is the use of {}", "{} ka kya fayda hai",
    "how is {} measured", "is there a difference in {}",
)  # fmt: skip
SYLLABLES: Final = ("ba", "ri", "ten", "mo", "lu", "ska", "per", "nil", "do", "gra", "ve", "tron", "qui", "sal", "mer")


def word(chance: random.Random) -> str:
    """A word that no language has."""
    return "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))


def question(number: int, subject: str, chance: random.Random) -> dict[str, Any]:
    """One question of its own about a subject."""
    asked = [asking.format(subject) for asking in chance.sample(ASKING, PHRASES)]
    return {
        "topic": f"question_{number}",
        "title": f"Question {number}",
        "answer": f"All about {subject}.",
        "phrases": {"en": asked},
    }


def comparison(number: int, subjects: list[str], chance: random.Random) -> dict[str, Any]:
    """One comparison of two sides with 50 entries."""
    sides = {}
    for letter in "ab":
        name = word(chance).capitalize() + word(chance)
        sides[f"side_{number}_{letter}"] = {
            "name": f"{name} Maker"[:24],
            "short": f"{number}{letter} {name}"[:12],
            "names": [f"{name}{letter}"],
            "signs": [word(chance) + letter for _ in range(3)],
            "answers": {topic: [word(chance) for _ in range(3)] for topic in SIDE_TOPICS},
        }
    first = (number - 1) * QUESTIONS
    return {
        "title": f"Comparison {number}",
        "short": f"Comparison {number}",
        "url": f"https://school.example/{number}",
        "updated": "2026-05-01",
        "sides": sides,
        "answers": {topic: f"{topic} of {number}." for topic in TOGETHER_TOPICS},
        "paths": [
            {
                "side": side,
                "answer": f"Go for {side}.",
                "phrases": {"en": [f"i would love to do {word(chance)} {side[-1]}"]},
            }
            for side in sides
        ],
        "faqs": [question(first + place + 1, subjects[first + place], chance) for place in range(QUESTIONS)],
    }


def written(folder: Path, file: str, content: Mapping[str, Any]) -> None:
    """Write one file with its schema line."""
    kind = kind_of(file)
    assert kind is not None
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{kind.schema_line}\n{yaml.safe_dump(dict(content), allow_unicode=True, width=200)}", "utf-8")


def make(folder: Path) -> None:
    """Make the folder; the same on every run."""
    chance = random.Random(6)
    shutil.copytree(REAL, folder, ignore=shutil.ignore_patterns("comparisons", "schemas", "tests", "translations"))
    for path in [folder / "off_topic.yaml", *sorted((folder / "topics").iterdir())]:
        content = yaml.safe_load(path.read_text("utf-8"))
        most = TOPIC_PHRASES // len(content["phrases"])
        kept = {language: phrases[:most] for language, phrases in content["phrases"].items()}
        written(folder, path.relative_to(folder).as_posix(), content | {"phrases": kept})
    subjects: dict[str, None] = {}
    while len(subjects) < COMPARISONS * QUESTIONS:
        subjects[f"{word(chance)} {word(chance)}"] = None
    for number in range(1, COMPARISONS + 1):
        written(folder, f"comparisons/comparison-{number}.yaml", comparison(number, list(subjects), chance))


def timed(command: str, folder: Path) -> dict[str, float]:
    """Run one command on the folder, with an empty database. Raises CalledProcessError if it cannot be run."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder.parent / 'bot.db'}"}
    bot = Path(sys.executable).with_name("bot")
    call = [str(bot), "knowledge", command, "--knowledge-dir", str(folder)]
    subprocess.run(call, env=environment, stdout=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu}


def measure() -> dict[str, Any]:
    """The figures that `--json` prints."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "knowledge"
        make(folder)
        knowledge = knowledge_files.load(folder)
        figures: dict[str, Any] = {
            "entries": len(knowledge.entries),
            "phrases": sum(map(len, knowledge.examples.values())),
        }
        for command in ("check", "conflicts"):
            figures[command] = timed(command, folder)
    return figures


def table(figures: Mapping[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{figures['entries']:,} entries, {figures['phrases']:,} phrases     wall, s   cpu, s"]
    lines += [
        f"bot knowledge {command:20}{figures[command]['wall_s']:8.2f} {figures[command]['cpu_s']:8.2f}"
        for command in ("check", "conflicts")
    ]
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one object with all figures")
    arguments = parser.parse_args()
    figures = measure()
    sys.stdout.write(f"{json.dumps(figures) if arguments.json else table(figures)}\n")


if __name__ == "__main__":
    main()
