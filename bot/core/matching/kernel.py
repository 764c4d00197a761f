"""The kernel: how alike two texts are, by their letters and by their meaning together."""

from typing import Final

from bot.core.matching.likeness import Floats

_MEANING_SHARE: Final = 0.5


def blended(letters: Floats, meanings: Floats) -> Floats:
    """In both kinds of likeness (0 to 1), a close example counts more than two that are half as close. 0 to 1."""
    curved: Floats = (1 - _MEANING_SHARE) / 2 * letters * (1 + letters) + _MEANING_SHARE * meanings**2
    return curved
