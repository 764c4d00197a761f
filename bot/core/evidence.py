"""Which side do somebody's likes and dislikes speak for? Derived from what the knowledge says of each side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from bot.core.knowledge import Comparison, Language
from bot.core.text import BORDER, Lexicon, Wordings

_LONGEST_TERM: Final = 3
_LONGEST_ITEM: Final = 4
"""Words of a point that names something (a tool, a skill); a longer one is a sentence."""

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """One term of a message that speaks for a side (weight > 0) or, disliked, against it (weight < 0)."""

    term: str
    side: str
    weight: float

    def __str__(self) -> str:
        return f"{'not ' if self.weight < 0 else ''}{self.term}: {self.side}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the signs of a message say about the sides of one comparison.

    scores: side -> sum of its signs' weights.
    stated: the message says in so many words that something is liked or disliked.
    """

    scores: Mapping[str, float]
    signs: tuple[Sign, ...]
    stated: bool

    def lead(self) -> float:
        """How far the first side is ahead of the second."""
        first, second = sorted(self.scores.values(), reverse=True)[:2]
        return first - second

    def leader(self) -> str | None:
        """The side that is ahead of all others, None if none is."""
        ranking = sorted(self.scores, key=lambda side: self.scores[side], reverse=True)
        if len(ranking) < 2 or self.scores[ranking[0]] <= self.scores[ranking[1]]:
            return None
        return ranking[0]


class Tastes:
    """The terms of every side: the signs that editors list, and the short points of its answers, such as tools."""

    def __init__(
        self, comparisons: Mapping[str, Comparison], names: Mapping[Term, str], language: Language, lexicon: Lexicon
    ) -> None:
        """names: every name of a side -> the side; naming a side is as good a sign as any other."""
        self._names = names
        idle = (*language.fillers, *language.joiners, *language.repeats)
        separators = {word for phrase in idle for word in lexicon.words(phrase)}
        self._sides: dict[str, dict[Term, str]] = {
            comparison: _distinctive(content, lexicon, separators | {BORDER}, names)
            for comparison, content in comparisons.items()
        }
        self.terms = Wordings(term for terms in self._sides.values() for term in terms)
        self._telling = self.terms | Wordings(names)
        self._order = {comparison: tuple(content.sides) for comparison, content in comparisons.items()}
        self._likes = lexicon.wordings(language.likes)
        self._dislikes = lexicon.wordings(language.dislikes)
        self._negations_before = lexicon.wordings(language.negations_before)
        self._negations_after = lexicon.wordings(language.negations_after)
        self._contrasts = lexicon.wordings(language.contrasts) | Wordings([(BORDER,)])
        self._less_after = lexicon.wordings(language.less_after)
        self._less_before = lexicon.wordings(language.less_before)
        stating = (self._likes, self._dislikes, self._less_after, self._less_before)
        self.turning = self._dislikes | self._negations_before | self._negations_after
        self.turning |= self._less_after | self._less_before
        self._stating = frozenset(word for marks in stating for sequence in marks.sequences for word in sequence[:1])

    @property
    def words(self) -> frozenset[str]:
        """Every word that occurs in a term or marks a taste."""
        marks = (self._likes, self._dislikes, self._negations_before, self._negations_after, self._contrasts)
        return frozenset(word for marked in (self.terms, *marks) for sequence in marked.sequences for word in sequence)

    def weigh(self, words: Sequence[str], comparison: str) -> Verdict:
        """Count the likes and dislikes in a message, given as canonical words with BORDER between clauses."""
        # Most messages name nothing that can be liked.
        return self._weighed(self._thoughts(words) if self._telling.find(words) else (), comparison)

    def _weighed(self, thoughts: "Iterable[_Thought]", comparison: str) -> Verdict:
        sides = self._sides[comparison]
        scores = dict.fromkeys(self._order[comparison], 0.0)
        signs: list[Sign] = []
        stated = False
        for thought in thoughts:
            stated = stated or thought.stated
            for start, end in thought.terms:
                term = tuple(thought.words[start:end])
                side = self._names.get(term) or sides.get(term)
                if side in scores:
                    weight = float(thought.liking(start))
                    scores[side] += weight
                    signs.append(Sign(" ".join(term), side, weight))
        return Verdict(scores, tuple(signs), stated)

    def states(self, words: Sequence[str]) -> bool:
        """Whether a message says in so many words that something of one side of any comparison is liked or disliked."""
        if self._stating.isdisjoint(words):
            return False
        thoughts = list(self._thoughts(words))
        if not any(thought.stated for thought in thoughts):
            return False
        return any(self._weighed(thoughts, comparison).leader() is not None for comparison in self._sides)

    def _thoughts(self, words: Sequence[str]) -> "Iterator[_Thought]":
        start = 0
        for border in [*(position for position, _ in self._contrasts.find(words)), len(words)]:
            if border > start:
                yield self._thought(list(words[start:border]))
            start = border

    def _thought(self, words: list[str]) -> "_Thought":
        terms = self._telling.find(words)
        inside = {position for start, end in terms for position in range(start, end)}

        def marks(wordings: Wordings) -> list[int]:
            return [start for start, _ in wordings.find(words) if start not in inside]

        return _Thought(
            words,
            terms,
            marks(self._likes),
            marks(self._dislikes),
            marks(self._negations_before),
            marks(self._negations_after),
            marks(self._less_after),
            marks(self._less_before),
        )


@dataclass(frozen=True, slots=True)
class _Thought:
    """One clause: where its terms and its marks of taste stand."""

    words: list[str]
    terms: list[tuple[int, int]]
    likes: list[int]
    dislikes: list[int]
    negations_before: list[int]
    negations_after: list[int]
    less_after: list[int]
    less_before: list[int]

    @property
    def stated(self) -> bool:
        return bool(self.likes or self.dislikes or self.less_after or self.less_before)

    def liking(self, position: int) -> int:
        """1 if the term at this position is liked, -1 if it is disliked."""
        turns = len(self.dislikes)
        turns += sum(self._turns_following(mark, position) for mark in self.negations_before)
        turns += sum(self._turns_preceding(mark, position) for mark in self.negations_after)
        if any(mark < position for mark in self.less_after) or any(mark > position for mark in self.less_before):
            turns += 1
        return -1 if turns % 2 else 1

    def _turns_following(self, mark: int, position: int) -> bool:
        # "not servers" turns what follows; "accuracy does not excite me" has nothing to turn but what precedes.
        follows = [start for start, _ in self.terms if start > mark]
        return position > mark if follows else True

    def _turns_preceding(self, mark: int, position: int) -> bool:
        precedes = [start for start, _ in self.terms if start < mark]
        return position < mark if precedes else True


def _distinctive(
    comparison: Comparison, lexicon: Lexicon, separators: AbstractSet[str], names: Mapping[Term, str]
) -> dict[Term, str]:
    """Terms, other than names, that belong to exactly one side, in singular and plural.

    Where editors list a sign, their word counts and not where else it occurs in the answers.
    """
    listed: dict[Term, set[str]] = {}
    derived: dict[Term, set[str]] = {}
    for side_id, side in comparison.sides.items():
        for sign in side.signs:
            _own(listed, tuple(word for word in lexicon.words(sign) if word != BORDER), side_id)
        for answer in side.answers.values():
            for words in map(lexicon.words, answer.points):
                if len(words) <= _LONGEST_ITEM:
                    for term in _runs(words, separators):
                        _own(derived, term, side_id)
    owners = {**derived, **listed}
    return {term: next(iter(sides)) for term, sides in owners.items() if len(sides) == 1 and term not in names}


def _own(owners: dict[Term, set[str]], term: Term, side: str) -> None:
    if 0 < len(term) <= _LONGEST_TERM:
        for form in (term, (*term[:-1], f"{term[-1]}s")):
            owners.setdefault(form, set()).add(side)


def _runs(words: Sequence[str], separators: AbstractSet[str]) -> list[Term]:
    """The stretches of words between separators."""
    runs: list[Term] = []
    run: list[str] = []
    for word in (*words, BORDER):
        if word not in separators:
            run.append(word)
        elif run:
            runs.append(tuple(run))
            run = []
    return runs
