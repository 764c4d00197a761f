"""`bot knowledge import`."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.commands import EXPECTED_FAILURE
from bot.commands.knowledge.folder import knowledge_dir
from bot.core.amounts import counted
from bot.core.catalogue import Knowledge
from bot.core.knowledge import Course, Folder, Source
from bot.errors import BotError
from bot.importing import (
    MARK,
    Draft,
    course_lines,
    draft_of,
    now_answered,
    outline_of,
    page_of,
    source_of,
    without_lines,
    written,
)
from bot.knowledge_files import Contents, KnowledgeError, checked, read_contents
from bot.knowledge_files.examining import examine_contents
from bot.knowledge_files.patching import unified_diff
from bot.knowledge_files.reading import scan_contents

COMPARISONS = "comparisons"
COURSES = "courses.yaml"


class ImportRefused(BotError):
    """The file cannot be written, or would break the folder."""


@click.command("import")
@click.argument("where", metavar="FILE_OR_ADDRESS")
@knowledge_dir
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; by default one in the folder, named like the page.",
)
@click.option("--add-courses", is_flag=True, help=f"Add the page's new courses to {COURSES} too.")
def import_page(where: str, directory: Path, out: Path | None, *, add_courses: bool) -> None:
    """Make a comparison file of a page: saved HTML, its plain text, or its address."""
    contents = read_contents(directory)
    folder = _folder_of(contents)
    outline = outline_of(page_of(source_of(where)))
    draft = draft_of(outline, folder, today=datetime.now(UTC).date(), with_courses=add_courses)
    text = written(draft)
    target = out or directory / COMPARISONS / f"{draft.id}.yaml"
    if target.exists():
        raise ImportRefused(f"{target} is there already: delete it first, or name another file with --out.")
    old = contents.files[COURSES].decode("utf-8-sig")
    new = _with_courses(old, draft.courses)
    files = {f"{COMPARISONS}/{target.name}": text} | ({COURSES: new} if add_courses else {})
    after = _folder_with(contents, files)
    _write(target, text)
    click.echo(f"{target} is written: {_contents(draft)}.")
    if add_courses and new != old:
        _write(directory / COURSES, new)
        click.echo(f"{directory / COURSES} has {counted(len(draft.courses), 'course')} more.")
    _show_marks(target, text)
    knowledge = None
    if target.resolve().parent == (directory / COMPARISONS).resolve():
        knowledge = Knowledge(after)
        _take_out_of_off_topic(directory, contents, after.off_topic.file, knowledge)
    if draft.courses and not add_courses:
        click.echo(f"\nThe page has courses that {COURSES} lacks; --add-courses would add them:\n")
        click.echo(unified_diff((directory / COURSES).as_posix().lstrip("/"), old, new))
    _show_verdict(directory, knowledge)


def _folder_of(contents: Contents) -> Folder:
    """The folder as it is, also before its first comparison. Raises KnowledgeError if anything else is wrong."""
    try:
        return checked(contents)
    except KnowledgeError as error:
        lacking = {finding.code for finding in error.findings if not finding.warning} == {"file-missing"}
        reading = scan_contents(contents)
        if lacking and reading.broken == {Source.COMPARISON}:
            return reading.folder
        raise


def _with_courses(text: str, courses: Mapping[str, Course]) -> str:
    """The text of courses.yaml with more courses at its end."""
    lines = [
        line
        for course_id, course in courses.items()
        for line in course_lines(course_id, course.model_dump(mode="json", exclude_defaults=True))
    ]
    return text.rstrip("\n") + "\n" + "".join(f"{line}\n" for line in lines)


def _folder_with(contents: Contents, files: dict[str, str]) -> Folder:
    """The folder as it will be. Raises ImportRefused if it would not be in order, before anything is written."""
    merged = dict(sorted({**contents.files, **{file: text.encode() for file, text in files.items()}}.items()))
    try:
        return checked(Contents(merged, contents.unreadable, contents.strangers))
    except KnowledgeError as error:
        raise ImportRefused(f"Nothing is written, because the folder would not be in order with it:\n{error}") from None


def _take_out_of_off_topic(directory: Path, contents: Contents, file: str, after: Knowledge) -> None:
    """Delete the questions that were off topic until this comparison came, and show the change."""
    found = sorted(now_answered(after))
    if not found:
        return
    old = contents.files[file].decode("utf-8")
    new = without_lines(old, {line for line, _ in found})
    _write(directory / file, new)
    are = "is" if len(found) == 1 else "are"
    click.echo(
        f"\n{directory / file} is changed: {counted(len(found), 'question')} of learners {are} not off topic any more, "
        f"because the names in the new comparison answer {'it' if len(found) == 1 else 'them'}. "
        "Put back what must stay without an answer:\n"
    )
    click.echo(unified_diff((directory / file).as_posix().lstrip("/"), old, new))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ImportRefused(f"{path} cannot be written ({error.strerror}): name another file with --out.") from None


def _contents(draft: Draft) -> str:
    sides = draft.content["sides"].values()
    answers = len(draft.content["answers"]) + sum(len(side["answers"]) for side in sides)
    parts = ((len(sides), "side"), (answers, "answer"), (len(draft.content.get("paths", ())), "path"))
    questions = counted(len(draft.content.get("faqs", ())), "question")
    return f"{', '.join(counted(number, noun) for number, noun in parts)}, {questions}"


def _show_marks(target: Path, text: str) -> None:
    """List the comments for the editor with their lines."""
    lines = text.splitlines()
    marked = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip().startswith(MARK)]
    click.echo(f"{counted(len(marked), 'place')} to check:")
    for number, _ in marked:
        click.echo(f"  {target}:{number}: {_whole_comment(lines[number - 1 :])}")


def _whole_comment(lines: Iterable[str]) -> str:
    first, *rest = lines
    note = first.strip().removeprefix(MARK)
    for line in rest:
        going_on = re.match(r"\s*#   ", line)
        if not going_on:
            break
        note += f" {line[going_on.end() :]}"
    return note.strip()


def _show_verdict(directory: Path, nearly: Knowledge | None) -> None:
    """Say what the check says now. Raises Exit if a test of the folder expects something else.

    nearly: what the folder was just before its last change, for speed.
    """
    examined = examine_contents(read_contents(directory), nearly, now=datetime.now(UTC))
    findings = [finding for finding in examined.findings if not finding.warning]
    for finding in findings:
        click.echo(f"{directory / finding.file}:{finding.line}: {finding.message}")
    if findings:
        click.echo(f"The check finds {counted(len(findings), 'error')} with it: mend them, then bot knowledge check.")
        raise click.exceptions.Exit(EXPECTED_FAILURE)
    click.echo("The check finds no error with it. Try it: bot chat")
