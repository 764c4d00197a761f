"""What is read from a page, however it is written."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.core.knowledge import Comparison
from bot.importing import NoComparison, Source, outline_of, page_of, source_of
from bot.importing.outline import Outline
from tests.importing.importing import COMPARING, PAGES, THREE_ROLES, drafted


def outline(name: str) -> Outline:
    return outline_of(page_of(source_of(str(PAGES / name))))


def comparison(name: str) -> Comparison:
    return Comparison.model_validate(drafted(PAGES / name).content)


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def texts(value: Any, key: str = "") -> list[tuple[str, str]]:
    """Every text that a learner could read or that is compared with what learners write, with its key."""
    if isinstance(value, dict):
        inner = [
            (name, part) for name, part in value.items() if name not in ("side", "course", "topic", "url", "updated")
        ]
        return [found for name, part in inner for found in texts(part, name)]
    if isinstance(value, list):
        return [found for part in value for found in texts(part, key)]
    return [(key, str(value))]


@pytest.mark.parametrize("name", COMPARING)
def test_every_text_is_made_of_words_of_the_page(name: str) -> None:
    draft = drafted(PAGES / name)
    # In copied text the cells of a table run together.
    source = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", (PAGES / name).read_text("utf-8"))
    source += (PAGES / name).read_text("utf-8")
    page = {*words(source)} | {
        "".join(word[0] for word in words(side["name"])) for side in draft.content["sides"].values()
    }
    for key, text in texts(draft.content):
        said = re.sub(r"\{[a-z_]+\}", " ", text)
        strange = [word for word in words(said) if word not in page]
        if key == "short":  # may be cut inside a word to fit on a button
            strange = [word for word in strange if not any(known.startswith(word) for known in page)]
        assert not strange, (key, text)


def test_three_sides_of_a_table_are_all_read() -> None:
    three = comparison(THREE_ROLES.name)
    assert [side.name for side in three.sides.values()] == ["Data Analyst", "Data Engineer", "Data Scientist"]
    assert [side.answers["tools"].points for side in three.sides.values()] == [
        ("Power BI", "Excel"),
        ("Spark", "Kafka"),
        ("Statsmodels", "R"),
    ]
    assert three.sides["data_scientist"].answers["success_metric"].points == (
        "Forecast error",
        "Ideas tested",
        "Savings found",
    )


def test_address_and_day_come_from_the_head_of_the_page() -> None:
    three = comparison(THREE_ROLES.name)
    assert str(three.url) == "https://orchard.example/comparisons/data-analyst-vs-data-engineer-vs-data-scientist"
    assert three.updated.isoformat() == "2026-03-04"


@pytest.mark.parametrize("noise", ["biscuits", "Half price", "Home", "Ring us", "Subscribe", "all rights"])
def test_menus_scripts_and_banners_are_not_read(noise: str) -> None:
    assert noise in THREE_ROLES.read_text("utf-8")
    assert noise not in repr(outline(THREE_ROLES.name))


def test_a_row_that_no_topic_asks_for_tells_of_the_difference_and_is_marked() -> None:
    draft = drafted(THREE_ROLES)
    assert (
        "Learning curve, Data Engineer: Steep in the first month." in draft.content["answers"]["difference"]["points"]
    )
    assert any("Learning curve" in note for note in draft.notes["answers", "difference"])


def test_goals_lead_to_the_sides_that_their_answers_name() -> None:
    paths = comparison(THREE_ROLES.name).paths
    assert [path.side for path in paths] == ["data_analyst", "data_engineer", "data_scientist"]
    assert paths[0].phrases["en"][0] == "I enjoy dashboards and meetings more than servers"


def test_lists_in_place_of_tables_and_another_order_are_read() -> None:
    made = comparison("other-order-with-lists.html")
    cloud, sre = made.sides.values()
    assert cloud.answers["success_metric"].text == "A bill without surprises."
    assert sre.answers["next_step"].text == "Head of reliability."
    assert sre.answers["skills"].points == ("Debugging", "Writing calmly", "Saying no")
    assert cloud.answers["projects"].points == ("A plan to move forty servers",)
    assert sre.answers["definition"].text.startswith("A Site Reliability Engineer is the person")
    assert made.updated.isoformat() == "2026-01-07"


def test_an_abbreviation_in_brackets_is_a_nickname() -> None:
    sre = comparison("other-order-with-lists.html").sides["site_reliability"]
    assert (sre.name, sre.short, sre.names) == ("Site Reliability Engineer", "SRE", ("site reliability", "SRE"))


def test_broken_html_is_read_as_browsers_show_it() -> None:
    made = comparison("broken.html")
    assert made.sides["prompt_engineer"].answers["skills"].points == ("Plain writing", "Measuring")
    assert made.sides["chatbot_tester"].answers["success_metric"].text == "Fewer complaints"
    assert made.faqs[0].answer.text == "Not always \N{EM DASH} curiosity matters more."
    assert "Free phone" not in repr(made)


def test_cells_that_ran_together_are_told_apart() -> None:
    factors = {factor.label: factor for factor in outline("glued-table.txt").factors}
    assert factors["Main focus"].cells["Level Designer"] == "Rooms, doors and pacing."
    assert not factors["Main focus"].doubt
    assert factors["Mood"].cells["Sound Designer"] == "Mostly listening."
    assert factors["Mood"].doubt


def test_a_question_that_the_folder_knows_is_left_out_and_the_editor_told_where() -> None:
    draft = drafted(PAGES / "missing-sections.txt")
    assert [faq["answer"] for faq in draft.content["faqs"]] == [
        "UI Designer draws more, because every pixel is the work of that desk."
    ]
    assert any(
        "“Can one person do both?” is left out: it stands already in topics/" in n for n in draft.notes[("faqs",)]
    )


def with_cells(separator: str) -> str:
    rows = (
        ("Factor", "Cook", "Baker"),
        ("Main focus", "Pans.", "Ovens."),
        ("Success metric", "Full plates.", "Crisp crust."),
    )
    table = "\n".join(separator.join(row) for row in rows)
    return f"Cook vs Baker\nSide-By-Side Comparison\n{table}\nSkills\nCook\n- Tasting\nBaker\n- Kneading\n"


@pytest.mark.parametrize("separator", ["\t", " | ", "\n", ""])
def test_a_table_in_plain_text_is_read_however_its_cells_are_parted(separator: str) -> None:
    made = outline_of(page_of(Source(with_cells(separator), None)))
    assert [(factor.label, dict(factor.cells)) for factor in made.factors] == [
        ("Main focus", {"Cook": "Pans.", "Baker": "Ovens."}),
        ("Success metric", {"Cook": "Full plates.", "Baker": "Crisp crust."}),
    ]


def test_columns_that_follow_another_order_than_the_title_go_to_their_sides() -> None:
    page = with_cells("\t").replace("Cook vs Baker", "Baker vs Cook")
    made = outline_of(page_of(Source(page, None)))
    assert made.sides == ("Baker", "Cook")
    assert made.factors[0].cells["Cook"] == "Pans."


def test_a_long_answer_is_cut_after_a_sentence_and_marked(tmp_path: Path) -> None:
    sentence = "Bread needs time and so do bakers. "
    (tmp_path / "page.txt").write_text(with_cells("\t") + f"FAQ\nDo bakers sleep?\n{sentence * 60}\n", "utf-8")
    draft = drafted(tmp_path / "page.txt")
    answer = draft.content["faqs"][0]["answer"]
    assert 900 < len(answer) <= 1024
    assert answer.endswith("so do bakers.")
    assert "the page says more here than fits on a phone" in draft.notes["faqs", 0, "answer"]


@pytest.mark.parametrize(
    "page", ["", "Hello", "<html></html>", "Cook vs Baker\n", "Cook vs Cook\nSkills\nCook\n- a\nTools\nCook\n- b\n"]
)
def test_what_compares_nothing_is_refused(page: str) -> None:
    with pytest.raises(NoComparison):
        outline_of(page_of(Source(page, None)))
