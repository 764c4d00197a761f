"""The shape of the program, held by tests: imports point inward, and nothing grows too long to read."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
MODULES: Final = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "bot").rglob("*.py"))
}

# From the inside out. A module imports from the layers before its own, and from its own package.
LAYERS: Final = (
    {"bot.errors"},
    {"bot.core", "bot.settings"},
    {"bot.channels", "bot.knowledge_files", "bot.logs", "bot.notify", "bot.processors", "bot.storage"},
    {"bot.desk", "bot.intake", "bot.delivery"},  # and whatever else works with the adapters
    {"bot.wiring"},
    {"bot.web", "bot.server"},
    {"bot.commands"},
)
SERVICES: Final = 3

PURE: Final = {
    "bot.core",
    "bot.errors",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "itertools",
    "math",
    "numpy",
    "pydantic",
    "rapidfuzz",
    "re",
    "typing",
    "unicodedata",
    "urllib.parse",
    "zoneinfo",
}

# What speaks to the outside has one home, so that replacing it means changing one place.
HOMES: Final = {
    "alembic": {"bot.storage", "bot.migrations"},
    "apprise": {"bot.notify"},
    "argon2": {"bot.storage.passwords"},
    "authlib": {"bot.web"},
    "bs4": {"bot.importing"},
    "click": {"bot.commands"},
    "flask": {"bot.web", "bot.server"},
    "flask_wtf": {"bot.web"},
    "gunicorn": {"bot.server"},
    "joserfc": {"bot.web"},
    "prometheus_client": {"bot.times", "bot.web.metrics"},
    "psycopg": {"bot.storage"},
    "segno": {"bot.qr"},
    "sqlalchemy": {"bot.storage", "bot.migrations"},
    "sqlite3": {"bot.storage"},
    "twilio": {"bot.channels.twilio"},
    "yaml": {"bot.knowledge_files"},
}

LONGEST_MODULE: Final = 400
LONGEST_FUNCTION: Final = 45


def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


def imported_names(module: str) -> Iterator[str]:
    """Every module that a module imports, wherever the import stands; `from bot import web` is `bot.web`."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            modules = {f"{origin}.{alias.name}" for alias in node.names} & MODULES.keys()
            yield from modules or {origin}


def is_within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def layer(module: str) -> int:
    return next((number for number, packages in enumerate(LAYERS) if is_within(module, packages)), SERVICES)


def package(module: str) -> str:
    """`bot.storage` of `bot.storage.outbox`."""
    return ".".join(module.split(".")[:2])


def functions(module: str) -> Iterator[tuple[str, int]]:
    """Every function with its number of lines; its docstring does not count."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node) is not None:
                lines -= (first.end_lineno or first.lineno) - first.lineno + 1
            yield node.name, lines


@pytest.mark.parametrize("module", [module for module in MODULES if is_within(module, {"bot.core"})])
def test_the_core_imports_only_what_is_pure(module: str) -> None:
    strangers = {name for name in imported_names(module) if not is_within(name, PURE)}
    assert not strangers, f"{module} must stay pure; move what needs {strangers} outside the core"


@pytest.mark.parametrize("module", [module for module in MODULES if is_within(module, {"bot.core"})])
def test_the_core_asks_no_clock(module: str) -> None:
    called = {
        node.func.attr
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & {"now", "today", "utcnow"}, f"{module} must be given the time as an argument"


@pytest.mark.parametrize("module", [module for module in MODULES if module != "bot"])
def test_imports_point_inward(module: str) -> None:
    own = {name for name in imported_names(module) if is_within(name, {"bot"}) and package(name) != package(module)}
    outward = {name for name in own if layer(name) >= layer(module)}
    assert not outward, f"{module} must not know {outward}"


@pytest.mark.parametrize("module", MODULES)
def test_what_speaks_to_the_outside_is_imported_in_one_place(module: str) -> None:
    strays = {
        name
        for name in imported_names(module)
        for library, homes in HOMES.items()
        if is_within(name, {library}) and not is_within(module, homes)
    }
    assert not strays, f"{module} must not import {strays}"


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_too_long_to_read(module: str) -> None:
    assert len(MODULES[module].read_text("utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("module", [module for module in MODULES if not is_within(module, {"bot.migrations"})])
def test_no_function_is_too_long_to_read(module: str) -> None:
    long = {name: lines for name, lines in functions(module) if lines > LONGEST_FUNCTION}
    assert not long, f"split these functions of {module}"
