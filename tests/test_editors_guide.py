"""Every example of the guide for editors does what it shows: files are changed and commands run in its order."""

import re
import shlex
import shutil
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from bot.commands import main
from bot.core.dialogue import decide
from bot.intake import Intake
from bot.storage import Store, migrate
from tests.core.talking import real_knowledge
from tests.storage.world import message

PROJECT: Final = Path(__file__).parents[1]
GUIDE: Final = PROJECT / "docs" / "editing-knowledge.md"
PAGE: Final = PROJECT / "tests" / "importing" / "pages" / "missing-sections.txt"
BLOCKS: Final = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
SHOWN: Final = {f"{line[1:]}\n" for _, block in BLOCKS for line in block.splitlines()}

# Nobody listens at this proxy, so no address outside is asked, and each fails at once.
NOWHERE: Final = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}


KEPT: Final = 6
"""Of so many phrases one is kept, and what the guide shows: each command reads them all and should take a moment."""


def with_fewer_phrases(text: str) -> str:
    """The text of a file without most of its phrases; the first one of each language stays."""
    head, mark, rest = text.partition("\nphrases:\n")
    lines = rest.splitlines(keepends=True)
    kept = [
        line
        for number, (before, line) in enumerate(zip(["", *lines], lines, strict=False))
        if not line.startswith("    - ") or not before.startswith("    - ") or number % KEPT == 0 or line in SHOWN
    ]
    return head + mark + "".join(kept)


class Desktop:
    """The folder an editor works in: the knowledge in git, a saved page, and a database with conversations."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.database_url = f"sqlite:///{place / 'bot.db'}"
        shutil.copytree(PROJECT / "knowledge", place / "knowledge", ignore=shutil.ignore_patterns("tests"))
        (place / "knowledge" / "tests").mkdir()
        for path in (place / "knowledge" / "topics").iterdir():
            path.write_text(with_fewer_phrases(path.read_text("utf-8")), "utf-8")
        shutil.copy(PAGE, place / "ux-or-ui.txt")
        git = ("git", "-c", "user.name=Edgar", "-c", "user.email=edgar@example.org")
        for arguments in (("init", "--quiet"), ("add", "knowledge"), ("commit", "--quiet", "-m", "Begin")):
            subprocess.run([*git, *arguments], cwd=place, check=True)
        migrate(self.database_url)

    def text(self, content: str) -> None:
        """Have learners write each line."""
        with closing(Store(self.database_url)) as store:
            intake = Intake(store, real_knowledge(), wake=lambda: None, rule=decide)
            for number, line in enumerate(content.splitlines()):
                one = message(f"IN{number}", line, sender=f"whatsapp:+9198000000{number:02}")
                intake.receive(one, now=datetime.now(UTC))

    def yaml(self, content: str) -> None:
        """Write a new file."""
        name, rest = content.removeprefix("# ").split("\n", 1)
        assert not (self.place / name).exists()
        (self.place / name).write_text(rest, "utf-8")

    def diff(self, content: str) -> None:
        """Change lines of a file: the lines without + are there, once, and those without - replace them."""
        name, rest = content.removeprefix("# ").split("\n", 1)
        lines = rest.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] != "+")
        after = "".join(line[1:] for line in lines if line[0] != "-")
        text = (self.place / name).read_text("utf-8")
        assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {name}"
        (self.place / name).write_text(text.replace(before, after), "utf-8")

    def console(self, content: str) -> None:
        """Run the commands behind $ and compare what they print with what is shown; ... stands for anything."""
        for shown in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
            command, expected = shown.split("\n", 1)
            printed = self.run(command)
            pattern = ".*".join(map(re.escape, expected.strip().split("...")))
            assert re.fullmatch(pattern, printed.strip(), flags=re.DOTALL), f"$ {command}\n{printed}"

    def run(self, command: str) -> str:
        """Return what a line typed in a terminal prints."""
        program, *words = shlex.split(command)
        assert program == "bot"
        environ = {"DATABASE_URL": self.database_url, "KNOWLEDGE_DIR": "knowledge", "COLUMNS": "110", **NOWHERE}
        return CliRunner().invoke(main, words, env=environ).output


def test_every_example_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = Desktop(tmp_path)
    monkeypatch.chdir(tmp_path)
    for kind, content in BLOCKS:
        getattr(desktop, kind)(content)


def test_every_command_for_editors_is_told_of() -> None:
    told = set(re.findall(r"bot knowledge ([a-z]+)", GUIDE.read_text("utf-8")))
    assert told >= {"check", "conflicts", "replay", "unanswered", "propose", "import", "coverage", "links", "publish"}


@pytest.mark.parametrize(
    "target", sorted(set(re.findall(r"\]\(([^)#:]+)\)|src=\"([^\"]+)\"", GUIDE.read_text("utf-8"))))
)
def test_every_picture_and_page_that_is_named_exists(target: tuple[str, str]) -> None:
    assert (GUIDE.parent / (target[0] or target[1])).exists()
