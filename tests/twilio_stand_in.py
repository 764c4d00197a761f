"""A small real HTTP server that speaks Twilio's REST API and calls our webhooks, for tests without the internet.

with TwilioStandIn() as twilio:
    twilio.bot = "http://127.0.0.1:8000"      # where the bot listens
    twilio.send_whatsapp("Hi")                # a signed webhook; the answer is returned
    twilio.fail_next(Fault.ANSWER_LOST)       # the next request is carried out, but the connection is dropped
    twilio.messages                           # what the bot has sent
    twilio.report(sid, "delivered", "sent")   # signed status callbacks, in this order
"""

import json
import threading
from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from bot.settings import TwilioSettings
from tests.twilio_api import TYPING, Refused, Request, Result, StoredMessage, TwilioApi
from tests.twilio_files import STORE, FileAnswer, TwilioFiles
from tests.twilio_forms import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    LEARNER,
    MESSAGES,
    NUMBER,
    PUBLIC_BASE_URL,
    message_form,
    new_sid,
    report_form,
    signature,
)


class Fault(StrEnum):
    """What can go wrong with one request beyond a plain refusal, see `TwilioStandIn.reject_next`."""

    SERVER_ERROR = "answers 503 without a word of JSON; nothing was carried out"
    LOST = "drops the connection before anything is carried out"
    ANSWER_LOST = "carries the request out, then drops the connection"
    SILENCE = "carries the request out, then never answers"
    REDIRECT = "answers 307 to another address; nothing was carried out"


FORM: Final = "application/x-www-form-urlencoded; charset=UTF-8"
_BEFORE: Final = (Fault.SERVER_ERROR, Fault.LOST, Fault.REDIRECT)


@dataclass(frozen=True)
class Answer:
    """What the bot answered to a webhook."""

    status: int
    text: str
    headers: dict[str, str]


class TwilioStandIn:
    """The server.

    public_base_url: the address that the bot believes it has; signatures are made over it.
    bot: where webhooks really go.
    api: what the bot has made at Twilio, beside messages also contents and approvals.
    files: what learners have sent.
    follow_up: statuses that are reported by themselves, in this order, after each message that is taken.
    requests: method and path of everything that was asked, refused or not.
    authorizations: the header of that name of each of these requests, empty where there was none.
    """

    def __init__(self, *, public_base_url: str = PUBLIC_BASE_URL) -> None:
        self.public_base_url = public_base_url
        self.bot = ""
        self.api = TwilioApi()
        self.files = TwilioFiles()
        self.follow_up: tuple[str, ...] = ()
        self.requests: list[tuple[str, str]] = []
        self.authorizations: list[str] = []
        self._faults: deque[Fault | Refused] = deque()
        self._lock = threading.Lock()
        self._taken = threading.Condition()
        self._closing = threading.Event()
        self._reporters: list[threading.Thread] = []
        self._server = _Server(self, 0)

    def __enter__(self) -> Self:
        self._server.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self.until_reported()
        self._server.end()

    @property
    def url(self) -> str:
        """For TWILIO_API_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def settings(self) -> TwilioSettings:
        return TwilioSettings(
            account_sid=ACCOUNT_SID,
            tokens=(AUTH_TOKEN,),
            public_base_url=self.public_base_url,
            whatsapp_from=NUMBER,
            api_base_url=self.url,
        )

    @property
    def environ(self) -> dict[str, str]:
        """The settings as environment variables, for a bot in a process of its own."""
        return {
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_WHATSAPP_FROM": NUMBER,
            "TWILIO_API_BASE_URL": self.url,
            "PUBLIC_BASE_URL": self.public_base_url,
            "SECRET_KEY": "for tests only",
        }

    @property
    def messages(self) -> list[StoredMessage]:
        """All messages that Twilio has taken, oldest first."""
        return self.api.messages

    def until_messages(self, number: int, *, seconds: float) -> None:
        """Wait until Twilio has taken that many messages. Raises TimeoutError if that lasts longer than `seconds`."""
        with self._taken:
            if not self._taken.wait_for(lambda: len(self.messages) >= number, seconds):
                raise TimeoutError(f"{len(self.messages)} instead of {number} messages after {seconds} seconds")

    def until_reported(self) -> None:
        """Wait until everything that `follow_up` asks for so far has been posted."""
        for reporter in self._reporters:
            reporter.join()

    # What tests tell it to do

    def fail_next(self, fault: Fault, *, times: int = 1) -> None:
        """Let the next requests of the bot fail. Faults and refusals happen in the order they were given in."""
        self._faults.extend([fault] * times)

    def reject_next(self, code: int, *, status: int = 400, times: int = 1) -> None:
        """Refuse the next requests with an error code of Twilio, such as 20429 with status 429."""
        self._faults.extend([Refused(status, code, "Refused by the test")] * times)

    def forget_faults(self) -> None:
        """Let nothing fail any more."""
        self._faults.clear()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Refuse all connections for a while, then listen on the same port again."""
        port = self._server.server_port
        self._server.end()
        try:
            yield
        finally:
            self._server = _Server(self, port)
            self._server.begin()

    def send_whatsapp(self, text: str = "Hi", sender: str = LEARNER, *, path: str = MESSAGES, **more: str) -> Answer:
        """Post a signed inbound message; parameters as in `message_form`."""
        return self.post(path, message_form(text, sender, **more))

    def keep_received(
        self, text: str = "Hi", sender: str = LEARNER, *, at: datetime, to: str = NUMBER, file: str = ""
    ) -> str:
        """Take a message from a learner whose webhook goes nowhere; return its id.

        file: the address of a picture that comes with it, see `TwilioFiles.keep`.
        """
        *_, sid, _, file_sid = file.split("/") if file else (new_sid(), "", "")
        files = ({"sid": file_sid, "content_type": "image/jpeg", "parent_sid": sid},) if file else ()
        params = {"From": sender, "To": to}
        message = StoredMessage(sid, params, text, at, "received", sent_at=at, direction="inbound", files=files)
        self.api.received.append(message)
        return sid

    def report(self, sid: str, *statuses: str, error_code: int | None = None) -> list[Answer]:
        """Post signed status callbacks in the order given; a status may be repeated."""
        answers = []
        for status in statuses:
            message = self.api.message(sid)
            message.status, message.error_code = status, error_code
            if status == "sent":
                message.sent_at = datetime.now(UTC)
            target = urlsplit(message.params["StatusCallback"])
            path = target.path + (f"?{target.query}" if target.query else "")
            answers.append(self.post(path, report_form(sid, status, error_code=error_code, to=message.to)))
        return answers

    def post(self, path: str, form: Mapping[str, str], *, token: str = AUTH_TOKEN) -> Answer:
        """Post any form to the bot, signed over the public address."""
        # Twilio writes a space as plus and percent-encodes everything else beyond letters and digits.
        return self.post_bytes(
            path, urlencode(form).encode("ascii"), signature(self.public_base_url + path, form, token)
        )

    def post_bytes(self, path: str, body: bytes, header: str | None, *, content_type: str = FORM) -> Answer:
        """Post a body as it is. header: the signature, None to leave it out."""
        headers = {
            "Content-Type": content_type,
            "I-Twilio-Idempotency-Token": str(uuid4()),
            "User-Agent": "TwilioProxy/1.1",
        } | ({} if header is None else {"X-Twilio-Signature": header})
        # Other clients rewrite the percent signs of a query, which Twilio has signed as they are.
        with closing(HTTPConnection(urlsplit(self.bot).netloc, timeout=15)) as connection:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), dict(response.headers))

    # What the bot asks of it

    def answer(self, request: Request, authorization: str) -> Result | FileAnswer | Fault:
        """Carry out one request; a Fault says how the connection has to end instead of an answer."""
        with self._lock:
            self.requests.append((request.method, request.path))
            self.authorizations.append(authorization)
            fault = self._next_fault(request)
            try:
                if not request.path.startswith(STORE):
                    _check_password(authorization)
                if isinstance(fault, Refused):
                    raise fault
                if fault in _BEFORE:
                    return fault
                known = len(self.messages)
                result = self.files.answer(request.path) or self.api.carry_out(request)
            except Refused as refused:
                return refused.result
        for message in self.messages[known:]:
            self._begin_reports(message)
        with self._taken:
            self._taken.notify_all()
        return fault or result

    def _next_fault(self, request: Request) -> Fault | Refused | None:
        if not self._faults:
            return None
        # Dots meet the trouble of the moment and use none of it up: it is meant for what a test counts.
        return self._faults[0] if request.path == TYPING else self._faults.popleft()

    def wait_while_silent(self) -> None:
        """Block until the stand-in closes."""
        self._closing.wait()

    def _begin_reports(self, message: StoredMessage) -> None:
        if self.follow_up and "StatusCallback" in message.params:
            reporter = threading.Thread(target=self.report, args=(message.sid, *self.follow_up))
            reporter.start()
            self._reporters.append(reporter)


class _Server(ThreadingHTTPServer):
    """Listens on one port of this machine and closes each connection after its answer."""

    daemon_threads = True

    def __init__(self, twilio: TwilioStandIn, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.twilio = twilio
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _handle(self) -> None:
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        request = Request(self.command, target.path, dict(parse_qsl(target.query)), body)
        result = self.server.twilio.answer(request, self.headers.get("Authorization", ""))
        if result is Fault.SILENCE:
            self.server.twilio.wait_while_silent()
        elif result is Fault.SERVER_ERROR:
            self._write(503, b"<html>upstream is away</html>", "text/html")
        elif result is Fault.REDIRECT:
            self._write(307, b"", "text/plain", Location="http://127.0.0.1:9/")
        elif isinstance(result, FileAnswer):
            self._write_file(result)
        elif not isinstance(result, Fault):
            status, value = result
            self._write(status, b"" if value is None else json.dumps(value).encode(), "application/json")

    def _write(self, status: int, body: bytes, content_type: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _write_file(self, file: FileAnswer) -> None:
        self.send_response(file.status)
        # Without a length the end of the connection is the end of the file, so a client cannot judge by the header.
        for name, value in file.headers.items():
            self.send_header(name, value)
        self.end_headers()
        # Whoever has read enough hangs up in the middle.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(file.content)

    do_GET = do_POST = do_DELETE = _handle  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of http.server
        """Write nothing: `TwilioStandIn.requests` remembers."""


def _check_password(authorization: str) -> None:
    expected = b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    if authorization != f"Basic {expected}":
        raise Refused(401, 20003, "Authenticate")
