"""Count lines, dependencies and megabytes: python -m tests.benchmarks.size [--json]

lines       of each part of the project: all, and of Python those that are neither blank, nor comment, nor docstring
direct      packages that pyproject.toml asks for at run time
all         these and everything that they need in turn, on this platform
installed   MB of all their files as the installer has recorded them, and the largest five

Reads the environment that runs it; what only tests need is left out.
"""

import argparse
import ast
import io
import json
import sys
import tokenize
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT: Final = Path(__file__).parents[2]
PACKAGE: Final = "admissions-bot"
_PARTS: Final = (
    ("bot", "bot/**/*.py"),
    ("bot, pages", "bot/web/**/*.html"),
    ("bot, scripts", "bot/web/**/*.js"),
    ("bot, styles", "bot/web/**/*.css"),
    ("tests", "tests/**/*.py"),
    ("tests, data", "tests/**/*.yaml"),
    ("knowledge", "knowledge/**/*.yaml"),
)
_IDLE_TOKENS: Final = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)
_LARGEST: Final = 5


@dataclass(frozen=True)
class Figures:
    """What `--json` prints.

    parts: part of the project -> `files`, `lines` and, of Python, `code` lines.
    """

    parts: dict[str, dict[str, int]]
    direct: int
    all: int
    installed_mb: float
    largest_mb: dict[str, float]


def code_lines(source: str) -> int:
    """Lines of Python that do something."""
    busy = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _IDLE_TOKENS
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(busy - _docstring_lines(source))


def _docstring_lines(source: str) -> set[int]:
    """Lines of texts that stand for themselves: docstrings, and those below a constant."""
    return {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def counted(pattern: str) -> dict[str, int]:
    """Files, lines and, of Python, code lines of what matches."""
    sources = [path.read_text(encoding="utf-8") for path in PROJECT.glob(pattern)]
    counts = {"files": len(sources), "lines": sum(len(source.splitlines()) for source in sources)}
    return counts | ({"code": sum(map(code_lines, sources))} if pattern.endswith(".py") else {})


def needed_by(package: Distribution, extras: Iterable[str] = ()) -> dict[str, frozenset[str]]:
    """What a package asks for on this platform: name -> extras."""
    wanted: dict[str, frozenset[str]] = {}
    for text in package.requires or ():
        requirement = Requirement(text)
        if any(requirement.marker is None or requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            name = canonicalize_name(requirement.name)
            wanted[name] = wanted.get(name, frozenset()) | frozenset(requirement.extras)
    return wanted


def add_all(name: str, extras: frozenset[str], known: dict[str, frozenset[str]]) -> None:
    """Add a package and everything that it needs to those known."""
    if name in known and extras <= known[name]:
        return
    known[name] = known.get(name, frozenset()) | extras
    for wanted, its_extras in needed_by(distribution(name), known[name]).items():
        add_all(wanted, its_extras, known)


def installed_mb(name: str) -> float:
    """Size of all files of a package."""
    paths = [Path(str(file.locate())) for file in distribution(name).files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def measure() -> Figures:
    """Count everything."""
    direct = needed_by(distribution(PACKAGE))
    known: dict[str, frozenset[str]] = {}
    for name, extras in direct.items():
        add_all(name, extras, known)
    sizes = {name: installed_mb(name) for name in known}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:_LARGEST]
    return Figures(
        parts={title: counted(pattern) for title, pattern in _PARTS},
        direct=len(direct),
        all=len(known),
        installed_mb=sum(sizes.values()),
        largest_mb={name: sizes[name] for name in largest},
    )


def table(figures: Figures) -> str:
    """The figures for people."""
    lines = ["lines          files    all   code"]
    lines.extend(
        f"{title:14}{counts['files']:6}{counts['lines']:7}{counts.get('code', ''):>7}"
        for title, counts in figures.parts.items()
    )
    lines.append(f"dependencies: {figures.direct} direct, {figures.all} in all, {figures.installed_mb:.0f} MB")
    lines.append("largest: " + ", ".join(f"{name} {size:.0f} MB" for name, size in figures.largest_mb.items()))
    return "\n".join(lines)


def main() -> None:
    """Read the command line, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one object with all figures")
    figures = measure()
    found = json.dumps(asdict(figures)) if parser.parse_args().json else table(figures)
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main()
