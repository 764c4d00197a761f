import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from bot.channels.files import SIZE_LIMIT, MediaGone, MediaRefused, MediaUnavailable
from bot.channels.twilio.media import _next
from bot.channels.twilio.sending import TwilioChannel
from bot.core.messages import Media
from tests.twilio_files import STORE
from tests.twilio_forms import ACCOUNT_SID
from tests.twilio_stand_in import Fault, TwilioStandIn

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        yield twilio


@pytest.fixture
def channel(twilio: TwilioStandIn) -> TwilioChannel:
    return TwilioChannel(twilio.settings, patience=5)


@pytest.fixture
def elsewhere() -> Iterator[TwilioStandIn]:
    """Another host: one that Twilio may send us on to."""
    with TwilioStandIn() as elsewhere:
        yield elsewhere


def media(url: str, content_type: str = "image/jpeg") -> Media:
    return Media(url, content_type)


@contextmanager
def dripping() -> Iterator[str]:
    """A host that sends a byte of a picture now and then, until nobody reads any more."""

    def drip() -> None:
        with server.accept()[0] as connection, suppress(OSError):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n")
            while not stop.wait(0.02):
                connection.sendall(b"\xff")

    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        stop.set()
        thread.join()


def test_a_file_is_fetched_with_the_credentials_of_the_account(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    file = channel.fetch(media(twilio.files.keep(JPEG, "image/jpeg")))
    assert (file.content, file.content_type, file.ending, file.shown) == (JPEG, "image/jpeg", ".jpg", True)
    assert twilio.authorizations[0].startswith("Basic ")


def test_the_kind_is_what_twilio_says_not_what_the_webhook_said(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    file = channel.fetch(media(twilio.files.keep(b"OggS...", "audio/ogg; codecs=opus"), "text/html"))
    assert file.content_type == "audio/ogg"


def test_a_redirect_to_another_host_goes_without_credentials(
    twilio: TwilioStandIn, channel: TwilioChannel, elsewhere: TwilioStandIn
) -> None:
    elsewhere.files.keep(JPEG, "image/jpeg", path=f"{STORE}picture")
    url = twilio.files.redirect(f"{elsewhere.url}{STORE}picture?signature=1")
    assert channel.fetch(media(url)).content == JPEG
    assert elsewhere.requests == [("GET", f"{STORE}picture")]
    assert elsewhere.authorizations == [""]


def test_three_redirects_are_followed_and_not_one_more(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    for number in range(3):
        twilio.files.redirect(f"{STORE}{number + 1}", path=f"{STORE}{number}")
    twilio.files.keep(JPEG, "image/jpeg", path=f"{STORE}3")
    assert channel.fetch(media(twilio.files.redirect(f"{STORE}1"))).content == JPEG
    with pytest.raises(MediaRefused, match="from one address to the next"):
        channel.fetch(media(twilio.files.redirect(f"{STORE}0")))


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_a_redirect_into_a_private_network_is_refused(twilio: TwilioStandIn, host: str) -> None:
    channel = TwilioChannel(replace(twilio.settings, api_base_url=twilio.url.replace("127.0.0.1", "localhost")))
    port = twilio.url.rpartition(":")[2]
    url = twilio.files.redirect(f"http://{host}:{port}{STORE}secret")
    with pytest.raises(MediaRefused, match="private network"):
        channel.fetch(media(url))
    assert len(twilio.requests) == 1


@pytest.mark.parametrize(
    "location",
    ["ftp://example.org/a", "file:///etc/passwd", "http://[", "https://me@example.org/", "https:///a", "//:x/"],
)
def test_a_redirect_to_what_is_no_web_address_is_refused(
    twilio: TwilioStandIn, channel: TwilioChannel, location: str
) -> None:
    with pytest.raises(MediaRefused, match="Twilio sends us to an address"):
        channel.fetch(media(twilio.files.redirect(location)))


def test_without_a_replacement_redirects_stay_encrypted(twilio: TwilioStandIn) -> None:
    start = urlsplit("https://api.twilio.com/a")
    assert _next(start, "https://media.twiliocdn.com/a", schemes={"https"}).hostname == "media.twiliocdn.com"
    with pytest.raises(MediaRefused):
        _next(start, "http://media.twiliocdn.com/a", schemes={"https"})


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}",
        "https://api.twilio.com.example.org/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}",
        "https://api.twilio.com@127.0.0.1/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}",
        "http://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}",
        "https://api.twilio.com/2010-04-01/Accounts/AC{other}/Messages/{message}/Media/{media}",
        "https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}/../../../Keys.json",
        "https://api.twilio.com/2010-04-01/Accounts/{account}/Messages.json",
        "https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}?x=1",
        "http://169.254.169.254/latest/meta-data/",
        "http://[",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_is_not_ours_at_twilio_is_refused_without_any_request(
    twilio: TwilioStandIn, channel: TwilioChannel, url: str
) -> None:
    named = url.format(account=ACCOUNT_SID, message="MM" + "0" * 32, media="ME" + "0" * 32, other="f" * 32)
    with pytest.raises(MediaRefused, match="not one that Twilio keeps for our account"):
        channel.fetch(media(named))
    assert not twilio.requests


def test_a_file_of_sixteen_megabytes_is_the_largest(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    largest = JPEG.ljust(SIZE_LIMIT, b" ")
    assert len(channel.fetch(media(twilio.files.keep(largest, "image/jpeg"))).content) == SIZE_LIMIT
    with pytest.raises(MediaRefused, match="16 MB"):
        channel.fetch(media(twilio.files.keep(largest + b" ", "image/jpeg")))


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", ""])
def test_what_could_carry_a_script_is_refused(twilio: TwilioStandIn, channel: TwilioChannel, content_type: str) -> None:
    with pytest.raises(MediaRefused, match="kind of file that is not opened here"):
        channel.fetch(media(twilio.files.keep(b"<svg onload='alert(1)'/>", content_type)))


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/webp", "audio/mpeg", "video/mp4"])
def test_a_page_that_claims_to_be_a_picture_is_refused(
    twilio: TwilioStandIn, channel: TwilioChannel, content_type: str
) -> None:
    with pytest.raises(MediaRefused, match="is something else"):
        channel.fetch(media(twilio.files.keep(b"<!doctype html><script>alert(1)</script>", content_type)))


def test_a_packed_file_is_refused(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    url = twilio.files.keep(JPEG, "image/jpeg", **{"Content-Encoding": "gzip"})
    with pytest.raises(MediaRefused, match="packed"):
        channel.fetch(media(url))


def test_a_deleted_file_is_gone(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    url = twilio.files.keep(JPEG, "image/jpeg")
    twilio.files.forget(url)
    with pytest.raises(MediaGone, match="ask the learner"):
        channel.fetch(media(url))


def test_a_host_that_never_answers_is_left(twilio: TwilioStandIn) -> None:
    twilio.fail_next(Fault.SILENCE)
    with pytest.raises(MediaUnavailable, match="ReadTimeoutError"):
        TwilioChannel(twilio.settings, patience=0.2).fetch(media(twilio.files.keep(JPEG, "image/jpeg")))


def test_a_file_that_comes_drop_by_drop_is_left(twilio: TwilioStandIn) -> None:
    with dripping() as url, pytest.raises(MediaUnavailable, match="too slowly"):
        TwilioChannel(twilio.settings, patience=0.2).fetch(media(twilio.files.redirect(url)))


def test_half_a_file_is_none(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    url = twilio.files.keep(JPEG, "image/jpeg", **{"Content-Length": "1000"})
    with pytest.raises(MediaUnavailable, match="again in a minute"):
        channel.fetch(media(url))


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.LOST])
def test_a_failure_of_twilio_asks_for_patience(twilio: TwilioStandIn, channel: TwilioChannel, fault: Fault) -> None:
    twilio.fail_next(fault)
    with pytest.raises(MediaUnavailable, match="again in a minute"):
        channel.fetch(media(twilio.files.keep(JPEG, "image/jpeg")))


def test_wrong_credentials_are_named(twilio: TwilioStandIn) -> None:
    channel = TwilioChannel(replace(twilio.settings, tokens=("wrong",)))
    with pytest.raises(MediaUnavailable, match="TWILIO_AUTH_TOKEN"):
        channel.fetch(media(twilio.files.keep(JPEG, "image/jpeg")))


def test_where_nothing_listens_the_file_is_unavailable(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    url = twilio.files.keep(JPEG, "image/jpeg")
    with twilio.unreachable(), pytest.raises(MediaUnavailable, match="cannot be reached"):
        channel.fetch(media(url))


def test_a_name_that_nobody_knows_is_unavailable(twilio: TwilioStandIn, channel: TwilioChannel) -> None:
    for host in ("nowhere.invalid", "x" * 64 + ".invalid"):
        with pytest.raises(MediaUnavailable, match="at the moment"):
            channel.fetch(media(twilio.files.redirect(f"https://{host}/a")))
