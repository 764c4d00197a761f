"""The conversations that were held, as the tools of editors get them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import click

from bot.settings import Settings
from bot.storage import Store, migrate

since = click.option(
    "--since",
    "days",
    type=click.IntRange(1, 36_500),
    metavar="DAYS",
    help="Only what came in during so many days; else all that is stored.",
)


@contextmanager
def opened_store() -> Iterator[Store]:
    """Open the database of the settings, and close it in the end."""
    database_url = Settings.load().database_url
    if database_url.startswith("sqlite"):
        migrate(database_url)  # the embedded database has no release step
    with closing(Store(database_url)) as store:
        store.check()
        yield store


def beginning(days: int | None) -> datetime | None:
    """The moment so many days ago; None for ever."""
    return None if days is None else datetime.now(UTC) - timedelta(days=days)
