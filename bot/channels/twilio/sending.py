"""Sending by Twilio's REST API, with an honest account of what came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import requests
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import NewConnectionError

from bot.channels import ApprovedTemplate, MaybeSent, NotProcessed, Outgoing, Rejected, Sent, TooMuch, as_text
from bot.channels.files import File
from bot.channels.twilio.client import PATIENCE_SECONDS, make_client
from bot.channels.twilio.errors import SEND_AGAIN, is_known, sentence
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
_CLOCKS_APART: Final = timedelta(minutes=1)
_LOOKED_AT: Final = 1000
_TWILIO_CODES: Final = range(10_000, 100_000)
_UNAUTHORISED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class TwilioChannel:
    """WhatsApp by Twilio."""

    def __init__(self, settings: TwilioSettings, *, patience: float = PATIENCE_SECONDS) -> None:
        self._settings = settings
        self._client = make_client(settings, patience=patience)
        self._patience = patience
        self._templates = Templates(self._client)

    def send(self, outgoing: Outgoing) -> Sent:
        """Send one bubble.

        Raises NotProcessed, Rejected or MaybeSent; nothing else.
        """
        senders = {
            "from_": self._settings.whatsapp_from,
            "messaging_service_sid": self._settings.messaging_service_sid,
        }
        try:
            message = self._client.messages.create(
                to=outgoing.to,
                **_content(outgoing.reply),
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
    same_text = (message.body or "").split() == as_text(outgoing.reply).split()
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
