"""From what people type to canonical words: one word for all its spellings, scripts and short forms.

What is known of languages comes from `knowledge/language.yaml`; this module only knows about characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import log
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.core.knowledge import Language, Transliteration

BORDER: Final = "|"
"""Stands between words where a sentence or a clause ends."""

_BORDER_MARKS: Final = frozenset("?!.,;:\n\r\u0964\u061f\u3002")  # with the Devanagari, Arabic and Chinese full stops
_QUESTION_MARKS: Final = ("?", "\u061f")
_APOSTROPHES: Final = frozenset("'\u2019\u2018\u02bc`")
_PLAIN: Final = re.compile(r"[a-z0-9 ]*")
_STRETCH: Final = re.compile(r"(.)\1{2,}")
_DOUBLE: Final = re.compile(r"(.)\1+")
_STRETCHED_END: Final = re.compile(r"(?<=..)(.)\1+$")
_LONGEST_READ: Final = 2000

_SHORTEST_REPAIRED: Final = 4
_LEAST_SIMILAR: Final = 0.7
_REPAIRS_WEIGHED: Final = 5
_FAMILIARITY: Final = 0.02
"""How much similarity a word gains for each e-fold in its frequency."""


@lru_cache(maxsize=4096)
def _is_word_character(character: str) -> bool:
    # Vowel signs of Indian scripts are marks (M), which the regex class \w does not take for parts of words.
    return unicodedata.category(character)[0] in "LMN" and not _dresses(character)


def _dresses(character: str) -> bool:
    """Whether it only changes the look of what stands before: the box of a keycap, the colour of an emoji."""
    return unicodedata.category(character) == "Me" or unicodedata.name(character, "").startswith("VARIATION SELECTOR")


@lru_cache(maxsize=8192)
def _unstretched(word: str) -> str:
    return _STRETCH.sub(r"\1\1", word)


def tokens(text: str, symbols: frozenset[str] = frozenset()) -> list[str]:
    """Split into small-letter words, BORDER between clauses, and those single `symbols` that carry a meaning.

    Compatibility forms are unified (NFKC), invisible characters and emoji drop out, three or more of the same
    letter become two. Reads the first 2,000 characters; no message is longer.
    """
    if _PLAIN.fullmatch(text) and len(text) <= _LONGEST_READ:  # as nearly all phrases are, and there are thousands
        return [_unstretched(word) for word in text.split()]
    found: list[str] = []
    word: list[str] = []

    def finish() -> None:
        if word:
            found.append(_unstretched("".join(word)))
            word.clear()

    for character in unicodedata.normalize("NFKC", text[:_LONGEST_READ]).casefold():
        if _is_word_character(character):
            word.append(character)
        elif character in _APOSTROPHES or unicodedata.category(character) == "Cf" or _dresses(character):
            continue
        else:
            finish()
            if character in symbols:
                found.append(character)
            elif (
                character in _BORDER_MARKS and found and found[-1] != BORDER and not _abbreviates(character, found[-1])
            ):
                found.append(BORDER)
    finish()
    while found and found[-1] == BORDER:
        found.pop()
    return found


def asks(text: str) -> bool:
    """Whether a text ends with a question mark."""
    return unicodedata.normalize("NFKC", text).rstrip().endswith(_QUESTION_MARKS)


def _abbreviates(mark: str, word: str) -> bool:
    """Whether a dot belongs to a single letter, as in B.Com."""
    return mark == "." and len(word) == 1


def transliterate(word: str, script: Transliteration) -> str:
    """Write a word letter by letter in Latin; characters outside the script stay as they are."""
    written: list[str] = []
    open_consonant = False  # its inherent vowel is written only if another letter follows
    for character in _letters(word, script):
        if character in script.letters:
            written.append((script.inherent if open_consonant else "") + script.letters[character])
            open_consonant = True
        elif character in script.signs:
            # A nasal sign after a bare consonant keeps the consonant's own vowel.
            keeps_vowel = open_consonant and not _is_vowel(script.signs[character])
            written.append((script.inherent if keeps_vowel else "") + script.signs[character])
            open_consonant = False
        elif character == script.virama:
            open_consonant = False
        else:
            known = script.vowels.get(character) or script.digits.get(character)
            written.append((script.inherent if open_consonant else "") + (known or character))
            open_consonant = False
    return "".join(written)


def _letters(word: str, script: Transliteration) -> Iterator[str]:
    """The letters of a word; one that is written as two characters (with a dot below) comes whole."""
    position = 0
    while position < len(word):
        size = 2 if word[position : position + 2] in script.letters else 1
        yield word[position : position + size]
        position += size


def _is_vowel(latin: str) -> bool:
    return latin[:1] in tuple("aeiou")


class Lexicon:
    """Canonical words of a text, by the spellings, short forms and scripts in the knowledge."""

    def __init__(self, language: Language) -> None:
        self._script = language.transliteration
        self._native = frozenset(
            (
                *self._script.letters,
                *self._script.vowels,
                *self._script.signs,
                self._script.virama,
                *self._script.digits,
            )
        )
        self._canonical: dict[str, tuple[str, ...]] = {}
        for word, variants in language.spellings.items():
            for variant in variants:
                self._canonical[variant.casefold()] = (word,)
        for short, full in language.abbreviations.items():
            self._canonical[short.casefold()] = tuple(full.casefold().split())
        self._symbols = frozenset(key for key in self._canonical if len(key) == 1 and not key.isalnum())
        self._word = lru_cache(maxsize=8192)(self._read)

    def words(self, text: str) -> list[str]:
        """The canonical words of a text in order, with BORDER between clauses."""
        return [canonical for token in tokens(text, self._symbols) for canonical in self._word(token)]

    def _read(self, token: str) -> tuple[str, ...]:
        if (known := self._canonical.get(token)) is not None:
            return known
        if not self._native.isdisjoint(token):
            token = _unstretched(transliterate(token, self._script))
            if not token:  # a lone sign that is silent without a letter
                return ()
        return self._canonical.get(token) or self._canonical.get(_STRETCHED_END.sub(r"\1", token)) or (token,)

    def wordings(self, phrases: Iterable[str]) -> "Wordings":
        """Phrases as canonical words, to be found in messages."""
        return Wordings(tuple(word for word in self.words(phrase) if word != BORDER) for phrase in phrases)


class Wordings:
    """A set of word sequences that can be found in a message."""

    def __init__(self, sequences: Iterable[tuple[str, ...]]) -> None:
        self.sequences: frozenset[tuple[str, ...]] = frozenset(sequence for sequence in sequences if sequence)
        self._lengths: dict[str, list[int]] = {}
        for first, size in sorted(
            {(sequence[0], len(sequence)) for sequence in self.sequences}, key=lambda key: -key[1]
        ):
            self._lengths.setdefault(first, []).append(size)

    def __or__(self, other: "Wordings") -> "Wordings":
        return Wordings(self.sequences | other.sequences)

    def find(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Where any of the sequences occurs: (start, end) pairs, longest first at each place, not overlapping."""
        # Most texts hold none, and this is asked of every phrase many times.
        if self._lengths.keys().isdisjoint(words):
            return []
        found: list[tuple[int, int]] = []
        start = 0
        while start < len(words):
            for size in self._lengths.get(words[start], ()):
                end = start + size
                if end <= len(words) and tuple(words[start:end]) in self.sequences:
                    found.append((start, end))
                    start = end
                    break
            else:
                start += 1
        return found


class Speller:
    """Repairs words that the knowledge does not know by the nearest one that it knows."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        """vocabulary: known word -> how often the knowledge uses it; of words about as near the commoner one wins."""
        self._known = frozenset(vocabulary)
        self._familiarity = {word: _FAMILIARITY * log(count) for word, count in vocabulary.items()}
        self._by_first: dict[str, list[str]] = {}
        for word in sorted(vocabulary, key=lambda word: (-vocabulary[word], word)):
            if len(word) >= _SHORTEST_REPAIRED:
                self._by_first.setdefault(word[0], []).append(word)
        self.repair = lru_cache(maxsize=8192)(self._repair)

    def _repair(self, word: str) -> str:
        """The word itself if it is known, short or like no known word; else the known word it most resembles."""
        if word in self._known or word == BORDER or not word.isalpha():
            return word
        single = _DOUBLE.sub(r"\1", word)
        if single in self._known:
            return single
        if len(word) < _SHORTEST_REPAIRED:
            return word
        near = process.extract(
            word,
            self._by_first.get(word[0], ()),
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=_LEAST_SIMILAR,
            limit=_REPAIRS_WEIGHED,
        )
        return max(near, key=lambda found: found[1] + self._familiarity[found[0]], default=(word,))[0]
