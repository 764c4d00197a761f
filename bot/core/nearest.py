"""The word somebody probably meant."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from rapidfuzz import fuzz, process

_LEAST_SIMILAR: Final = 70.0
_LONGEST_WORD: Final = 60
_MOST_COMPARED: Final = 1000  # comparing with more would take longer than a hint is worth
_MOST_LISTED: Final = 20


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find the known word that is most like `word`, or None if none is like it. On a tie the first one wins."""
    if len(word) > _LONGEST_WORD:
        return None
    words = list(islice(known, _MOST_COMPARED))
    found = process.extractOne(word.casefold(), words, scorer=fuzz.ratio, score_cutoff=_LEAST_SIMILAR)
    return found[0] if found else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """Make a sentence for a hint: the nearest known word, or the known words if none is near."""
    words = sorted(islice(known, _MOST_COMPARED))
    near = nearest(word, words)
    if near:
        return f'Did you mean "{near}"?'
    if not words:
        return "Nothing of this kind is known yet."
    more = " and more" if len(words) > _MOST_LISTED else ""
    return f"Known here: {', '.join(words[:_MOST_LISTED])}{more}."
