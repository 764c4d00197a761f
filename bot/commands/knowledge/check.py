"""`bot knowledge check`."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.commands import EXPECTED_FAILURE
from bot.commands.knowledge.folder import knowledge_dir
from bot.core.amounts import counted
from bot.core.knowledge import Folder
from bot.knowledge_files.examining import examine
from bot.knowledge_files.reading import Finding


@click.command()
@knowledge_dir
@click.option("--json", "as_json", is_flag=True, help="Print the findings as a JSON list.")
def check(directory: Path, *, as_json: bool) -> None:
    """Find every problem in the knowledge files; exit with 1 if one of them is an error."""
    examined = examine(directory, now=datetime.now(UTC))
    findings = sorted(examined.findings, key=lambda finding: (finding.warning, finding))
    shown = [dataclasses.replace(finding, file=(directory / finding.file).as_posix()) for finding in findings]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in shown], indent=2, ensure_ascii=False))
    else:
        for finding in shown:
            click.echo(f"{finding}\n    {finding.hint}")
        click.echo(_summary(examined.folder, findings))
    if any(not finding.warning for finding in findings):
        raise click.exceptions.Exit(EXPECTED_FAILURE)


def _summary(folder: Folder, findings: Sequence[Finding]) -> str:
    warnings = sum(finding.warning for finding in findings)
    if warnings < len(findings):
        return f"{counted(len(findings) - warnings, 'error')}, {counted(warnings, 'warning')}"
    apart = f" apart from {counted(warnings, 'warning')}" if warnings else ""
    return f"knowledge is in order{apart}: {_contents(folder)}"


def _contents(folder: Folder) -> str:
    phrases = sum(len(written) for topic in folder.topics.values() for written in topic.content.phrases.values())
    parts = (
        (len(folder.comparisons), "comparison"),
        (len(folder.topics), "topic"),
        (phrases, "phrase"),
        (len(folder.courses.content.courses), "course"),
    )
    return ", ".join(counted(number, noun) for number, noun in parts)
