"""Numbers and positions that point at something."""

import pytest

from bot.core.catalogue import Knowledge
from bot.core.counting import LAST


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("2", 2), ("२", 2), ("2)", 2), ("no. 2", 2), ("2 please", 2), ("option no 2", 2), ("mujhe 2 wala", 2),
        ("two", 2), ("Two.", 2), ("do", 2), ("दो", 2), ("option two", 2), ("do number wala", 2), ("दो नंबर", 2),
        ("i want number three", 3), ("no three", 3), ("teen", 3), ("तीन", 3), ("विकल्प तीन", 3), ("option c", 3),
        ("one", 1), ("ek", 1), ("option a", 1), ("number ten", 10), ("12", 12),
    ],
)  # fmt: skip
def test_a_whole_message_gives_a_number(said: str, number: int, knowledge: Knowledge) -> None:
    assert knowledge.counting.number(knowledge.read(said)) == number


@pytest.mark.parametrize(
    "said",
    ["", "which one", "no one", "i want one", "please do", "do it", "2 years", "1 or 2", "no", "two courses", "123"],
)
def test_anything_else_gives_none(said: str, knowledge: Knowledge) -> None:
    assert knowledge.counting.number(knowledge.read(said)) is None


@pytest.mark.parametrize(
    ("said", "position"),
    [
        ("2nd", 2),
        ("the second one please", 2),
        ("दूसरा", 2),
        ("pehla wala", 1),
        ("last one", LAST),
        ("tell me about the third", 3),
    ],
)
def test_a_whole_message_gives_a_position(said: str, position: int, knowledge: Knowledge) -> None:
    assert knowledge.counting.position(knowledge.read(said)) == position


@pytest.mark.parametrize("said", ["2", "first year", "dusra wala", "skills for the second one"])
def test_anything_else_gives_no_position(said: str, knowledge: Knowledge) -> None:
    assert knowledge.counting.position(knowledge.read(said)) is None


def test_positions_and_counted_numbers_are_found_inside_a_message(knowledge: Knowledge) -> None:
    words = knowledge.read("skills for the second one and option three")
    assert [(number, words[start:end]) for number, start, end in knowledge.counting.find(words)] == [
        (2, ("second", "one")),
        (3, ("option", "three")),
    ]


def test_one_option_in_a_message_points_at_nothing(knowledge: Knowledge) -> None:
    assert knowledge.counting.find(knowledge.read("is there just one option")) == []
