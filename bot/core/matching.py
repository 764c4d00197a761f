"""From example texts to probabilities of labels.

A `Matcher` is kernel ridge regression on character and word TF-IDF, in its local form: the examples nearest to a
text are found through an inverted index and the regression is solved on these alone. Texts that share rare pieces
of words are near each other, so typos and inflections cost little; pieces that no example has lengthen a text's
vector, so what resembles nothing scores low for every label. Nothing is trained beyond counting, and the time per
text hardly grows with the number of examples.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_CHARACTER_SHARE: Final = 0.7
_CHARACTER_LENGTHS: Final = (2, 3, 4, 5)
_RIDGE: Final = 0.2
_NEIGHBOURS: Final = 64
_CALIBRATION_EXAMPLES: Final = 256


@dataclass(frozen=True, slots=True)
class Ranked:
    """One label with its probability (0 to 1) and its example nearest to the text, None if none is near."""

    label: str
    probability: float
    example: int | None


class Matcher:
    """Ranks labels for a text by its likeness to each label's examples.

    >>> matcher = Matcher({"tools": [["which", "tools"]], "fees": [["how", "much"]]})
    >>> matcher.rank(["what", "tools"])[0].label
    'tools'
    """

    def __init__(self, examples: Mapping[str, Sequence[Sequence[str]]]) -> None:
        """examples: label -> texts, each a sequence of words. At least one example in all.

        Raises ValueError if there is no example.
        """
        self.labels: tuple[str, ...] = tuple(examples)
        texts = [tuple(words) for label in self.labels for words in examples[label]]
        if not texts:
            raise ValueError("a matcher needs at least one example")
        counts = np.array([len(examples[label]) for label in self.labels], dtype=np.int64)
        self._owner: Integers = np.repeat(np.arange(len(self.labels)), counts)
        self._first: Integers = np.concatenate(([0], np.cumsum(counts)))
        # Labels with many examples would outvote the others by their number alone.
        trust = 1 / np.sqrt(np.maximum(counts, 1))[self._owner]
        self._ridge: Floats = (_RIDGE * trust.mean() / trust).astype(np.float32)
        self._exact: dict[tuple[str, ...], int] = {}
        for number, text in enumerate(texts):
            self._exact.setdefault(text, number)
        self._spaces = (
            _Space([_character_features(text) for text in texts], _CHARACTER_SHARE),
            _Space([_word_features(text) for text in texts], 1 - _CHARACTER_SHARE),
        )
        self._temperature = self._fitted_temperature(texts)

    def rank(self, words: Sequence[str]) -> list[Ranked]:
        """All labels, likeliest first; the probabilities add up to 1. An example's exact text always wins."""
        similarities = self._similarities(words)
        near = _nearest(similarities)
        probabilities = _softmax(self._scores(similarities, near) / self._temperature)
        exact = self._exact.get(tuple(words))
        if exact is not None:
            probabilities *= 0.02
            probabilities[self._owner[exact]] += 0.98
        best: dict[int, int] = {}
        for example in near[np.argsort(-similarities[near], kind="stable")]:
            best.setdefault(int(self._owner[example]), int(example))
        return [
            Ranked(
                self.labels[label],
                float(probabilities[label]),
                best[label] - int(self._first[label]) if label in best else None,
            )
            for label in map(int, np.argsort(-probabilities, kind="stable"))
        ]

    def _similarities(self, words: Sequence[str]) -> Floats:
        characters, pairs = self._spaces
        return characters.similarities(_character_features(words)) + pairs.similarities(_word_features(words))

    def _scores(self, similarities: Floats, near: Integers) -> Floats:
        """One score per label: about 1 for the right one and 0 for all others."""
        gram = sum((space.gram(near) for space in self._spaces), np.zeros((len(near), len(near)), dtype=np.float32))
        kernel = _curve(gram)
        kernel[np.diag_indices_from(kernel)] += self._ridge[near]
        votes = np.linalg.solve(kernel, _curve(similarities[near]))
        return np.bincount(self._owner[near], votes, len(self.labels)).astype(np.float32)

    def _fitted_temperature(self, texts: Sequence[Sequence[str]]) -> float:
        """The temperature that makes the true labels of examples likeliest, each scored as if it had not been seen."""
        chosen = np.unique(np.linspace(0, len(texts) - 1, _CALIBRATION_EXAMPLES).astype(np.int64))
        scores = []
        for example in map(int, chosen):
            similarities = self._similarities(texts[example])
            similarities[example] = 0.0
            scores.append(self._scores(similarities, _nearest(similarities)))
        rows, owners = np.array(scores), self._owner[chosen]
        candidates = np.geomspace(0.02, 1.0, 40)
        losses = [-np.log(_softmax(rows / value)[np.arange(len(rows)), owners] + 1e-9).mean() for value in candidates]
        return float(candidates[int(np.argmin(losses))])


class _Space:
    """TF-IDF vectors of one kind of feature, by feature (to find neighbours) and by text (to compare them)."""

    def __init__(self, counted: Sequence[Counter[str]], share: float) -> None:
        """share: the part of this space in a similarity, 0 to 1; all returned values are multiplied by it."""
        frequency = Counter(feature for counts in counted for feature in counts)
        total = len(counted)
        self._total = total
        self._share = share
        self._ids = {feature: number for number, feature in enumerate(frequency)}
        self._unseen = float(np.log(1 + total) + 1)
        self._idf = [float(np.log((1 + total) / (1 + count)) + 1) for count in frequency.values()]
        vectors = [self._vector(counts) for counts in counted]
        sizes = [len(found) for found, _ in vectors]
        features = np.array([number for found, _ in vectors for number in found], dtype=np.int64)
        values = np.array([weight for _, weights in vectors for weight in weights], dtype=np.float32)
        self._text_starts = np.concatenate(([0], np.cumsum(sizes)))
        self._text_features, self._text_values = features, values
        order = np.argsort(features, kind="stable")
        self._starts = np.searchsorted(features[order], np.arange(len(self._ids) + 1))
        self._texts, self._values = np.repeat(np.arange(total), sizes)[order], values[order]

    def _vector(self, counts: Mapping[str, int]) -> tuple[list[int], list[float]]:
        """Known features with their weights in a vector of length 1, whose norm counts unknown features too."""
        found: list[int] = []
        weights: list[float] = []
        square = 0.0
        for feature, count in counts.items():
            number = self._ids.get(feature)
            term = 1.0 + float(np.log(count)) if count > 1 else 1.0
            weight = term * (self._unseen if number is None else self._idf[number])
            square += weight * weight
            if number is not None:
                found.append(number)
                weights.append(weight)
        norm = square**0.5 or 1.0
        return found, [weight / norm for weight in weights]

    def similarities(self, counts: Mapping[str, int]) -> Floats:
        """Cosine of a text with every example, 0 to `share`."""
        result = np.zeros(self._total, dtype=np.float32)
        found, weights = self._vector(counts)
        for number, weight in zip(found, weights, strict=True):
            postings = slice(self._starts[number], self._starts[number + 1])
            # A feature has one posting per text, so no place is added to twice in one step.
            result[self._texts[postings]] += self._share * weight * self._values[postings]
        return result

    def gram(self, texts: Integers) -> Floats:
        """Cosine of each of these examples with each other, 0 to `share`, as a square matrix."""
        spans = [slice(self._text_starts[text], self._text_starts[text + 1]) for text in texts]
        held = np.concatenate([self._text_features[span] for span in spans])
        features, columns = np.unique(held, return_inverse=True)
        rows = np.repeat(np.arange(len(texts)), [span.stop - span.start for span in spans])
        dense = np.zeros((len(texts), len(features)), dtype=np.float32)
        dense[rows, columns] = np.concatenate([self._text_values[span] for span in spans])
        gram: Floats = self._share * (dense @ dense.T)
        return gram


def _character_features(words: Sequence[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word in words:
        padded = f" {word} "
        for length in _CHARACTER_LENGTHS:
            counts.update(padded[start : start + length] for start in range(max(1, len(padded) - length + 1)))
    return counts


def _word_features(words: Sequence[str]) -> Counter[str]:
    return Counter([*words, *(f"{first} {second}" for first, second in pairwise(words))])


def _curve(similarities: Floats) -> Floats:
    """Quadratic kernel: sharing two rare features counts more than twice sharing one."""
    curved: Floats = similarities * (1 + similarities) / np.float32(2)
    return curved


def _nearest(similarities: Floats) -> Integers:
    size = min(_NEIGHBOURS, len(similarities))
    near: Integers = np.argpartition(-similarities, size - 1)[:size].astype(np.int64)
    return near


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return result
