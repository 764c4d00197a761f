"""Tests that editors write in knowledge/tests, and what the check tells of those that fail."""

import shutil
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.knowledge_files.examining import examine
from tests.knowledge.editing import EditedFolder

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FIRST_LINE = "# yaml-language-server: $schema=../schemas/test.json\n"


def told(folder: EditedFolder, tests: str) -> list[str]:
    folder.write("tests/kitchen.yaml", FIRST_LINE + tests)
    return [str(finding) for finding in examine(folder.path, now=NOW).findings]


def test_a_conversation_that_goes_as_told_is_no_finding(folder: EditedFolder) -> None:
    tests = """\
dialogues:
  tools of one, then of the other:
    - learner: tools for chef
      action: answer
      answers: [[tools, cook]]
      entry: cook-vs-baker/tools/cook
      says: [Knife]
      hides: [Oven]
    - learner: tools for baker
      after: 5
      answers: [[tools, baker]]
      status: bot
must_not_answer:
  - zzz qqq xxx
"""
    assert told(folder, tests) == []


def test_a_wrong_answer_is_told_with_its_place_and_why_it_came(folder: EditedFolder) -> None:
    tests = """\
dialogues:
  a chef:
    - learner: tools for chef
      answers: [[tools, baker]]
      entry: cook-vs-baker/tools/baker
      says: [Pan, Oven]
      hides: [Knife]
"""
    (finding,) = told(folder, tests)
    assert finding.startswith(
        'tests/kitchen.yaml:4:7: test-failed: "tools for chef": expected answers [tools, baker], got [tools, cook]; '
        "expected the entry cook-vs-baker/tools/baker, got cook-vs-baker/tools/cook; "
        'expected "Oven" and no "Knife" in the text, got "'
    )
    assert "read as tools cook (" in finding
    assert 'like "which tools does a {side} use" (topics/tools.yaml:9)' in finding


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        ("action: fallback", "expected action fallback, got answer"),
        ("status: waiting", "expected status waiting, got bot"),
        ("silent: true", "expected silent true, got false"),
        ("buttons: [Oven]", "expected buttons Oven, got "),
        ("answers: []", "expected answers none, got [tools, cook]"),
    ],
)
def test_each_expectation_says_what_came_instead(folder: EditedFolder, expectation: str, said: str) -> None:
    (finding,) = told(folder, f"dialogues:\n  a chef:\n    - learner: tools for chef\n      {expectation}\n")
    assert said in finding


def test_what_must_not_be_answered_is_told_with_the_entry_that_answers(folder: EditedFolder) -> None:
    (finding,) = told(folder, "must_not_answer:\n  - zzz qqq\n  - do i get an apron\n")
    assert finding.startswith(
        'tests/kitchen.yaml:4:5: test-failed: "do i get an apron": expected no answer, got apron; '
        'read as apron (100%) like "do i get an apron" (faqs.yaml:'
    )


def test_each_conversation_is_held_by_a_learner_of_its_own(folder: EditedFolder) -> None:
    tests = """\
dialogues:
  first:
    - learner: tools for chef
  second:
    - learner: and the other one?
      answers: []
"""
    assert told(folder, tests) == []


def test_while_a_file_is_broken_the_tests_wait_and_hide_nothing(folder: EditedFolder) -> None:
    folder.edit("topics/tools.yaml", '"{side} ke tools batao"', '"{sid} ke tools batao"')
    findings = told(folder, "must_not_answer:\n  - do i get an apron\n")
    assert [finding.split(": ")[1] for finding in findings] == ["placeholder-unknown"]


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("dialogues:\n  a:\n    - lerner: hi\n", '4:7: key-unknown: "lerner" is not a key'),
        ("dialogues:\n  a:\n    - learner: hi\n      action: anser\n", '5:7: value-format: "action" is not'),
        ("dialogues:\n  a:\n    - silent: 1\n", '4:7: value-type: "silent" expects true or false, got the number 1'),
        ("dialogues:\n  a:\n    - answers: [tools]\n", '4:17: value-type: entry 1 of "answers" expects a list, got a'),
        ("day: tomorrow\n", '2:1: value-format: "day" is not of the right form'),
    ],
)
def test_a_test_that_cannot_be_read_is_a_finding_like_any_other(folder: EditedFolder, tests: str, said: str) -> None:
    (finding,) = told(folder, tests)
    assert finding.startswith(f"tests/kitchen.yaml:{said}")


def test_the_example_of_the_documents_goes_as_told(tmp_path: Path) -> None:
    document = (ROOT / "docs/knowledge-problems.md").read_text("utf-8")
    example = textwrap.dedent(document.split("no entry may answer:\n\n")[1].split("\n\nEach dialogue")[0])
    folder = Path(shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge"))
    (folder / "tests/example.yaml").write_text(example + "\n", "utf-8")
    findings = examine(folder, now=NOW).findings
    assert [str(finding) for finding in findings if finding.file.startswith("tests/")] == []


def test_a_test_is_held_on_the_day_that_it_names(folder: EditedFolder) -> None:
    expectation = "dialogues:\n  a chef:\n    - learner: tools for chef\n      says: [As of May 2026.]\n"
    assert told(folder, f"day: 2027-06-01\n{expectation}") == []
    (finding,) = told(folder, f"day: 2027-05-01\n{expectation}")
    assert 'expected "As of May 2026." in the text' in finding


def test_what_is_due_is_told_once_for_all_that_have_one_date(folder: EditedFolder) -> None:
    folder.edit("comparisons/cook-vs-baker.yaml", "tools: [Pan, Knife]", "tools: {text: Pan, reviewed: 2024-02-01}")
    folder.edit("faqs.yaml", "reviewed: 2026-05-12\n", "")
    cook, apron = map(str, examine(folder.path, now=NOW).findings)
    reviewed = "cook-vs-baker/tools/cook was last reviewed on 2024-02-01, more than 365 days ago"
    assert cook == f"comparisons/cook-vs-baker.yaml:13:26: review-due: {reviewed} (warning)"
    assert apron == "faqs.yaml:2:1: review-due: nothing says when apron was last reviewed (warning)"


def test_when_all_of_a_file_is_due_that_is_one_finding(folder: EditedFolder) -> None:
    later = examine(folder.path, now=datetime(2027, 6, 1, tzinfo=UTC)).findings
    assert [(finding.file, finding.line, finding.code) for finding in later] == [
        ("comparisons/cook-vs-baker.yaml", 5, "review-due"),
        ("courses.yaml", 9, "review-due"),
        ("faqs.yaml", 11, "review-due"),
        ("school.yaml", 11, "review-due"),
    ]
    assert "cook-vs-baker/difference and 5 more" in later[0].message
    assert (
        later[0].hint == "Hold it against https://food.example/cook-vs-baker and write the day of that under updated."
    )


def test_a_review_on_a_day_that_has_not_come_is_told(folder: EditedFolder) -> None:
    folder.edit("faqs.yaml", "reviewed: 2026-05-12", "reviewed: 2062-05-12")
    (finding,) = examine(folder.path, now=NOW).findings
    assert str(finding) == (
        "faqs.yaml:11:1: review-ahead: this was reviewed on 2062-05-12, says the file, and that day has not come yet"
        " (warning)"
    )
