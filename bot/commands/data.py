"""`bot data`: personal data and backups."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.data_protection import Retention
from bot.errors import BotError
from bot.settings import Settings
from bot.storage import Store, migrate
from bot.storage.backup import backup as write_backup
from bot.storage.moving import move as move_all
from bot.storage.people import Person

_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


class CannotWrite(BotError):
    """The file that was named cannot be made."""


class NoRetention(BotError):
    """Nobody has said how long messages are kept."""


@click.group()
def data() -> None:
    """Look after personal data, and after backups.

    PERSON is a phone number in any spelling, an address such as whatsapp:+919800000001, or the id of a learner.
    """


@data.command()
@click.argument("person")
@click.option("--output", type=_NEW_FILE, help="A new file that only you may read, instead of the terminal.")
def export(person: str, output: Path | None) -> None:
    """Write everything that is held of a person, as JSON."""
    with _store() as (store, _settings):
        held = store.people.export(store.people.find(person), now=_now())
    written = json.dumps(held, ensure_ascii=False, indent=2)
    if output is None:
        click.echo(written)
    else:
        _write_new(output, f"{written}\n")
        click.echo(f"{output} has everything that is held.")


@data.command()
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(person: str, *, yes: bool) -> None:
    """Erase everything that is held of a person, and print the number of the receipt."""
    with _store() as (store, settings):
        found = store.people.find(person)
        if not yes:
            click.confirm(f"Erase {_described(found)} for good?", abort=True)
        receipt = store.people.erase(found, now=_now())
        _forget_letters(store)
    click.echo(f"Erased. The number of the receipt is {receipt}.")
    if settings.twilio is not None:
        click.echo("Delivery (bot serve or bot worker) erases what Twilio keeps within minutes.")


@data.command()
@click.argument("number")
def receipt(number: str) -> None:
    """Say on which day the erasure with this number of a receipt was done."""
    with _store() as (store, _settings):
        day = store.people.erased_on(number)
    click.echo(f"Receipt {number.strip().upper()}: somebody's data was erased on {day:%d %B %Y}.")


@data.command()
def purge() -> None:
    """Erase all that is older than RETENTION_DAYS; delivery does the same once a day."""
    with _store() as (store, settings):
        if settings.retention_days is None:
            raise NoRetention("RETENTION_DAYS is not set, so everything is kept: set it to a number of days.")
        purged = Retention(store, settings.retention_days).run(_now())
        _forget_letters(store)
    click.echo(f"Erased {purged.messages:,} messages and {purged.learners:,} learners.")


@data.command()
@click.argument("file", type=_NEW_FILE)
def backup(file: Path) -> None:
    """Copy the whole database to a new file, while the bot runs."""
    write_backup(Settings.load().database_url, file)
    click.echo(f"{file} has everything. It is as confidential as the database itself.")


@data.command()
@click.argument("postgresql_url")
def move(postgresql_url: str) -> None:
    """Copy the embedded database to an empty PostgreSQL database. Stop the bot before."""
    counts = move_all(Settings.load().database_url, postgresql_url, now=_now())
    for table, count in counts.items():
        if count:
            click.echo(f"{table:<20} {count:>12,}")
    click.echo("Everything is there. Set DATABASE_URL to the new address and start again.")


@contextmanager
def _store() -> Iterator[tuple[Store, Settings]]:
    settings = Settings.load()
    if settings.database_url.startswith("sqlite"):
        migrate(settings.database_url)  # the embedded database has no release step
    store = Store(settings.database_url)
    try:
        store.check()
        yield store, settings
    finally:
        store.close()


def _forget_letters(store: Store) -> None:
    """Let the search forget what was erased: delivery does so too, but may not be running."""
    while not store.search_index.forget_erased():
        pass


def _described(person: Person) -> str:
    number = f", whose number ends in {person.ending}," if person.ending else ""
    return f"everything of learner {person.learner_id}{number} with {person.messages} messages"


def _write_new(path: Path, written: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(written)
    except FileExistsError:
        raise CannotWrite(f"{path} is there already and is not overwritten: choose another name.") from None
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written ({error.strerror}): check its folder.") from error


def _now() -> datetime:
    return datetime.now(UTC)
