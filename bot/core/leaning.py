"""Where does somebody's own story lead? Told by how it resembles what such people tell of themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.core.matching import Matcher

_WINDOW: Final = 12
"""Words that are compared at a time: a sentence or two."""
_STEP: Final = 8
_MOST_WINDOWS: Final = 3
"""A longer story is not read word for word, so that the time for a message has a limit."""
_UNDECIDED: Final = ""


class Leaning:
    """The goals of one comparison, each with examples of people who should go that way."""

    def __init__(self, people: Mapping[str, Sequence[Sequence[str]]], undecided: Sequence[Sequence[str]]) -> None:
        """people: goal -> examples; undecided: examples that speak for none. All are words without names.

        Raises ValueError if there is no example.
        """
        self._goals = tuple(people)
        self._matcher = Matcher({**people, _UNDECIDED: undecided})

    def weigh(self, words: Sequence[str]) -> Mapping[str, float]:
        """Goal -> how many pieces of a story speak for it, each counted by its probability (0 to 1)."""
        weights = dict.fromkeys(self._goals, 0.0)
        for clause in _windows(words):
            for ranked in self._matcher.rank(clause):
                if ranked.label != _UNDECIDED:
                    weights[ranked.label] += ranked.probability
        return weights


def _windows(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Pieces of a text, evenly spread over it; they overlap where it is short."""
    last = max(0, len(words) - _WINDOW)
    number = min(_MOST_WINDOWS, 1 + -(-last // _STEP))
    for piece in range(number):
        start = round(piece * last / max(1, number - 1))
        yield words[start : start + _WINDOW]
