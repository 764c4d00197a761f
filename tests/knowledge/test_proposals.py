"""What editors are proposed, tried as the command that they type."""

import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands import main
from bot.core.dialogue import decide
from bot.intake import Intake
from bot.knowledge_files import load
from bot.storage import Store, migrate
from tests.knowledge.editing import GOOD, EditedFolder
from tests.storage.world import message

TESTS = "# yaml-language-server: $schema=../schemas/test.json\n"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The address of a database in which somebody asked for a locker, in vain."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    migrate(url)
    heard(url, "locker kahan milega", "Annabella here: where is my locker")
    return url


def heard(url: str, *texts: str) -> None:
    with closing(Store(url)) as store:
        intake = Intake(store, load(GOOD), wake=lambda: None, rule=decide)
        for number, text in enumerate(texts):
            one = message(f"IN{text}", text, name="Annabella", sender=f"whatsapp:+9198111000{number:02}")
            intake.receive(one, now=datetime.now(UTC))


def knowledge(folder: EditedFolder, *arguments: str, url: str = "") -> Result:
    environ = {"KNOWLEDGE_DIR": str(folder.path)} | ({"DATABASE_URL": url} if url else {})
    return CliRunner().invoke(main, ["knowledge", *arguments], env=environ)


def proposed(folder: EditedFolder, *arguments: str) -> Result:
    return knowledge(folder, "propose", "--since", "0", *arguments)


def test_a_patch_of_phrases_is_taken_by_git(folder: EditedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.path.parent)
    patch = proposed(folder, "Which gear?", "--topic", "tools").stdout
    subprocess.run(["git", "apply", "-"], cwd=folder.path.parent, input=patch.encode(), check=True)
    assert any(each.phrase == "Which gear?" for each in load(folder.path).examples["tools"])


def test_what_is_written_is_understood_at_once(folder: EditedFolder, database_url: str) -> None:
    asked = ("where is my locker", "locker kahan milega")
    result = knowledge(folder, "propose", *asked, "--answer", "Hi Ravi, in the hall.", "--write", url=database_url)
    assert result.exit_code == 0, result.output
    assert "2 better" in result.stderr
    assert load(folder.path).matcher.rank(["where", "is", "my", "locker"])[0].label == "where_locker"
    written = (folder.path / "faqs.yaml").read_text("utf-8")
    assert "in the hall." in written.lower()
    assert "Ravi" not in written


def test_every_question_stands_under_its_own_language(folder: EditedFolder) -> None:
    patch = proposed(folder, "chaku batao", "which knife does a baker use", "--topic", "tools").stdout
    english, hinglish = patch.index("+    - which knife does a baker use"), patch.index("+    - chaku batao")
    assert english < patch.index("   hinglish:") < hinglish


def test_what_was_asked_in_vain_is_told_without_names(folder: EditedFolder, database_url: str) -> None:
    result = knowledge(folder, "unanswered", url=database_url)
    assert result.exit_code == 0
    assert "where is my locker" in result.output
    assert "Annabella" not in result.output
    assert '"count": ' in knowledge(folder, "unanswered", "--json", url=database_url).output


def test_a_change_that_takes_an_answer_away_is_not_written(folder: EditedFolder, database_url: str) -> None:
    heard(database_url, "i like the smell of bread")
    before = (folder.path / "off_topic.yaml").read_bytes(), (folder.path / "topics/no.yaml").read_bytes()
    arguments = ("propose", "i like the smell of bread", "--topic", "no", "--write")
    result = knowledge(folder, *arguments, url=database_url)
    assert result.exit_code == 1, result.output
    assert "new error" in result.stderr
    assert ((folder.path / "off_topic.yaml").read_bytes(), (folder.path / "topics/no.yaml").read_bytes()) == before


def test_the_verdict_names_tests_of_the_knowledge_that_would_fail(folder: EditedFolder) -> None:
    folder.write("tests/rain.yaml", f"{TESTS}must_not_answer:\n  - is it raining in the kitchen\n  - tools?\n")
    result = proposed(folder, "is it raining in the kitchen", "--topic", "tools", "--write")
    assert result.exit_code == 1
    # What fails without the change as well is not held against it.
    assert result.stderr.startswith("1 test of the knowledge fails")
    assert 'tests/rain.yaml:3:5: test-failed: "is it raining in the kitchen": expected no answer' in result.stderr
    assert "tests/rain.yaml:4" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("locker?",), 2, "--topic ID"),
        (("locker?", "--topic", "toolz"), 1, 'Did you mean "tools"?'),
        (("locker?", "--answer", "Any.", "--comparison", "x"), 1, "There is no comparison x."),
        (("locker?", "--answer", "Any.", "--title", "A title that is far too long"), 1, "The title of the new entry"),
        (("locker?", "--answer", "Any.", "--topic", "tools"), 1, "new error"),
        (("tools?", "--topic", "tools"), 1, "has these phrases already"),
    ],
)
def test_what_cannot_be_proposed_is_said(
    folder: EditedFolder, arguments: tuple[str, ...], code: int, says: str
) -> None:
    result = proposed(folder, *arguments)
    assert (result.exit_code, says in result.output) == (code, True), result.output


def test_broken_files_are_mended_first(folder: EditedFolder) -> None:
    folder.write("faqs.yaml", "faqs: [\n")
    result = proposed(folder, "locker?", "--answer", "Any.")
    assert (result.exit_code, "faqs.yaml:" in result.output) == (1, True)
