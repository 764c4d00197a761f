"""The option that all tools of editors share."""

from pathlib import Path

import click

from bot.settings import Settings

knowledge_dir = click.option(
    "--knowledge-dir",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=lambda: Settings.load().knowledge_dir,
    show_default="the setting KNOWLEDGE_DIR",
    help="The folder of the knowledge files.",
)
