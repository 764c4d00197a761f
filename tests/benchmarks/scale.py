"""Time and room that the matcher needs with many examples: python tests/benchmarks/scale.py [--json]

For 100, 1,000, 10,000 and 100,000 made-up examples prints the time to build (CPU seconds), the highest memory of the
process until then (MB), the median and 99th percentile of a query (ms) and how many times as long
`rapidfuzz.process.extractOne` takes for the same queries. Examples have 3 to 12 words, common ones far oftener than
rare ones as in a language, and belong to 100 labels; queries are examples with one word misspelt and one replaced.
"""

import bot  # noqa: F401 - first, as it tells numpy not to use several threads

# isort: split
import argparse
import json
import random
import resource
import sys
import time
from itertools import accumulate
from typing import Final

import numpy as np
from rapidfuzz import process

from bot.core.matching import Matcher

SIZES: Final = (100, 1_000, 10_000, 100_000)
LABELS: Final = 100
QUERIES: Final = 200
COMPARED: Final = 20
"""Queries that rapidfuzz answers too; with many examples it takes a while."""
VOCABULARY: Final = 20_000
SYLLABLES: Final = [
    first + vowel for first in "bcdfghjklmnprstvw" for vowel in ("a", "e", "i", "o", "u", "an", "er", "in")
]


def made_up(number: int, chance: random.Random) -> list[list[str]]:
    """Texts whose words are as unevenly common as those of a language."""
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(VOCABULARY)]
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    return [chance.choices(words, cum_weights=weights, k=chance.randint(3, 12)) for _ in range(number)]


def mistyped(text: list[str], chance: random.Random) -> list[str]:
    """The text with two letters of a word swapped and another word made unknown."""
    words = list(text)
    at = chance.randrange(len(words))
    words[at] = words[at][1::-1] + words[at][2:]
    words[chance.randrange(len(words))] = "".join(chance.choices(SYLLABLES, k=3))
    return words


def measured(size: int) -> dict[str, float]:
    """Figures for one number of examples."""
    chance = random.Random(size)
    texts = made_up(size, chance)
    started = time.process_time()
    matcher = Matcher({str(label): texts[label::LABELS] for label in range(LABELS)})
    build_s = time.process_time() - started
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    queries = [mistyped(chance.choice(texts), chance) for _ in range(QUERIES)]
    ours = []
    for words in queries:
        started = time.process_time()
        matcher.rank(words)
        ours.append((time.process_time() - started) * 1000)
    lines = [" ".join(words) for words in texts]
    theirs = []
    for words in queries[:COMPARED]:
        started = time.process_time()
        process.extractOne(" ".join(words), lines)
        theirs.append((time.process_time() - started) * 1000)
    return {
        "examples": size,
        "build_s": build_s,
        "rss_mb": rss_mb,
        "median_ms": float(np.median(ours)),
        "p99_ms": float(np.quantile(ours, 0.99)),
        "extract_one_ratio": float(np.median(theirs) / np.median(ours)),
    }


def main() -> None:
    """Measure and print, smallest first: memory is the highest so far."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one object a line")
    as_json = parser.parse_args().json
    Matcher({"first": [["word"]]})  # loads the word vectors, once for all
    for size in SIZES:
        found = measured(size)
        line = json.dumps(found) if as_json else "  ".join(f"{name} {value:,.3f}" for name, value in found.items())
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
