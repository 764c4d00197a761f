"""`bot knowledge replay`."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from bot import corpus as corpora
from bot.commands import EXPECTED_FAILURE
from bot.commands.knowledge.folder import knowledge_dir
from bot.commands.knowledge.held import beginning, opened_store, since
from bot.core.catalogue import Knowledge
from bot.core.replaying import Talk
from bot.errors import BotError
from bot.knowledge_files import Contents, KnowledgeError, checked, read_contents
from bot.knowledge_files.history import contents_at
from bot.knowledge_files.older import brought_up
from bot.knowledge_files.packing import unpack
from bot.replay import Replay, replay_all
from bot.storage import Store
from bot.storage.versions import NoSuchVersion

_LAST_COMMIT = "HEAD"
_FILE = click.Path(dir_okay=False, path_type=Path)


class CannotCompare(BotError):
    """What the knowledge was before is of no use."""


class CannotWrite(BotError):
    """The page that was asked for cannot be written."""


def _numbers(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> frozenset[int]:
    """Ids of messages, with commas between them."""
    try:
        return frozenset(int(number) for each in given for number in each.split(","))
    except ValueError:
        raise click.BadParameter(f"{', '.join(given)} is no list of message numbers: write them as 17,23.") from None


@click.command()
@knowledge_dir
@click.option(
    "--from",
    "origin",
    metavar="FOLDER_OR_REVISION",
    help="What it was before: a folder, or a git revision. Else the version served, or the one before it if the"
    " folder is served already, and without any HEAD.",
)
@since
@click.option("--corpus", type=_FILE, help="Replay a file of `bot knowledge corpus` instead of the database.")
@click.option(
    "--accept", "accepted", callback=_numbers, multiple=True, metavar="MESSAGE,...", help="These may lose their answer."
)
@click.option("--html", type=_FILE, help="Write everything as one page into this file.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
def replay(
    directory: Path,
    origin: str | None,
    days: int | None,
    corpus: Path | None,
    accepted: frozenset[int],
    html: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show what a change of the knowledge does to the conversations that were held; exit with 1 if answers are lost.

    Every message of a learner goes through the knowledge as it was and as it is now, each with its own conversation.
    """
    from bot.commands.knowledge.replay_report import Report

    contents = read_contents(directory)
    new = Knowledge(checked(contents))
    name, before, talks = _material(directory, new.version, origin, corpus, days)
    result = _with_progress(talks, _as_it_was(name, before, contents), new)
    report = Report(result, name, f"{directory} ({new.version})", accepted)
    if html is not None:
        _write(html, report.as_page())
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(report.as_table(shutil.get_terminal_size().columns)))
    if lost := result.lost(accepted):
        numbers = ",".join(str(one.message) for one in lost)
        click.echo(f"Lost answers: mend them, or accept them with --accept {numbers}", err=True)
        raise click.exceptions.Exit(EXPECTED_FAILURE)


def _material(
    directory: Path, version: str, origin: str | None, corpus: Path | None, days: int | None
) -> tuple[str, Contents, Sequence[Talk]]:
    """The knowledge as it was, with its name, and the conversations. The database is closed again."""
    moment = beginning(days)
    if corpus is not None:
        talks = list(corpora.read(corpus))
        if moment is not None:
            recent = [Talk(one.conversation, tuple(t for t in one.turns if t.at >= moment)) for one in talks]
            talks = [one for one in recent if one.turns]
        return *_before(directory, origin or _LAST_COMMIT), talks
    with opened_store() as store:
        before = _before(directory, origin) if origin else _served(store, directory, version)
        return *before, list(store.talks.since(moment))


def _as_it_was(name: str, older: Contents, current: Contents) -> Knowledge:
    contents, taken = brought_up(older, current)
    if taken:
        click.echo(f"{name}: {taken}", err=True)
    try:
        return Knowledge(checked(contents))
    except KnowledgeError as error:
        raise CannotCompare(
            f"{error}\nSo it was in {name}: name one with --from that this program can read."
        ) from error


def _before(directory: Path, origin: str) -> tuple[str, Contents]:
    folder = Path(origin)
    contents = read_contents(folder) if folder.is_dir() else contents_at(directory, origin)
    return f"{origin} ({contents.version})", contents


def _served(store: Store, directory: Path, version: str) -> tuple[str, Contents]:
    """The version served; where the folder is served already, the one before it."""
    served = store.versions.served()
    if served is None:
        return _before(directory, _LAST_COMMIT)
    if served.version != version:
        return _version(store, served.version, "served")
    try:
        return _version(store, store.versions.before(version), "served before")
    except NoSuchVersion:
        return _version(store, version, "served")


def _version(store: Store, version: str, name: str) -> tuple[str, Contents]:
    return f"{name} ({version})", unpack(store.versions.packed(version), version)


def _with_progress(talks: Sequence[Talk], old: Knowledge, new: Knowledge) -> Replay:
    with _progress(sum(len(talk.turns) for talk in talks)) as progress:
        return replay_all(talks, old, new, progress=progress)


@contextmanager
def _progress(messages: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal; nothing where output is read by a program."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(length=messages, label="Replaying", file=sys.stderr) as bar:
        yield bar.update


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written ({error.strerror}): check its folder.") from error
