"""How the account, the sender and the templates are set up at Twilio."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

import requests
from twilio.base.exceptions import TwilioException
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderList

from bot.channels.twilio.client import PATIENCE_SECONDS, make_client, status_of
from bot.channels.twilio.contents import Content, listed, make
from bot.channels.twilio.errors import sentence
from bot.errors import BotError
from bot.settings import TwilioSettings

_MOST: Final = 1000
_UNAUTHORISED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

_T = TypeVar("_T")


class Unaskable(BotError):
    """Twilio does not answer, or not to us."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """The account. `ahead` is how much our clock is ahead of Twilio's, None if its answer names no time."""

    name: str
    status: str
    ahead: timedelta | None


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What Twilio calls for a message that comes in; an empty address is none. `of` says where that is set.

    sid: of the sender or Messaging Service. status_url: for what becomes of messages that do not name one themselves.
    """

    of: str
    url: str
    method: str
    fallback_url: str
    sid: str = ""
    status_url: str = ""


@dataclass(frozen=True, slots=True)
class SenderState:
    """A sender of WhatsApp messages. `others` are the addresses of the account if it has not this one.

    status: `ONLINE` if all is well, empty if the account has no such sender.
    """

    status: str
    webhooks: Webhooks | None = None
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A Messaging Service. `webhooks` is None if it leaves incoming messages to the sender."""

    name: str
    senders: Sequence[str]
    webhooks: Webhooks | None


@dataclass(frozen=True, slots=True)
class TemplateState:
    """A template and what WhatsApp says about it, such as `approved` or `rejected`, with its reason."""

    name: str
    status: str
    reason: str = field(default="")


class Account:
    """Reads the set-up anew at each call. Every method may raise Unaskable, and nothing else."""

    def __init__(self, settings: TwilioSettings, *, patience: float = PATIENCE_SECONDS) -> None:
        self._sid = settings.account_sid
        self._client = make_client(settings, patience=patience)

    def state(self) -> AccountState:
        """Return the state of the account, and how our clock stands to Twilio's."""
        answer = _asked(lambda: self._client.api.v2010.accounts(self._sid).fetch_with_http_info())
        return AccountState(answer.data.friendly_name or "", str(answer.data.status), _ahead(answer.headers))

    def sender(self, address: str) -> SenderState:
        """Return the sender with an address such as `whatsapp:+14155550100`."""
        senders = self._client.messaging.v2.channels_senders
        known = _asked(lambda: senders.list(channel="whatsapp", limit=_MOST))
        ours = next((sender for sender in known if sender.sender_id == address), None)
        if ours is None:
            return SenderState("", others=sorted(sender.sender_id or "" for sender in known))
        found = _asked(lambda: senders(str(ours.sid)).fetch())
        hooks: dict[str, Any] = found.webhook if isinstance(found.webhook, dict) else {}
        webhooks = Webhooks(
            f"the sender {address}",
            hooks.get("callback_url") or "",
            hooks.get("callback_method") or "POST",
            hooks.get("fallback_url") or "",
            str(ours.sid),
            hooks.get("status_callback_url") or "",
        )
        return SenderState(str(found.status), webhooks)

    def service(self, sid: str) -> ServiceState | None:
        """Return a Messaging Service; None if the account has none with that id."""
        service = self._client.messaging.v1.services(sid)
        found = _asked(lambda: _unless_missing(service.fetch))
        if found is None:
            return None
        senders = _asked(lambda: service.channel_senders.list(limit=_MOST))
        webhooks = Webhooks(
            f"the Messaging Service {found.friendly_name or sid}",
            found.inbound_request_url or "",
            found.inbound_method or "POST",
            found.fallback_url or "",
            sid,
            found.status_callback or "",
        )
        return ServiceState(
            found.friendly_name or "",
            [sender.sender or "" for sender in senders],
            None if found.use_inbound_webhook_on_number else webhooks,
        )

    def enter(self, webhooks: Webhooks) -> None:
        """Set these addresses at the sender or Messaging Service whose id they name, and nothing else there."""
        if webhooks.sid.startswith("MG"):
            service = self._client.messaging.v1.services(webhooks.sid)
            _asked(
                lambda: service.update(
                    inbound_request_url=webhooks.url,
                    inbound_method=webhooks.method,
                    fallback_url=webhooks.fallback_url,
                    fallback_method=webhooks.method,
                    status_callback=webhooks.status_url,
                )
            )
            return
        given = {
            "callback_url": webhooks.url,
            "callback_method": webhooks.method,
            "fallback_url": webhooks.fallback_url,
            "fallback_method": webhooks.method,
            "status_callback_url": webhooks.status_url,
            "status_callback_method": "POST",
        }
        update = ChannelsSenderList.MessagingV2ChannelsSenderRequestsUpdate({"webhook": given})
        sender = self._client.messaging.v2.channels_senders(webhooks.sid)
        _asked(lambda: sender.update(messaging_v2_channels_sender_requests_update=update))

    def contents(self) -> dict[str, str]:
        """Return the ids of all contents by name, templates among them."""
        return _asked(lambda: listed(self._client))

    def make_content(self, content: Content) -> None:
        """Make a content for menus."""
        _asked(lambda: make(self._client, content))

    def templates(self) -> Sequence[TemplateState]:
        """Return all templates that were submitted to WhatsApp, whatever became of them."""
        contents = _asked(lambda: self._client.content.v1.content_and_approvals.list(limit=_MOST))
        states = []
        for content in contents:
            approval: dict[str, Any] = content.approval_requests or {}
            status = str(approval.get("status") or "unsubmitted").lower()
            if status != "unsubmitted":
                reason = str(approval.get("rejection_reason") or "")
                states.append(TemplateState(content.friendly_name or "", status, reason))
        return states


def _asked(ask: Callable[[], _T]) -> _T:
    """Return Twilio's answer. Raises Unaskable with what to do."""
    try:
        return ask()
    except (BotError, TwilioException, requests.RequestException, ValueError) as error:
        if status_of(error) in _UNAUTHORISED:
            raise Unaskable(sentence(20003)) from error
        said = f"HTTP {status_of(error)}" if status_of(error) else type(error).__name__
        raise Unaskable(f"Twilio cannot be asked at the moment ({said}): try again in a minute.") from error


def _unless_missing(fetch: Callable[[], _T]) -> _T | None:
    try:
        return fetch()
    except TwilioException as error:
        if status_of(error) == HTTPStatus.NOT_FOUND:
            return None
        raise


def _ahead(headers: Any) -> timedelta | None:  # noqa: ANN401 - the client does not type them
    try:
        theirs = parsedate_to_datetime(headers.get("Date"))
    except (AttributeError, TypeError, ValueError):
        return None
    return datetime.now(UTC) - theirs
