"""Somebody's own story leads where such people went, and nowhere if it tells of nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.leaning import Leaning

KEEPERS = [
    ["i", "check", "the", "locks", "every", "night"],
    ["things", "that", "run", "without", "a", "hiccup", "make", "me", "happy"],
    ["i", "keep", "the", "shop", "machines", "alive"],
]
GUESSERS = [
    ["i", "guess", "the", "rain", "of", "tomorrow"],
    ["i", "love", "to", "find", "out", "why", "my", "forecast", "was", "wrong"],
    ["comparing", "scores", "is", "my", "hobby"],
]
UNDECIDED = [["which", "one", "should", "i", "choose"], ["what", "do", "you", "recommend"]]


@pytest.fixture(scope="module")
def leaning() -> Leaning:
    return Leaning({"keep": KEEPERS, "guess": GUESSERS}, UNDECIDED)


@pytest.mark.parametrize(
    ("story", "goal"),
    [
        ("at home i look after every machine so that it stays alive", "keep"),
        ("my friends laugh because i forecast everything and compare the scores", "guess"),
    ],
)
def test_a_story_leads_where_people_like_this_went(leaning: Leaning, story: str, goal: str) -> None:
    weights = leaning.weigh(story.split())
    assert max(weights, key=lambda each: weights[each]) == goal


def test_who_only_asks_which_one_leans_nowhere(leaning: Leaning) -> None:
    assert max(leaning.weigh(["which", "one", "should", "i", "choose"]).values()) < 0.1


@given(st.lists(st.sampled_from(["run", "guess", "locks", "rain", "xyz", "one"]), max_size=80))
def test_no_story_counts_for_more_than_its_pieces(leaning: Leaning, words: list[str]) -> None:
    weights = leaning.weigh(words)
    assert set(weights) == {"keep", "guess"}
    assert 0 <= sum(weights.values()) <= 3.001
