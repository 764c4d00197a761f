"""Numbers and their nouns."""

from bot.core.amounts import counted, more_or_less


def test_one_is_one_and_all_else_is_many() -> None:
    assert [counted(number, "address", "addresses") for number in (0, 1, 2000)] == [
        "0 addresses",
        "1 address",
        "2,000 addresses",
    ]


def test_differences_are_told_with_their_sign() -> None:
    assert more_or_less({"comparisons": 1, "phrases": -20, "courses": -1}) == "+1 comparison, -20 phrases, -1 course"
