"""What editors are proposed, tried as the command that they type."""

import shutil
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
from tests.knowledge.editing import EditedFolder
from tests.storage.world import message

REAL = Path(__file__).parents[2] / "knowledge"


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A copy of the school's knowledge, in a folder without git."""
    return shutil.copytree(REAL, tmp_path / "knowledge")


@pytest.fixture
def database_file(tmp_path: Path) -> str:
    """The address of a database in which somebody asked for a laptop, in vain."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    migrate(url)
    with closing(Store(url)) as store:
        intake = Intake(store, load(REAL), wake=lambda: None, rule=decide)
        for number, text in enumerate(["kaunsa laptop lena chahiye", "Annabella here: which laptop do i need"]):
            intake.receive(message(f"IN{number}", text, name="Annabella"), now=datetime.now(UTC))
    return url


def knowledge(directory: Path, *arguments: str, url: str = "") -> Result:
    environ = {"KNOWLEDGE_DIR": str(directory)} | ({"DATABASE_URL": url} if url else {})
    return CliRunner().invoke(main, ["knowledge", *arguments], env=environ)


def test_a_patch_of_phrases_is_taken_by_git(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(real.parent)
    patch = knowledge(real, "propose", "--since", "0", "Which laptop?", "--topic", "tools").stdout
    subprocess.run(["git", "apply", "-"], cwd=real.parent, input=patch.encode(), check=True)
    assert any(each.phrase == "Which laptop?" for each in load(real).examples["tools"])


def test_what_is_written_is_understood_at_once(real: Path, database_file: str) -> None:
    arguments = (
        "which laptop do i need",
        "kaunsa laptop lena chahiye",
        "--answer",
        "Hi Ravi, 8 GB will do.",
        "--write",
    )
    result = knowledge(real, "propose", *arguments, url=database_file)
    assert "conflict" in result.stderr
    assert result.exit_code == 0, result.output
    assert "conflicts; 2 better" in result.stderr
    assert load(real).matcher.rank(["which", "laptop", "do", "i", "need"])[0].label.endswith("laptop_need")
    assert "8 GB will do." in (real / "faqs.yaml").read_text("utf-8")
    assert "Ravi" not in (real / "faqs.yaml").read_text("utf-8")


def test_what_was_asked_in_vain_is_told_without_names(real: Path, database_file: str) -> None:
    result = knowledge(real, "unanswered", url=database_file)
    assert result.exit_code == 0
    assert "which laptop do i need" in result.output
    assert "Annabella" not in result.output
    assert '"count": ' in knowledge(real, "unanswered", "--json", url=database_file).output


def test_a_change_that_takes_an_answer_away_is_not_written(real: Path, database_file: str) -> None:
    with closing(Store(database_file)) as store:
        intake = Intake(store, load(real), wake=lambda: None, rule=decide)
        intake.receive(message("IN9", "which tools does mlops use"), now=datetime.now(UTC))
    before = (real / "off_topic.yaml").read_bytes(), (real / "topics/admissions.yaml").read_bytes()
    result = knowledge(
        real, "propose", "which tools does {side} use", "--topic", "admissions", "--write", url=database_file
    )
    assert result.exit_code == 1, result.output
    assert "phrase" in result.stderr or "lost" in result.stderr
    assert ((real / "off_topic.yaml").read_bytes(), (real / "topics/admissions.yaml").read_bytes()) == before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("laptop?",), 2, "--topic ID"),
        (("laptop?", "--topic", "toolz"), 1, 'Did you mean "tools"?'),
        (("laptop?", "--answer", "Any.", "--comparison", "x"), 1, "There is no comparison x."),
        (("laptop?", "--answer", "Any.", "--title", "A title that is far too long"), 1, "The title of the new entry"),
        (("laptop?", "--answer", "Any.", "--topic", "tools"), 1, "new error"),
    ],
)
def test_what_cannot_be_proposed_is_said(real: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    result = knowledge(real, "propose", "--since", "0", *arguments)
    assert (result.exit_code, says in result.output) == (code, True), result.output


def test_phrases_that_are_there_already_are_not_proposed_again(real: Path) -> None:
    known = load(real).examples["tools"][0].phrase
    result = knowledge(real, "propose", "--since", "0", known, "--topic", "tools")
    assert (result.exit_code, "has these phrases already" in result.output) == (1, True)


def test_broken_files_are_mended_first(folder: EditedFolder) -> None:
    folder.write("faqs.yaml", "faqs: [\n")
    result = knowledge(folder.path, "propose", "--since", "0", "laptop?", "--answer", "Any.")
    assert (result.exit_code, "faqs.yaml:" in result.output) == (1, True)
