"""Which language a learner writes in, and which one they ask to be answered in. Every language is files only."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.knowledge import Lines
from bot.core.text import Lexicon

_PLAIN_WISH: Final = 3
"""A wish of so many words is one whatever stands around it. "in hindi" may be part of a question about classes."""


class Languages:
    """The languages of the bot's lines, the school's own first."""

    def __init__(self, lines: Mapping[str, Lines], school: str, lexicon: Lexicon) -> None:
        # A language's script is told by the letters that its lines use and those of the school's language do not.
        common = _letters(lines[school])
        self._lines = tuple(lines)
        self._written_in: dict[str, list[str]] = {}
        for language, written in lines.items():
            for letter in _letters(written) - (common if language != school else frozenset()):
                self._written_in.setdefault(letter, []).append(language)
        self._wishes = {language: lexicon.wordings(written.asked_for) for language, written in lines.items()}

    def of(self, text: str) -> str | None:
        """The language whose letters a text is written in; None if it has no letters."""
        shares = dict.fromkeys(self._lines, 0)
        for letter in text:
            for language in self._written_in.get(letter, ()):
                shares[language] += 1
        best = max(shares, key=lambda language: shares[language])
        return best if shares[best] else None

    def wishes(self, words: Sequence[str]) -> list[tuple[str, int, int, bool]]:
        """Languages that words ask for, each with start and end of the wish, and whether it is one in any sentence."""
        return [
            (language, start, end, end - start >= _PLAIN_WISH)
            for language, wordings in self._wishes.items()
            for start, end in wordings.find(words)
        ]


def _letters(lines: Lines) -> frozenset[str]:
    return frozenset(character for character in lines.model_dump_json(exclude={"asked_for"}) if character.isalpha())
