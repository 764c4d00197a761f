"""Commands that keep running: web pages, delivery, or both. And the step before them, `bot db upgrade`."""

import logging
import os
import signal
import threading
from datetime import UTC, datetime

import click

from bot import logs
from bot.core.staff import Role
from bot.settings import Settings, SignatureMode
from bot.storage import migrate
from bot.storage.accounts import LOCAL_EMAIL, Accounts
from bot.wiring import Services, build_services

_ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - `bot web` stands behind the host's own proxy
_THIS_MACHINE = "127.0.0.1"

_log = logging.getLogger(__name__)


@click.command()
def serve() -> None:
    """Run pages, webhooks and delivery in one process, on this machine unless HOST says otherwise.

    Creates the embedded database and brings its tables up to date by itself.
    """
    _serve(_settings(), _THIS_MACHINE, with_delivery=True)


@click.command()
def web() -> None:
    """Run pages and webhooks in WEB_CONCURRENCY processes. Needs `bot worker` beside it and `bot db upgrade` before."""
    _serve(_settings(), _ALL_ADDRESSES, with_delivery=False)


@click.command()
def worker() -> None:
    """Send what is queued, until SIGTERM or Ctrl-C; the message at hand is finished first."""
    services = build_services(_settings(), serves=True)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    click.echo("Delivering what is queued.")
    services.work(stop)
    services.store.close()


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Create the tables or bring them up to date; safe to repeat and to run from several places at once."""
    migrate(_settings().database_url)
    click.echo("The tables are up to date.")


def _settings() -> Settings:
    settings = Settings.load()
    logs.configure(settings.log_format, settings.log_level)
    return settings


def _serve(settings: Settings, default_host: str, *, with_delivery: bool) -> None:
    # Gunicorn reads this variable while it is imported, and an empty one breaks it; ours is in the settings.
    os.environ.pop("WEB_CONCURRENCY", None)
    from bot import server
    from bot.web import create_app

    host = settings.host or default_host
    with server.listen(host, settings.port) as listener:
        services = _ready(settings, migrates=with_delivery)
        app = create_app(services)
        local = with_delivery and settings.is_local
        sign_in = _local_sign_in(services.store.accounts, now=datetime.now(UTC)) if local else None
        server.run(
            app,
            services,
            listener,
            processes=1 if with_delivery else settings.web_concurrency,
            with_delivery=with_delivery,
            announce=lambda: _greet(settings, host, sign_in),
        )


def _ready(settings: Settings, *, migrates: bool) -> Services:
    if migrates:
        migrate(settings.database_url)
    return build_services(settings, serves=True)


def _greet(settings: Settings, host: str, sign_in: str | None) -> None:
    click.echo(f"Listening on {_address(host, settings.port)}")
    here = _address(_THIS_MACHINE if host == _ALL_ADDRESSES else host, settings.port)
    if settings.twilio is None:
        click.echo(f"No Twilio credentials, so messages stay on this machine: talk to the bot at {here}/simulator")
    elif settings.signature_mode is SignatureMode.LOG:
        _log.warning("SIGNATURE_MODE is log: anybody can write to the webhooks until it is enforce")
    if sign_in is not None:
        click.echo(f"Inbox: {here}{sign_in}")


def _local_sign_in(accounts: Accounts, *, now: datetime) -> str:
    """Return where whoever sees this terminal signs in: a one-time link, as long as there is the local account."""
    accounts.add_first(LOCAL_EMAIL, "Admin", Role.ADMIN, now=now)
    local = accounts.colleague(LOCAL_EMAIL)
    return "/login" if local is None else f"/login/{accounts.new_link(local.id, now=now)}"


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
