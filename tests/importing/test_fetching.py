"""Pages are fetched from real servers, within limits, and never from inside our own network."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from bot.importing import PageUnavailable, outline_of, page_of, source_of
from bot.importing.fetching import SIZE_LIMIT
from bot.importing.markup import is_markup
from tests.importing.importing import PAGES

BROKEN: Final = (PAGES / "broken.html").read_bytes()
ANSWERS: Final[dict[str, tuple[int, dict[str, str], bytes]]] = {
    "/page": (200, {"Content-Type": "text/html; charset=utf-8"}, BROKEN),
    "/moved": (302, {"Location": "/page"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/away": (302, {"Location": "file:///etc/hostname"}, b""),
    "/picture": (200, {"Content-Type": "image/png"}, b"\x89PNG"),
    "/packed": (200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, b"\x1f\x8b"),
    "/endless": (200, {"Content-Type": "text/html"}, b"x" * (SIZE_LIMIT + 1)),
    "/old": (200, {"Content-Type": "text/plain; charset=iso-8859-1"}, "Café".encode("latin-1")),
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, headers, body = ANSWERS.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # the other end may have read enough
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
        """Keep the tests' output clean."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/page", "/moved"])
def test_a_page_is_fetched_and_knows_its_address(site: str, path: str) -> None:
    page = page_of(source_of(f"{site}{path}", may_be_private=True))
    assert page.address == f"{site}/page"
    assert outline_of(page).sides == ("Prompt Engineer", "Chatbot Tester")


def test_a_page_inside_our_own_network_is_refused(site: str) -> None:
    with pytest.raises(PageUnavailable, match=r"^127\.0\.0\.1 is inside a private network"):
        source_of(f"{site}/page")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/round", "leads from one address to the next"),
        ("/away", "has to begin with https://"),
        ("/nothing", "answers with HTTP 404"),
        ("/picture", "is no page but image/png"),
        ("/packed", "comes packed"),
        ("/endless", "has more than 5 MB"),
    ],
)
def test_what_is_no_page_is_refused_with_the_reason(site: str, path: str, said: str) -> None:
    with pytest.raises(PageUnavailable, match=said):
        source_of(f"{site}{path}", may_be_private=True)


def test_a_page_in_another_encoding_is_read_as_its_header_says(site: str) -> None:
    assert source_of(f"{site}/old", may_be_private=True).text == "Café"


def test_a_host_that_nobody_has_is_named() -> None:
    with pytest.raises(PageUnavailable, match=r"^https://nobody\.invalid/ cannot be fetched"):
        source_of("https://nobody.invalid/")


@pytest.mark.parametrize(
    ("content", "said"), [(b"\0PDF", "is not a text"), (b"x" * (SIZE_LIMIT + 1), "has more than 5 MB")]
)
def test_a_file_that_is_no_page_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "page.html").write_bytes(content)
    with pytest.raises(PageUnavailable, match=said):
        source_of(str(tmp_path / "page.html"))


def test_html_is_told_from_plain_text() -> None:
    assert is_markup("<!DOCTYPE html><p>x")
    assert not is_markup("if a < b and c > d")
