"""`bot knowledge conflicts`."""

import dataclasses
import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from bot import corpus as corpora
from bot import knowledge_files
from bot.commands import EXPECTED_FAILURE
from bot.commands.knowledge.folder import knowledge_dir
from bot.commands.knowledge.held import beginning, opened_store, since
from bot.core.conflicts import Conflict, Kind, Placed, conflicts
from bot.core.matching import Matcher, Pull
from bot.core.replaying import Talk
from bot.processors import on_all

_SHOWN: Final = 20
_MESSAGES_SHOWN: Final = 3
_WORTH_A_PROCESS: Final = 5_000
"""Fewer phrases are compared before another process would be ready."""


@click.command("conflicts")
@knowledge_dir
@since
@click.option(
    "--corpus",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Take the messages from a file of `bot knowledge corpus` instead of the database.",
)
@click.option(
    "--all", "show_all", is_flag=True, help=f"Show all, not only critical ones and the first {_SHOWN} others."
)
@click.option("--json", "as_json", is_flag=True, help="Print all conflicts as a JSON list.")
def conflicts_(directory: Path, days: int | None, corpus: Path | None, *, show_all: bool, as_json: bool) -> None:
    """Name phrases that stand in each other's way, the most harmful first; exit with 1 if one is critical.

    The harm is counted in messages that learners really wrote.
    """
    knowledge = knowledge_files.load(directory)
    messages = _messages(days, corpus)
    found = conflicts(knowledge, messages, _pulls(knowledge.matcher))
    critical = sum(conflict.critical for conflict in found)
    if as_json:
        click.echo(json.dumps([_as_json(conflict, directory) for conflict in found], indent=2, ensure_ascii=False))
    else:
        shown = found if show_all else found[: critical + _SHOWN]
        for conflict in shown:
            click.echo("\n".join(_told(conflict, directory)))
        click.echo(_summary(found, len(found) - len(shown)))
    if critical:
        raise click.exceptions.Exit(EXPECTED_FAILURE)


def _pulls(matcher: Matcher) -> list[Pull]:
    """The pulls of all examples, found on all processors."""
    processes = min(os.cpu_count() or 1, 1 + len(matcher) // _WORTH_A_PROCESS)
    size = -(-len(matcher) // processes)
    portions = [range(low, min(low + size, len(matcher))) for low in range(0, len(matcher), size)]
    found = on_all(_pulls_among, matcher, portions, processes=processes)
    return sorted((pull for pulls in found for pull in pulls), key=lambda pull: pull.example)


def _pulls_among(matcher: Matcher, among: range) -> list[Pull]:
    return list(matcher.pulls(among))


def _messages(days: int | None, corpus: Path | None) -> list[str]:
    moment = beginning(days)
    if corpus is not None:
        return _texts(corpora.read(corpus), moment)
    with opened_store() as store:
        return _texts(store.talks.since(moment), moment)


def _texts(talks: Iterable[Talk], moment: datetime | None) -> list[str]:
    return [turn.inbound.text for talk in talks for turn in talk.turns if moment is None or turn.at >= moment]


def _told(conflict: Conflict, directory: Path) -> list[str]:
    """A conflict for people: what, where, whom it harms, how to mend it."""
    first, second = conflict.first, conflict.second
    lines = [f"{directory.as_posix()}/{first.place}: {_what(conflict)}", f"    {directory.as_posix()}/{second.place}"]
    lines[1] += f': "{second.phrase}" ({second.topic})'
    for text, count in conflict.messages[:_MESSAGES_SHOWN]:
        lines.append(f'    would change its topic: "{" ".join(text.split())}"{f", {count} times" if count > 1 else ""}')
    more = len(conflict.messages) - _MESSAGES_SHOWN
    if more > 0:
        lines.append(f"    and {more:,} more")
    lines.append(f"    {_hint(conflict)}")
    return lines


def _what(conflict: Conflict) -> str:
    phrase, topic, other = conflict.first.phrase, conflict.first.topic, conflict.second.topic
    if conflict.kind is Kind.DUPLICATE:
        return f'critical: "{phrase}" ({topic}) is the same to the bot as a phrase of {other}'
    if conflict.kind is Kind.TWICE:
        return f'"{phrase}" ({topic}) is the same to the bot as another phrase of its topic'
    if conflict.mutual:
        return f'"{phrase}" ({topic}) and a phrase of {other} pull each other (lead {conflict.strength:.2f})'
    return f'"{phrase}" ({topic}) would go to {other} if it did not stand there (lead {conflict.strength:.2f})'


def _hint(conflict: Conflict) -> str:
    if conflict.kind is Kind.TWICE:
        return "One of the two is enough."
    if conflict.kind is Kind.DUPLICATE:
        begin = "Keep it where it fits better and delete it in the other place"
    else:
        begin = "If both are right, write more phrases like the one that loses; if not, move it"
    words = zip((conflict.first, conflict.second), conflict.words, strict=True)
    apart = " or ".join(f'"{word}" for {placed.topic}' for placed, word in words if word)
    return f"{begin}; words that tell the two apart: {apart}." if apart else f"{begin}."


def _summary(found: Sequence[Conflict], hidden: int) -> str:
    kinds = {kind: sum(conflict.kind is kind for conflict in found) for kind in Kind}
    counted = (
        f"{kinds[Kind.DUPLICATE]:,} critical, {kinds[Kind.PULL]:,} of phrases pulled by another topic, "
        f"{kinds[Kind.TWICE]:,} of phrases written twice"
    )
    return f"conflicts: {counted}" + (f"; {hidden:,} not shown, see them with --all" if hidden else "")


def _as_json(conflict: Conflict, directory: Path) -> dict[str, object]:
    def placed(one: Placed) -> dict[str, str]:
        return {**dataclasses.asdict(one), "place": f"{directory.as_posix()}/{one.place}"}

    return {
        "kind": conflict.kind,
        "critical": conflict.critical,
        "first": placed(conflict.first),
        "second": placed(conflict.second),
        "mutual": conflict.mutual,
        "strength": round(conflict.strength, 4),
        "messages": [{"text": text, "count": count} for text, count in conflict.messages],
        "words": list(conflict.words),
    }
