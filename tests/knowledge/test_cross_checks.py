"""What only shows between several comparisons, and the borders of what is allowed."""

import dataclasses
import inspect as python
from collections.abc import Callable

import pytest

from bot.core import catalogue, checks, dialogue
from bot.core.checks.references import NEEDED_TOPICS
from bot.core.checks.texts import NEEDED_PLACEHOLDERS, message_length
from bot.core.knowledge import About, Answer, Lines, Source
from bot.knowledge_files import inspect, read
from tests.knowledge.editing import GOOD, EditedFolder

COMPARISON = "comparisons/cook-vs-baker.yaml"
SECOND = "comparisons/baker-vs-chef.yaml"
LONG = f"{COMPARISON}:26:3: answer-too-long: this answer has"
NO = " above 1,024 no buttons (warning)"
DATED = len("\n\nAs of September 2000.")


@pytest.fixture
def two(folder: EditedFolder) -> EditedFolder:
    """The good folder with a second comparison that shares the side `baker` with the first."""
    text = (folder.path / COMPARISON).read_text("utf-8")
    folder.write(SECOND, text.replace("cook", "host").replace("Line Cook", "Host").replace("chef", "hostess"))
    folder.edit(SECOND, "short: Cook\n", "short: Host\n")
    return folder


def test_two_comparisons_may_share_a_side_and_have_the_same_questions_of_their_own(two: EditedFolder) -> None:
    assert two.told() == ""


def test_a_side_with_two_names_is_told(two: EditedFolder) -> None:
    two.edit(COMPARISON, "name: Baker\n", "name: Pastry Baker\n")
    assert two.told() == (
        f'{COMPARISON}:15:5: side-name-differs: "baker" is called "Pastry Baker" here and "Baker" in {SECOND}:15\n'
        "    Give it the same name in both, or another id if it is another role.\n"
    )


def test_a_nickname_of_sides_in_two_comparisons_is_told(two: EditedFolder) -> None:
    two.edit(COMPARISON, "[chef]", "[chef, HOSTESS]")
    assert two.told() == (
        f'{COMPARISON}:10:19: name-duplicate: "HOSTESS" is a name of "cook" here and of "host" in {SECOND}:10\n'
        "    Keep it with the one that learners mean by it and delete it from the other.\n"
    )


def test_a_role_and_the_course_that_teaches_it_may_share_a_name(folder: EditedFolder) -> None:
    folder.edit("courses.yaml", "[bread course]", "[bread course, baker]")
    assert folder.told() == ""


def test_two_roles_taught_by_one_course_may_not_share_a_name(folder: EditedFolder) -> None:
    folder.edit(COMPARISON, "names: [chef]", "names: [chef, baker]\n    course: bakery")
    assert [finding.code for finding in inspect(folder.path)] == ["name-duplicate"]


def test_a_question_of_the_school_may_name_a_side_of_any_comparison(two: EditedFolder) -> None:
    two.edit("faqs.yaml", "does a {baker} need an apron", "do {host} and {cook} need an apron")
    assert two.told() == ""


def test_a_question_may_not_offer_the_question_of_another_comparison(two: EditedFolder) -> None:
    two.edit(SECOND, "topic: own_knife", "topic: own_plate")
    two.edit(SECOND, "offers: [apron, tools]", "offers: [own_knife]")
    assert [(finding.file, finding.code) for finding in inspect(two.path)] == [(SECOND, "reference-unknown")]


def test_a_comparison_may_say_something_of_all_sides_together(folder: EditedFolder) -> None:
    folder.edit(COMPARISON, "  difference: A cook", "  tools: Some tools are shared.\n  difference: A cook")
    assert folder.told() == ""


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (1024 - DATED, []),
        (
            1025 - DATED,
            [f"{LONG} {1025 - DATED:,} characters with its heading, 1,025 once it is told with its month;{NO}"],
        ),
        (1025, [f"{LONG} 1,025 characters with its heading;{NO}"]),
        (1600, [f"{LONG} 1,600 characters with its heading;{NO}"]),
        (1601, [f"{LONG} 1,601 characters with its heading, and one message holds 1,600"]),
    ],
)
def test_an_answer_with_its_heading_fits_into_one_message(folder: EditedFolder, length: int, told: list[str]) -> None:
    text = "x" * (length - len("*The difference*\n"))
    folder.edit(COMPARISON, "A cook cooks, a baker bakes.", text)
    assert [str(finding) for finding in inspect(folder.path)] == told


@pytest.mark.parametrize(("length", "codes"), [(299, []), (300, ["greeting-long"])])
def test_a_greeting_of_300_letters_with_all_names_in_it_is_a_warning(
    folder: EditedFolder, length: int, codes: list[str]
) -> None:
    before, names = "Hi from {school}. I know {comparisons}.", "School of Food" + "Cook vs Baker"
    written = before.replace("{school}", "").replace("{comparisons}", "")
    folder.edit("lines/en.yaml", before, before + "x" * (length - len(written) - len(names)))
    assert [finding.code for finding in inspect(folder.path)] == codes


def test_the_length_of_a_message_counts_heading_text_and_points_with_their_dashes() -> None:
    answer = Answer(text="Works with:", points=("Oven", "Scale"))
    assert message_length(answer, "Tools") == len("*Tools*\nWorks with:\n- Oven\n- Scale")
    assert message_length(Answer(text="Yes."), "") == len("Yes.")


@pytest.mark.parametrize("topic", NEEDED_TOPICS)
def test_every_topic_that_the_code_needs_is_missed(folder: EditedFolder, topic: str) -> None:
    folder.remove(f"topics/{topic}.yaml")
    assert f'topics/{topic}.yaml:1:1: topic-missing: the bot needs the topic "{topic}"\n' in folder.told()


def test_the_needed_topics_are_those_that_the_code_knows_by_name() -> None:
    talk = {dialogue.GREETING, dialogue.THANKS, dialogue.GOODBYE, dialogue.MENU, dialogue.STOP, dialogue.START}
    talk |= {dialogue.DELETE_DATA, dialogue.BOT, dialogue.YES, dialogue.NO, dialogue.MORE}
    special = {catalogue.PATH, catalogue.RECOMMENDATION, catalogue.COURSE, catalogue.COURSES}
    assert NEEDED_TOPICS.keys() == talk | special | {dialogue.HUMAN}
    assert {topic for topic, about in NEEDED_TOPICS.items() if about is About.TALK} == talk


def test_needed_placeholders_are_those_that_the_lines_describe() -> None:
    for line, needed in NEEDED_PLACEHOLDERS.items():
        description = Lines.model_fields[line].description or ""
        assert all(f"{{{placeholder}}}" in description for placeholder in needed), line


def test_nothing_is_looked_up_in_files_that_are_broken(folder: EditedFolder) -> None:
    empty = dataclasses.replace(read(folder.path), topics={}, lines={})
    codes = {problem.code for problem in checks.problems(empty, broken={Source.TOPIC, Source.LINES})}
    assert codes == set()
    assert {problem.code for problem in checks.problems(empty)} > {"topic-missing", "topic-unknown", "lines-missing"}


def takes_a_folder(function: Callable[..., object]) -> bool:
    return list(python.signature(function).parameters) == ["folder"]


def test_every_check_is_in_the_list() -> None:
    modules = (
        checks.references,
        checks.finder,
        checks.texts,
        checks.translations,
        checks.canned,
        checks.names,
        checks.facts,
    )
    public = {
        function
        for module in modules
        for name, function in python.getmembers(module, python.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__ and takes_a_folder(function)
    }
    assert public == {check for check, _ in checks.CHECKS}


def test_the_good_folder_is_what_the_checks_know_as_good() -> None:
    assert checks.problems(read(GOOD)) == []
