import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.catalogue import Knowledge
from bot.core.mentions import SIDE, masked
from tests.core.talking import real_knowledge


def sides(knowledge: Knowledge, text: str) -> list[str]:
    return [mention.side for mention in knowledge.names.find(knowledge.read(text))]


@pytest.mark.parametrize(
    "name",
    [
        "mlops",
        "MLOps Engineer",
        "ml ops",
        "ML-Ops",
        "ml_ops",
        "mlopps",
        "mlop",
        "mlops engg",
        "mlops engineers",
        "machine learning operations",
        "एमएलओप्स",
        "एमएल ऑप्स",
        "एमएलओप्स इंजीनियर",
    ],
)
def test_mlops_is_recognised_by_all_its_names(knowledge: Knowledge, name: str) -> None:
    assert sides(knowledge, name) == ["mlops"]


@pytest.mark.parametrize(
    "name",
    [
        "ml",
        "ML Engineer",
        "ml enginer",
        "ml engg",
        "mle",
        "machine learning",
        "machine learning engg",
        "machin lerning engineer",
        "एमएल",
        "एमएल इंजीनियर",
        "मशीन लर्निंग इंजीनियर",
    ],
)
def test_ml_is_recognised_by_all_its_names(knowledge: Knowledge, name: str) -> None:
    assert sides(knowledge, name) == ["ml"]


@pytest.mark.parametrize("word", ["html", "xml", "mlflow", "email", "mlb", "aml"])
def test_ml_inside_another_word_is_not_ml(knowledge: Knowledge, word: str) -> None:
    assert sides(knowledge, word) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("mlops vs ml", ["mlops", "ml"]),
        ("ml/mlops", ["ml", "mlops"]),
        ("ML Engineer ya MLOps Engineer", ["ml", "mlops"]),
        ("ml engg aur ml ops me kya fark hai", ["ml", "mlops"]),
        ("एमएल और एमएलओप्स में अंतर", ["ml", "mlops"]),
        ("mlops seekh ke ml me ja sakte hai kya", ["mlops", "ml"]),
        ("aiops ke liye mlops zaruri hai?", ["aiops", "mlops"]),
    ],
)
def test_several_names_are_found_in_the_order_of_mention(knowledge: Knowledge, text: str, named: list[str]) -> None:
    assert sides(knowledge, text) == named


def test_a_course_without_a_role_of_its_own_has_names_too(knowledge: Knowledge) -> None:
    assert sides(knowledge, "ai ops course") == ["aiops"]


def test_a_mention_says_where_it_stands(knowledge: Knowledge) -> None:
    words = knowledge.read("tools for ml ops people")
    mention, *others = knowledge.names.find(words)
    assert not others
    assert words[mention.start : mention.end] == ("ml", "ops")


def test_a_message_without_a_name_mentions_nobody(knowledge: Knowledge) -> None:
    assert sides(knowledge, "which tools?") == []


@settings(max_examples=50, deadline=None)
@given(words=st.lists(st.sampled_from(["ml", "mlops", "ops", "engineer", "machine", "learning", "tools", "|"])))
def test_mentions_never_overlap_nor_leave_the_message(words: list[str]) -> None:
    end = 0
    for mention in real_knowledge().names.find(words):
        assert end <= mention.start < mention.end <= len(words)
        end = mention.end


def test_each_span_is_replaced_by_one_word() -> None:
    words = ["tools", "of", "ml", "ops", "and", "ml"]
    assert masked(words, {(5, 6): "b", (2, 4): "a"}) == ["tools", "of", "a", "and", "b"]


def test_names_are_masked_before_anything_is_compared(knowledge: Knowledge) -> None:
    for text in ("skills of mlops engineer", "skills of machine learning engg", "एमएल ऑप्स skills of"):
        assert SIDE in knowledge.comparable(knowledge.read(text))
        assert not {"ml", "mlops", "machine", "learning"} & set(knowledge.comparable(knowledge.read(text)))
