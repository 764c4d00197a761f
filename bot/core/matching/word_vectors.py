"""What English words mean, as vectors: texts that say the same in different words are near each other.

The table beside this module holds a vector for each piece of a word, made so that the sum of a text's vectors points
where a sentence model would point (`tests/benchmarks/make_word_vectors.py` tells how). It knows no other language;
words that are not made of its pieces count for nothing.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from bot.core.mentions import OTHER, SIDE, TERM

_TABLE: Final = __file__.removesuffix(".py") + ".npz"
_INSIDE: Final = "##"
"""Begins a piece that stands inside a word."""
_READ_AS: Final = {SIDE: "role", OTHER: "role", TERM: "tool"}
"""English for the words that stand for any name and any term."""


class WordVectors:
    """Vectors of words by the pieces they are made of: the longest piece that fits, again and again."""

    def __init__(self, pieces: Mapping[str, int], vectors: NDArray[np.int8], scales: NDArray[np.float32]) -> None:
        """pieces: piece -> its row, with ## in front inside words. A row of `vectors` times its scale is its vector."""
        self._pieces = pieces
        self._vectors = vectors
        self._scales = scales
        self.columns: int = vectors.shape[1]
        self._word = lru_cache(maxsize=8192)(self._summed)

    @classmethod
    def load(cls, path: str = _TABLE) -> Self:
        """Read a table that `make_word_vectors.py` made; the one in the package takes about 8 MB."""
        with np.load(path) as table:
            pieces = table["pieces"].tobytes().decode().split("\n")
            return cls({piece: row for row, piece in enumerate(pieces)}, table["vectors"], table["scales"])

    def knows(self, word: str) -> bool:
        """Whether the word is one whole piece: a common word or name, not a misspelt one."""
        return word in self._pieces

    def text(self, words: Sequence[str]) -> NDArray[np.float32]:
        """The direction of a text, a vector of length 1; zeros if no word is known."""
        total = np.zeros(self.columns, dtype=np.float32)
        for word in words:
            total += self._word(word)
        length = float(np.linalg.norm(total))
        return total / np.float32(length) if length else total

    def _summed(self, word: str) -> NDArray[np.float32]:
        rows = self._rows(_READ_AS.get(word, word))
        scaled = self._vectors[rows] * self._scales[rows, None]
        total: NDArray[np.float32] = scaled.sum(axis=0, dtype=np.float32)
        return total

    def _rows(self, word: str) -> list[int]:
        """The rows of a word's pieces, none if some part of it is no piece."""
        plain = "".join(letter for letter in unicodedata.normalize("NFD", word) if unicodedata.category(letter) != "Mn")
        rows: list[int] = []
        start = 0
        while start < len(plain):
            mark = _INSIDE if start else ""
            for end in range(len(plain), start, -1):
                row = self._pieces.get(mark + plain[start:end])
                if row is not None:
                    rows.append(row)
                    start = end
                    break
            else:
                return []
        return rows


@cache
def english() -> WordVectors:
    """The table in the package, read once."""
    return WordVectors.load()
