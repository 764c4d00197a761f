"""Twilio's REST API in small: what it keeps, what it answers, what it refuses."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.twilio_contents import Refused, check_content, filled_in, refuse_broken
from tests.twilio_forms import ACCOUNT_SID, new_sid

TYPING = "/v2/Indicators/Typing.json"

__all__ = ["TYPING", "Refused", "Request", "Result", "StoredMessage", "TwilioApi"]

Json = dict[str, Any]
Result = tuple[int, Json | None]


@dataclass
class StoredMessage:
    """A message as Twilio keeps it. `params` is everything that was given when it was made.

    shown: the kinds of its content with all values in them, empty for a plain text.
    """

    sid: str
    params: dict[str, str]
    body: str
    created_at: datetime
    status: str = "queued"
    error_code: int | None = None
    sent_at: datetime | None = None
    direction: str = "outbound-api"
    files: tuple[Json, ...] = ()
    shown: Json = field(default_factory=dict)

    @property
    def to(self) -> str:
        return self.params["To"]

    def as_json(self) -> Json:
        uri = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{self.sid}.json"
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT_SID,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": format_datetime(self.created_at),
            "date_sent": format_datetime(self.sent_at) if self.sent_at else None,
            "date_updated": format_datetime(self.sent_at or self.created_at),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.params.get("From"),
            "messaging_service_sid": self.params.get("MessagingServiceSid"),
            "num_media": str(len(self.files)),
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "status": self.status,
            "subresource_uris": {"media": uri.replace(".json", "/Media.json")},
            "to": self.to,
            "uri": uri,
        }


@dataclass(frozen=True)
class Request:
    """One request of the bot. `query` and `form` hold the last of repeated parameters."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Json:
        value = json.loads(self.body or b"{}")
        assert isinstance(value, dict)
        return value


class TwilioApi:
    """The resources of one account, newest last.

    messages: what the bot has sent. received: what learners have.
    account: what Twilio tells of the account itself. senders: WhatsApp senders by address, with their webhooks.
    services: Messaging Services by id; `senders` in one names its addresses.
    """

    def __init__(self) -> None:
        self.messages: list[StoredMessage] = []
        self.received: list[StoredMessage] = []
        self.account: Json = {"sid": ACCOUNT_SID, "friendly_name": "School", "status": "active", "type": "Full"}
        self.senders: dict[str, Json] = {}
        self.services: dict[str, Json] = {}
        self.contents: dict[str, Json] = {}
        self.approvals: dict[str, Json] = {}
        self.typing_for: list[str] = []

    def carry_out(self, request: Request) -> Result:
        """Return status and JSON. Raises Refused."""
        for method, pattern, action in _ROUTES:
            found = re.fullmatch(pattern, request.path)
            if method == request.method and found:
                return action(self, request, *found.groups())
        raise _unknown(request.path)

    def message(self, sid: str) -> StoredMessage:
        """Return one message. Raises Refused."""
        for message in (*self.messages, *self.received):
            if message.sid == sid:
                return message
        raise _unknown(sid)

    def _create_message(self, request: Request) -> Result:
        params = request.form
        _check_message(params, self.contents)
        shown = filled_in(self.contents[params["ContentSid"]], params) if "ContentSid" in params else {}
        body = params.get("Body") or next((str(kind["body"]) for kind in shown.values() if "body" in kind), "")
        status = "accepted" if "MessagingServiceSid" in params else "queued"
        message = StoredMessage(new_sid(), params, body, datetime.now(UTC), status, shown=shown)
        self.messages.append(message)
        return 201, message.as_json()

    def _list_messages(self, request: Request) -> Result:
        known = sorted((*self.messages, *self.received), key=lambda message: message.created_at, reverse=True)
        found = [message.as_json() for message in known if _matches(message, request.query)]
        return 200, _old_page("messages", request, found)

    def _list_files(self, request: Request, sid: str) -> Result:
        return 200, _old_page("media_list", request, list(self.message(sid).files))

    def _fetch_account(self, _request: Request) -> Result:
        return 200, self.account

    def _list_senders(self, request: Request) -> Result:
        # As at Twilio, the list leaves out what only the sender itself tells.
        plain = [{key: value for key, value in one.items() if key != "webhook"} for one in self.senders.values()]
        return 200, _page("senders", request, plain)

    def _fetch_sender(self, _request: Request, sid: str) -> Result:
        found = next((sender for sender in self.senders.values() if sender["sid"] == sid), None)
        if found is None:
            raise _unknown(sid)
        return 200, found

    def _update_sender(self, request: Request, sid: str) -> Result:
        _, found = self._fetch_sender(request, sid)
        assert found is not None
        found["webhook"] = found.get("webhook", {}) | request.json.get("webhook", {})
        return 202, found

    def _update_service(self, request: Request, sid: str) -> Result:
        service = self._service(sid)
        names = {"InboundRequestUrl", "InboundMethod", "FallbackUrl", "FallbackMethod", "StatusCallback"}
        given = {key: value for key, value in request.form.items() if key in names}
        service.update({re.sub(r"(?<!^)([A-Z])", r"_\1", key).lower(): value for key, value in given.items()})
        return 200, service

    def _fetch_service(self, _request: Request, sid: str) -> Result:
        return 200, self._service(sid)

    def _list_senders_of_service(self, request: Request, sid: str) -> Result:
        senders = [{"sid": new_sid("XE"), "sender": sender} for sender in self._service(sid)["senders"]]
        return 200, _page("senders", request, senders)

    def _service(self, sid: str) -> Json:
        if sid not in self.services:
            raise _unknown(sid)
        return self.services[sid]

    def _fetch_message(self, _request: Request, sid: str) -> Result:
        return 200, self.message(sid).as_json()

    def _redact_message(self, request: Request, sid: str) -> Result:
        message = self.message(sid)
        message.body = request.form.get("Body", message.body)
        return 200, message.as_json()

    def _delete_message(self, _request: Request, sid: str) -> Result:
        message = self.message(sid)
        (self.messages if message in self.messages else self.received).remove(message)
        return 204, None

    def _delete_file(self, _request: Request, sid: str, file_sid: str) -> Result:
        message = self.message(sid)
        message.files = tuple(file for file in message.files if file["sid"] != file_sid)
        return 204, None

    def _create_content(self, request: Request) -> Result:
        given = request.json
        given["types"] = {kind: value for kind, value in (given.get("types") or {}).items() if value is not None}
        check_content(given)
        sid = new_sid("HX")
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self.contents[sid] = {"sid": sid, "account_sid": ACCOUNT_SID, "date_created": now, "date_updated": now, **given}
        return 201, self.contents[sid]

    def _list_contents(self, request: Request) -> Result:
        return 200, _page("contents", request, list(self.contents.values()))

    def _list_contents_and_approvals(self, request: Request) -> Result:
        both = [{**content, "approval_requests": self._approval(sid)} for sid, content in self.contents.items()]
        return 200, _page("contents", request, both)

    def _fetch_content(self, _request: Request, sid: str) -> Result:
        return 200, self._content(sid)

    def _delete_content(self, _request: Request, sid: str) -> Result:
        del self.contents[self._content(sid)["sid"]]
        return 204, None

    def _ask_approval(self, request: Request, sid: str) -> Result:
        self._content(sid)
        self.approvals[sid] = {**request.json, "status": "received", "rejection_reason": ""}
        return 201, self.approvals[sid]

    def _fetch_approval(self, _request: Request, sid: str) -> Result:
        self._content(sid)
        return 200, {"sid": sid, "account_sid": ACCOUNT_SID, "whatsapp": self._approval(sid)}

    def _content(self, sid: str) -> Json:
        if sid not in self.contents:
            raise _unknown(sid)
        return self.contents[sid]

    def _approval(self, sid: str) -> Json:
        return self.approvals.get(sid, {"status": "unsubmitted", "rejection_reason": ""})

    def _show_typing(self, request: Request) -> Result:
        if request.form.get("channel") != "whatsapp":
            raise Refused(400, 20001, "channel must be whatsapp")
        message_id = request.form.get("messageId", "")
        if not re.fullmatch(r"(SM|MM)[0-9a-f]{32}", message_id):
            raise Refused(400, 20001, "messageId is not the id of a message")
        self.typing_for.append(message_id)
        return 200, {"success": True}


def _unknown(what: str) -> Refused:
    return Refused(404, 20404, f"The requested resource {what} was not found")


def _check_message(params: Mapping[str, str], contents: Mapping[str, Json]) -> None:
    rules = (
        (not params.get("To"), 21604, "A 'To' phone number is required"),
        (not (params.get("From") or params.get("MessagingServiceSid")), 21603, "A 'From' number is required"),
        (not (params.get("Body") or params.get("ContentSid")), 21602, "Message body is required"),
        (len(params.get("Body", "")) > 1600, 21617, "The concatenated message body exceeds the 1600 character limit"),
        (params.get("ContentSid", "") not in {"", *contents}, 21655, "The ContentSid is invalid"),
    )
    refuse_broken(rules)


def _matches(message: StoredMessage, query: Mapping[str, str]) -> bool:
    """Whether a message passes the filters. One that has not left yet has no date of sending and passes none."""
    if query.get("To", message.to) != message.to:
        return False
    if query.get("From", message.params.get("From")) != message.params.get("From"):
        return False
    sent = message.sent_at.strftime("%Y-%m-%dT%H:%M:%SZ") if message.sent_at else ""
    wanted = {sign: query.get(f"DateSent{sign}", "") for sign in ("", "<", ">")}
    return (
        (not wanted[""] or sent.startswith(wanted[""][:10]))
        and (not wanted["<"] or "" < sent <= wanted["<"])
        and (not wanted[">"] or sent >= wanted[">"])
    )


def _old_page(key: str, request: Request, rows: list[Json]) -> Json:
    """One page as the oldest of Twilio's interfaces writes it."""
    size, number = int(request.query.get("PageSize", "50")), int(request.query.get("Page", "0"))
    shown = rows[size * number : size * (number + 1)]
    following = urlencode({**request.query, "PageSize": size, "Page": number + 1})
    more = f"{request.path}?{following}" if len(rows) > size * (number + 1) else None
    page: Json = {"page": number, "page_size": size, "start": size * number, "uri": request.path}
    return page | {key: shown, "first_page_uri": request.path, "next_page_uri": more, "previous_page_uri": None}


def _page(key: str, request: Request, rows: list[Json]) -> Json:
    size, number = int(request.query.get("PageSize", "50")), int(request.query.get("Page", "0"))
    rest = rows[size * number :]
    following = f"https://content.twilio.com{request.path}?PageSize={size}&Page={number + 1}"
    meta = {"page": number, "page_size": size, "first_page_url": "", "previous_page_url": None, "url": "", "key": key}
    return {"meta": {**meta, "next_page_url": following if len(rest) > size else None}, key: rest[:size]}


_ACCOUNT = r"/2010-04-01/Accounts/AC\w+"
_MESSAGE_LIST = r"/2010-04-01/Accounts/AC\w+/Messages\.json"
_ONE_MESSAGE = r"/2010-04-01/Accounts/AC\w+/Messages/(\w+)\.json"
_ONE_CONTENT = r"/v1/Content/(HX\w+)"

_ROUTES: tuple[tuple[str, str, Callable[..., Result]], ...] = (
    ("POST", _MESSAGE_LIST, TwilioApi._create_message),
    ("GET", _MESSAGE_LIST, TwilioApi._list_messages),
    ("GET", rf"{_ACCOUNT}/Messages/(\w+)/Media\.json", TwilioApi._list_files),
    ("DELETE", rf"{_ACCOUNT}/Messages/(\w+)/Media/(\w+)\.json", TwilioApi._delete_file),
    ("GET", rf"{_ACCOUNT}\.json", TwilioApi._fetch_account),
    ("GET", "/v2/Channels/Senders", TwilioApi._list_senders),
    ("GET", r"/v2/Channels/Senders/(XE\w+)", TwilioApi._fetch_sender),
    ("POST", r"/v2/Channels/Senders/(XE\w+)", TwilioApi._update_sender),
    ("GET", r"/v1/Services/(MG\w+)", TwilioApi._fetch_service),
    ("POST", r"/v1/Services/(MG\w+)", TwilioApi._update_service),
    ("GET", r"/v1/Services/(MG\w+)/ChannelSenders", TwilioApi._list_senders_of_service),
    ("GET", _ONE_MESSAGE, TwilioApi._fetch_message),
    ("POST", _ONE_MESSAGE, TwilioApi._redact_message),
    ("DELETE", _ONE_MESSAGE, TwilioApi._delete_message),
    ("POST", "/v1/Content", TwilioApi._create_content),
    ("GET", "/v1/Content", TwilioApi._list_contents),
    ("GET", "/v[12]/ContentAndApprovals", TwilioApi._list_contents_and_approvals),
    ("GET", _ONE_CONTENT, TwilioApi._fetch_content),
    ("DELETE", _ONE_CONTENT, TwilioApi._delete_content),
    ("POST", rf"{_ONE_CONTENT}/ApprovalRequests/whatsapp", TwilioApi._ask_approval),
    ("GET", rf"{_ONE_CONTENT}/ApprovalRequests", TwilioApi._fetch_approval),
    ("POST", re.escape(TYPING), TwilioApi._show_typing),
)
