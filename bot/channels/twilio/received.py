"""What Twilio's own records say has come in, for the time in which nobody took its webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import requests
from twilio.base.exceptions import TwilioException
from twilio.rest.api.v2010.account.message import MessageInstance

from bot.channels.twilio.client import PATIENCE_SECONDS, make_client, status_of
from bot.channels.twilio.inbound import read_message
from bot.channels.twilio.media import API_URL
from bot.core.messages import Inbound
from bot.errors import BotError
from bot.settings import TwilioSettings

MOST: Final = 1000
"""Messages in one answer of Twilio; it allows no more."""

_INBOUND: Final = "inbound"


class RecordsUnavailable(BotError):
    """Twilio cannot be asked at the moment."""


@dataclass(frozen=True, slots=True)
class Record:
    """One message that Twilio has received. `at` is aware UTC, in whole seconds."""

    sid: str
    at: datetime
    sender: str
    recipient: str
    text: str
    files: int


class Records:
    """Twilio's list of messages to our senders."""

    def __init__(self, settings: TwilioSettings, *, patience: float = PATIENCE_SECONDS) -> None:
        self._settings = settings
        self._client = make_client(settings, patience=patience)

    def recipients(self) -> Sequence[str]:
        """Return the addresses that learners write to: our number, or those of the Messaging Service.

        Raises RecordsUnavailable.
        """
        own, service = self._settings.whatsapp_from, self._settings.messaging_service_sid
        if own or not service:
            return [own] if own else []
        try:
            senders = self._client.messaging.v1.services(service).channel_senders.list(limit=MOST)
        except (BotError, TwilioException, requests.RequestException, ValueError) as error:
            raise _unavailable(error) from error
        return [sender.sender for sender in senders if (sender.sender or "").startswith("whatsapp:")]

    def between(self, since: datetime, until: datetime, *, recipient: str) -> Sequence[Record] | None:
        """Return what came in from `since` to `until` (aware), both included, oldest first; None if it is too much.

        Raises RecordsUnavailable.
        """
        try:
            page = self._client.messages.page(
                to=recipient, date_sent_after=since, date_sent_before=until, page_size=MOST
            )
            found = list(page)
        except (BotError, TwilioException, requests.RequestException, ValueError) as error:
            raise _unavailable(error) from error
        if page.next_page_url or len(found) >= MOST:
            return None
        # Twilio lists the newest first, and those of one second in no promised order.
        records = [_record(message) for message in reversed(found) if message.direction == _INBOUND]
        return sorted((one for one in records if since <= one.at <= until), key=lambda one: one.at)

    def read(self, record: Record) -> Inbound:
        """Return the message as the webhook would have brought it, but for what only the webhook tells.

        That is the learner's name and other addresses, what was tapped, and a location.

        Raises UnreadableForm, or RecordsUnavailable if Twilio cannot be asked for its file.
        """
        form = {"MessageSid": record.sid, "From": record.sender, "To": record.recipient, "Body": record.text}
        inbound = read_message(form | (self._file_of(record) if record.files else {}))
        return replace(inbound, written_at=record.at)

    def _file_of(self, record: Record) -> dict[str, str]:
        try:
            files = self._client.messages(record.sid).media.list(limit=1)
        except (BotError, TwilioException, requests.RequestException, ValueError) as error:
            if status_of(error) == HTTPStatus.NOT_FOUND:
                return {"NumMedia": "1"}  # it was deleted meanwhile; staff still see that there was one
            raise _unavailable(error) from error
        if not files:
            return {"NumMedia": "1"}
        account = self._settings.account_sid
        path = f"/2010-04-01/Accounts/{account}/Messages/{record.sid}/Media/{files[0].sid}"
        return {"NumMedia": "1", "MediaUrl0": API_URL + path, "MediaContentType0": files[0].content_type or ""}


def _record(message: MessageInstance) -> Record:
    at: datetime = message.date_sent or message.date_created or datetime.fromtimestamp(0, UTC)
    files = message.num_media or "0"
    return Record(
        message.sid or "", at, message.from_ or "", message.to or "", message.body or "", int(files.isdigit() and files)
    )


def _unavailable(error: Exception) -> RecordsUnavailable:
    return RecordsUnavailable(f"Twilio cannot be asked for what has come in ({type(error).__name__}).")
