"""What the README says is true."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands import COMMANDS, main
from bot.settings import SETTINGS

README = Path("README.md").read_text(encoding="utf-8")


def test_every_setting_stands_in_the_table_with_its_meaning_and_default() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (?:`(.*?)`)? ?\|$", README, flags=re.MULTILINE)
    assert rows == [(setting.name, setting.meaning, setting.default) for setting in SETTINGS]


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(bot/[a-z_/]+(?:\.py)?|knowledge/[a-z_/]*)`", README))))
def test_every_place_that_is_named_exists(path: str) -> None:
    assert Path(path).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z]+)`|^    make ([a-z]+)$", README, re.M))))
def test_every_make_target_that_is_named_exists(target: tuple[str, str]) -> None:
    name = target[0] or target[1]
    assert re.search(rf"^{name}:", Path("Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_command_that_is_named_exists() -> None:
    assert set(re.findall(r"`bot ([a-z]+)", README)) <= set(COMMANDS)


def test_the_help_lists_every_command() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    assert all(re.search(rf"^  {name} ", output, flags=re.MULTILINE) for name in COMMANDS)


def test_the_procfile_names_the_three_processes() -> None:
    lines = Path("Procfile").read_text(encoding="utf-8").splitlines()
    assert lines == ["release: bot db upgrade", "web: bot web", "worker: bot worker"]


def test_requirements_pin_every_dependency_and_name_no_host() -> None:
    text = Path("requirements.txt").read_text(encoding="utf-8")
    assert "://" not in text
    *pins, own = text.split()
    assert all(re.fullmatch(r"[a-z0-9_.\[\]-]+==[0-9a-z.]+", pin) for pin in pins if pin != "-e")
    assert own == "."
    pyproject = Path("pyproject.toml").read_text(encoding="utf-8")
    block = pyproject.split("dependencies = [")[1].split("]\n")[0]
    wanted = set(re.findall(r'"([a-z0-9-]+)', block))
    assert wanted <= {pin.split("==")[0] for pin in pins}
