import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from bot.commands import main
from bot.storage import Store
from tests.storage.world import execute, intake, message
from tests.web.running import SMALL_KNOWLEDGE


def ledger(database_url: str, *arguments: str) -> Result:
    environ = {"DATABASE_URL": database_url, "KNOWLEDGE_DIR": str(SMALL_KNOWLEDGE)}
    return CliRunner().invoke(main, ["ledger", *arguments], env=environ)


@pytest.fixture
def filled_url(database_url: str) -> str:
    """A database in which somebody asked a question today and one ten days ago."""
    with closing(Store(database_url)) as store:
        for sid, ago in (("IN1", 0), ("IN2", 10)):
            intake(store).receive(message(sid), now=datetime.now(UTC) - timedelta(days=ago))
    return database_url


def test_sums_that_hold_are_printed_with_code_0(filled_url: str) -> None:
    result = ledger(filled_url)
    assert result.exit_code == 0
    _period, received, queued = result.output.splitlines()
    assert received == "1 received = 1 answered + 0 handed over + 0 waiting + 0 ignored"
    assert queued.startswith("1 queued = 1 to be sent + 0 sent")


def test_the_days_can_be_chosen(filled_url: str) -> None:
    first = datetime.now(UTC).date() - timedelta(days=12)
    assert "\n2 received" in ledger(filled_url, "--since", "12").output
    assert "\n1 received" in ledger(filled_url, "--from", str(first), "--to", str(first + timedelta(days=4))).output


def test_as_json_everything_is_there(filled_url: str) -> None:
    found = json.loads(ledger(filled_url, "--json").output)
    assert {"from", "to", "zone", "received", "queued"} == set(found)
    assert found["received"]["whole"] == found["received"]["parts"]["answered"] == 1
    assert found["received"]["details"]["answered"] == {"answered": 1}
    assert found["queued"]["difference"] == 0


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_sum_that_differs_is_code_1(filled_url: str, arguments: tuple[str, ...]) -> None:
    execute(filled_url, "DELETE FROM messages WHERE in_reply_to = 1")
    result = ledger(filled_url, *arguments)
    assert result.exit_code == 1
    assert result.stderr == "A sum differs (received by +1): /ledger lists the messages.\n"
    if arguments:
        assert json.loads(result.stdout)["received"]["difference"] == 1
    else:
        assert "1 received ≠ 0 answered" in result.stdout


def test_days_that_make_no_sense_are_a_sentence(filled_url: str) -> None:
    assert ledger(filled_url, "--from", "yesterday").exit_code == 1
    assert ledger(filled_url, "--since", "3", "--from", "2026-11-01").exit_code == 2
    assert ledger(filled_url, "--since", "0").exit_code == 2
