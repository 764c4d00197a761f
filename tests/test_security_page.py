"""The page on security promises nothing that no test shows."""

import ast
import re
from pathlib import Path

import pytest

PAGE = Path("docs/security.md").read_text(encoding="utf-8")
ROWS = [row for row in re.findall(r"^\| (.+?) \|$", PAGE, flags=re.MULTILINE) if not row.startswith("Threat |")]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.partition(" |")[0])
def test_every_threat_has_what_stops_it_and_a_test(row: str) -> None:
    threat, stopped_by, shown_by = row.split(" | ")
    assert threat
    assert stopped_by
    assert re.fullmatch(r"(`tests/[\w/]+\.py::test_\w+`(, )?)+", shown_by)


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_every_test_that_is_named_exists(file: str) -> None:
    defined = {node.name for node in ast.parse(Path(file).read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}
    assert {name for path, name in NAMED if path == file} <= defined


@pytest.mark.parametrize(
    "who",
    [
        "stranger on the webhook",
        "learner",
        "curious agent",
        "stolen session",
        "stolen database",
        "poisoned",
        "media",
        "dependency",
        "operators",
    ],
)
def test_everybody_who_could_do_harm_has_a_chapter(who: str) -> None:
    assert re.search(rf"^## .*{who}", PAGE, flags=re.MULTILINE)
