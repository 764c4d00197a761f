"""`bot knowledge propose`."""

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from pydantic import ValidationError

from bot.commands import EXPECTED_FAILURE
from bot.commands.knowledge.folder import knowledge_dir
from bot.core.anonymous import has_marks, question_of
from bot.core.catalogue import Knowledge
from bot.core.drafting import by_language, draft
from bot.core.knowledge import Faq
from bot.core.spoken import Spoken
from bot.judging import Judged, judge
from bot.knowledge_files import checked, read_contents
from bot.knowledge_files.proposing import Proposal, ProposalRefused, propose_entry, propose_phrases
from bot.settings import Settings
from bot.storage import Store


@click.command()
@knowledge_dir
@click.argument("questions", nargs=-1, required=True, metavar="QUESTION...")
@click.option("--topic", metavar="ID", help="Add the questions to this topic; with --answer the id of the new entry.")
@click.option("--answer", help="Make a new entry that says this.")
@click.option("--title", help="Of the new entry, at most 20 characters; guessed if not given.")
@click.option("--comparison", metavar="ID", help="Where a new entry belongs; the school's own questions if not given.")
@click.option("--language", metavar="CODE", help="en, hi, hinglish; guessed from the words if not given.")
@click.option("--since", "days", type=click.IntRange(0), metavar="DAYS", default=30, show_default=True)
@click.option("--write", is_flag=True, help="Change the file; without it the patch is printed, for `git apply`.")
def propose(
    directory: Path,
    questions: tuple[str, ...],
    topic: str | None,
    answer: str | None,
    title: str | None,
    comparison: str | None,
    language: str | None,
    days: int,
    *,
    write: bool,
) -> None:
    """Propose that QUESTIONs be understood: as phrases of a topic, or as a new entry with an answer.

    Prints the patch, and on the error output what it would do to the conversations of the last DAYS days. Exits with 1
    if the check finds a new error or an answer is lost; then --write changes nothing.
    """
    if topic is None and answer is None:
        raise click.UsageError("Say where the questions belong: --topic ID, or --answer TEXT for a new entry.")
    contents = read_contents(directory)
    folder = checked(contents)
    asked = [question_of(question) for question in questions]
    if answer is None:
        phrases = {language: tuple(asked)} if language else by_language(asked, Spoken(folder))
        proposal = propose_phrases(contents, topic or "", phrases)
    else:
        given: dict[str, object] = {
            "topic": topic,
            "title": title,
            "phrases": {language: tuple(asked)} if language else None,
        }
        proposal = propose_entry(contents, comparison, _entry(draft(questions, answer, folder), given))
    judged = _judged(proposal, Knowledge(folder), days)
    _tell(judged)
    if answer is not None and has_marks(proposal.new):
        click.echo(
            "Personal data was taken out: write other words where [name], [number] and the like stand.", err=True
        )
    if write and judged.is_sound:
        (directory / proposal.file).write_bytes(proposal.new.encode())
        click.echo(f"{directory / proposal.file} is changed.")
    elif not write:
        click.echo(proposal.patch(_seen_from_here(directory)), nl=False)
    if not judged.is_sound:
        raise click.exceptions.Exit(EXPECTED_FAILURE)


def _seen_from_here(directory: Path) -> str:
    """The folder as git names it where the command runs; its bare name if it lies elsewhere."""
    here, there = Path.cwd(), directory.resolve()
    return there.relative_to(here).as_posix() if there.is_relative_to(here) else there.name


def _entry(drafted: Faq, given: dict[str, object]) -> Faq:
    try:
        return Faq.model_validate(drafted.model_dump() | {key: value for key, value in given.items() if value})
    except ValidationError as error:
        found = error.errors()[0]
        raise ProposalRefused(f"The {found['loc'][0]} of the new entry cannot be used: {found['msg']}.") from None


def _judged(proposal: Proposal, knowledge: Knowledge, days: int) -> Judged:
    now = datetime.now(UTC)
    if not days:
        return judge(proposal, knowledge, (), now=now)
    with closing(Store(Settings.load().database_url)) as store:
        store.check()
        return judge(proposal, knowledge, store.talks.since(now - timedelta(days=days)), now=now)


def _tell(judged: Judged) -> None:
    lines: Iterable[str] = (
        judged.summary,
        *(f"{finding}\n    {finding.hint}" for finding in judged.findings),
        *(
            f'{one.first.place}: "{one.first.phrase}" pulls at "{one.second.phrase}" {one.second.place}'
            for one in judged.conflicts
        ),
        *(f"{one.verdict}: {question_of(one.text)}" for one in judged.differing),
    )
    for line in lines:
        click.echo(line, err=True)
