"""What every command has in common: help without delay, sentences, exit codes."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.commands import COMMANDS, main
from bot.commands.lazy import Entry
from bot.errors import BotError


@click.command()
@click.option("--expected", is_flag=True)
def fault(*, expected: bool) -> None:
    """Fail, for the tests below."""
    raise BotError("Turn it off and on again.") if expected else ZeroDivisionError("at whatsapp:+919876543210")


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setitem(COMMANDS, "fault", Entry(f"{__name__}:fault", "Fail."))
    monkeypatch.chdir(tmp_path)
    return CliRunner()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_listed_has_help_of_its_own(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {name}")


def test_help_lists_all_commands_without_loading_one() -> None:
    code = "import sys; from bot.commands import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(entry.summary.split()[0] in output and name in output for name, entry in COMMANDS.items())
    assert not {"flask", "sqlalchemy", "twilio", "numpy"} & set(output.splitlines()[-1].split())


def test_an_expected_failure_is_its_sentence_and_code_1(runner: CliRunner) -> None:
    result = runner.invoke(main, ["fault", "--expected"])
    assert (result.exit_code, result.stderr) == (1, "Turn it off and on again.\n")


def test_an_unexpected_failure_is_a_sentence_and_the_details_are_kept(runner: CliRunner) -> None:
    result = runner.invoke(main, ["fault"])
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert "var/errors.log" in result.stderr
    log = Path("var/errors.log").read_text()
    assert "ZeroDivisionError: at [address]" in log


def test_details_that_cannot_be_kept_do_not_hide_the_failure(runner: CliRunner) -> None:
    Path("var").write_text("a file, not a folder")
    result = runner.invoke(main, ["fault"])
    assert result.exit_code == 3
    assert result.stderr.startswith("Something went wrong that should not (ZeroDivisionError)")


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--nonsense"], ["serve", "x"]])
def test_wrong_use_is_code_2(runner: CliRunner, arguments: list[str]) -> None:
    assert runner.invoke(main, arguments).exit_code == 2
