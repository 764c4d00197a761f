"""`bot twilio`: why messages do not arrive, and letting through what was refused meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import click

from bot import knowledge_files
from bot.doctor import Doctor, Health
from bot.doctor.setup import Setup
from bot.errors import BotError
from bot.settings import Settings
from bot.wiring import build_services

_NOTHING: Final = "There are no Twilio credentials, so messages stay on this machine: there is nothing to check."
_MARKS: Final = {Health.GOOD: "ok  ", Health.WRONG: "BAD ", Health.BY_HAND: "look"}


class NotInOrder(BotError):
    """Something about the set-up is wrong."""


@click.group()
def twilio() -> None:
    """Find out why messages do not arrive, and mend it."""


@twilio.command()
def doctor() -> None:
    """Check settings, signatures and the set-up at Twilio; exit code 1 if something has to be mended."""
    with _doctor() as found:
        if found is None:
            click.echo(_NOTHING)
            return
        findings = found.examine(now=datetime.now(UTC))
    for finding in findings:
        click.echo(f"{_MARKS[finding.health]}  {finding.name}: {finding.shown}")
        if finding.fix:
            click.echo(f"      {finding.fix}")
    number = sum(finding.health is Health.WRONG for finding in findings)
    if number:
        raise NotInOrder(f"{number} thing{'s'[: number != 1]} to mend, see above.")


@twilio.command()
def release() -> None:
    """Let through what was refused within 24 hours for its signature, and is right by the settings of now."""
    with _doctor() as found:
        if found is None:
            click.echo(_NOTHING)
            return
        released = found.release(staff_id=None, now=datetime.now(UTC))
    click.echo(f"{released.through} let through, {released.stayed} still not right.")


@twilio.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def setup(*, dry_run: bool) -> None:
    """Enter our addresses at Twilio and make what buttons and lists need there; remove nothing."""
    settings = Settings.load()
    if settings.twilio is None:
        click.echo(_NOTHING)
        return
    done = 0
    for step in Setup(settings.twilio, knowledge_files.load(settings.knowledge_dir)).run(
        dry=dry_run, now=datetime.now(UTC)
    ):
        mark = "by hand" if step.by_hand else "would set" if dry_run else "set"
        click.echo(f"{mark}  {step.what}")
        done += not step.by_hand
    if not done:
        click.echo("nothing to do")


@contextmanager
def _doctor() -> Iterator[Doctor | None]:
    settings = Settings.load()
    if settings.twilio is None:
        yield None
        return
    services = build_services(settings)
    try:
        services.store.check()
        yield services.doctor
    finally:
        services.store.close()
