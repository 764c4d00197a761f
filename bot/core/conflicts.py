"""Phrases that stand in each other's way: what an editor should part, and how. Pure.

Compared is what is left of a phrase after clean-up: names replaced, spellings unified, fillers dropped. The bot leads
the very words of a phrase to its topic, so only the same words in two topics make it fail at once; they are critical.
All else shows in how the phrase's topic fares when the phrase is left out, as when a learner says nearly the same.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from math import log
from typing import Final

from bot.core.catalogue import OFF_TOPIC, Knowledge
from bot.core.matching import Pull, Sample
from bot.core.mentions import OTHER, SIDE, TERM

_STAND_INS: Final = frozenset({SIDE, OTHER, TERM})
_SHORTEST_WORD: Final = 3
_CLEAR: Final = 0.15
"""Lead from which a pull is told even if no real message is harmed; below, chance decides between the two."""


class Kind(StrEnum):
    """DUPLICATE: the same words in two topics. TWICE: in one. PULL: without it, another topic wins the phrase."""

    DUPLICATE = "duplicate"
    TWICE = "twice"
    PULL = "pull"


@dataclass(frozen=True, slots=True)
class Placed:
    """One phrase as it is written. `topic` is a topic, `path/<side>` or off_topic, `place` its `file:line`."""

    topic: str
    phrase: str
    place: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two phrases in each other's way.

    first: with PULL the one that its own topic would not win.
    mutual: second would be lost to the topic of first, too.
    strength: how far the wrong topic is ahead, about 0 to 1; 1 for duplicates in two topics, 0 for those in one.
    messages: real messages with how often they came, that hang on one of the two: without it, the other topic has them.
    words: for each of the two topics a word that its phrases have and those of the other have not, "" if there is none.
    """

    kind: Kind
    first: Placed
    second: Placed
    mutual: bool
    strength: float
    messages: tuple[tuple[str, int], ...] = ()
    words: tuple[str, str] = ("", "")

    @property
    def critical(self) -> bool:
        """Whether the editor's own words do not lead where they stand."""
        return self.kind is Kind.DUPLICATE

    @property
    def harm(self) -> tuple[bool, int, float]:
        """What to sort by: critical ones, then the number of real messages, then the strength."""
        return self.critical, sum(count for _, count in self.messages), self.strength


def conflicts(
    knowledge: Knowledge, messages: Iterable[str] = (), pulls: Iterable[Pull] | None = None
) -> list[Conflict]:
    """Find all conflicts, the most harmful first.

    messages: what learners really wrote, repeated ones as often.
    pulls: those of the knowledge's matcher, where they have been found before.
    """
    found = [*_duplicates(knowledge), *_pulls(knowledge, knowledge.matcher.pulls() if pulls is None else pulls)]
    flips = _flips(knowledge, Counter(messages), [pair for pair, _ in found])
    telling = _Telling(knowledge)
    told = [
        conflict
        if conflict.kind is Kind.TWICE
        else replace(
            conflict, messages=tuple(flips[pair].most_common()), words=telling.words(pair[0].label, pair[1].label)
        )
        for pair, conflict in found
    ]
    worth_telling = [one for one in told if one.kind is not Kind.PULL or one.messages or one.strength >= _CLEAR]
    return sorted(worth_telling, key=lambda conflict: conflict.harm, reverse=True)


def duplicates(knowledge: Knowledge) -> list[Conflict]:
    """Find the phrases that have the same words, in one topic or two; much quicker than all conflicts."""
    return [conflict for _, conflict in _duplicates(knowledge)]


_Pair = tuple[Sample, Sample]


def _duplicates(knowledge: Knowledge) -> Iterator[tuple[_Pair, Conflict]]:
    """The first phrase with some words and each later one."""
    same: dict[tuple[str, ...], list[Sample]] = defaultdict(list)
    for sample in _samples(knowledge):
        same[knowledge.matcher.words(sample)].append(sample)
    for first, *others in same.values():
        for other in others:
            # The goals of learners are one topic: which goal is meant is told by what they like.
            is_one = _topic(first) == _topic(other)
            conflict = Conflict(
                kind=Kind.TWICE if is_one else Kind.DUPLICATE,
                first=_placed(knowledge, first),
                second=_placed(knowledge, other),
                mutual=True,
                strength=0.0 if is_one else 1.0,
            )
            yield (first, other), conflict


def _pulls(knowledge: Knowledge, pulls: Iterable[Pull]) -> Iterator[tuple[_Pair, Conflict]]:
    """Each pair of phrases once, also where each pulls the other. Goals of learners pull each other by right."""
    leads: dict[_Pair, float] = {}
    for pull in pulls:
        is_same = knowledge.matcher.words(pull.example) == knowledge.matcher.words(pull.puller)
        if _topic(pull.example) != _topic(pull.puller) and not is_same:
            leads[pull.example, pull.puller] = pull.lead
    for (lost, puller), lead in leads.items():
        back = leads.get((puller, lost))
        if back is not None and (back, puller) > (lead, lost):
            continue  # told from the other side
        conflict = Conflict(Kind.PULL, _placed(knowledge, lost), _placed(knowledge, puller), back is not None, lead)
        yield (lost, puller), conflict


def _samples(knowledge: Knowledge) -> Iterator[Sample]:
    for label, examples in knowledge.examples.items():
        yield from (Sample(label, place) for place in range(len(examples)))


def _topic(sample: Sample) -> str:
    return sample.label.partition("/")[0]


def _placed(knowledge: Knowledge, sample: Sample) -> Placed:
    example = knowledge.examples[sample.label][sample.place]
    label = "off_topic" if sample.label == OFF_TOPIC else sample.label
    return Placed(label, example.phrase, example.place)


def _flips(knowledge: Knowledge, messages: Mapping[str, int], pairs: Iterable[_Pair]) -> Mapping[_Pair, "Counter[str]"]:
    """Pair -> the messages that one phrase of it holds for its topic against that of the other."""
    opponents: dict[Sample, list[tuple[_Pair, str]]] = defaultdict(list)
    for pair in pairs:
        opponents[pair[0]].append((pair, pair[1].label))
        opponents[pair[1]].append((pair, pair[0].label))
    flips: dict[_Pair, Counter[str]] = defaultdict(Counter)
    for text, count in messages.items():
        words = knowledge.comparable(knowledge.read(text))
        if not words:
            continue
        best = knowledge.matcher.rank(words)[0]
        holder = Sample(best.label, best.example) if best.example is not None else None
        if holder not in opponents:
            continue
        winner = knowledge.matcher.label_without(words, holder)
        for pair, label in opponents[holder]:
            if label == winner:
                flips[pair][text] += count
    return flips


class _Telling:
    """Which words tell topics apart."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        for sample in _samples(knowledge):
            self._counts[sample.label].update(set(knowledge.matcher.words(sample)))
        self._spread = Counter(word for counts in self._counts.values() for word in counts)
        self.words = cache(self._words)

    def _words(self, first: str, second: str) -> tuple[str, str]:
        """The word that tells most for each of two labels against the other, "" where there is none."""
        return self._word(first, second), self._word(second, first)

    def _word(self, label: str, other: str) -> str:
        """The word that many phrases of the label have, few other labels, and no phrase of the other one."""
        worth = {
            word: count * log(1 + len(self._counts) / self._spread[word])
            for word, count in self._counts[label].items()
            if word not in self._counts[other] and word.isalpha() and len(word) >= _SHORTEST_WORD
        }
        return max(sorted(worth.keys() - _STAND_INS), key=lambda word: worth[word], default="")
