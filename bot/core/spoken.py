"""Which language a question is in, and which of its words tell what it is about: by the phrases of the knowledge."""

from collections import Counter
from collections.abc import Iterator
from math import log
from typing import Final

from bot.core.knowledge import Folder, Phrases
from bot.core.text import BORDER, tokens

_UNSEEN: Final = 0.5
"""Stands for the count of a word in a language whose phrases do not have it."""
_RARE: Final = 0.005
"""Share of all phrases up to which a word is rare."""


class Spoken:
    """The words of all phrases of a folder, by the language under which they stand."""

    def __init__(self, folder: Folder) -> None:
        self._usual = folder.school.content.language
        self._counts: dict[str, Counter[str]] = {}
        self._phrases = 0
        for phrases in _phrases(folder):
            for language, written in phrases.items():
                counts = self._counts.setdefault(language, Counter())
                counts.update(word for phrase in written for word in set(tokens(phrase)))
                self._phrases += len(written)
        self._all = sum(self._counts.values(), Counter[str]())

    def language(self, text: str) -> str:
        """The language whose phrases are likeliest to have these words; that of the school if none has any of them."""
        known = [word for word in tokens(text) if word in self._all and word != BORDER]
        if not known:
            return self._usual

        def likelihood(language: str) -> tuple[float, bool]:
            counts = self._counts[language]
            total = counts.total() + len(self._all)
            return sum(log((counts[word] + _UNSEEN) / total) for word in known), language == self._usual

        return max(self._counts, key=likelihood)

    def telling(self, text: str, most: int) -> list[str]:
        """The words of a text that the fewest phrases have, at most so many, in order; at least one if there is any."""
        words = list(dict.fromkeys(word for word in tokens(text) if word != BORDER))
        rare = [word for word in words if self._all[word] <= _RARE * self._phrases]
        chosen = sorted(rare or words, key=lambda word: self._all[word])[: most if rare else 1]
        return [word for word in words if word in chosen]


def _phrases(folder: Folder) -> Iterator[Phrases]:
    yield from (document.content.phrases for document in folder.topics.values())
    yield from (faq.phrases for faq in folder.faqs.content.faqs)
    for document in folder.comparisons.values():
        yield from (faq.phrases for faq in document.content.faqs)
        yield from (path.phrases for path in document.content.paths)
    yield folder.off_topic.content.phrases
