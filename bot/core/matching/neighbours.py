"""How alike any texts are to each other, as the matcher compares a text with its examples."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.core.matching.kernel import blended
from bot.core.matching.likeness import Floats, Likeness
from bot.core.matching.word_vectors import WordVectors, english


class Neighbours:
    """Likeness of each of some texts to all of them."""

    def __init__(self, texts: Sequence[Sequence[str]], word_vectors: WordVectors | None = None) -> None:
        """texts: each a sequence of words, at least one text in all.

        word_vectors: what the words mean; the English ones of the package if not given.
        """
        self._texts = texts
        self._likeness = Likeness(texts)
        vectors = word_vectors or english()
        self._meanings: Floats = np.array([vectors.text(words) for words in texts], dtype=np.float32)
        self._is_known: NDArray[np.bool_] = np.any(self._meanings, axis=1)

    def of(self, number: int) -> Floats:
        """Likeness of one text (by its place) to each, 0 to 1, its own about 1.

        Where the words of one of the two mean nothing that is known, as in other languages, letters alone count.
        """
        letters = self._likeness.to_all(self._likeness.vector(self._texts[number]))
        meanings = np.clip(self._meanings @ self._meanings[number], 0, 1)
        unknown = ~(self._is_known & self._is_known[number])
        return blended(letters, np.where(unknown, np.sqrt(letters * (1 + letters) / 2), meanings))
