"""`bot ask` and `bot chat`, given lines as a pipe does."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands import main
from tests.core.talking import KNOWLEDGE_FOLDER
from tests.terminal import typed
from tests.test_second_comparison import DATA, DATA_FILE, with_comparison


def test_ask_prints_what_a_learner_would_read() -> None:
    result = CliRunner().invoke(main, ["ask", "tools for ml engineer?"])
    assert result.exit_code == 0
    assert "Pandas" in result.output
    assert "\n1. " in result.output


def test_ask_tells_where_the_answer_stands_and_what_spoke_for_it() -> None:
    output = CliRunner().invoke(main, ["ask", "tools for ml engineer?"]).output
    entry = "mlops-engineer-vs-ml-engineer/tools/ml"
    assert re.search(rf"^answer    {entry}  comparisons/mlops-engineer-vs-ml-engineer\.yaml:\d+$", output, re.MULTILINE)
    assert re.search(r"^ +\d+%  tools ml +topics/tools\.yaml:\d+  .*tools", output, re.MULTILINE)


def test_what_is_tapped_has_a_place_as_well(tmp_path: Path) -> None:
    output = chat(tmp_path, "tools for ml", "1", "/why")[1]
    assert re.search(r"answer    \S+/projects/ml  comparisons/\S+\.yaml:\d+", output)


def test_ask_as_json_has_the_agreed_keys() -> None:
    found = json.loads(CliRunner().invoke(main, ["ask", "tools for ml engineer?", "--json"]).output)
    assert found["text"] == "tools for ml engineer?"
    assert found["action"] == "answer"
    assert [set(answer) for answer in found["answers"]] == [{"topic", "side", "entry", "confidence"}]
    assert found["answers"][0]["entry"] == "mlops-engineer-vs-ml-engineer/tools/ml"
    assert set(found["reply"]) == {"text", "buttons", "list"}
    assert {frozenset(button) for button in found["reply"]["buttons"]} == {frozenset({"id", "title"})}


def test_ask_as_json_offers_choices_when_it_is_unsure(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    with_comparison(folder, DATA, DATA_FILE)
    asked = CliRunner().invoke(main, ["ask", "which tools?", "--json"], env={"KNOWLEDGE_DIR": str(folder)})
    found = json.loads(asked.output)
    assert found["action"] == "clarify"
    assert found["suggestions"] == [{"topic": "tools", "side": None, "title": "Tools"}]
    assert len(found["reply"]["buttons"]) == 2


def chat(folder: Path, *lines: str, **settings: str) -> tuple[int, str, str]:
    """Type the lines into `bot chat`; return exit code, stdout and stderr."""
    environ = {"KNOWLEDGE_DIR": str(KNOWLEDGE_FOLDER)} | settings
    return typed(folder, "chat", given="".join(f"{line}\n" for line in lines), **environ)


def test_a_piped_chat_answers_line_by_line_and_explains_itself(tmp_path: Path) -> None:
    code, output, errors = chat(tmp_path, "tools for ml", "/why", "/reset", "skills?", "1", "STOP", "hello")
    assert (code, errors) == (0, "")
    assert "Pandas" in output
    assert "topics/tools.yaml:" in output
    assert "A new learner writes now." in output
    assert "Prometheus" in output  # the first choice below the skills of both are their tools
    assert "(no reply: ignored, opted_out)" in output


def test_a_chat_survives_bytes_that_nobody_types(tmp_path: Path) -> None:
    code, output, errors = chat(tmp_path, "tools\0 for ml\x1b", "")
    assert (code, errors) == (0, "")
    assert "Pandas" in output


def test_the_chat_is_for_the_local_channel_only(tmp_path: Path) -> None:
    twilio = {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_WHATSAPP_FROM": "whatsapp:+14155238886",
        "PUBLIC_BASE_URL": "https://bot.example.org",
        "SECRET_KEY": "a-long-secret-for-the-tests-only",
    }
    code, _, errors = chat(tmp_path, "hi", **twilio)
    assert code == 1
    assert errors == "bot chat works without Twilio only: unset TWILIO_ACCOUNT_SID to try the bot here.\n"


@pytest.mark.parametrize("command", ["serve", "web", "worker", "db", "chat", "ask", "eval", "knowledge"])
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith("Usage:")
