import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.catalogue import Knowledge
from bot.core.evidence import Verdict
from tests.core.talking import real_knowledge

COMPARISON = "mlops-engineer-vs-ml-engineer"


def weigh(knowledge: Knowledge, text: str) -> Verdict:
    return knowledge.tastes.weigh(knowledge.read(text), COMPARISON)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("i like building models", "ml"),
        ("i enjoy monitoring and automation", "mlops"),
        ("i love pipelines", "mlops"),
        ("mujhe server pasand hai", "mlops"),
        ("मुझे मॉडल बनाना पसंद है", "ml"),
        ("i like mlops", "mlops"),
    ],
)
def test_what_is_liked_speaks_for_its_side(knowledge: Knowledge, text: str, side: str) -> None:
    assert weigh(knowledge, text).leader() == side


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("i hate servers", "ml"),
        ("training bores me", "mlops"),
        ("statistics se darr lagta hai", "mlops"),
        ("mlops pasand nahi", "ml"),
    ],
)
def test_what_is_disliked_speaks_for_the_other_side(knowledge: Knowledge, text: str, side: str) -> None:
    assert weigh(knowledge, text).leader() == side


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("i like infrastructure over modelling", "mlops"),
        ("i prefer models over dashboards", "ml"),
        ("models rather than deployment", "ml"),
        ("instead of models i want dashboards", "mlops"),
        ("deployment se zyada models pasand hai", "ml"),
        ("model ki jagah server", "mlops"),
    ],
)
def test_of_two_things_compared_the_preferred_one_counts(knowledge: Knowledge, text: str, side: str) -> None:
    verdict = weigh(knowledge, text)
    assert verdict.leader() == side
    assert {sign.weight for sign in verdict.signs} == {1.0, -1.0}


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("not servers", "ml"),
        ("not interested in deployment", "ml"),
        ("i don't like monitoring", "ml"),
        ("i like monitoring but not training", "mlops"),
        ("anything without statistics", "mlops"),
    ],
)
def test_a_negation_before_turns_what_follows(knowledge: Knowledge, text: str, side: str) -> None:
    assert weigh(knowledge, text).leader() == side


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("server pasand nahi", "ml"),
        ("model banana pasand nahi hai", "mlops"),
        ("accuracy does not excite me", "mlops"),
        ("मुझे मॉडल बनाना पसंद नहीं है", "mlops"),
        ("math pasand nahi server pasand hai", "mlops"),
        ("server pasand nahi model pasand hai", "ml"),
    ],
)
def test_a_negation_behind_turns_what_precedes(knowledge: Knowledge, text: str, side: str) -> None:
    assert weigh(knowledge, text).leader() == side


def test_a_negated_dislike_is_no_dislike(knowledge: Knowledge) -> None:
    assert weigh(knowledge, "i do not hate servers").leader() == "mlops"
    assert weigh(knowledge, "i do not mind servers").leader() == "mlops"


def test_a_new_clause_begins_a_new_thought(knowledge: Knowledge) -> None:
    verdict = weigh(knowledge, "i hate servers. notebooks and datasets")
    assert dict(verdict.scores) == {"mlops": -1.0, "ml": 2.0}


def test_both_sides_liked_equally_leave_no_leader(knowledge: Knowledge) -> None:
    verdict = weigh(knowledge, "i like training and deployment")
    assert verdict.leader() is None
    assert verdict.lead() == 0


def test_a_taste_is_stated_only_if_words_say_so(knowledge: Knowledge) -> None:
    assert weigh(knowledge, "i enjoy docker").stated
    assert weigh(knowledge, "docker se darr lagta hai").stated
    assert not weigh(knowledge, "docker").stated


@pytest.mark.parametrize("text", ["", "which tools?", "i like cricket", "what are the fees", "are you there", "|"])
def test_what_belongs_to_no_side_speaks_for_none(knowledge: Knowledge, text: str) -> None:
    verdict = weigh(knowledge, text)
    assert verdict.signs == ()
    assert verdict.leader() is None


@settings(max_examples=100, deadline=None)
@given(
    text=st.lists(
        st.sampled_from(["i", "like", "hate", "not", "but", "over", "servers", "models", "pasand", "nahi", "|"])
        | st.text(max_size=5)
    ).map(" ".join)
)
def test_scores_are_the_sums_of_the_signs(text: str) -> None:
    knowledge = real_knowledge()
    verdict = weigh(knowledge, text)
    assert verdict.lead() >= 0
    for side, score in verdict.scores.items():
        assert score == sum(sign.weight for sign in verdict.signs if sign.side == side)


def test_the_phrases_tell_where_a_taste_is_put_into_words(knowledge: Knowledge) -> None:
    shares = knowledge.stated
    assert shares.keys() == {label.partition("/")[0] for label in knowledge.examples}
    assert min(shares.values()) > 0
    assert max(shares, key=lambda topic: shares[topic]) == "path"
