"""docs/knowledge-problems.md explains every code, and every code is shown by a test."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
ENCODINGS = {"utf-8", "utf-8-sig"}


def codes_in_the_program() -> set[str]:
    sources = [*(ROOT / "bot/core/checks").glob("*.py"), *(ROOT / "bot/knowledge_files").glob("*.py")]
    nodes = (node for source in sources for node in ast.walk(ast.parse(source.read_text("utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if KEBAB.fullmatch(text)} - ENCODINGS


def codes_in_the_table() -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/knowledge-problems.md").read_text("utf-8"), re.MULTILINE)


def test_the_table_has_every_code_once() -> None:
    assert sorted(codes_in_the_table()) == sorted(codes_in_the_program())


def test_every_code_is_shown_by_a_test() -> None:
    here = Path(__file__).parent
    shown = "".join(file.read_text("utf-8") for file in [*here.glob("test_*.py"), *here.glob("mistakes/*.yaml")])
    assert [code for code in codes_in_the_table() if f"{code}: " not in shown and f'"{code}"' not in shown] == []


def test_the_example_at_the_top_is_what_the_check_prints() -> None:
    document = (ROOT / "docs/knowledge-problems.md").read_text("utf-8")
    told = (Path(__file__).parent / "mistakes/texts.yaml").read_text("utf-8")
    assert (
        'topics/tools.yaml:12:7: placeholder-unknown: {sid} is not filled in here\n        Did you mean "{side}"?'
        in told
    )
    assert (
        'topics/tools.yaml:12:7: placeholder-unknown: {sid} is not filled in here\n        Did you mean "{side}"?'
        in document
    )
