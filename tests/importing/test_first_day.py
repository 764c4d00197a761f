"""On the day on which a page is imported the bot answers about it, in words that are not the page's."""

from collections.abc import Callable
from typing import Final

import pytest

from bot.core.catalogue import Knowledge
from bot.knowledge_files import load
from tests.core.talking import Talk, answered, read
from tests.importing.importing import THREE_ROLES, Imported

ABOUT: Final = "data-analyst-vs-data-engineer-vs-data-scientist"


@pytest.fixture(scope="module")
def both(imported_once: Callable[..., Imported]) -> Knowledge:
    """The delivered comparison, and the invented one just as it was imported."""
    return load(imported_once(THREE_ROLES, "--add-courses").folder)


@pytest.mark.parametrize(
    ("asked", "topic", "side", "said"),
    [
        ("what does a data engineer do", "definition", "data_engineer", "roads on which records travel"),
        ("data scientist kya hota hai", "definition", "data_scientist", "how sure the answer is"),
        ("which software will i use as a data analyst", "tools", "data_analyst", "Power BI"),
        ("data engineer ke tools batao", "tools", "data_engineer", "Kafka"),
        ("what must i be good at to be a data scientist", "skills", "data_scientist", "Sampling"),
        ("show me sample projects for data engineer", "projects", "data_engineer", "clickstream warehouse"),
        ("who should become a data analyst", "best_fit", "data_analyst", "telling a story with a chart"),
        ("how is a data scientist judged", "success_metric", "data_scientist", "Forecast error"),
        ("what comes after data engineer", "next_step", "data_engineer", "architect of platforms"),
        ("does a data analyst need python", "need_python", None, "SQL comes first"),
        ("which course is there for data engineer", "course", "data_engineering", "courses/data-engineering"),
        ("data analyst vs data engineer difference", "difference", None, "last month in charts"),
        ("where do data analyst and data engineer overlap", "overlap", None, "SQL before lunch"),
        ("who wrote the comparison of data analyst and data scientist", "source", None, "Orchard Data Team"),
    ],
)
def test_a_question_is_answered_from_the_new_comparison(
    both: Knowledge, asked: str, topic: str, side: str | None, said: str
) -> None:
    decision = Talk(both).say(asked)
    assert (topic, side) in answered(decision)
    assert said in read(decision)


@pytest.mark.parametrize(
    ("told", "side"),
    [
        ("i like dashboards and weekly reviews", "data_analyst"),
        ("i love nightly batches and spark", "data_engineer"),
    ],
)
def test_a_taste_leads_to_a_side_of_the_new_comparison(both: Knowledge, told: str, side: str) -> None:
    assert answered(Talk(both).say(told)) == [("path", side)]


def test_the_comparison_that_was_there_before_is_answered_as_before(both: Knowledge) -> None:
    assert "MLflow" in read(Talk(both).say("tools for mlops"))
    assert answered(Talk(both).say("i like building models")) == [("path", "ml")]
