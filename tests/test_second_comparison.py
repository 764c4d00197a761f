"""One more file under knowledge/comparisons is all that a new comparison needs."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from bot.core.catalogue import Knowledge
from bot.core.conversation import Action
from bot.core.knowledge import Answer
from bot.knowledge_files import load
from tests.core.talking import KNOWLEDGE_FOLDER, Talk, answered, message, read, titles
from tests.knowledge.editing import EditedFolder

DATA: Final = "data-analyst-vs-data-engineer"
ML: Final = "mlops-engineer-vs-ml-engineer"
PROMPT: Final = "ml-engineer-vs-prompt-engineer"

DATA_FILE: Final = """
title: Data Analyst vs Data Engineer
short: Analyst vs Data Eng
url: https://example.org/data-analyst-vs-data-engineer
updated: 2026-06-01
sides:
  analyst:
    name: Data Analyst
    short: Analyst
    names: [analyst, "डेटा एनालिस्ट"]
    signs: [dashboard, report, spreadsheet, charts]
    answers:
      definition: A Data Analyst turns tables into decisions.
      best_fit: It suits you if you like to ask questions of numbers.
      success_metric: [Decisions made with the reports, Trust in the figures]
      next_step: [Analytics lead, Product analytics]
      skills: [SQL queries, Storytelling with charts]
      tools: [Pandas, Power BI]
      projects: [A sales dashboard, A churn report]
  data_engineer:
    name: Data Engineer
    short: Data Eng
    names: [data engg, "डेटा इंजीनियर"]
    signs: [warehouse, spark, kafka, ingestion]
    answers:
      definition: A Data Engineer moves records to where others need them.
      best_fit: It suits you if you like clean tables and steady flows.
      success_metric: [Freshness of the tables, Cost of the warehouse]
      next_step: [Data architect, Head of data platform]
      skills: [Schema design, Streaming ingestion]
      tools: [Airflow, Spark]
      projects: [A clickstream warehouse, A nightly ingestion job]
answers:
  difference: A Data Analyst reads the tables that a Data Engineer builds.
  recommendation: Like questions, take Data Analyst; like flows, take Data Engineer.
  overlap: Both write SQL all day.
  source: Written by an invented author.
paths:
  - side: analyst
    answer: That points to Data Analyst.
    phrases: {en: [i like charts more than warehouses]}
  - side: data_engineer
    answer: That points to Data Engineer.
    phrases: {en: [i like warehouses more than charts]}
faqs:
  - topic: analysts_need_python
    title: Python for analysts?
    answer: A little helps, SQL comes first.
    phrases: {en: ["does {analyst} need python"]}
"""

PROMPT_FILE: Final = """
title: ML Engineer vs Prompt Engineer
short: ML vs Prompt
url: https://example.org/ml-engineer-vs-prompt-engineer
updated: 2026-06-01
sides:
  ml:
    name: ML Engineer
    short: ML
    course: ml
    answers:
      definition: Here an ML Engineer trains what others prompt.
      tools: [A training cluster]
  prompt:
    name: Prompt Engineer
    short: Prompt
    answers:
      definition: A Prompt Engineer words the instructions.
      tools: [A playground]
answers:
  difference: One trains, one words.
"""

NAMES: Final = {
    (DATA, "analyst"): "data analyst",
    (DATA, "data_engineer"): "data engineer",
    (ML, "mlops"): "mlops",
    (ML, "ml"): "ml engineer",
}
BOTH: Final = {DATA: "data analyst and data engineer", ML: "mlops and ml"}

ABOUT_A_SIDE: Final = {
    "definition": "what is {}",
    "best_fit": "who is {} best for",
    "success_metric": "how is {} measured",
    "next_step": "next step after {}",
    "skills": "skills for {}",
    "tools": "which tools for {}",
    "projects": "projects of {}",
}
ABOUT_BOTH: Final = {
    "difference": "difference between {}",
    "recommendation": "which one should i choose, {}",
    "overlap": "where do {} overlap",
    "source": "who wrote the comparison of {}",
}


def with_comparison(folder: Path, name: str, content: str) -> Knowledge:
    """The delivered knowledge and one more file."""
    shutil.copytree(KNOWLEDGE_FOLDER, folder)
    (folder / "comparisons" / f"{name}.yaml").write_text(content, "utf-8")
    return load(folder)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """Two comparisons that have tools in common but no role."""
    return with_comparison(tmp_path_factory.mktemp("two") / "knowledge", DATA, DATA_FILE)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """Two comparisons that share a role."""
    return with_comparison(tmp_path_factory.mktemp("shared") / "knowledge", PROMPT, PROMPT_FILE)


def written(answer: Answer) -> list[str]:
    """All that an answer says, piece by piece."""
    return [line for line in answer.text.splitlines() if line] + list(answer.points)


@pytest.mark.parametrize(("place", "name"), NAMES.items(), ids=NAMES.values())
@pytest.mark.parametrize("topic", ABOUT_A_SIDE)
def test_every_topic_of_every_side_is_answered_from_its_comparison(
    two: Knowledge, topic: str, place: tuple[str, str], name: str
) -> None:
    comparison, side = place
    decision = Talk(two).say(ABOUT_A_SIDE[topic].format(name))
    assert answered(decision) == [(topic, side)]
    assert decision.answers[0].entry == f"{comparison}/{topic}/{side}"
    assert all(piece in read(decision) for piece in written(two.entries[f"{comparison}/{topic}/{side}"].answer))


@pytest.mark.parametrize("comparison", BOTH)
@pytest.mark.parametrize("topic", ABOUT_A_SIDE)
def test_a_question_about_both_sides_is_answered_for_both(two: Knowledge, topic: str, comparison: str) -> None:
    decision = Talk(two).say(ABOUT_A_SIDE[topic].replace(" is ", " are ").format(BOTH[comparison]))
    assert answered(decision) == [(topic, None)]
    for side in two.sides[comparison]:
        assert all(piece in read(decision) for piece in written(two.entries[f"{comparison}/{topic}/{side}"].answer))


@pytest.mark.parametrize("comparison", BOTH)
@pytest.mark.parametrize("topic", ABOUT_BOTH)
def test_every_topic_of_the_comparison_is_answered_from_it(two: Knowledge, topic: str, comparison: str) -> None:
    decision = Talk(two).say(ABOUT_BOTH[topic].format(BOTH[comparison]))
    assert answered(decision) == [(topic, None)]
    assert all(piece in read(decision) for piece in written(two.entries[f"{comparison}/{topic}"].answer))


@pytest.mark.parametrize(
    ("taste", "side"),
    [
        ("i like dashboards and reports", "analyst"),
        ("i love spark and kafka, charts bore me", "data_engineer"),
        ("i like building models", "ml"),
        ("i enjoy monitoring and automation", "mlops"),
    ],
)
def test_a_taste_leads_to_the_side_whose_work_it_names(two: Knowledge, taste: str, side: str) -> None:
    assert answered(Talk(two).say(taste)) == [("path", side)]


def test_a_question_of_its_own_is_answered(two: Knowledge) -> None:
    assert read(Talk(two).say("does an analyst need python")).startswith("A little helps, SQL comes first.\n\n")


def test_a_tool_that_two_comparisons_know_does_not_move_the_question_to_the_wrong_role(two: Knowledge) -> None:
    assert answered(Talk(two).say("does a data engineer use airflow")) == [("tools", "data_engineer")]
    assert answered(Talk(two).say("does mlops use airflow")) == [("tools", "mlops")]


def test_a_new_side_is_known_by_its_devanagari_name(two: Knowledge) -> None:
    assert answered(Talk(two).say("डेटा एनालिस्ट के टूल्स")) == [("tools", "analyst")]


def test_a_bare_question_asks_which_comparison_is_meant(two: Knowledge) -> None:
    decision = Talk(two).say("which tools?")
    assert decision.action is Action.CLARIFY
    assert titles(decision) == ["Analyst vs Data Eng", "MLOps vs ML"]


def test_the_tapped_comparison_gets_the_question_answered(two: Knowledge) -> None:
    talk = Talk(two)
    button = talk.say("which tools?").replies[-1].buttons[1]
    decision = talk.say(message(button.title, choice=button.id))
    assert answered(decision) == [("tools", None)]
    assert "Prometheus" in read(decision)
    assert "Power BI" not in read(decision)


def test_a_typed_number_chooses_the_comparison(two: Knowledge) -> None:
    talk = Talk(two)
    talk.say("which tools?")
    assert "Power BI" in read(talk.say("1"))


@pytest.mark.parametrize(("about", "tool"), [("data analyst vs data engineer", "Power BI"), ("mlops vs ml", "MLflow")])
def test_a_bare_question_stays_with_the_comparison_that_was_talked_about(two: Knowledge, about: str, tool: str) -> None:
    talk = Talk(two)
    talk.say(about)
    decision = talk.say("which tools?")
    assert answered(decision) == [("tools", None)]
    assert tool in read(decision)


def test_a_named_side_moves_the_conversation_to_its_comparison(two: Knowledge) -> None:
    talk = Talk(two)
    talk.say("skills for ml")
    assert answered(talk.say("and data engineer?")) == [("skills", "data_engineer")]
    assert "Power BI" in read(talk.say("tools for both"))


def test_the_greeting_names_both_comparisons(two: Knowledge) -> None:
    greeting = read(Talk(two).say("hi"))
    assert "Data Analyst vs Data Engineer" in greeting
    assert "MLOps Engineer vs ML Engineer" in greeting


def test_related_comparisons_lists_both_with_their_addresses(two: Knowledge) -> None:
    listed = read(Talk(two).say("related comparisons"))
    assert "https://example.org/data-analyst-vs-data-engineer" in listed
    assert "https://schoolofcoreai.com/comparisons/mlops-engineer-vs-ml-engineer" in listed


def test_a_shared_role_is_answered_from_the_comparison_at_hand(shared: Knowledge) -> None:
    talk = Talk(shared)
    talk.say("ml vs prompt engineer")
    assert "A training cluster" in read(talk.say("tools for ml"))
    talk.say("ml vs mlops")
    assert "Scikit-learn" in read(talk.say("tools for ml"))


def test_the_other_one_of_a_shared_role_is_that_of_the_comparison_at_hand(shared: Knowledge) -> None:
    talk = Talk(shared)
    talk.say("ml vs prompt engineer")
    talk.say("tools for ml")
    assert answered(talk.say("and for the other one?")) == [("tools", "prompt")]


def test_a_shared_role_without_context_is_answered_from_one_comparison(shared: Knowledge) -> None:
    decision = Talk(shared).say("tools for ml")
    assert answered(decision) == [("tools", "ml")]
    assert ("A training cluster" in read(decision)) != ("Scikit-learn" in read(decision))


def test_two_sides_tell_which_of_the_comparisons_is_meant(shared: Knowledge) -> None:
    assert read(Talk(shared).say("difference between ml and prompt engineer")).startswith("One trains, one words.\n")
    assert "different half" in read(Talk(shared).say("difference between ml and mlops"))


ROLES: Final = """
title: {0} Chef vs {0} Waiter
short: {0}
url: https://example.org/{0}
updated: 2026-06-01
sides:
  {0}_chef: {{name: {0} Chef, short: {0} Chef, answers: {{tools: Pans of {0}}}}}
  {0}_waiter: {{name: {0} Waiter, short: {0} W, answers: {{tools: Trays of {0}}}}}
answers: {{difference: One cooks.}}
"""


def test_of_more_comparisons_than_a_list_can_show_the_first_are_offered(tmp_path: Path) -> None:
    folder = EditedFolder(tmp_path / "knowledge")
    for number in range(12):
        folder.write(f"comparisons/{chr(97 + number)}.yaml", ROLES.format(f"inn{chr(97 + number)}"))
    talk = Talk(load(folder.path))
    assert len(talk.say("tools?").replies[-1].rows) == 10
    assert "Pans of inni" in read(talk.say("10"))
