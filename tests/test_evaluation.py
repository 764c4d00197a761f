"""`bot eval` and what it counts."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.commands import main
from bot.core.conversation import Action
from bot.core.stakes import AGAIN, CHOICE, QUESTION, WRONG
from bot.evaluation import Label, Outcome, Prediction, figures, predict
from tests.core.talking import NOW, real_knowledge

Run = Callable[..., Result]
SETS = Path("tests/eval")
TOOLS, ML_TOOLS, FEES = ("tools", "mlops"), ("tools", "ml"), ("admissions", None)


def prediction(label: dict[str, Any], *answers: tuple[str, str | None], offers: tuple[Any, ...] = ()) -> Prediction:
    action = Action.ANSWER if answers else Action.CLARIFY
    return Prediction("x", Label.model_validate({"text": "x", **label}), action, answers, offers, 0.9)


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (prediction({"topics": ["tools"], "side": "mlops"}, TOOLS), Outcome.RIGHT),
        (prediction({"topics": ["skills", "tools"], "side": "mlops"}, TOOLS), Outcome.RIGHT),
        (prediction({"topics": ["tools"], "side": "mlops"}, ML_TOOLS), Outcome.WRONG),
        (prediction({"topics": ["tools"], "side": "mlops"}, TOOLS, FEES), Outcome.WRONG),
        (prediction({"topics": ["tools"], "side": "mlops"}, offers=(TOOLS,)), Outcome.OFFERED),
        (prediction({"topics": ["tools"], "side": "mlops"}), Outcome.MISSED),
        (prediction({"topics": ["oos"]}), Outcome.RIGHT),
        (prediction({"topics": ["oos"]}, FEES), Outcome.WRONG),
        (prediction({"topics": ["tools"], "all": [TOOLS, FEES]}, FEES, TOOLS), Outcome.RIGHT),
        (prediction({"topics": ["tools"], "all": [TOOLS, FEES]}, TOOLS), Outcome.OFFERED),
        (prediction({"topics": ["tools"], "all": [TOOLS, FEES]}, ML_TOOLS), Outcome.WRONG),
    ],
)
def test_a_prediction_is_held_against_its_label(made: Prediction, outcome: Outcome) -> None:
    assert made.outcome is outcome


def test_messages_for_each_solved_question_are_counted_and_refusals_are_not() -> None:
    solved = prediction({"topics": ["tools"], "side": "mlops"}, TOOLS)
    asked_back = prediction({"topics": ["tools"], "side": "mlops"}, offers=(TOOLS,))
    refused = prediction({"topics": ["oos"]})
    assert figures([solved, asked_back, replace(solved, sent=2), refused]).sent_per_solved == 2.0
    assert figures([asked_back]).sent_per_solved == 0.0


@pytest.mark.parametrize(
    ("made", "loss"),
    [
        (prediction({"topics": ["tools"], "side": "mlops"}, TOOLS), 0),
        (prediction({"topics": ["tools"], "side": "mlops"}, FEES), WRONG),
        (prediction({"topics": ["oos"]}, FEES), WRONG),
        (prediction({"topics": ["oos"]}, offers=(TOOLS,)), QUESTION + CHOICE),
        (prediction({"topics": ["tools"], "side": "mlops"}, offers=(TOOLS, FEES)), QUESTION + 2 * CHOICE),
        (prediction({"topics": ["skills"]}, offers=(TOOLS,)), QUESTION + CHOICE + AGAIN),
        (prediction({"topics": ["tools"], "all": [TOOLS, FEES]}, TOOLS), QUESTION),
    ],
)
def test_a_prediction_costs_what_its_reply_costs_the_learner(made: Prediction, loss: float) -> None:
    assert made.loss == loss
    assert figures([made, prediction({"topics": ["tools"], "side": "mlops"}, TOOLS)]).loss == loss / 2


def test_figures_are_shares_of_what_is_in_scope_and_of_what_is_not() -> None:
    found = figures(
        [
            prediction({"topics": ["tools"], "side": "mlops"}, TOOLS),
            prediction({"topics": ["tools"], "side": "mlops"}, offers=(TOOLS,)),
            prediction({"topics": ["tools"], "side": "mlops"}, FEES),
            prediction({"topics": ["oos"]}),
        ]
    )
    assert (found.in_scope, found.right, found.right_or_offered, found.wrong) == (3, 1 / 3, 2 / 3, 1 / 3)
    assert (found.oos, found.oos_rejected) == (1, 1.0)


def test_confidence_that_is_as_often_right_as_it_says_has_no_error() -> None:
    right = [prediction({"topics": ["tools"], "side": "mlops"}, TOOLS)] * 9
    assert figures([*right, prediction({"topics": ["skills"]}, TOOLS)]).calibration_error == pytest.approx(0.0)


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "set.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


DIALOGUE = {
    "id": "d1",
    "turns": [
        {"text": "tools for ml engineer", "topics": ["tools"], "side": "ml"},
        {"text": "and mlops?", "topics": ["tools"], "side": "mlops"},
    ],
}


def test_the_turns_of_a_dialogue_lean_on_each_other(tmp_path: Path) -> None:
    made = predict(written(tmp_path, DIALOGUE), real_knowledge(), now=NOW)
    assert [(one.id, one.answers) for one in made] == [("d1/1", (ML_TOOLS,)), ("d1/2", (TOOLS,))]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_predictions_are_written_one_object_a_line(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = run("eval", written(tmp_path, DIALOGUE), "--predictions", out)
    assert result.exit_code == 0
    first = json.loads(out.read_text(encoding="utf-8").splitlines()[0])
    assert first == {
        "id": "d1/1",
        "action": "answer",
        "answers": [{"topic": "tools", "side": "ml"}],
        "suggestions": [],
    }


def test_the_report_names_every_failure(tmp_path: Path) -> None:
    row = {"id": "m1", "text": "tools for ml", "topics": ["skills"], "side": "ml", "kind": "plain"}
    result = run("eval", written(tmp_path, row))
    assert "right 0.000" in result.output
    assert "wrong    m1       tools for ml" in result.output


def test_figures_come_as_one_json_object(tmp_path: Path) -> None:
    path = written(tmp_path, DIALOGUE)
    found = json.loads(run("eval", path, "--json").output)
    assert (found["right"], found["files"][str(path)]["right"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "set.jsonl:1: not a JSON object"),
        ('{"id": "a", "text": "hi"}', "set.jsonl:1: topics: Field required"),
        ('{"id": "a", "turns": []}', "set.jsonl:1: turns:"),
    ],
)
def test_a_label_file_with_a_mistake_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(line, encoding="utf-8")
    result = run("eval", path)
    assert result.exit_code == 1
    assert told in result.output


def test_a_missing_label_file_is_told(tmp_path: Path) -> None:
    result = run("eval", tmp_path / "none.jsonl")
    assert result.exit_code == 1
    assert "cannot be read" in result.output


GATE = json.loads((SETS / "figures.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(GATE))
def test_understanding_is_no_worse_than_it_was(name: str) -> None:
    """The figures in tests/eval/figures.json are what was reached, with room for one message."""
    found = figures(predict(SETS / name, real_knowledge(), now=NOW))
    assert found.right >= GATE[name]["right"]
    assert found.wrong <= GATE[name]["wrong"]
    assert found.oos_rejected >= GATE[name]["oos_rejected"]
    assert found.calibration_error <= GATE[name]["calibration_error"]
    assert found.loss <= GATE[name]["loss"]
