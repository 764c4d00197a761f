"""A knowledge folder in which tests make the mistakes that editors make."""

import shutil
from pathlib import Path
from typing import Final

from bot.knowledge_files import inspect

GOOD: Final = Path(__file__).parent / "good"


class EditedFolder:
    """A copy of the small good folder."""

    def __init__(self, path: Path) -> None:
        self.path = shutil.copytree(GOOD, path)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands in the file once."""
        text = (self.path / file).read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        self.write(file, text.replace(old, new))

    def write(self, file: str, content: str | bytes) -> None:
        """Write a file, new or not."""
        data = content.encode() if isinstance(content, str) else content
        (self.path / file).parent.mkdir(exist_ok=True)
        (self.path / file).write_bytes(data)

    def remove(self, file: str) -> None:
        """Delete a file."""
        (self.path / file).unlink()

    def told(self) -> str:
        """What an editor is told: each problem on a line, its hint indented below."""
        return "".join(f"{finding}\n    {finding.hint}\n" for finding in inspect(self.path))
