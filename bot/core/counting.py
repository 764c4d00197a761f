"""Numbers and positions that point at something: at a choice below a reply, or at one of the sides."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.core.knowledge import Language
from bot.core.text import BORDER, Lexicon, Wordings

LAST: Final = -1
"""The position of what stands last, however many there are."""

_MOST_DIGITS: Final = 2

Name = tuple[str, ...]


class Counting:
    """How learners count: by number ("2", "option two", "do number") and by position ("the second one")."""

    def __init__(self, language: Language, lexicon: Lexicon) -> None:
        self._numbers = _numbered(language.numbers.values(), lexicon)
        self._positions = _numbered(language.ordinals.values(), lexicon)
        for name in lexicon.wordings(tuple(language.ordinals.values())[-1]).sequences:
            self._positions[name] = LAST
        self._number_words = frozenset(word for name in self._numbers for word in name)
        self._counters = lexicon.wordings(language.counters)
        self._around = lexicon.wordings(language.picking) | lexicon.wordings(language.fillers)
        self._other = lexicon.wordings(language.other).sequences
        self._pointing = self._positions | self._counted(len(language.numbers))
        self._wordings = Wordings(self._pointing)

    def _counted(self, most: int) -> dict[Name, int]:
        """Numbers that point at something inside a sentence: behind a counter, for "one option" counts options."""
        numbers = self._numbers | {(str(number),): number for number in range(1, most + 1)}
        counters = self._counters.sequences
        whole = {name: number for name, number in numbers.items() if name[:1] in counters}
        return whole | {(*counter, *name): number for counter in counters for name, number in numbers.items()}

    @property
    def words(self) -> frozenset[str]:
        """Every word that counts."""
        return frozenset(word for name in (*self._numbers, *self._positions) for word in name)

    def number(self, words: Sequence[str]) -> int | None:
        """The number that a whole message gives, None if it says anything else.

        A number in words stands alone or has a counter beside it, for "do" and "one" also mean other things.
        """
        if self._number_words.isdisjoint(words) and not any(map(str.isdecimal, words)):
            return None  # as nearly all messages
        said = tuple(word for word in words if word != BORDER)
        plain = _without(self._around, said)
        for name in (said, plain if len(plain) > 1 else ()):
            if name in self._numbers:
                return self._numbers[name]
        bare = _without(self._counters, plain)
        if len(bare) == 1 and bare[0].isdecimal() and len(bare[0]) <= _MOST_DIGITS:
            return int(bare[0])
        return None if bare == plain else self._numbers.get(bare)

    def position(self, words: Sequence[str]) -> int | None:
        """The position, from 1 or LAST, that a whole message gives, None if it says anything else.

        What names the other side, such as "dusra wala", is no position.
        """
        said = tuple(word for word in words if word != BORDER)
        return None if said in self._other else self._positions.get(_without(self._around, said))

    def find(self, words: Sequence[str]) -> list[tuple[int, int, int]]:
        """Positions and counted numbers inside a message: (number from 1 or LAST, start, end)."""
        return [(self._pointing[tuple(words[start:end])], start, end) for start, end in self._wordings.find(words)]


def _numbered(lists: Iterable[Iterable[str]], lexicon: Lexicon) -> dict[Name, int]:
    return {name: number for number, phrases in enumerate(lists, 1) for name in lexicon.wordings(phrases).sequences}


def _without(wordings: Wordings, words: Sequence[str]) -> Name:
    taken = {position for start, end in wordings.find(words) for position in range(start, end)}
    return tuple(word for position, word in enumerate(words) if position not in taken)
