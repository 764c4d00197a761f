"""`bot knowledge versions`, `publish` and `back`, as an editor types them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands import main
from bot.storage import Store
from tests.storage.world import NOW
from tests.web.running import SMALL_KNOWLEDGE

Bot = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SMALL_KNOWLEDGE, tmp_path / "knowledge")


@pytest.fixture
def bot(folder: Path, database_url: str) -> Bot:
    environ = {"KNOWLEDGE_DIR": str(folder), "DATABASE_URL": database_url}
    return lambda *words: CliRunner().invoke(main, ["knowledge", *words], env=environ)


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "school.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")


def test_without_any_version_the_list_says_how_to_get_one(bot: Bot) -> None:
    assert bot("versions").output == ("Nothing was published yet: start the bot, or run `bot knowledge publish`.\n")


def test_the_list_tells_which_is_served_why_and_what_it_changed(bot: Bot, folder: Path) -> None:
    bot("publish")
    edit(folder, "School of Food", "School of Bread")
    bot("publish")
    first, second, _ = bot("versions").output.splitlines()
    assert first.startswith("* ")
    assert first.endswith(": other words")
    assert "published by " in first
    assert "+1 comparison, " in second


def test_going_back_serves_the_version_before_and_then_the_folder_again(bot: Bot, folder: Path, store: Store) -> None:
    bot("publish")
    edit(folder, "School of Food", "School of Bread")
    bot("publish")
    new, old = (row["version"] for row in json.loads(bot("versions", "--json").output))
    result = bot("back")
    assert (result.exit_code, f"all processes serve version {old} again" in result.output) == (0, True)
    assert [row["version"] for row in json.loads(bot("versions", "--json").output)] == [old, new]
    bot("publish")
    served = store.versions.served()
    assert served is not None
    assert served.version == new


def test_a_version_is_named_by_its_first_letters(bot: Bot, folder: Path) -> None:
    bot("publish")
    edit(folder, "School of Food", "School of Bread")
    bot("publish")
    old = json.loads(bot("versions", "--json").output)[1]["version"]
    assert bot("back", old[:8]).exit_code == 0


@pytest.mark.parametrize("words", [("back",), ("back", "nothing-like-it")])
def test_there_is_no_way_back_to_what_is_not_kept(bot: Bot, words: tuple[str, ...]) -> None:
    bot("publish")
    result = bot(*words)
    assert result.exit_code == 1
    assert "`bot knowledge versions` lists those kept." in result.output


def test_a_broken_folder_is_not_published(bot: Bot, folder: Path, store: Store) -> None:
    edit(folder, "School of Food", "[")
    result = bot("publish")
    assert result.exit_code == 1
    assert "school.yaml:2:7: yaml-syntax" in result.output
    assert store.versions.served() is None


def test_going_back_to_what_this_program_cannot_read_changes_nothing(bot: Bot, store: Store) -> None:
    store.versions.publish("damaged", b"", {}, by="nobody", now=NOW)
    bot("publish")
    served = store.versions.served()
    result = bot("back", "damaged")
    assert (result.exit_code, "it is damaged in the database" in result.output) == (1, True)
    assert store.versions.served() == served
