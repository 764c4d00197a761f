"""`bot knowledge coverage`, as typed in a terminal."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from bot.commands import main
from tests.knowledge.editing import EditedFolder


def run(tmp_path: Path, *arguments: str | Path) -> Result:
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/bot.db"}
    return CliRunner().invoke(main, ["knowledge", "coverage", *map(str, arguments)], env=env)


def test_entries_are_listed_with_place_and_counts(folder: EditedFolder, tmp_path: Path) -> None:
    result = run(tmp_path, "--knowledge-dir", folder.path, "--since", "30")
    header, *rows, last = result.output.splitlines()
    assert header == "tests  messages  entry"
    assert rows[0].split() == ["0", "0", "apron", "faqs.yaml:3"]
    assert last == "9 entries, 0 reached by tests, 0 by learners"
    assert result.exit_code == 0


def test_entries_can_be_had_as_json(folder: EditedFolder, tmp_path: Path) -> None:
    found = json.loads(run(tmp_path, "--json", "--knowledge-dir", folder.path).output)
    assert found[0] == {"entry": "apron", "place": "faqs.yaml:3", "tests": 0, "messages": 0, "untranslated": []}


def test_what_is_not_translated_is_listed_by_language(folder: EditedFolder, tmp_path: Path) -> None:
    folder.write("lines/xx.yaml", (folder.path / "lines/en.yaml").read_text("utf-8").replace("english", "xx"))
    folder.write("translations/xx.yaml", "topics: {tools: {title: Xools}}\nentries: {apron: Xapron}\n")
    output = run(tmp_path, "--knowledge-dir", folder.path).output
    (listed,) = (line for line in output.splitlines() if line.startswith("not translated into xx: "))
    assert "cook-vs-baker/tools/cook" in listed
    assert "title of greeting" in listed
    assert not {"apron", "title of tools"} & set(listed.removeprefix("not translated into xx: ").split(", "))


def test_a_broken_folder_is_refused_with_its_place(folder: EditedFolder, tmp_path: Path) -> None:
    folder.edit("courses.yaml", "short: Bakery", "shrt: Bakery")
    result = run(tmp_path, "--knowledge-dir", folder.path)
    assert result.exit_code == 1
    assert "courses.yaml:7:5: key-unknown" in result.output


def test_the_real_knowledge_is_reached_by_its_tests_as_a_whole(tmp_path: Path) -> None:
    found = json.loads(run(tmp_path, "--json").output)
    assert [one["entry"] for one in found if not one["tests"]] == []
