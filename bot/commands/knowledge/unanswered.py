"""`bot knowledge unanswered`."""

import dataclasses
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from bot.commands.knowledge.folder import knowledge_dir
from bot.core.unanswered import Cluster, clusters
from bot.knowledge_files import load
from bot.settings import Settings
from bot.storage import Store


@click.command()
@knowledge_dir
@click.option("--since", "days", type=click.IntRange(1), metavar="DAYS", default=30, show_default=True)
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
@click.option("--json", "as_json", is_flag=True, help="Print them as a JSON list.")
def unanswered(directory: Path, days: int, most: int, *, as_json: bool) -> None:
    """Show what learners asked in vain: alike questions together, the most frequent first."""
    knowledge = load(directory)
    with closing(Store(Settings.load().database_url)) as store:
        store.check()
        asked = store.unanswered.since(datetime.now(UTC) - timedelta(days=days))
    found = clusters(asked, knowledge, most)
    if as_json:
        click.echo(json.dumps([_plain(cluster) for cluster in found], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found)) or f"Nothing was asked in vain in {days} days.")


def _plain(cluster: Cluster) -> dict[str, object]:
    times = {"first_at": cluster.first_at.isoformat(), "last_at": cluster.last_at.isoformat()}
    return dataclasses.asdict(cluster) | times | {"how": dict(cluster.how)}


def _lines(found: Iterable[Cluster]) -> Iterator[str]:
    for cluster in found:
        how = ", ".join(f"{count} {each.replace('_', ' ')}" for each, count in cluster.how)
        yield f"{cluster.count:>5}  {cluster.examples[0]}"
        yield from (f"       {example}" for example in cluster.examples[1:])
        yield f"       {how}; first {cluster.first_at:%Y-%m-%d}, last {cluster.last_at:%Y-%m-%d}"
        if nearest := cluster.nearest:
            sure = f"{nearest.probability:.0%}"
            yield f'       nearest: {nearest.topic} ({sure}), "{nearest.phrase}" {nearest.place}'
        else:
            yield "       nearest: nothing in the knowledge"
