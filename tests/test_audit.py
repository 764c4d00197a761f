"""The audit finds what it looks for; whether there is anything to find, `make audit` tells."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.audit import OURS, needed, secrets_in, strays, unpinned

RANDOM = sha256(b"not written here, or the audit would find it").hexdigest()[:32]


def test_what_nothing_needs_is_a_stray() -> None:
    wanted = needed(OURS, ["dev"])
    assert strays([*wanted, "pip", "Left_Pad"], wanted) == ["left-pad"]


def test_what_is_needed_by_what_is_needed_is_none() -> None:
    assert {"flask", "werkzeug", "psycopg-binary"} <= needed(OURS).keys()
    assert "pytest" not in needed(OURS)
    assert "pytest" in needed(OURS, ["dev"])


def test_a_requirement_without_a_pin_or_with_another_one_is_named() -> None:
    assert unpinned("flask==3.1.3\n", {"flask": "3.1.3", OURS: "0.1.0"}) == []
    assert unpinned("flask==3.1.2\n", {"flask": "3.1.3"}) == ["flask"]
    assert unpinned("flask>=3\n", {"flask": "3.1.3"}) == ["flask"]


@pytest.mark.parametrize(
    "leaked",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        f"TWILIO_API_KEY=SK{RANDOM}",
        f'token = "{RANDOM}"',
        "postgresql://bot:" + "correcthorse@db.example.org/bot",
    ],
)
def test_a_secret_in_a_file_is_found(tmp_path: Path, leaked: str) -> None:
    (tmp_path / "notes.txt").write_text(f"nothing here\n{leaked}\n")
    assert [found.partition(" ")[0] for found in secrets_in([tmp_path / "notes.txt"])] == [f"{tmp_path}/notes.txt:2"]


def test_what_was_invented_is_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("postgresql://bot:hunter2@db.example.org/bot\n")
    assert list(secrets_in([tmp_path / "notes.txt"])) == []
