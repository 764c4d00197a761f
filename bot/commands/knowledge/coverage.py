"""`bot knowledge coverage`."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.commands.knowledge.folder import knowledge_dir
from bot.commands.knowledge.held import beginning, opened_store, since
from bot.core.amounts import counted
from bot.core.catalogue import Knowledge
from bot.core.coverage import Covered, untranslated
from bot.core.coverage import coverage as covered
from bot.core.rehearsal import rehearse
from bot.knowledge_files import checked, read_contents


@click.command()
@knowledge_dir
@since
@click.option("--json", "as_json", is_flag=True, help="Print the entries as a JSON list.")
def coverage(directory: Path, days: int | None, *, as_json: bool) -> None:
    """Show how many tests and messages of learners reached each entry; what nothing reached comes first.

    What is not translated stands at the end.
    """
    folder, now = checked(read_contents(directory)), datetime.now(UTC)
    knowledge = Knowledge(folder)
    with opened_store() as store:
        asked = store.insights.asked(beginning(days) or datetime.min.replace(tzinfo=UTC), now)
    found = covered(knowledge, rehearse(knowledge, folder.tests, now=now), asked)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found, untranslated(knowledge))))


def _lines(found: Sequence[Covered], missing: Mapping[str, Sequence[str]]) -> Iterator[str]:
    widest = max(len(one.entry) for one in found)
    yield "tests  messages  entry"
    for one in found:
        yield f"{one.tests:>5}  {one.messages:>8}  {one.entry:{widest}}  {one.place}"
    tested, asked = sum(one.tests > 0 for one in found), sum(one.messages > 0 for one in found)
    yield f"{counted(len(found), 'entry', 'entries')}, {tested} reached by tests, {asked} by learners"
    for language, things in sorted(missing.items()):
        yield f"not translated into {language}: {', '.join(things) or 'nothing'}"
