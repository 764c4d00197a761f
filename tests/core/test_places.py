"""Every answer tells the file and line where it stands."""

import pytest

from bot.core.catalogue import Knowledge
from tests.core.talking import Talk

COMPARISON = "comparisons/mlops-engineer-vs-ml-engineer.yaml"


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("tools for ml", [COMPARISON]),
        ("skills of both", [COMPARISON, COMPARISON]),
        ("how do i register", ["school.yaml"]),
        ("what are the fees?", ["topics/admissions.yaml"]),
        ("which courses", ["topics/courses.yaml"]),
        ("thanks", ["topics/thanks.yaml"]),
    ],
)
def test_an_answer_has_the_place_of_what_is_said(text: str, files: list[str]) -> None:
    (answer,) = Talk().say(text).answers
    assert [place.partition(":")[0] for place in answer.place.split(", ")] == files


def test_the_place_is_that_of_the_entry(knowledge: Knowledge) -> None:
    (answer,) = Talk().say("tools for ml").answers
    assert answer.place == knowledge.entries[answer.entry].place
