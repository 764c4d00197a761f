"""What a learner's own words speak for, among the goals of a comparison."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.evidence import Verdict

_SIGN: Final = 0.8
"""How much one sign weighs beside one piece of a story that certainly tells of somebody who should go that way."""
CLEAR_LEAD: Final = 0.5
"""Pieces by which one goal must be ahead to count as a taste that nobody put into words; less may be chance."""


def leans_to(words: Sequence[str], comparison: str, knowledge: Knowledge) -> str | None:
    """The side of a comparison, or the course of one of its paths, that words clearly speak for; None if for none."""
    verdict = knowledge.tastes.weigh(words, comparison)
    if verdict.leader() is not None and any(sign.weight < 0 for sign in verdict.signs):
        return verdict.leader()  # "i hate servers" resembles what those tell who love them
    goals = goals_of(words, comparison, verdict, knowledge)
    leader = max(goals, key=lambda goal: goals[goal])
    return leader if lead(goals) >= CLEAR_LEAD else None


def goals_of(words: Sequence[str], comparison: str, verdict: Verdict, knowledge: Knowledge) -> Mapping[str, float]:
    """Goal -> how much speaks for it: pieces of the learner's own story, and signs."""
    leaning = knowledge.leaning(comparison)
    goals = dict(leaning.weigh(knowledge.told(words))) if leaning else {}
    for side, weight in verdict.scores.items():
        goals[side] = goals.get(side, 0.0) + _SIGN * weight
    return goals


def lead(goals: Mapping[str, float]) -> float:
    """How far the first goal is ahead of the second, or of nothing."""
    first, second = (*sorted(goals.values(), reverse=True), 0.0)[:2]
    return first - second
