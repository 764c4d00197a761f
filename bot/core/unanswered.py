"""What learners asked in vain: alike questions together, with the topic they are nearest to. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np

from bot.core.anonymous import question_of
from bot.core.catalogue import OFF_TOPIC, Knowledge
from bot.core.dialogue import HUMAN
from bot.core.knowledge import About
from bot.core.matching import Neighbours

MOST_QUESTIONS: Final = 10_000
"""Questions that are put together at once; the newest are taken if there are more."""
_ALIKE: Final = 0.41
"""Likeness from which two questions ask the same; the matcher's blend of letters and meaning, 0 to 1."""
_MOST_EXAMPLES: Final = 5
_RESEMBLES: Final = 0.05
"""Probability from which a topic is worth naming as the nearest."""


class InVain(StrEnum):
    """Why a question has no answer: the bot did not know, asked back, or called a person."""

    REFUSED = "refused"
    ASKED_BACK = "asked_back"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question without an answer.

    at: when it came in, aware UTC. name: the learner's, which is taken out of the words. reason: as in `Decision`.
    """

    text: str
    at: datetime
    how: InVain
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The topic that a question resembles most.

    probability: 0 to 1. phrase, place: what it knows that is nearest, and where that stands as `file:line`.
    """

    topic: str
    probability: float
    phrase: str
    place: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that ask the same, without what tells who asked them.

    examples: at most five ways in which it was asked, the most frequent first; the first stands for all.
    how: how many were refused, asked back and handed over.
    first_at, last_at: aware UTC. nearest: None if nothing in the knowledge resembles it.
    """

    count: int
    examples: tuple[str, ...]
    how: tuple[tuple[InVain, int], ...]
    first_at: datetime
    last_at: datetime
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class _Wording:
    """What was asked in the same words, spelling and names apart."""

    words: tuple[str, ...]
    asked: tuple[Asked, ...]


def clusters(asked: Iterable[Asked], knowledge: Knowledge, most: int = 100) -> list[Cluster]:
    """Put alike questions together, those asked most often and last first, at most `most` of them.

    Whoever asks for a person, or says anything else that steers the conversation, asks no question. The same questions
    make the same clusters in whatever order they come.
    """
    questions = sorted(asked, key=lambda one: (one.at, one.text))[-MOST_QUESTIONS:]
    wordings = _wordings([one for one in questions if not _steers(one, knowledge)], knowledge)
    groups = _groups(wordings) if wordings else []
    groups.sort(key=lambda group: (-_size(group), -max(one.asked[-1].at.timestamp() for one in group)))
    return [_cluster(group, knowledge) for group in groups[:most]]


def _steers(asked: Asked, knowledge: Knowledge) -> bool:
    topic = knowledge.topics.get(asked.reason)
    return asked.reason == HUMAN or (topic is not None and topic.about is About.TALK)


def _wordings(questions: Sequence[Asked], knowledge: Knowledge) -> list[_Wording]:
    found: dict[tuple[str, ...], list[Asked]] = {}
    for one in questions:
        words = tuple(knowledge.comparable(knowledge.read(one.text)))
        if words and not knowledge.is_bare(words):
            found.setdefault(words, []).append(one)
    # What was asked most often leads; among equals the oldest, as it leads already.
    return sorted(
        (_Wording(words, tuple(held)) for words, held in found.items()),
        key=lambda wording: (-len(wording.asked), wording.asked[0].at, wording.words),
    )


def _groups(wordings: Sequence[_Wording]) -> list[list[_Wording]]:
    """Each wording that is in no group yet leads one, of all that are alike and in no group yet."""
    neighbours = Neighbours([wording.words for wording in wordings])
    is_free = np.ones(len(wordings), dtype=bool)
    groups = []
    for leader in range(len(wordings)):
        if not is_free[leader]:
            continue
        joins = is_free & (neighbours.of(leader) >= _ALIKE)
        joins[leader] = True
        is_free &= ~joins
        groups.append([wordings[each] for each in np.flatnonzero(joins).tolist()])
    return groups


def _size(group: Iterable[_Wording]) -> int:
    return sum(len(wording.asked) for wording in group)


def _cluster(group: Sequence[_Wording], knowledge: Knowledge) -> Cluster:
    asked = [one for wording in group for one in wording.asked]
    written = (question_of(wording.asked[-1].text, [wording.asked[-1].name]) for wording in group)
    examples = tuple(dict.fromkeys(text for text in written if text))[:_MOST_EXAMPLES]
    return Cluster(
        count=len(asked),
        examples=examples or (" ".join(group[0].words),),
        how=tuple(Counter(one.how for one in asked).most_common()),
        first_at=min(one.at for one in asked),
        last_at=max(one.at for one in asked),
        nearest=_nearest(group[0].words, knowledge),
    )


def _nearest(words: Sequence[str], knowledge: Knowledge) -> Nearest | None:
    for ranked in knowledge.matcher.rank(words):
        if ranked.probability < _RESEMBLES:
            break
        topic = ranked.label.partition("/")[0]
        if topic in (OFF_TOPIC, HUMAN) or ranked.example is None:
            continue
        if knowledge.topics[topic].about is not About.TALK:
            example = knowledge.examples[ranked.label][ranked.example]
            return Nearest(topic, ranked.probability, example.phrase, example.place)
    return None
