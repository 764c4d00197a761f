"""How alike texts are by their letters and words: TF-IDF in compact arrays, with an index from features to texts.

A text's features are the 3 and 4 characters in a row of each word (70% of a likeness) and its words and pairs of words
(30%). Rare features count more; features that no example has lengthen a text's vector, so what resembles nothing is
like nothing.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, pairwise
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_PIECES_SHARE: Final = 0.7
_PIECE_LENGTHS: Final = (3, 4)
_POSTINGS: Final = 100_000
"""Places in the index that are read for one text, those of rare features first, so that its time has a limit."""
_POSTINGS_OF_MANY: Final = 1_500
"""The same for each of many examples that are compared at once."""
_HARDLY_ALIKE: Final = 0.1
"""Likeness below which an example is not worth looking at."""
_WORDS_REMEMBERED: Final = 4096
"""Words whose pieces are not looked up again: people say most things in few words."""
_CHUNK: Final = 8192
"""Texts counted at once, so that the room for counting has a limit."""


@dataclass(frozen=True, slots=True)
class Vector:
    """The features of a text that examples have. With those that none has, the weights make a vector of length 1."""

    features: NDArray[np.int32]
    weights: Floats


class Likeness:
    """Likeness of any text to the examples and of examples to each other, 0 to 1."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        """texts: the examples, each a sequence of words."""
        self._total = len(texts)
        # Features are numbered: pieces of words first, then words, then pairs of words.
        self._pieces: dict[str, int] = {}
        self._words: dict[str, int] = {}
        words = _integers(self._words.setdefault(word, len(self._words)) for text in texts for word in text)
        spelt = [[self._pieces.setdefault(piece, len(self._pieces)) for piece in _pieces(word)] for word in self._words]
        ends = np.cumsum(_integers(map(len, texts)))
        self._pairs = np.unique(self._pair_keys(words, ends))
        self._first_pair = len(self._pieces) + len(self._words)

        self._features, counts, sizes = self._counted(words, ends, spelt)
        self._starts = _starts(sizes)
        self._frequency = np.bincount(self._features, minlength=self._first_pair + len(self._pairs))
        self._idf = (np.log((1 + self._total) / (1 + self._frequency)) + 1).astype(np.float32)
        self._unseen = log(1 + self._total) + 1
        self._weights = self._weighted(counts)

        order = np.argsort(self._features, kind="stable")
        self._postings = np.repeat(np.arange(self._total, dtype=np.int32), sizes)[order]
        self._posted_weights = self._weights[order]
        self._posting_starts = _starts(self._frequency)
        self._spelt = lru_cache(maxsize=_WORDS_REMEMBERED)(self._numbered)

    def vector(self, words: Sequence[str]) -> Vector:
        """The features and weights of a text."""
        numbers = [self._words.get(word) for word in words]
        pieces = Counter(chain.from_iterable(map(self._spelt, words)))
        whole = Counter[Hashable](
            word if number is None else len(self._pieces) + number for word, number in zip(words, numbers, strict=True)
        )
        whole.update(
            self._pair(*pair) or between for pair, between in zip(pairwise(numbers), pairwise(words), strict=True)
        )
        shared = self._shared(pieces, _PIECES_SHARE), self._shared(whole, 1 - _PIECES_SHARE)
        features, weights = zip(*shared, strict=True)
        return Vector(np.concatenate(features), np.concatenate(weights))

    def of(self, example: int) -> Vector:
        """The features and weights of an example, as `vector` finds them in its words."""
        span = slice(self._starts[example], self._starts[example + 1])
        return Vector(self._features[span], self._weights[span])

    def to_all(self, vector: Vector) -> Floats:
        """Likeness of a text to every example; a little too low where common features were left out for time."""
        features, weights = vector.features, vector.weights
        sizes = self._frequency[features]
        if sizes.sum() > _POSTINGS:
            rare_first = np.argsort(sizes, kind="stable")
            kept = rare_first[: int(np.searchsorted(np.cumsum(sizes[rare_first]), _POSTINGS, side="right"))]
            features, weights, sizes = features[kept], weights[kept], sizes[kept]
        if not len(features):
            return np.zeros(self._total, dtype=np.float32)
        starts = self._posting_starts[features]
        spans = list(map(slice, starts.tolist(), (starts + sizes).tolist()))
        products = np.concatenate([self._posted_weights[span] for span in spans])
        products *= np.repeat(weights, sizes)
        owners = np.concatenate([self._postings[span] for span in spans])
        return np.bincount(owners, products, self._total).astype(np.float32)

    def among(self, examples: Integers, vector: Vector) -> Floats:
        """Likeness of each of these examples and, last, the text with each other, as a square matrix."""
        places, owners = _spans(self._starts, examples)
        held = np.concatenate((self._features[places], vector.features))
        # The place of the last of equal features stands for all of them; whatever else is in the table is not read.
        last = np.empty(len(self._frequency), dtype=np.int32)
        last[held] = np.arange(len(held), dtype=np.int32)
        stands_for = last[held]
        # What only one of them has makes none like another.
        often = np.bincount(stands_for, minlength=len(held)) > 1
        shared = np.flatnonzero(often[stands_for])
        columns = (np.cumsum(often) - 1)[stands_for[shared]]
        weights = np.concatenate((self._weights[places], vector.weights))
        rows = np.concatenate((owners, np.full(len(vector.features), len(examples))))
        dense = np.zeros((len(examples) + 1, int(np.count_nonzero(often))), dtype=np.float32)
        dense[rows[shared], columns] = weights[shared]
        gram: Floats = dense @ dense.T
        np.fill_diagonal(gram, 1.0)
        return gram

    def nearest(self, low: int, high: int, number: int) -> Integers:
        """The examples most alike to each of those from low to high; itself where there are too few.

        A row for each example, `number` columns. Common features are left out for time.
        """
        span = slice(self._starts[low], self._starts[high])
        sizes = np.diff(self._starts[low : high + 1])
        features, rows = self._features[span], np.repeat(np.arange(high - low), sizes)
        order = np.lexsort((self._frequency[features], rows))
        features, weights = features[order], self._weights[span][order].astype(np.float32)
        read = np.cumsum(self._frequency[features])
        before = np.concatenate(([0], read))[self._starts[low:high] - self._starts[low]]
        kept = read - before[rows] <= _POSTINGS_OF_MANY
        places, which = _spans(self._posting_starts, features[kept])
        keys = rows[kept][which] * self._total + self._postings[places]
        alike = np.bincount(keys, weights[kept][which] * self._posted_weights[places], (high - low) * self._total)
        alike[np.arange(high - low) * self._total + np.arange(low, high)] = 0
        found = np.flatnonzero(alike > _HARDLY_ALIKE)
        values, owners = alike[found], found // self._total
        best = np.lexsort((-values, owners))
        place = np.arange(len(best)) - np.searchsorted(owners[best], owners[best])
        best, place = best[place < number], place[place < number]
        near = np.repeat(np.arange(low, high)[:, None], number, axis=1)
        near[owners[best], place] = found[best] % self._total
        return near

    def sketches(self, columns: int, multiplier: int) -> Floats:
        """Every example as a short vector whose products are about the likenesses, a row each."""
        mixed = np.arange(self._first_pair + len(self._pairs), dtype=np.uint64) * np.uint64(multiplier)
        column = ((mixed >> np.uint64(12)) % np.uint64(columns)).astype(np.int64)[self._features]
        signs = np.where((mixed >> np.uint64(31)) & np.uint64(1), 1.0, -1.0)[self._features]
        rows = np.repeat(np.arange(self._total), np.diff(self._starts))
        summed = np.bincount(rows * columns + column, signs * self._weights, self._total * columns)
        return summed.reshape(self._total, columns).astype(np.float32)

    def _shared(self, counts: Mapping[Hashable, int], share: float) -> tuple[NDArray[np.int32], Floats]:
        """The known ones of these features, which are numbers, with their weights; the others stand as they are."""
        known = {feature: _damped(count) for feature, count in counts.items() if isinstance(feature, int)}
        unseen = [_damped(count) for feature, count in counts.items() if not isinstance(feature, int)]
        features = np.fromiter(known, dtype=np.int32, count=len(known))
        weights = self._idf[features] * np.fromiter(known.values(), dtype=np.float32, count=len(known))
        squared = float(weights @ weights) + self._unseen**2 * sum(each * each for each in unseen)
        weights *= np.float32((share / (squared or 1.0)) ** 0.5)
        return features, weights

    def _numbered(self, word: str) -> tuple[Hashable, ...]:
        """The pieces of a word, those that examples have as the numbers of their features."""
        return tuple(self._pieces.get(piece, piece) for piece in _pieces(word))

    def _pair(self, first: int | None, second: int | None) -> int | None:
        """The feature of two words that follow each other; None if they do so in no example."""
        if first is None or second is None:
            return None
        key = first * len(self._words) + second
        place = int(np.searchsorted(self._pairs, key))
        known = place < len(self._pairs) and self._pairs[place] == key
        return self._first_pair + place if known else None

    def _pair_keys(self, words: Integers, ends: Integers) -> Integers:
        """One number for each two words that follow each other inside a text."""
        inside = np.ones(max(len(words) - 1, 0), dtype=bool)
        borders = ends[(ends > 0) & (ends < len(words))] - 1
        inside[borders] = False
        keys: Integers = words[:-1][inside] * len(self._words) + words[1:][inside]
        return keys

    def _counted(
        self, words: Integers, ends: Integers, spelt: Sequence[Sequence[int]]
    ) -> tuple[NDArray[np.int32], Floats, Integers]:
        """All features of each text in ascending order, 1 + the logarithm of their counts, and how many a text has."""
        starts = np.concatenate(([0], ends))
        piece_starts = _starts(_integers(map(len, spelt)))
        pieces = _integers(chain.from_iterable(spelt))
        total = self._first_pair + len(self._pairs)
        features, counts, sizes = [], [], []
        for low in range(0, self._total, _CHUNK):
            high = min(low + _CHUNK, self._total)
            part = words[starts[low] : starts[high]]
            owners = np.repeat(np.arange(high - low), np.diff(starts[low : high + 1]))
            places, which = _spans(piece_starts, part)
            follows = np.flatnonzero(owners[1:] == owners[:-1])
            pairs = np.searchsorted(self._pairs, part[follows] * len(self._words) + part[follows + 1])
            keys = np.concatenate(
                (
                    owners[which] * total + pieces[places],
                    owners * total + len(self._pieces) + part,
                    owners[follows] * total + self._first_pair + pairs,
                )
            )
            found, number = np.unique(keys, return_counts=True)
            features.append((found % total).astype(np.int32))
            counts.append((1 + np.log(number)).astype(np.float32))
            sizes.append(np.bincount(found // total, minlength=high - low))
        return np.concatenate(features), np.concatenate(counts), np.concatenate(sizes)

    def _weighted(self, counts: Floats) -> Floats:
        """Weights of all features of all texts: each text's pieces and its words have their share of its length."""
        weights = np.empty(len(counts), dtype=np.float32)
        for low in range(0, self._total, _CHUNK):
            starts = self._starts[low : low + _CHUNK + 1]
            span = slice(starts[0], starts[-1])
            features = self._features[span]
            part = counts[span] * self._idf[features]
            kinds = 2 * np.repeat(np.arange(len(starts) - 1), np.diff(starts)) + (features >= len(self._pieces))
            squares = np.bincount(kinds, part * part, 2 * len(starts) - 2)
            shares = np.tile((_PIECES_SHARE, 1 - _PIECES_SHARE), len(starts) - 1)
            weights[span] = part * np.sqrt(shares / np.maximum(squares, 1e-9))[kinds]
        return weights


@cache
def _damped(count: int) -> float:
    """How much a feature weighs that a text has so many times."""
    return 1 + log(count)


def _pieces(word: str) -> Iterator[str]:
    """All runs of 3 and 4 characters of a word and its borders; of a shorter word the whole, once for each length."""
    padded = f" {word} "
    for length in _PIECE_LENGTHS:
        for start in range(max(1, len(padded) - length + 1)):
            yield padded[start : start + length]


def _integers(numbers: Iterable[int]) -> Integers:
    return np.fromiter(numbers, dtype=np.int64)


def _starts(sizes: Integers) -> Integers:
    """Where rows of these sizes begin when they stand one after another, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(sizes)))


def _spans(starts: Integers, rows: Integers) -> tuple[Integers, Integers]:
    """The places of all entries of these rows, and for each entry which of the rows it comes from."""
    sizes = starts[rows + 1] - starts[rows]
    which = np.repeat(np.arange(len(rows)), sizes)
    places = np.arange(len(which)) + (starts[rows] - np.cumsum(sizes) + sizes)[which]
    return places, which
