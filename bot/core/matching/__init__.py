"""From example texts to probabilities of labels.

A `Matcher` is kernel ridge regression in its local form: the examples nearest to a text are found, and the regression
is solved on these alone. Two likenesses make the kernel. Texts that share rare pieces of words are alike by their
letters, so typos and inflections cost little, and what resembles nothing scores low for every label; texts that say
the same in other words are alike by their word vectors. Nothing is trained beyond counting, and the time per text
hardly grows with the number of examples.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from bot.core.matching.kernel import blended
from bot.core.matching.leaving_out import LeavingOut
from bot.core.matching.likeness import Floats, Integers, Likeness, Vector
from bot.core.matching.neighbours import Neighbours
from bot.core.matching.word_vectors import WordVectors, english

__all__ = ["Matcher", "Neighbours", "Pull", "Ranked", "Sample", "WordVectors"]

_RIDGE: Final = 0.2
_MODESTY: Final = 0.25
"""How much less a single example counts the more its label has: 0 not at all, 1 in proportion."""
_NEIGHBOURS: Final = 64
_SHORTLIST: Final = 512
"""Examples alike by their letters among which the nearest are chosen, so that the time per text has a limit."""
_CAUTION: Final = 0.5
"""How much a text unlike all examples lowers every score: 0 not at all, 1 in proportion."""
_TWINS: Final = 0.6
"""Likeness by letters from which two examples of a label say the same in the same words."""
_DOUBT: Final = 0.02
"""Share of texts that mean anything else, however clear they look; without it one of these makes all others unsure."""
_DOUBT_WORD_FOR_WORD: Final = 0.0004
"""The same of texts that are an example word for word."""
_CALIBRATION_EXAMPLES: Final = 384
_REMEMBERED: Final = 2048
"""Texts whose ranking is kept: what most people ask, many people ask in the same words."""
_LABELS_REMEMBERED: Final = 256
"""Labels for which the ranking of all others is kept, as it is the same whatever the text."""
_STEP: Final = np.float32(1 / 127)
"""Directions of examples are kept as multiples of this, in 8 bits."""


class Ranked(NamedTuple):
    """One label with its probability (0 to 1) and its example nearest to the text, None if none is near."""

    label: str
    probability: float
    example: int | None


class Sample(NamedTuple):
    """One example: its label and its place among those of the label."""

    label: str
    place: int


class Pull(NamedTuple):
    """An example that another label wins once it is left out, and the nearest example of that label.

    lead: how far that label is ahead, in scores: about 1 where nothing speaks for the own one.
    """

    example: Sample
    puller: Sample
    lead: float


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as it is compared: its likeness to all examples (roughly), its features and its direction."""

    rough: Floats
    vector: Vector
    meaning: Floats


class Matcher:
    """Ranks labels for a text by its likeness to each label's examples.

    >>> matcher = Matcher({"tools": [["which", "tools"]], "fees": [["how", "much"]]})
    >>> matcher.rank(["what", "tools"])[0].label
    'tools'
    """

    def __init__(
        self,
        examples: Mapping[str, Sequence[Sequence[str]]],
        word_vectors: WordVectors | None = None,
        *,
        before: Self | None = None,
    ) -> None:
        """examples: label -> texts, each a sequence of words. At least one example in all.

        word_vectors: what the words mean; the English ones of the package if not given.
        before: one made of nearly the same examples and the same word vectors; it changes nothing but the time.

        Raises ValueError if there is no example.
        """
        self.labels: tuple[str, ...] = tuple(examples)
        texts = [tuple(words) for label in self.labels for words in examples[label]]
        if not texts:
            raise ValueError("a matcher needs at least one example")
        counts = np.array([len(examples[label]) for label in self.labels], dtype=np.int64)
        self._owner: Integers = np.repeat(np.arange(len(self.labels)), counts)
        self._places: Integers = np.concatenate([np.arange(count) for count in counts])
        # Labels with many examples would outvote the others by their number alone.
        trust = np.maximum(counts, 1)[self._owner] ** -_MODESTY
        self._ridge: Floats = (_RIDGE * trust.mean() / trust).astype(np.float32)
        self._starts: dict[str, int] = dict(zip(self.labels, (np.cumsum(counts) - counts).tolist(), strict=True))
        self._texts = texts
        self._exact: dict[tuple[str, ...], int] = {}
        for number, text in enumerate(texts):
            self._exact.setdefault(text, number)
        self._likeness = Likeness(texts)
        self._word_vectors = word_vectors or english()
        self._meanings: NDArray[np.int8] = np.empty((len(texts), self._word_vectors.columns), dtype=np.int8)
        known = before._exact if before is not None else {}
        for row, text in zip(self._meanings, texts, strict=True):
            if before is not None and text in known:
                row[:] = before._meanings[known[text]]
            else:
                row[:] = np.rint(self._word_vectors.text(text) / _STEP)
        self._temperature = self._fitted_temperature(texts)
        self._unlikely = _DOUBT_WORD_FOR_WORD / len(self.labels)
        self.ranked = lru_cache(maxsize=_REMEMBERED)(self._rank)
        self._others = lru_cache(maxsize=_LABELS_REMEMBERED)(self._ranked_alike)

    def rank(self, words: Sequence[str]) -> Sequence[Ranked]:
        """All labels, likeliest first; the probabilities add up to 1.

        A text that is an example word for word means what that one means, and is not compared with any other.
        """
        return self.ranked(tuple(words))

    def _rank(self, words: tuple[str, ...]) -> tuple[Ranked, ...]:
        exact = self._exact.get(words)
        if exact is not None:
            own = self._sample(exact)
            certain = 1 - _DOUBT_WORD_FOR_WORD + self._unlikely
            return (Ranked(own.label, certain, own.place), *self._others(own.label))
        near, kernel = self._compared(self._read(words))
        probabilities = _doubted(_shares(self._scores(near, kernel), self._temperature), len(self.labels))
        by_nearness = near[np.argsort(kernel[-1, :-1], kind="stable")]
        places = dict(zip(self._owner[by_nearness].tolist(), self._places[by_nearness].tolist(), strict=True))
        return tuple(
            Ranked(self.labels[label], probability, places.get(label))
            for label, probability in sorted(enumerate(probabilities.tolist()), key=lambda each: -each[1])
        )

    def _ranked_alike(self, label: str) -> tuple[Ranked, ...]:
        """All labels but this one, where it is certain."""
        return tuple(Ranked(other, self._unlikely, None) for other in self.labels if other != label)

    def __len__(self) -> int:
        """The number of examples."""
        return len(self._texts)

    def pulls(self, among: range | None = None) -> Iterator[Pull]:
        """Go through the examples whose own label would not win if they had not been written, in order.

        Made for tens of thousands of examples; nearly all of these are found, and nothing else is.

        among: only the examples with these numbers, counted over all labels from 0.
        """
        among = among or range(len(self))
        doubtful = LeavingOut(self._likeness, self._meanings, self._owner, self._ridge).doubtful(among)
        yield from filter(None, map(self._pull, doubtful))

    def pulls_near(self, examples: Iterable[Sample]) -> Iterator[Pull]:
        """Go through the pulls of these examples and of those nearest to each; quick where they are few."""
        found: dict[int, None] = {}
        for sample in examples:
            own = self._number(sample)
            near, _ = self._compared(self._read_again(own))
            found |= dict.fromkeys([own, *near.tolist()])
        yield from filter(None, map(self._pull, found))

    def _pull(self, example: int) -> Pull | None:
        """The pull of an example, None if its own label would win without it."""
        text = self._read_again(example)
        text.rough[example] = -1.0
        near, kernel = self._compared(text)
        scores = self._scores(near, kernel)
        winner, own = int(scores.argmax()), int(self._owner[example])
        if winner == own:
            return None
        puller = near[np.where(self._owner[near] == winner, kernel[-1, :-1], -1.0).argmax()]
        return Pull(self._sample(example), self._sample(int(puller)), float(scores[winner] - scores[own]))

    def label_without(self, words: Sequence[str], example: Sample) -> str:
        """The likeliest label of a text if an example had not been written."""
        text = self._read(words)
        text.rough[self._number(example)] = -1.0
        return self.labels[int(self._scores(*self._compared(text)).argmax())]

    def words(self, example: Sample) -> tuple[str, ...]:
        """The words of an example."""
        words: tuple[str, ...] = self._texts[self._number(example)]
        return words

    def _number(self, sample: Sample) -> int:
        return self._starts[sample.label] + sample.place

    def _sample(self, example: int) -> Sample:
        return Sample(self.labels[self._owner[example]], int(self._places[example]))

    def _read(self, words: Sequence[str]) -> _Text:
        vector = self._likeness.vector(words)
        return _Text(self._likeness.to_all(vector), vector, self._word_vectors.text(words))

    def _read_again(self, example: int) -> _Text:
        vector = self._likeness.of(example)
        return _Text(self._likeness.to_all(vector), vector, self._word_vectors.text(self._texts[example]))

    def _compared(self, text: _Text) -> tuple[Integers, Floats]:
        """The examples nearest to a text, and the kernel of these and, last, the text."""
        short = _largest(text.rough, _SHORTLIST)
        short = short[text.rough[short] >= 0]
        meanings = self._meanings.take(short, axis=0).astype(np.float32)  # in multiples of _STEP
        nearest = _largest(blended(text.rough[short], np.matmul(meanings, text.meaning * _STEP)), _NEIGHBOURS)
        near = short[nearest]
        directions = np.vstack((meanings[nearest] * _STEP, text.meaning))
        return near, blended(self._likeness.among(near, text.vector), directions @ directions.T)

    def _scores(self, near: Integers, kernel: Floats) -> Floats:
        """One score per label: about 1 for the right one and 0 for all others, less if nothing is really near."""
        if not len(near):
            return np.zeros(len(self.labels), dtype=np.float32)
        known, likeness = kernel[:-1, :-1] + np.diag(self._ridge[near]), kernel[:-1, -1]
        votes = np.linalg.solve(known, likeness) * likeness.max() ** _CAUTION
        return np.bincount(self._owner[near], votes, len(self.labels)).astype(np.float32)

    def _fitted_temperature(self, texts: Sequence[Sequence[str]]) -> float:
        """The temperature that makes the true labels of examples likeliest, each scored as if it had not been seen."""
        drawn = sorted(range(len(texts)), key=lambda each: _lot(texts[each]))
        chosen = np.array(drawn[:_CALIBRATION_EXAMPLES])
        rows = np.array([self._scores(*self._compared(self._unseen(int(each)))) for each in chosen])
        rows -= rows.max(axis=1, keepdims=True)
        own = rows[np.arange(len(rows)), self._owner[chosen]]
        candidates = np.geomspace(0.02, 1.0, 40)
        losses = [
            -np.log(_doubted(np.exp(own / value) / np.exp(rows / value).sum(axis=1), len(self.labels))).mean()
            for value in candidates
        ]
        return float(candidates[int(np.argmin(losses))])

    def _unseen(self, example: int) -> _Text:
        """An example as if it had not been seen, nor its label's almost equal ones: few people write the same again."""
        text = self._read_again(example)
        twins = (self._owner == self._owner[example]) & (text.rough > _TWINS)
        twins[example] = True
        text.rough[twins] = -1.0
        return text


def _largest(values: Floats, number: int) -> Integers:
    """The places of the largest values, all if there are no more."""
    if number >= len(values):
        return np.arange(len(values))
    # Most examples have nothing in common with a text, and those need not be sorted.
    likely = np.flatnonzero(values > 0)
    if len(likely) <= number:
        likely = np.arange(len(values))
    places: Integers = likely[np.argpartition(-values[likely], number)[:number]]
    return places


def _lot(text: Sequence[str]) -> bytes:
    """Draws a text by its own words: a phrase more or less elsewhere changes nothing for the others."""
    return sha256(" ".join(text).encode()).digest()


def _shares(scores: Floats, temperature: float) -> Floats:
    """How the labels share the certainty that their scores give; the shares add up to 1."""
    raised = np.exp((scores - scores.max()) / temperature)
    shares: Floats = raised / raised.sum()
    return shares


def _doubted(shares: Floats, labels: int) -> Floats:
    """Probabilities with room for what is meant however unlikely it looks; `labels`: how many there are."""
    result: Floats = (1 - _DOUBT) * shares + _DOUBT / labels
    return result
