"""Invented pages, and what becomes of them."""

import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from click.testing import CliRunner, Result

from bot.commands import main
from bot.core.knowledge import Comparison, Folder
from bot.importing import Draft, draft_of, outline_of, page_of, source_of
from bot.knowledge_files import read
from tests.core.talking import KNOWLEDGE_FOLDER

PAGES: Final = Path(__file__).parent / "pages"
TODAY: Final = date(2026, 11, 23)
THREE_ROLES: Final = PAGES / "data-roles-in-a-table.html"
COMPARING: Final = [path.name for path in sorted(PAGES.iterdir()) if path.stem != "unrelated"]


@dataclass(frozen=True)
class Imported:
    """What a page became. `text` is the file."""

    folder: Path
    file: Path
    result: Result

    @property
    def text(self) -> str:
        return self.file.read_text("utf-8")

    @cached_property
    def comparison(self) -> Comparison:
        return read(self.folder).comparisons[self.file.stem].content


def bot(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["knowledge", *arguments, "--knowledge-dir", str(folder)])


def imported(page: Path, folder: Path, *options: str) -> Imported:
    """Import a page into a copy of the delivered knowledge, which takes a second or two."""
    shutil.copytree(KNOWLEDGE_FOLDER, folder)
    before = set((folder / "comparisons").iterdir())
    result = bot(folder, "import", str(page), *options)
    assert result.exit_code == 0, result.output
    (file,) = set((folder / "comparisons").iterdir()) - before
    return Imported(folder, file, result)


def drafted(page: Path) -> Draft:
    outline = outline_of(page_of(source_of(str(page))))
    return draft_of(outline, delivered(), today=TODAY, with_courses=True)


@cache
def delivered() -> Folder:
    """The files that are delivered with the program."""
    return read(KNOWLEDGE_FOLDER)
