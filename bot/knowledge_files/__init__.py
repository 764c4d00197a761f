"""The knowledge folder on disk: read, checked, and told apart from what an editor has to mend first."""

from collections.abc import Iterable
from pathlib import Path

from bot.core import checks
from bot.core.catalogue import Knowledge
from bot.core.knowledge import Folder
from bot.errors import BotError
from bot.knowledge_files.contents import Contents, read_contents
from bot.knowledge_files.reading import Finding, Reading, scan, scan_contents

__all__ = ["Contents", "Finding", "KnowledgeError", "checked", "inspect", "load", "read", "read_contents"]


class KnowledgeError(BotError):
    """The knowledge folder cannot be used. `findings` holds everything found, warnings too, sorted by place."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings))
        errors = [finding for finding in self.findings if not finding.warning]
        super().__init__("\n".join(f"{finding}\n    {finding.hint}" for finding in errors))


def load(directory: Path) -> Knowledge:
    """Read the knowledge of a folder and make it ready to answer. Warnings do not hinder it.

    Raises KnowledgeError with all problems at once.
    """
    return Knowledge(checked(read_contents(directory)))


def checked(contents: Contents) -> Folder:
    """Give the folder that files make which were read before; each is checked, also against the others.

    Raises KnowledgeError with all problems at once.
    """
    reading = scan_contents(contents)
    _refuse_errors(_inspected(reading))
    return reading.folder


def read(directory: Path) -> Folder:
    """Read the files of a folder, each checked by itself but not against the others.

    Raises KnowledgeError with all problems at once.
    """
    reading = scan(directory)
    _refuse_errors(reading.findings)
    return reading.folder


def inspect(directory: Path) -> list[Finding]:
    """Find everything an editor should know about the folder, sorted by place. Never raises."""
    return _inspected(scan(directory))


def _inspected(reading: Reading) -> list[Finding]:
    problems = checks.problems(reading.folder, broken=reading.broken)
    return sorted([*reading.findings, *map(reading.finding, problems)])


def _refuse_errors(findings: Iterable[Finding]) -> None:
    found = tuple(findings)
    if any(not finding.warning for finding in found):
        raise KnowledgeError(found)
