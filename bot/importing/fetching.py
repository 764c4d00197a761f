"""Fetches a page from the web or from a file, and never from inside our own network.

Each name is resolved once, all its addresses are judged, and the connection is made to an address that was judged.
"""

import ipaddress
import re
import socket
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from bot.errors import BotError

SIZE_LIMIT: Final = 5 * 1024 * 1024
"""Bytes of a page, fifty times an ordinary one."""
REDIRECTS: Final = 5
_SECONDS_FOR_A_PIECE: Final = 10
_SECONDS_IN_ALL: Final = 30
_CHUNK: Final = 64 * 1024
_MOVED: Final = (301, 302, 303, 307, 308)
_HEADERS: Final = {"Accept": "text/html, text/plain", "Accept-Encoding": "identity", "User-Agent": "admissions-bot"}
_ANY_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class PageUnavailable(BotError):
    """The page cannot be read from where it should be."""


class Source(NamedTuple):
    """A page as it was saved. `address` is where on the web it was fetched; None for a file."""

    text: str
    address: str | None


def source_of(where: str, *, may_be_private: bool = False) -> Source:
    """Read a page from a file, or from the web if `where` begins with http:// or https://.

    may_be_private: whether addresses inside the own network are allowed too.

    Raises PageUnavailable.
    """
    if _ANY_SCHEME.match(where):
        return _fetched(where, may_be_private=may_be_private)
    try:
        with Path(where).open("rb") as stream:
            content = stream.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PageUnavailable(
            f"{where} cannot be read ({reason}): give the file of a saved page or its address."
        ) from None
    if len(content) > SIZE_LIMIT:
        raise PageUnavailable(f"{where} has more than 5 MB, which no page has: save the page alone, without pictures.")
    return Source(_decoded(content, "", where), None)


def _fetched(where: str, *, may_be_private: bool) -> Source:
    ends_at = time.monotonic() + _SECONDS_IN_ALL
    url = _parsed(where, where)
    for _ in range(REDIRECTS + 1):
        try:
            answer = _answer(url, may_be_private=may_be_private)
            if answer.status in _MOVED:
                url = _parsed(urljoin(url.geturl(), answer.headers.get("Location", "")), where)
                answer.close()
                continue
            content = _content(answer, where, ends_at)
        except (HTTPError, OSError, ValueError) as error:
            name = type(error).__name__
            raise PageUnavailable(f"{where} cannot be fetched ({name}): save the page and import the file.") from None
        return Source(_decoded(content, answer.headers.get("Content-Type", ""), where), url.geturl())
    raise PageUnavailable(f"{where} leads from one address to the next: save the page and import the file.")


def _parsed(url: str, where: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise PageUnavailable(f"{where} is not an address: write it as https://example.org/page.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise PageUnavailable(
            f"{url} is not an address of a page: it has to begin with https:// or http:// and a name."
        )
    return parts


def _answer(url: SplitResult, *, may_be_private: bool) -> BaseHTTPResponse:
    host = url.hostname or ""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    if not may_be_private and not all(ipaddress.ip_address(address).is_global for address in found):
        raise PageUnavailable(f"{host} is inside a private network, and pages are fetched from the web only.")
    for address in found:
        # Where nothing listens, the next address of the same name may still answer.
        with suppress(NewConnectionError, ConnectTimeoutError):
            return _pool(url, address).urlopen(
                "GET",
                url._replace(scheme="", netloc="", fragment="").geturl() or "/",
                headers={**_HEADERS, "Host": url.netloc},
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
    raise PageUnavailable(f"{host} cannot be reached: try again later, or save the page and import the file.")


def _pool(url: SplitResult, address: str) -> HTTPConnectionPool:
    if url.scheme == "http":
        return HTTPConnectionPool(address, url.port, timeout=_SECONDS_FOR_A_PIECE)
    return HTTPSConnectionPool(
        address,
        url.port,
        timeout=_SECONDS_FOR_A_PIECE,
        ca_certs=DEFAULT_CA_BUNDLE_PATH,
        server_hostname=url.hostname,
        assert_hostname=url.hostname,
    )


def _content(answer: BaseHTTPResponse, where: str, ends_at: float) -> bytes:
    with answer:
        if answer.status != HTTPStatus.OK:
            raise PageUnavailable(f"{where} answers with HTTP {answer.status}: look at the page in a browser.")
        kind = answer.headers.get("Content-Type", "text/html").partition(";")[0].strip().lower()
        if not kind.startswith("text/") and kind != "application/xhtml+xml":
            raise PageUnavailable(f"{where} is no page but {kind or 'of an unknown kind'}: give the address of a page.")
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise PageUnavailable(
                f"{where} comes packed though we asked for it as it is: save the page, import the file."
            )
        content = bytearray()
        while piece := answer.read1(_CHUNK):
            content += piece
            if len(content) > SIZE_LIMIT:
                raise PageUnavailable(f"{where} has more than 5 MB, which no page has: save the page alone.")
            if time.monotonic() > ends_at:
                raise PageUnavailable(
                    f"{where} comes too slowly: try again later, or save the page and import the file."
                )
        return bytes(content)


def _decoded(content: bytes, content_type: str, where: str) -> str:
    """The text in the encoding that its header, its own beginning, or else UTF-8 tells."""
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise PageUnavailable(f"{where} is not a text: save the page as HTML or as text, not as a picture or PDF.")
    told = re.search(r"charset=[\"']?([\w-]+)", content_type) or re.search(
        r"<meta[^>]{0,200}charset=[\"']?([\w-]+)", content[:4096].decode("ascii", "replace"), re.IGNORECASE
    )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode(told[1] if told else "cp1252", "replace")
    except LookupError:
        return content.decode("cp1252", "replace")
