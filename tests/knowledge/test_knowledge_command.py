"""`bot knowledge check` and `bot knowledge schema`, as typed in a terminal."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands import main
from tests.knowledge.editing import EditedFolder


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["knowledge", *map(str, arguments)], env=env)


def test_a_folder_in_order_is_counted(folder: EditedFolder) -> None:
    result = run("check", "--knowledge-dir", folder.path)
    assert result.output == "knowledge is in order: 1 comparison, 19 topics, 21 phrases, 1 course\n"
    assert result.exit_code == 0


def test_warnings_alone_do_not_fail(folder: EditedFolder) -> None:
    folder.edit("courses.yaml", "    url: https://food.example/bakery\n", "")
    result = run("check", "--knowledge-dir", folder.path)
    assert result.output == (
        f'{folder.path}/courses.yaml:3:3: course-address-missing: the course "bakery" has no address, so its'
        " link goes to the page of the comparison (warning)\n"
        "    Add url with the address of the course's own page.\n"
        "knowledge is in order apart from 1 warning: 1 comparison, 19 topics, 21 phrases, 1 course\n"
    )
    assert result.exit_code == 0


def test_errors_come_first_and_fail(folder: EditedFolder) -> None:
    folder.edit("courses.yaml", "    url: https://food.example/bakery\n", "")
    folder.edit("topics/tools.yaml", "own_knife]", "own_knive, x]")
    folder.edit("topics/tools.yaml", '"{side} ke tools batao"', '"{sid} ke tools batao"')
    folder.edit("topics/tools.yaml", "own_knive, x]", "own_knive]")
    result = run("check", "--knowledge-dir", folder.path)
    shown = [line.removeprefix(f"{folder.path}/").split(": ")[:2] for line in result.output.splitlines()[:-1:2]]
    assert shown == [
        ["topics/tools.yaml:6:27", "reference-unknown"],
        ["topics/tools.yaml:12:7", "placeholder-unknown"],
        ["courses.yaml:3:3", "course-address-missing"],
    ]
    assert result.output.splitlines()[-1] == "2 errors, 1 warning"
    assert result.exit_code == 1


def test_findings_can_be_had_as_json(folder: EditedFolder) -> None:
    folder.edit("comparisons/cook-vs-baker.yaml", "course: bakery", "course: bakry")
    result = run("check", "--json", "--knowledge-dir", folder.path)
    assert json.loads(result.output) == [
        {
            "file": f"{folder.path}/comparisons/cook-vs-baker.yaml",
            "line": 18,
            "column": 5,
            "code": "reference-unknown",
            "message": 'the course "bakry" does not exist in courses.yaml',
            "hint": 'Did you mean "bakery"?',
            "warning": False,
        }
    ]
    assert result.exit_code == 1


def test_json_of_a_folder_in_order_is_an_empty_list(folder: EditedFolder) -> None:
    assert run("check", "--json", "--knowledge-dir", folder.path).output == "[]\n"


def test_the_folder_is_that_of_the_settings(folder: EditedFolder) -> None:
    result = run("check", env={"KNOWLEDGE_DIR": str(folder.path)})
    assert result.output.startswith("knowledge is in order: 1 comparison")


@pytest.mark.parametrize("arguments", [("check", "--knowledge-dir", "nowhere"), ("check", "--nonsense"), ("chek",)])
def test_wrong_use_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_schemas_are_printed_by_the_name_of_their_file(folder: EditedFolder) -> None:
    printed = json.loads(run("schema", "--knowledge-dir", folder.path).output)
    assert printed["topic.json"]["title"] == "Topic"
    assert not (folder.path / "schemas").exists()


def test_schemas_are_written_beside_the_files(folder: EditedFolder) -> None:
    result = run("schema", "--write", "--knowledge-dir", folder.path)
    assert f"{folder.path}/schemas/topic.json" in result.output.splitlines()
    assert json.loads((folder.path / "schemas/topic.json").read_text("utf-8"))["title"] == "Topic"
