"""What tests and learners have reached of the knowledge."""

from pathlib import Path

import pytest

from bot.core.catalogue import Knowledge
from bot.core.coverage import coverage, reached
from bot.core.rehearsal import rehearse
from bot.knowledge_files import read
from tests.core.talking import NOW
from tests.knowledge.editing import EditedFolder

TESTS = """\
# yaml-language-server: $schema=../schemas/test.json
dialogues:
  a chef:
    - learner: which tools does a chef use
  an apron:
    - learner: do i get an apron
"""


def order(path: Path, asked: dict[str, int]) -> list[tuple[str, int, int]]:
    folder = EditedFolder(path / "knowledge")
    folder.write("tests/kitchen.yaml", TESTS)
    files = read(folder.path)
    knowledge = Knowledge(files)
    found = coverage(knowledge, rehearse(knowledge, files.tests, now=NOW), asked)
    return [(one.entry, one.tests, one.messages) for one in found]


def test_what_nothing_reached_comes_first_then_what_no_test_reached(tmp_path: Path) -> None:
    assert order(tmp_path, {"apron": 3, "register": 2}) == [
        ("cook-vs-baker/difference", 0, 0),
        ("cook-vs-baker/own_knife", 0, 0),
        ("cook-vs-baker/path/baker", 0, 0),
        ("cook-vs-baker/recommendation", 0, 0),
        ("cook-vs-baker/tools/baker", 0, 0),
        ("course/bakery", 0, 0),
        ("register", 0, 2),
        ("cook-vs-baker/tools/cook", 1, 0),
        ("apron", 1, 3),
    ]


def test_what_is_not_in_the_knowledge_any_more_is_left_out(tmp_path: Path) -> None:
    assert "cook-vs-baker/wage" not in {entry for entry, _, _ in order(tmp_path, {"cook-vs-baker/wage": 5})}


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("tools/ml", ["tools/ml"]),
        ("tools", ["tools", "tools/mlops", "tools/ml"]),
        ("skills", ["skills/mlops", "skills/ml"]),
    ],
)
def test_an_answer_about_all_sides_reaches_each(knowledge: Knowledge, name: str, entries: list[str]) -> None:
    comparison = "mlops-engineer-vs-ml-engineer"
    assert reached(f"{comparison}/{name}", knowledge) == [f"{comparison}/{entry}" for entry in entries]
