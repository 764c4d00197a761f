"""The word somebody probably meant."""

from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process

_LEAST_SIMILAR: Final = 70.0
_LONGEST_WORD: Final = 60


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like `word`, or None if none is like it. On a tie the first one wins."""
    if len(word) > _LONGEST_WORD:
        return None
    found = process.extractOne(word.casefold(), list(known), scorer=fuzz.ratio, score_cutoff=_LEAST_SIMILAR)
    return found[0] if found else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """One sentence for a hint: the nearest known word, or all of them if none is near."""
    words = sorted(set(known))
    near = nearest(word, words)
    if near:
        return f'Did you mean "{near}"?'
    return f"Known here: {', '.join(words)}." if words else "Nothing of this kind is known yet."
