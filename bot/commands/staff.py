"""`bot staff`: who may sign in to the inbox."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from bot.core.staff import Role, Staff
from bot.errors import BotError
from bot.settings import Settings
from bot.storage import Store, migrate
from bot.storage.accounts import LINK_LIFE, Account, Accounts, NotAnEmail, normalised
from bot.storage.passwords import SHORTEST, PasswordTooShort, check_length

_ROLES = click.Choice([str(role) for role in Role])


class _Email(click.ParamType[str]):
    name = "email"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return normalised(value)
        except NotAnEmail as error:
            self.fail(str(error), param, ctx)


class UnreadablePassword(BotError):
    """What came in as a password is not text."""


@click.group()
def staff() -> None:
    """Look after the accounts of those who answer learners."""


@staff.command()
@click.argument("email", type=_Email())
@click.option("--role", type=_ROLES, required=True, help="What this person may do.")
@click.option("--name", default="", help="The name colleagues read; without it, it is made from the e-mail.")
def add(email: str, role: str, name: str) -> None:
    """Add a member of staff.

    Asks for a password; without one it prints a link with which the person chooses it. When input is not a terminal,
    its first line is the password.
    """
    with _accounts() as (accounts, settings):
        accounts.refuse_known(email)
        password = _asked_password()
        person = accounts.add(email, name, Role(role), password=password, now=_now())
        click.echo(f"{person.name} ({person.email}) may sign in as {person.role}.")
        if password is None:
            _print_link(accounts, person, settings)


@staff.command("list")
def list_() -> None:
    """Show who may sign in."""
    with _accounts() as (accounts, _settings):
        everybody = accounts.all()
    if not everybody:
        click.echo("There is no staff yet: bot staff add EMAIL --role admin")
        return
    rows = [
        (account.staff.email, account.staff.name, str(account.staff.role), _state(account)) for account in everybody
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        click.echo("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]))


@staff.command()
@click.argument("email", type=_Email())
def password(email: str) -> None:
    """Set a new password; whoever is signed in with the old one is signed out. Asks as `add` does."""
    with _accounts() as (accounts, settings):
        account = _enabled(accounts.find(email))
        chosen = _asked_password()
        if chosen is None:
            _print_link(accounts, account.staff, settings)
        else:
            accounts.set_password(account.staff.id, chosen)
            click.echo(f"{email} has a new password, and is signed out everywhere.")


@staff.command()
@click.argument("email", type=_Email())
@click.argument("role", type=_ROLES)
def role(email: str, role: str) -> None:
    """Give somebody another role, from their next click on."""
    with _accounts() as (accounts, _settings):
        accounts.set_role(accounts.find(email).staff.id, Role(role))
    click.echo(f"{email} is {role} now.")


@staff.command()
@click.argument("email", type=_Email())
def disable(email: str) -> None:
    """Let somebody in no more, from their next click on; what they wrote keeps their name."""
    with _accounts() as (accounts, _settings):
        accounts.disable(accounts.find(email).staff.id, now=_now())
    click.echo(f"{email} is signed out and cannot sign in any more.")


@staff.command()
@click.argument("email", type=_Email())
def enable(email: str) -> None:
    """Let somebody in again who was disabled, with the password they had."""
    with _accounts() as (accounts, _settings):
        accounts.enable(accounts.find(email).staff.id)
    click.echo(f"{email} may sign in again.")


@contextmanager
def _accounts() -> Iterator[tuple[Accounts, Settings]]:
    settings = Settings.load()
    if settings.database_url.startswith("sqlite"):
        # The embedded database has no release step; the first account may be wanted before the first start.
        migrate(settings.database_url)
    store = Store(settings.database_url)
    try:
        store.check()
        yield store.accounts, settings
    finally:
        store.close()


def _enabled(account: Account) -> Account:
    if account.disabled_at is not None:
        email = account.staff.email
        raise Disabled(f"{email} is disabled, so a password opens nothing: `bot staff enable {email}` comes first.")
    return account


class Disabled(BotError):
    """The account is disabled."""


def _asked_password() -> str | None:
    """Return the password that was given; None if there is to be a link instead.

    Raises PasswordTooShort or UnreadablePassword if input is not a terminal; on a terminal it is asked again.
    """
    if not sys.stdin.isatty():
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n") or None
        except UnicodeDecodeError as error:
            raise UnreadablePassword("The password is not UTF-8 text: send it as such.") from error
    while typed := _hidden(f"Password, at least {SHORTEST} characters; empty for a link with which they choose it"):
        try:
            check_length(typed)
        except PasswordTooShort as error:
            click.echo(str(error))
            continue
        if _hidden("The same again") == typed:
            return typed
        click.echo("The two are not the same: type them again.")
    return None


def _hidden(question: str) -> str:
    answer: str = click.prompt(question, default="", show_default=False, hide_input=True)
    return answer


def _print_link(accounts: Accounts, person: Staff, settings: Settings) -> None:
    now = _now()
    token = accounts.new_link(person.id, now=now)
    base = settings.public_base_url or f"http://127.0.0.1:{settings.port}"
    click.echo(
        f"Give them this link. They choose a password there; it works once, until {now + LINK_LIFE:%d %B %H:%M} UTC:"
    )
    click.echo(f"{base}/login/{token}")


def _state(account: Account) -> str:
    if account.disabled_at is not None:
        return f"disabled since {account.disabled_at:%Y-%m-%d}"
    seen = f"seen {account.last_seen_at:%Y-%m-%d %H:%M} UTC" if account.last_seen_at else "not signed in"
    return seen if account.has_password else f"{seen}, no password"


def _now() -> datetime:
    return datetime.now(UTC)
