"""`bot knowledge`: the tools of those who edit the knowledge files."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import click

from bot.commands import EXPECTED_FAILURE
from bot.core.knowledge import Folder
from bot.knowledge_files import Finding, inspect, read
from bot.knowledge_files.schemas import FOLDER, schemas, written
from bot.settings import Settings

knowledge_dir = click.option(
    "--knowledge-dir",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=lambda: Settings.load().knowledge_dir,
    show_default="the setting KNOWLEDGE_DIR",
    help="The folder of the knowledge files.",
)


@click.group()
def knowledge() -> None:
    """Check the knowledge files and learn from what people asked."""


@knowledge.command()
@knowledge_dir
@click.option("--json", "as_json", is_flag=True, help="Print the findings as a JSON list.")
def check(directory: Path, *, as_json: bool) -> None:
    """Find every problem in the knowledge files; exit with 1 if one of them is an error."""
    findings = sorted(inspect(directory), key=lambda finding: (finding.warning, finding))
    shown = [dataclasses.replace(finding, file=(directory / finding.file).as_posix()) for finding in findings]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in shown], indent=2, ensure_ascii=False))
    else:
        for finding in shown:
            click.echo(f"{finding}\n    {finding.hint}")
        click.echo(_summary(directory, findings))
    if any(not finding.warning for finding in findings):
        raise click.exceptions.Exit(EXPECTED_FAILURE)


@knowledge.command()
@knowledge_dir
@click.option("--write", is_flag=True, help=f"Write them to the folder {FOLDER} instead.")
def schema(directory: Path, *, write: bool) -> None:
    """Print the JSON Schemas with which editing programs check and complete the files."""
    if not write:
        click.echo(written(schemas()), nl=False)
        return
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    for name, content in schemas().items():
        (folder / name).write_text(written(content), encoding="utf-8", newline="\n")
        click.echo(folder / name)


def _summary(directory: Path, findings: Sequence[Finding]) -> str:
    warnings = sum(finding.warning for finding in findings)
    if warnings < len(findings):
        return f"{_counted(len(findings) - warnings, 'error')}, {_counted(warnings, 'warning')}"
    apart = f" apart from {_counted(warnings, 'warning')}" if warnings else ""
    return f"knowledge is in order{apart}: {_contents(read(directory))}"


def _contents(folder: Folder) -> str:
    phrases = sum(len(written) for topic in folder.topics.values() for written in topic.content.phrases.values())
    parts = (
        (len(folder.comparisons), "comparison"),
        (len(folder.topics), "topic"),
        (phrases, "phrase"),
        (len(folder.courses.content.courses), "course"),
    )
    return ", ".join(_counted(number, noun) for number, noun in parts)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
