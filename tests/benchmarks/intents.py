"""Run the bare matcher on a public intent data set: python tests/benchmarks/intents.py TRAIN.csv TEST.csv [--json]

Both files have the columns `sentence` and `label`; the labels NO_NODES_DETECTED and oos mean off-topic. Off-topic rows
of TRAIN are examples of a background label. A message's answer is its likeliest label other than the background, and
the probability of that label is its confidence, so one number says both what is meant and whether anything is. Words
that neither TRAIN nor the table of word vectors knows are repaired by the nearest word of TRAIN.

acc         in-scope messages whose answer is right, whatever the confidence
acc_at_80   the same, counting as wrong what is refused at the threshold that refuses 80% of the off-topic messages
mcc         best Matthews correlation over all rows with off-topic as one more class, over all thresholds
auroc       how often an in-scope message is more confident than an off-topic one
ece         expected calibration error of the in-scope messages, in ten equal steps of confidence

build_s, median_ms and p99_ms are time on the processor, which other programs hardly change; rss_mb is the most memory
that the process ever had. Figures about off-topic messages are null if TEST has none.
"""

import bot  # noqa: F401 - first, as it tells numpy not to use several threads

# isort: split
import argparse
import csv
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.core.matching import Matcher
from bot.core.matching.word_vectors import english
from bot.core.text import BORDER, Speller, tokens

OFF_TOPIC: Final = frozenset({"NO_NODES_DETECTED", "oos"})
BACKGROUND: Final = "oos"
CONTRACTIONS: Final = {
    "arent": "are not",
    "cant": "can not",
    "couldnt": "could not",
    "didnt": "did not",
    "doesnt": "does not",
    "dont": "do not",
    "hasnt": "has not",
    "havent": "have not",
    "hows": "how is",
    "im": "i am",
    "isnt": "is not",
    "ive": "i have",
    "shouldnt": "should not",
    "thats": "that is",
    "theres": "there is",
    "wasnt": "was not",
    "whats": "what is",
    "wheres": "where is",
    "whos": "who is",
    "wont": "will not",
    "wouldnt": "would not",
    "youre": "you are",
}
THRESHOLDS: Final = tuple(step / 10 for step in range(1, 10))


@dataclass(frozen=True, slots=True)
class Answers:
    """What the matcher said to each row of a test set, in parallel arrays."""

    wanted: NDArray[np.str_]
    given: NDArray[np.str_]
    confidence: NDArray[np.float64]
    seconds: NDArray[np.float64]

    @property
    def off_topic(self) -> NDArray[np.bool_]:
        """Which rows must not be answered."""
        return np.equal(self.wanted, BACKGROUND)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which rows name the label that was wanted; never an off-topic one."""
        return np.equal(self.given, self.wanted)


def plain_words(text: str) -> list[str]:
    """Small-letter words of raw text without marks, contractions spelt out."""
    return [part for word in tokens(text) if word != BORDER for part in CONTRACTIONS.get(word, word).split()]


def rows(path: Path) -> list[tuple[list[str], str]]:
    """(words, label) of each row, all off-topic labels written as one."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            (plain_words(row["sentence"]), BACKGROUND if row["label"] in OFF_TOPIC else row["label"])
            for row in csv.DictReader(file)
        ]


def answered(matcher: Matcher, speller: Speller, test: Iterable[tuple[Sequence[str], str]]) -> Answers:
    """Each row's likeliest in-scope label, one at a time as a chat would ask."""
    wanted, given, confidence, seconds = [], [], [], []
    for words, label in test:
        started = time.process_time()
        ranking = matcher.rank([word if english().knows(word) else speller.repair(word) for word in words])
        seconds.append(time.process_time() - started)
        best = next(ranked for ranked in ranking if ranked.label != BACKGROUND)
        wanted.append(label)
        given.append(best.label)
        confidence.append(best.probability)
    return Answers(np.array(wanted), np.array(given), np.array(confidence), np.array(seconds))


def matthews(wanted: NDArray[np.str_], given: NDArray[np.str_]) -> float:
    """Multi-class Matthews correlation, -1 to 1; 0 if only one class is wanted or given."""
    truth, guesses = Counter(wanted.tolist()), Counter(given.tolist())
    total = len(wanted)
    hits = int((wanted == given).sum())
    shared = sum(count * guesses[label] for label, count in truth.items())
    spread = (total**2 - sum(count**2 for count in guesses.values())) * (
        total**2 - sum(count**2 for count in truth.values())
    )
    return float((hits * total - shared) / spread**0.5) if spread else 0.0


def best_matthews(answers: Answers) -> float:
    """The Matthews correlation at the threshold that makes it highest."""
    thresholds = np.unique(np.concatenate(([0.0], np.quantile(answers.confidence, np.linspace(0, 1, 201)))))
    return max(
        matthews(answers.wanted, np.where(answers.confidence >= threshold, answers.given, BACKGROUND))
        for threshold in thresholds
    )


def auroc(answers: Answers) -> float:
    """The chance that an in-scope message is more confident than an off-topic one; ties count half."""
    inside, outside = answers.confidence[~answers.off_topic], np.sort(answers.confidence[answers.off_topic])
    below = np.searchsorted(outside, inside, side="left") + np.searchsorted(outside, inside, side="right")
    return float(below.mean() / 2 / len(outside))


def calibration_error(answers: Answers) -> float:
    """Mean distance between confidence and share of right answers, over ten bins weighted by their size."""
    inside = ~answers.off_topic
    confidence, right = answers.confidence[inside], answers.right[inside]
    bins = np.minimum((confidence * 10).astype(int), 9)
    gaps = [abs(confidence[bins == each].sum() - right[bins == each].sum()) for each in range(10)]
    return float(sum(gaps) / len(confidence))


def figures(answers: Answers, build_s: float) -> dict[str, float | None]:
    """The figures that `--json` prints."""
    inside, outside = ~answers.off_topic, answers.off_topic
    knows_off_topic = bool(outside.any())
    refusing = float(np.quantile(answers.confidence[outside], 0.8, method="higher")) if knows_off_topic else 0.0
    accepted = answers.right & (answers.confidence > refusing)
    return {
        "acc": float(answers.right[inside].mean()),
        "acc_at_80": float(accepted[inside].mean()) if knows_off_topic else None,
        "mcc": best_matthews(answers) if knows_off_topic else None,
        "auroc": auroc(answers) if knows_off_topic else None,
        "ece": calibration_error(answers),
        "build_s": build_s,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "median_ms": float(np.median(answers.seconds)) * 1000,
        "p99_ms": float(np.quantile(answers.seconds, 0.99)) * 1000,
    }


def table(answers: Answers) -> str:
    """In-scope accuracy and off-topic recall at each threshold."""
    lines = ["threshold  in-scope accuracy  off-topic recall"]
    for threshold in THRESHOLDS:
        kept = answers.confidence >= threshold
        accuracy = (answers.right & kept)[~answers.off_topic].mean()
        recall = f"{(~kept)[answers.off_topic].mean():16.3f}" if answers.off_topic.any() else f"{'-':>16}"
        lines.append(f"{threshold:9.1f}  {accuracy:17.3f}  {recall}")
    return "\n".join(lines)


def main() -> None:
    """Read the command line, build, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--json", action="store_true", help="one object with all figures")
    arguments = parser.parse_args()
    train, test = rows(arguments.train), rows(arguments.test)
    started = time.process_time()
    examples: dict[str, list[list[str]]] = {}
    for words, label in train:
        examples.setdefault(label, []).append(words)
    speller = Speller(Counter(word for words, _ in train for word in words))
    matcher = Matcher(examples)
    build_s = time.process_time() - started
    answers = answered(matcher, speller, test)
    found = figures(answers, build_s)
    if arguments.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    summary = "  ".join(f"{name} {'-' if value is None else format(value, '.3f')}" for name, value in found.items())
    sys.stdout.write(f"{table(answers)}\n{summary}\n")


if __name__ == "__main__":
    main()
