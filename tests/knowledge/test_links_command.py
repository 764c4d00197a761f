import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.addresses import unanswered
from bot.commands.knowledge.links import links
from tests.knowledge.editing import EditedFolder


class Pages(BaseHTTPRequestHandler):
    """`/good` answers, `/only-get` knows no HEAD, `/slow` waits until the test is over, all others are missing."""

    over = threading.Event()

    def do_HEAD(self) -> None:
        self._answer({"/good": 200, "/only-get": 405}.get(self.path, 404))

    def do_GET(self) -> None:
        self._answer(200 if self.path in ("/good", "/only-get") else 404)

    def _answer(self, status: int) -> None:
        if self.path == "/slow":
            self.over.wait()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    Pages.over.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        Pages.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, site: str) -> EditedFolder:
    """The small good folder, whose addresses all lead to a page that answers."""
    folder = EditedFolder(tmp_path / "knowledge")
    for path in folder.path.rglob("*.yaml"):
        path.write_text(re.sub(r"https://food\.example/\S*", f"{site}/good", path.read_text("utf-8")), "utf-8")
    return folder


def run(folder: EditedFolder, *options: str) -> Result:
    arguments = ["--knowledge-dir", str(folder.path), "--number", "+91 98111 00001", *options]
    return CliRunner().invoke(links, arguments)


def test_links_pictures_and_buttons_are_made_while_every_address_answers(folder: EditedFolder, tmp_path: Path) -> None:
    result = run(folder, "--out", str(tmp_path / "made"))
    assert result.exit_code == 0, result.output
    assert "https://wa.me/919811100001?text=" in result.output
    made = {path.suffix: path for path in (tmp_path / "made").glob("tools-cook-*")}
    assert made[".svg"].read_text("utf-8").startswith("<?xml")
    assert made[".png"].read_bytes().startswith(b"\x89PNG")
    assert made[".html"].read_text("utf-8").startswith('<a href="https://wa.me/')


def test_an_address_that_does_not_answer_fails_with_its_place(folder: EditedFolder, site: str) -> None:
    folder.edit("courses.yaml", f"{site}/good", f"{site}/gone")
    result = run(folder)
    assert result.exit_code == 1
    assert f"{folder.path.as_posix()}/courses.yaml:8: {site}/gone: it answers 404 Not Found" in result.output


def test_the_same_comes_as_json(folder: EditedFolder, site: str) -> None:
    folder.edit("courses.yaml", f"{site}/good", f"{site}/gone")
    result = run(folder, "--json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert [fault["address"] for fault in told["faults"]] == [f"{site}/gone"]
    assert {link["id"] for link in told["links"]} >= {"topic:tools", "comparison:cook-vs-baker"}


def test_without_a_number_the_command_says_what_to_add(folder: EditedFolder) -> None:
    result = CliRunner().invoke(links, ["--knowledge-dir", str(folder.path), "--number", "soon"])
    assert result.exit_code == 2
    assert "add --number" in result.output


def test_silence_refusal_and_servers_without_head_are_told_apart(site: str) -> None:
    asked = [f"{site}/only-get", f"{site}/slow", "http://127.0.0.1:1/"]
    assert unanswered(asked, patience=0.3) == {
        f"{site}/slow": "nothing came within 0.3 seconds",
        "http://127.0.0.1:1/": "the server cannot be reached",
    }
