"""What the pages say of the knowledge while an edit is broken, and of its versions."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from bot.serving import Serving
from tests.storage.world import NOW
from tests.web.running import SMALL_KNOWLEDGE
from tests.web.staff_clients import People, people_at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SMALL_KNOWLEDGE, tmp_path / "knowledge")


@pytest.fixture
def people(database_url: str, folder: Path) -> Iterator[People]:
    """People before a process that has begun to serve its folder, as those of `bot web` do."""
    with people_at(database_url, KNOWLEDGE_DIR=str(folder)) as people:
        people.services.serving.begin(NOW)
        yield people


def replace(folder: Path, old: str, new: str, serving: Serving) -> None:
    file = folder / "school.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")
    for seconds in (2, 4):
        serving.step(NOW + timedelta(seconds=seconds))


def test_a_broken_edit_is_told_of_on_the_pages_with_its_place_until_it_is_mended(people: People, folder: Path) -> None:
    serving = people.services.serving
    replace(folder, "School of Food", "[", serving)
    for page in (people.agent.get("/inbox").text, people.editor.get("/knowledge").text):
        assert "The last edit of the knowledge cannot be served." in page
        assert "school.yaml:2:7: yaml-syntax" in page
    replace(folder, "name: [", "name: School of Food", serving)
    assert "cannot be served" not in people.agent.get("/inbox").text


def test_an_open_inbox_hears_of_a_broken_edit_and_of_its_end(people: People, folder: Path) -> None:
    def asked(trouble: str) -> TestResponse:
        return people.agent.post("/inbox/live", {"Accept": "application/json"}, cursor="0", trouble=trouble)

    serving = people.services.serving
    assert asked("").status_code == 204
    replace(folder, "School of Food", "[", serving)
    assert "school.yaml:2:7: yaml-syntax" in asked("").get_json()["knowledge"]
    assert asked(serving.trouble).status_code == 204
    known = serving.trouble
    replace(folder, "name: [", "name: School of Food", serving)
    assert "cannot be served" not in asked(known).get_json()["knowledge"]


def test_nobody_who_is_not_signed_in_reads_of_a_broken_edit(people: People, folder: Path) -> None:
    replace(folder, "School of Food", "[", people.services.serving)
    assert "cannot be served" not in people.stranger.get("/login").text


def test_the_page_of_the_knowledge_lists_the_versions(people: People, folder: Path) -> None:
    replace(folder, "School of Food", "School of Bread", people.services.serving)
    page = people.editor.get("/knowledge").text
    new, old = (one.version for one in people.services.store.versions.kept())
    assert page.index(f"<code>{new}</code>\n    <span>other words") < page.index(f"<code>{old}</code>\n    <span>+1 ")


def test_the_page_says_when_the_folder_is_not_what_is_served(people: People, folder: Path) -> None:
    serving, versions = people.services.serving, people.services.store.versions
    replace(folder, "School of Food", "School of Bread", serving)
    served = versions.served()
    assert served is not None
    versions.go_back(versions.before(served.version), by="ann", now=NOW)
    serving.step(NOW + timedelta(minutes=1))
    page = people.editor.get("/knowledge").text
    assert "`bot knowledge publish` serves the folder" in page.replace("&#39;", "'")
    assert "gone back to by ann" in page
