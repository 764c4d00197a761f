"""Fetching the files that Twilio keeps, without being sent anywhere else by a stranger.

The address of a file comes with a signed webhook, but redirects lead to hosts that nobody has promised. So our
credentials go to one host, and no hop may end inside our own network: each name is resolved once, all its addresses
are judged, and the connection is made to an address that was judged, not to the name.
"""

import base64
import ipaddress
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from bot.channels.files import SIZE_LIMIT, File, MediaGone, MediaRefused, MediaUnavailable, checked
from bot.channels.twilio.errors import sentence
from bot.core.messages import Media
from bot.settings import TwilioSettings

API_URL: Final = "https://api.twilio.com"
REDIRECTS: Final = 3

_PATIENCE_IN_ALL: Final = 3
"""How many times as long as one answer may take, the whole file may take: a slow host must not hold a thread."""
_CHUNK: Final = 64 * 1024
_PATH: Final = "/2010-04-01/Accounts/%s/Messages/[A-Z]{2}[0-9A-Za-z]{32}/Media/ME[0-9A-Za-z]{32}"
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_UNAUTHORISED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_PLAIN: Final = {"Accept-Encoding": "identity", "User-Agent": "admissions-bot"}


def fetch(media: Media, settings: TwilioSettings, *, patience: float) -> File:
    """Fetch a file that a learner sent.

    patience: seconds for a connection, and then for each piece of the answer.

    Raises MediaGone, MediaRefused or MediaUnavailable; nothing else.
    """
    ends_at = time.monotonic() + _PATIENCE_IN_ALL * patience
    base = urlsplit(settings.api_base_url or API_URL)
    url = _on_our_account(media.url, base, settings.account_sid)
    headers = _PLAIN | {"Authorization": _basic(settings.account_sid, settings.tokens[0])}
    own_host = base.hostname if settings.api_base_url else None
    for _ in range(REDIRECTS + 1):
        with _answer(url, headers, own_host, patience) as answer:
            if answer.status not in _REDIRECTS:
                return _file(answer, ends_at, with_credentials="Authorization" in headers)
            url = _next(url, answer.headers.get("Location", ""), schemes={"https", base.scheme})
        headers = _PLAIN
    raise MediaRefused("Twilio sends us from one address to the next for this file: look at it in the Twilio console.")


def _on_our_account(url: str, base: SplitResult, account_sid: str) -> SplitResult:
    """Return where the file lies if it is one that Twilio keeps for our account.

    Raises MediaRefused for every other address, before anything is asked of it.
    """
    origin = f"{base.scheme}://{base.netloc}"
    found = re.fullmatch(f"(?:{re.escape(origin)}|{re.escape(API_URL)})({_PATH % re.escape(account_sid)})", url)
    if found is None:
        raise MediaRefused("The file is not one that Twilio keeps for our account, so it is not opened.")
    return urlsplit(origin + found[1])


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _next(url: SplitResult, location: str, *, schemes: set[str]) -> SplitResult:
    """Return where a redirect leads. Raises MediaRefused if it is no address, or one with another scheme."""
    try:
        following = urlsplit(urljoin(url.geturl(), location))
        _port = following.port
    except ValueError:
        raise MediaRefused("Twilio sends us to an address for this file that is none.") from None
    if following.scheme not in schemes or not following.hostname or following.username is not None:
        raise MediaRefused("Twilio sends us to an address for this file that is not safe, so it is not opened.")
    return following


@contextmanager
def _answer(
    url: SplitResult, headers: dict[str, str], own_host: str | None, patience: float
) -> Iterator[BaseHTTPResponse]:
    """Ask one host and hold the connection while its answer is read; what the answer says is not followed."""
    host = url.hostname or ""
    try:
        addresses = _addresses(host, may_be_private=host == own_host)
        with _first_answer(url, addresses, headers, patience) as answer:
            yield answer
    # The value errors come from names and addresses that cannot be written down.
    except (HTTPError, OSError, ValueError) as error:
        raise MediaUnavailable(
            f"The file cannot be had from {host} at the moment ({type(error).__name__}): open it again in a minute."
        ) from error


def _addresses(host: str, *, may_be_private: bool) -> list[str]:
    """Resolve a name. Raises MediaRefused if any of its addresses is inside a private network."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    if not may_be_private and not all(ipaddress.ip_address(address).is_global for address in found):
        raise MediaRefused("Twilio sends us to an address inside a private network, so the file is not opened.")
    return found


def _first_answer(url: SplitResult, addresses: list[str], headers: dict[str, str], patience: float) -> BaseHTTPResponse:
    host = url.hostname or ""
    for address in addresses:
        # Where nothing listens, the next address of the same name may still answer.
        with suppress(NewConnectionError, ConnectTimeoutError):
            if url.scheme == "http":
                pool = HTTPConnectionPool(address, url.port, timeout=patience)
            else:
                pool = HTTPSConnectionPool(
                    address,
                    url.port,
                    timeout=patience,
                    ca_certs=DEFAULT_CA_BUNDLE_PATH,
                    server_hostname=host,
                    assert_hostname=host,
                )
            return pool.urlopen(
                "GET",
                url._replace(scheme="", netloc="", fragment="").geturl() or "/",
                headers={**headers, "Host": url.netloc},
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
    raise MediaUnavailable(f"{host} cannot be reached: open the file again in a minute.")


def _file(answer: BaseHTTPResponse, ends_at: float, *, with_credentials: bool) -> File:
    status = answer.status
    if status in _GONE:
        raise MediaGone("Twilio does not have this file any more: ask the learner to send it again.")
    if with_credentials and status in _UNAUTHORISED:
        raise MediaUnavailable(sentence(20003))
    if status != HTTPStatus.OK:
        raise MediaUnavailable(f"The file cannot be had at the moment (HTTP {status}): open it again in a minute.")
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise MediaRefused("The file comes packed though we asked for it as it is, so it is not opened.")
    return checked(_content(answer, ends_at), answer.headers.get("Content-Type", ""))


def _content(answer: BaseHTTPResponse, ends_at: float) -> bytes:
    """Read a body. Raises MediaRefused as soon as it is too large, whatever its header says."""
    content = bytearray()
    while piece := answer.read1(_CHUNK):
        content += piece
        if len(content) > SIZE_LIMIT:
            raise MediaRefused("The file has more than 16 MB, so it is not opened: ask for it by e-mail.")
        if time.monotonic() > ends_at:
            raise MediaUnavailable("The file comes too slowly: open it again in a minute.")
    return bytes(content)
