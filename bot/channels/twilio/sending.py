"""Sending by Twilio's REST API, with an honest account of what came of it."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import requests
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import NewConnectionError

from bot.channels import (
    ApprovedTemplate,
    MaybeSent,
    NotProcessed,
    Outgoing,
    Rejected,
    Sent,
    TooMuch,
    TypingNotShown,
    as_text,
)
from bot.channels.files import File
from bot.channels.twilio.client import PATIENCE_SECONDS, make_client, status_of
from bot.channels.twilio.contents import Contents, content_of
from bot.channels.twilio.errors import OF_CONTENTS, SEND_AGAIN, is_known, sentence
from bot.channels.twilio.forgetting import forget
from bot.channels.twilio.inbound import STATES
from bot.channels.twilio.media import fetch
from bot.channels.twilio.templates import Templates, content_variables
from bot.core.messages import Media, MessageState, Reply
from bot.errors import BotError
from bot.settings import TwilioSettings

STATUS_PATH: Final = "/webhooks/whatsapp/status"
"""Where Twilio reports on a message, below the public base address."""

_SECONDS_IN_QUEUE: Final = 600
"""How long a message may wait at Twilio. A reply that comes later than this answers a question long gone."""
_PATIENCE_FOR_TAPS: Final = 2.0
_CLOCKS_APART: Final = timedelta(minutes=1)
_LOOKED_AT: Final = 1000
_TWILIO_CODES: Final = range(10_000, 100_000)
_UNAUTHORISED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

log = logging.getLogger(__name__)


class TwilioChannel:
    """WhatsApp by Twilio."""

    def __init__(self, settings: TwilioSettings, *, patience: float = PATIENCE_SECONDS) -> None:
        self._settings = settings
        self._client = make_client(settings, patience=patience)
        self._patience = patience
        self._templates = Templates(self._client)
        # A menu does not wait long for its buttons: as text it is worth as much.
        self._contents = Contents(make_client(settings, patience=min(patience, _PATIENCE_FOR_TAPS)))

    def send(self, outgoing: Outgoing) -> Sent:
        """Send one bubble.

        Raises NotProcessed, Rejected or MaybeSent; nothing else.
        """
        content = content_of(outgoing.reply)
        sid = self._contents.sid_of(content) if content else ""
        if content and sid:
            try:
                return self._create(outgoing.to, {"content_sid": sid, "content_variables": content.variables})
            except Rejected as refusal:
                if int(refusal.code) not in OF_CONTENTS:
                    raise
                # It was certainly not taken, and the same menu can still be read and answered as text.
                log.warning("the content %s is refused with code %s: sent as text", content.name, refusal.code)
                self._contents.look_again()
        return self._create(outgoing.to, _content(outgoing.reply))

    def _create(self, to: str, content: Mapping[str, str]) -> Sent:
        senders = {
            "from_": self._settings.whatsapp_from,
            "messaging_service_sid": self._settings.messaging_service_sid,
        }
        try:
            message = self._client.messages.create(
                to=to,
                **content,
                status_callback=self._settings.public_base_url + STATUS_PATH,
                validity_period=_SECONDS_IN_QUEUE,
                **{name: value for name, value in senders.items() if value},
            )
        except Exception as error:
            raise _meaning(error) from error
        if not message.sid:
            raise MaybeSent("Twilio accepted the message but named no id for it: look at it in the Twilio console.")
        return Sent(message.sid)

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Look the message up by recipient, time and text; of several equal ones the oldest that is not known yet.

        Raises MaybeSent if Twilio cannot be asked.
        """
        try:
            # No filter by date: Twilio's is about the time of sending, which a message still in its queue has not.
            messages = self._client.messages.list(to=outgoing.to, limit=_LOOKED_AT, page_size=_LOOKED_AT)
        except Exception as error:
            raise MaybeSent(
                f"Twilio cannot be asked whether it has the message ({type(error).__name__}): look in its console."
            ) from error
        found = [message for message in messages if _is_it(message, outgoing)]
        if not found:
            return None
        oldest = min(found, key=lambda message: message.date_created)
        return Sent(oldest.sid, STATES.get(oldest.status, MessageState.SENT))

    def fetch(self, media: Media) -> File:
        """Fetch a file that a learner sent, of a checked kind and size.

        Raises MediaGone, MediaRefused or MediaUnavailable; nothing else.
        """
        return fetch(media, self._settings, patience=self._patience)

    def show_typing(self, sid: str) -> None:
        """Show blue ticks on a message, and dots until the answer arrives or 25 seconds are over.

        Raises TypingNotShown; nothing else.
        """
        try:
            self._client.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sid)
        except Exception as error:
            raise TypingNotShown(
                f"Twilio's typing indicator, which is in beta, did not take it ({type(error).__name__}, "
                f"HTTP status {status_of(error) or 'none'}); replies leave all the same."
            ) from error

    def forget(self, sids: Sequence[str]) -> frozenset[str]:
        """Erase messages with their files at Twilio; return the ids of those that are gone. Raises nothing."""
        return forget(self._client, sids)

    def templates(self) -> Sequence[ApprovedTemplate]:
        """Return what may be sent outside WhatsApp's window, by name and language; at most five minutes old.

        Raises TemplatesUnavailable.
        """
        return self._templates.approved()


def _content(reply: Reply) -> dict[str, str]:
    """Return the parameters for what a message says. Raises Rejected for a template with an empty place."""
    if reply.template is None:
        return {"body": as_text(reply)}
    variables = content_variables(reply.template.variables, reply.text)
    return {"content_sid": reply.template.sid, "content_variables": variables}


def _is_it(message: MessageInstance, outgoing: Outgoing) -> bool:
    if message.sid in outgoing.known_sids or message.date_created is None:
        return False
    # Line ends and outer white space do not survive the way to Twilio and back unchanged.
    # What Twilio keeps of a menu with taps is the text above them.
    reply = outgoing.reply
    said = (message.body or "").split()
    same_text = said == as_text(reply).split() or (not reply.plain and said == reply.text.split())
    created: datetime = message.date_created
    return same_text and created >= outgoing.queued_at - _CLOCKS_APART


def _meaning(error: Exception) -> BotError:
    """Say what an exception of the client means for the message: certainly not taken, refused, or nobody knows."""
    if isinstance(error, BotError):
        return error
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        return _meaning_of_answer(error.status, error.code or 0)
    if _never_reached(error):
        return NotProcessed(f"Twilio cannot be reached ({type(error).__name__}): check the network connection.")
    return MaybeSent(f"The connection to Twilio broke before it answered ({type(error).__name__}).")


def _meaning_of_answer(status: int, code: int) -> BotError:
    # Without a code of its own it was not Twilio that answered, or Twilio did not look at the message.
    from_twilio = code in _TWILIO_CODES
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return MaybeSent(f"Twilio answered with HTTP {status}, after which nobody knows whether it has the message.")
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in SEND_AGAIN:
        kind = NotProcessed if status in _UNAUTHORISED else TooMuch
        return kind(sentence(code if from_twilio else 20429))
    if not from_twilio or (status in _UNAUTHORISED and not is_known(code)):
        return NotProcessed(
            f"Twilio answered with HTTP {status}: check the credentials and the address of Twilio's API."
        )
    return Rejected(str(code), sentence(code))


def _never_reached(error: Exception) -> bool:
    """Whether the failure certainly came before the request was written."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectionError) and isinstance(cause, NewConnectionError)
