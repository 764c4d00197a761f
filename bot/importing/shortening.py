"""Cuts texts to what fits on a phone, at the ends of sentences where it can."""

import re
from typing import Final

_SENTENCE_END: Final = re.compile(r"(?<=[.!?।])\s+")


def cut(text: str, limit: int) -> str:
    """The text if it has at most `limit` characters; else its first sentences, or its first words if one is longer."""
    if len(text) <= limit:
        return text
    kept = ""
    for sentence in _SENTENCE_END.split(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > limit:
            break
        kept = longer
    return kept or cut_at_word(text, limit)


def cut_at_word(text: str, limit: int) -> str:
    """The first words that fit into `limit` characters; a first word that does not is cut itself."""
    if len(text) <= limit:
        return text
    return text[: limit + 1].rpartition(" ")[0].rstrip(" ,;:-\u2013\u2014") or text[:limit]


def fitted(text: str, points: tuple[str, ...], *, limit: int, point_limit: int) -> tuple[str, tuple[str, ...]]:
    """Text and points that have at most `limit` characters in all; the last points give way first."""
    short = cut(text, limit)
    left, kept = limit - len(short), list[str]()
    for point in points:
        fitting = cut(point, point_limit)
        left -= len(fitting) + len("\n- ")
        if left < 0:
            break
        kept.append(fitting)
    return short, tuple(kept)
