"""`bot knowledge replay` and `bot knowledge corpus`, as an editor and a pull request's checks run them."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.commands import main
from bot.intake import Intake
from bot.knowledge_files import load, read_contents
from bot.knowledge_files.packing import pack
from bot.storage import Store
from tests.core.talking import NOW
from tests.knowledge.editing import EditedFolder
from tests.storage.world import ANN, message

JOIN = "how do i join"
SAID = [JOIN, "which tools does a cook use", "My name is Asha Rao, mail asha@example.org, call +91 98765 43210"]


@pytest.fixture
def folder(tmp_path: Path) -> EditedFolder:
    """A knowledge folder inside a git repository, with one commit."""
    folder = EditedFolder(tmp_path / "school" / "knowledge")
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


@pytest.fixture
def filled(store: Store, database_url: str, folder: EditedFolder) -> str:
    """A database with three messages of one learner, one a minute."""
    intake = Intake(store, load(folder.path), wake=lambda: None)
    for minute, text in enumerate(SAID):
        intake.receive(message(f"SM{minute}", text, name="Asha Rao"), now=NOW + timedelta(minutes=minute))
    return database_url


def git(folder: EditedFolder, *words: str) -> None:
    identity = ["-c", "user.name=Editor", "-c", "user.email=editor@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder.path, check=True, capture_output=True)


def commit(folder: EditedFolder) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "A change")


def bot(database_url: str, *words: str | Path) -> Result:
    return CliRunner().invoke(main, ["knowledge", *map(str, words)], env={"DATABASE_URL": database_url})


def replay(database_url: str, folder: EditedFolder, *words: str | Path) -> Result:
    return bot(database_url, "replay", "--knowledge-dir", folder.path, *words)


def found(result: Result) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(result.stdout)
    return value


def lose_joining(folder: EditedFolder) -> None:
    folder.edit("topics/register.yaml", JOIN, "zzz yyy xxx")


def test_an_unchanged_folder_answers_as_at_the_last_commit(filled: str, folder: EditedFolder) -> None:
    result = replay(filled, folder)
    assert (result.exit_code, result.stdout) == (0, "3 same, 0 better, 0 changed, 0 lost their answers\n")


def test_a_lost_answer_fails_with_both_answers_and_the_place(filled: str, folder: EditedFolder) -> None:
    lose_joining(folder)
    result = replay(filled, folder)
    assert result.exit_code == 1
    assert "1 lost its answer" in result.stdout
    assert 'why: "how do i join"' in result.stdout
    assert "topics/register.yaml:7" in result.stdout
    assert "Fill in the form on our page." in result.stdout
    assert "--accept 1" in result.stderr


def test_a_lost_answer_may_be_accepted_by_its_message(filled: str, folder: EditedFolder) -> None:
    lose_joining(folder)
    assert replay(filled, folder, "--accept", "1").exit_code == 0
    assert replay(filled, folder, "--accept", "2,3").exit_code == 1
    assert replay(filled, folder, "--accept", "the first").exit_code == 2


def test_json_and_page_tell_the_same(filled: str, folder: EditedFolder, tmp_path: Path) -> None:
    folder.edit("comparisons/cook-vs-baker.yaml", "tools: [Pan, Knife]", "tools: [Pan, <b>Knife]")
    result = replay(filled, folder, "--json", "--html", tmp_path / "page.html")
    told, page = found(result), (tmp_path / "page.html").read_text("utf-8")
    assert (told["changed"], told["reworded"]) == (1, {"entries": ["cook-vs-baker/tools/cook"], "messages": 1})
    assert told["differences"][0]["old"]["why"][0]["place"] == "topics/tools.yaml:9"
    assert told["summary"].endswith("new wording: 1 entry, 1 message")
    assert told["summary"] in page
    assert "&lt;b&gt;Knife" in page
    assert "<b>" not in page


@pytest.mark.parametrize("named", ["HEAD~1", "a folder"])
def test_the_old_one_may_be_named(filled: str, folder: EditedFolder, tmp_path: Path, named: str) -> None:
    old = EditedFolder(tmp_path / "old").path if named == "a folder" else named
    lose_joining(folder)
    commit(folder)
    assert replay(filled, folder).exit_code == 0
    assert replay(filled, folder, "--from", old).exit_code == 1


def test_the_version_that_is_served_is_what_it_was_before(filled: str, folder: EditedFolder, store: Store) -> None:
    contents = read_contents(folder.path)
    store.versions.publish(contents.version, pack(contents), {}, by="an editor", now=NOW)
    lose_joining(folder)
    commit(folder)
    result = replay(filled, folder, "--json")
    assert (result.exit_code, found(result)["old"].partition(" ")[0]) == (1, "served")


def test_a_folder_that_is_served_already_is_compared_with_the_version_before(
    filled: str, folder: EditedFolder, store: Store
) -> None:
    for number in range(2):
        contents = read_contents(folder.path)
        store.versions.publish(contents.version, pack(contents), {}, by="an editor", now=NOW)
        if number == 0:
            lose_joining(folder)
    result = replay(filled, folder, "--json")
    assert result.exit_code == 1
    assert found(result)["old"].startswith("served before")


def test_what_is_no_revision_is_told_in_a_sentence(filled: str, folder: EditedFolder) -> None:
    for revision in ("no-such-branch", "--output=stolen"):
        result = replay(filled, folder, f"--from={revision}")
        assert (result.exit_code, result.stdout) == (1, "")
        assert revision in result.stderr
        assert "name a commit" in result.stderr


def test_old_files_that_the_program_cannot_read_are_named_with_file_and_line(filled: str, folder: EditedFolder) -> None:
    folder.edit("topics/register.yaml", "about: school", "about: nothing")
    commit(folder)
    folder.edit("topics/register.yaml", "about: nothing", "about: school")
    result = replay(filled, folder)
    assert result.exit_code == 1
    assert "topics/register.yaml:3:" in result.stderr
    assert "--from" in result.stderr


def test_a_corpus_replays_as_the_database_does(filled: str, folder: EditedFolder, tmp_path: Path) -> None:
    file = tmp_path / "corpus.jsonl"
    assert bot(filled, "corpus", "--knowledge-dir", folder.path, file).exit_code == 0
    lose_joining(folder)
    of_database = found(replay(filled, folder, "--json"))
    of_corpus = found(replay("sqlite:///nowhere/no.db", folder, "--json", "--corpus", file))
    kept = ("same", "better", "changed", "lost", "not_accepted")
    assert [of_corpus[name] for name in kept] == [of_database[name] for name in kept]


def test_a_corpus_tells_nothing_of_who_wrote(filled: str, folder: EditedFolder, tmp_path: Path) -> None:
    file = tmp_path / "corpus.jsonl"
    bot(filled, "corpus", "--knowledge-dir", folder.path, file)
    written = file.read_text("utf-8")
    for own in ("Asha", "Rao", "asha@example.org", "98765", "43210", "SM1", ANN):
        assert own not in written
    assert "[name]" in written


def test_only_recent_messages_are_taken_on_wish(filled: str, folder: EditedFolder, tmp_path: Path) -> None:
    file = tmp_path / "corpus.jsonl"
    bot(filled, "corpus", "--knowledge-dir", folder.path, "--since", "36000", file)
    assert len(file.read_text("utf-8").splitlines()) == 1
