"""`bot knowledge corpus`."""

from pathlib import Path

import click

from bot import corpus as corpora
from bot.commands.knowledge.folder import knowledge_dir
from bot.commands.knowledge.held import beginning, opened_store, since
from bot.core.amounts import counted
from bot.knowledge_files import load


@click.command()
@knowledge_dir
@since
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def corpus(directory: Path, days: int | None, file: Path) -> None:
    """Write the stored conversations into FILE without who held them, for a replay where there is no database.

    Names, numbers and addresses are found by rules, and no rule finds all: read the file before you show it to others.
    """
    words = {word.casefold() for word in load(directory).names.words}
    with opened_store() as store:
        held = enumerate(store.talks.since(beginning(days)), 1)
        messages = corpora.write(file, (corpora.nameless(talk, number, words=words) for number, talk in held))
    click.echo(
        f"{file} has {counted(messages, 'message')} without names and numbers: read it before you show it to others."
    )
