"""`bot knowledge versions`, `publish` and `back`: which version of the knowledge all processes serve."""

import getpass
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.commands.knowledge.folder import knowledge_dir
from bot.core.amounts import more_or_less
from bot.core.catalogue import Knowledge
from bot.knowledge_files import checked, read_contents
from bot.knowledge_files.packing import pack
from bot.serving import counts, kept_folder
from bot.settings import Settings
from bot.storage import Store, migrate
from bot.storage.versions import Kept, changes


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print them as a JSON list.")
def versions(*, as_json: bool) -> None:
    """List the versions that are kept, the one served first: since when, why, by whom, and what each changed."""
    with _store() as store:
        kept = store.versions.kept()
    rows = [_row(one, changes(one, kept), is_served=place == 0) for place, one in enumerate(kept)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        click.echo("Nothing was published yet: start the bot, or run `bot knowledge publish`.")
    for row in rows:
        mark = "*" if row["is_served"] else " "
        changed = more_or_less(row["changes"]) or "other words"
        click.echo(f"{mark} {row['version']}  {row['at'][:16]} UTC  {row['how']:9} by {row['by']}: {changed}")
    if rows:
        click.echo("* is served by all processes.")


@click.command()
@knowledge_dir
def publish(directory: Path) -> None:
    """Have all processes serve the folder, whatever they serve now, until a folder changes.

    It is not needed after an edit, which running processes see by themselves; but to serve the folder again after going
    back, or from the release step of a host whose machines do not keep their names.
    """
    contents = read_contents(directory)
    folder = checked(contents)
    Knowledge(folder)  # what cannot be built must not be sent to the others
    with _store() as store:
        store.versions.publish(contents.version, pack(contents), counts(folder), by=_who(), now=datetime.now(UTC))
    click.echo(f"Within seconds, all processes serve version {contents.version}.")


@click.command()
@knowledge_dir
@click.argument("version", required=False)
def back(directory: Path, version: str | None) -> None:
    """Have all processes serve VERSION (its first letters will do) again, or the one before, until a folder changes."""
    with _store() as store:
        if version is None:
            served = store.versions.served()
            found = store.versions.before(served.version if served else "")
        else:
            found = store.versions.find(version)
        # What cannot be read must not be sent to the others.
        _, taken = kept_folder(store, found, read_contents(directory))
        store.versions.go_back(found, by=_who(), now=datetime.now(UTC))
    click.echo(
        f"Within seconds, all processes serve version {found} again, until a knowledge folder is changed or "
        "`bot knowledge publish` is run."
    )
    if taken:
        click.echo(taken)


def _row(one: Kept, changed: Mapping[str, int], *, is_served: bool) -> dict[str, Any]:
    return {
        "version": one.version,
        "is_served": is_served,
        "at": one.last.at.isoformat(sep=" "),
        "made_at": one.made_at.isoformat(sep=" "),
        "how": str(one.last.how),
        "by": one.last.by,
        "counts": dict(one.counts),
        "changes": dict(changed),
    }


def _who() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in containers
        user = "somebody"
    return f"{user} on {socket.gethostname()}"


@contextmanager
def _store() -> Iterator[Store]:
    settings = Settings.load()
    if settings.database_url.startswith("sqlite"):
        migrate(settings.database_url)  # the embedded database has no release step
    store = Store(settings.database_url)
    try:
        store.check()
        yield store
    finally:
        store.close()
