"""`bot knowledge schema`."""

from pathlib import Path

import click

from bot.commands.knowledge.folder import knowledge_dir
from bot.knowledge_files.schemas import FOLDER, schemas, written


@click.command()
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
