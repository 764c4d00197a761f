"""`bot ledger`: the sums of the ledger for scripts; exit code 1 when one does not hold."""

import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from bot import knowledge_files
from bot.core.insights import LONGEST_PERIOD, Period, asked_period
from bot.errors import BotError
from bot.settings import Settings
from bot.storage import Store
from bot.storage.ledger import Side, Sum

_USUAL_DAYS = 7


class SumDiffers(BotError):
    """Messages of the period are not accounted for."""


@click.command()
@click.option("--since", type=click.IntRange(1, LONGEST_PERIOD), help="So many days up to today; 7 if nothing is said.")
@click.option("--from", "first", metavar="DAY", help="The first day, such as 2026-11-23.")
@click.option("--to", "last", metavar="DAY", help="The last day; today if it is not said.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def ledger(*, since: int | None, first: str | None, last: str | None, as_json: bool) -> None:
    """Count what became of every message of some days, by the school's calendar."""
    if since is not None and (first or last):
        raise click.UsageError("Say --since, or --from and --to, not both.")
    settings = Settings.load()
    zone = ZoneInfo(knowledge_files.load(settings.knowledge_dir).school.timezone)
    asked = {"from": first or "", "to": last or "", "days": str(since or _USUAL_DAYS)}
    period = asked_period(asked, datetime.now(UTC), zone)
    with closing(Store(settings.database_url)) as store:
        store.check()
        sums = store.ledger.sums(period.starts_at, period.ends_at)
    click.echo(json.dumps(_described(period, sums)) if as_json else "\n".join(_lines(period, sums)))
    missing = [f"{side} by {one.difference:+d}" for side, one in sums.items() if one.difference]
    if missing:
        raise SumDiffers(f"A sum differs ({', '.join(missing)}): /ledger lists the messages.")


def _described(period: Period, sums: Mapping[Side, Sum]) -> dict[str, object]:
    days = {"from": str(period.first), "to": str(period.last), "zone": str(period.zone)}
    return {
        **days,
        **{
            side: {
                "whole": one.whole,
                "parts": dict(one.parts),
                "details": {part: dict(counted) for part, counted in one.details.items()},
                "difference": one.difference,
            }
            for side, one in sums.items()
        },
    }


def _lines(period: Period, sums: Mapping[Side, Sum]) -> list[str]:
    lines = [f"{period.first} to {period.last} ({period.zone})"]
    for side, one in sums.items():
        parts = " + ".join(f"{number} {part.replace('_', ' ')}" for part, number in one.parts.items())
        lines.append(f"{one.whole} {side} {'=' if not one.difference else '≠'} {parts}")
    return lines
