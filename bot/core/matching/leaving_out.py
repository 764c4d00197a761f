"""Which examples might lose to another label if they had never been written? Asked of all examples at once.

The same regression as in `Matcher`, on fewer neighbours: those most alike by their letters. Likenesses between
neighbours are read from sketches - features hashed into a few columns - and some hundredths off, so that the matcher
has the last word on what is found here; it misses one in six.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.core.matching.kernel import blended
from bot.core.matching.likeness import Floats, Integers, Likeness

_BLOCK: Final = 128
_NEIGHBOURS: Final = 24
_COLUMNS: Final = 512
_MULTIPLIER: Final = 2_654_435_761
"""Spreads the numbers of features evenly over columns and signs (Knuth)."""


class LeavingOut:
    """All examples of a matcher, each compared with the others."""

    def __init__(self, likeness: Likeness, meanings: NDArray[np.int8], owners: Integers, ridge: Floats) -> None:
        """meanings: the direction of each example in steps of 1/127; owners: its label; ridge: as in the matcher."""
        self._likeness = likeness
        self._meanings = meanings
        self._owners = owners
        self._ridge = ridge
        self._sketches = likeness.sketches(_COLUMNS, _MULTIPLIER)

    def doubtful(self, among: range) -> Iterator[int]:
        """Go through the examples with these numbers whose own label may not win, in order."""
        for low in among[::_BLOCK]:
            yield from self._doubtful(low, min(low + _BLOCK, among.stop))

    def _doubtful(self, low: int, high: int) -> list[int]:
        rows = np.arange(low, high)
        near = self._likeness.nearest(low, high, _NEIGHBOURS)
        together = np.concatenate((near, rows[:, None]), axis=1)
        sketches = self._sketches[together]
        meanings = self._meanings[together].astype(np.float32) / np.float32(127)
        kernel = blended(sketches @ sketches.transpose(0, 2, 1), meanings @ meanings.transpose(0, 2, 1))
        likeness = kernel[:, :-1, -1].copy()
        # Fewer may be near than there is room for: nothing is like the example itself in their place.
        likeness[near == rows[:, None]] = 0
        known = kernel[:, :-1, :-1]
        diagonal = np.arange(near.shape[1])
        known[:, diagonal, diagonal] = 1 + self._ridge[near]
        votes = np.linalg.solve(known, likeness[:, :, None])[:, :, 0]
        owners = self._owners[near]
        scores = ((owners[:, :, None] == owners[:, None, :]) * votes[:, None, :]).sum(axis=2)
        is_own = owners == self._owners[low:high, None]
        own = (votes * is_own).sum(axis=1)
        doubtful: list[int] = (low + np.flatnonzero(np.where(is_own, -np.inf, scores).max(axis=1) > own)).tolist()
        return doubtful
