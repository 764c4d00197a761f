"""`bot eval`: how well labelled messages are understood."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from bot import knowledge_files
from bot.evaluation import Figures, Outcome, Prediction, figures, predict
from bot.settings import Settings


@click.command("eval")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--predictions", type=click.Path(path_type=Path), help="Write one JSON object a message into this file.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
def evaluate(files: tuple[Path, ...], predictions: Path | None, *, as_json: bool) -> None:
    """Answer the labelled messages in FILES and count what was right, offered, missed and wrong."""
    knowledge = knowledge_files.load(Settings.load().knowledge_dir)
    now = datetime.now(UTC)
    by_file = {str(path): predict(path, knowledge, now=now) for path in files}
    everything = [one for made in by_file.values() for one in made]
    if predictions is not None:
        lines = (json.dumps(one.as_json(), ensure_ascii=False) for one in everything)
        predictions.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if as_json:
        each = {path: asdict(figures(made)) for path, made in by_file.items()}
        click.echo(json.dumps({**asdict(figures(everything)), "files": each}))
        return
    for path, made in by_file.items():
        click.echo(f"{path}\n{_report(figures(made))}")
    _list_failures(everything)


def _report(result: Figures) -> str:
    rows = [_row(f"{name:6} {key}", counts) for name, table in result.tables.items() for key, counts in table.items()]
    shares = (
        f"right {result.right:.3f}  right or offered {result.right_or_offered:.3f}  wrong {result.wrong:.3f}  "
        f"of {result.in_scope} in scope"
    )
    refused = f"off-topic refused {result.oos_rejected:.3f} of {result.oos}"
    told = f"{refused}  calibration error {result.calibration_error:.3f}"
    cost = f"loss {result.loss:.3f} questions a message  sent {result.sent_per_solved:.3f} messages a solved question"
    return "\n".join([*rows, shares, told, cost, ""])


def _row(name: str, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    shares = "  ".join(f"{outcome} {counts.get(outcome, 0) / total:4.0%}" for outcome in Outcome)
    return f"{name:26} {total:4}  {shares}"


def _list_failures(predictions: Sequence[Prediction]) -> None:
    for one in predictions:
        if one.outcome is not Outcome.RIGHT:
            wanted = list(one.label.all) or [(topic, one.label.side) for topic in one.label.topics]
            got = list(one.answers) or list(one.suggestions) or "nothing"
            click.echo(f"{one.outcome:8} {one.id:8} {one.label.text}\n{'':18}wanted {wanted}, {one.action} {got}")
