"""What the answers to a path finder come to: how far each side is ahead, and how that is told to the learner."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.catalogue import COURSE, RECOMMENDATION
from bot.core.memory import Finder
from bot.core.messages import MENU_TEXT_LIMIT
from bot.core.questions import Question, questions_of
from bot.core.turn import Turn

_CLEAR_LEAD: Final = 1.0
_CLEAR_RATIO: Final = 2.0
"""One side fits better than another if it is a plain answer ahead and has twice as much for it; else it is close."""
_MOST_REASONS: Final = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for sides: what it says of the learner, side -> weight, and a course for later."""

    reason: str
    weights: Mapping[str, float]
    course: str | None = None


class Standing:
    """Where a learner stands between the sides of a comparison, in the learner's language."""

    def __init__(self, turn: Turn, finder: Finder) -> None:
        self._turn = turn
        self._lines = turn.lines
        self._wording = turn.writer.wording
        self.comparison = finder.comparison
        self.questions = questions_of(finder.comparison, turn.knowledge, turn.writer)
        self._sides = turn.knowledge.sides.get(finder.comparison, ())
        self._evidence = tuple(self._found(finder, {question.id: question for question in self.questions}))
        self._scores = {side: sum(one.weights.get(side, 0.0) for one in self._evidence) for side in self._sides}

    def _found(self, finder: Finder, questions: Mapping[str, Question]) -> Iterator[Evidence]:
        for given in finder.given:
            question = questions.get(given.question)
            option = question.option(given.choice) if question else None
            if option is not None and option.weights:
                yield Evidence(option.reason, option.weights, option.course)
            elif given.side is not None and given.side in self._sides:
                line = self._lines.finder_said if given.said else self._lines.finder_leaned
                reason = line.replace("{words}", given.said).replace("{side}", self._wording.name(given.side))
                yield Evidence(reason, {given.side: 1.0})

    def settled(self, rest: float) -> bool:
        """Whether one side stays clearly ahead even if all that may still come, `rest`, speaks for another."""
        first, second = (*sorted(self._scores.values(), reverse=True), 0.0)[:2]
        return _clear(first, second + rest)

    @property
    def nearest(self) -> list[str]:
        """The side that fits best and those that are close to it, in the order of the comparison."""
        best = max(self._scores.values())
        return [side for side, score in self._scores.items() if not _clear(best, score)]

    def recommendation(self, side: str) -> str:
        """The side with what speaks for it, what speaks against it, its course and the next step."""
        return _fitting([self._recommended(side, most) for most in range(_MOST_REASONS, 0, -1)])

    def tie(self, sides: Sequence[str]) -> str:
        """That these sides are close to even, what speaks for each, and what would tip it."""
        return _fitting([self._even(sides, most) for most in range(_MOST_REASONS, 0, -1)])

    def _recommended(self, side: str, most: int) -> str:
        lines = self._lines
        others = [other for other in self._sides if other != side]
        reasons, against = self._reasons([side], most), self._reasons(others, most)
        course = self._turn.knowledge.course_of(side, self.comparison)
        later = [one.course for one in self._evidence if side in one.weights and one.course not in (None, course)]
        parts = [
            lines.finder_fits.replace("{side}", self._wording.name(side)) + reasons,
            f"{lines.finder_against}{against}" if against else lines.finder_nothing_against,
            self._course(course),
            lines.finder_further.replace("{course}", self._wording.course(later[0])) if later and later[0] else "",
            lines.finder_next_step,
        ]
        return "\n\n".join(part for part in parts if part)

    def _even(self, sides: Sequence[str], most: int) -> str:
        lines = self._lines
        names = " · ".join(self._wording.name(side) for side in sides)
        known = [(self._wording.name(side), self._reasons([side], most)) for side in sides]
        spoken = [f"{lines.finder_for.replace('{side}', name)}{reasons}" for name, reasons in known if reasons]
        entry = self._turn.writer.answer(RECOMMENDATION, None, self.comparison, on=self._turn.now.date())
        parts = [lines.finder_even.replace("{sides}", names), *(spoken or [lines.finder_nothing]), entry or ""]
        return "\n\n".join(part for part in parts if part)

    def _course(self, course: str | None) -> str:
        if course is None:
            return ""
        return self._turn.writer.answer(COURSE, course, self.comparison, on=self._turn.now.date()) or ""

    def _reasons(self, sides: Sequence[str], most: int) -> str:
        reasons = [one.reason for one in self._evidence if any(side in one.weights for side in sides)]
        return "".join(f"\n- {reason}" for reason in dict.fromkeys(reasons[:most]))


def _clear(score: float, other: float) -> bool:
    return score - other >= _CLEAR_LEAD and score >= _CLEAR_RATIO * other


def _fitting(texts: Sequence[str]) -> str:
    """The first text that leaves room for buttons, the shortest if none does."""
    return next((text for text in texts if len(text) <= MENU_TEXT_LIMIT), texts[-1])
