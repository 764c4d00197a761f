"""Erasing what Twilio keeps: files and records of messages."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from bot.errors import BotError

_THIS_MESSAGE: Final = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)
_EVERY_MESSAGE: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)

log = logging.getLogger(__name__)


def forget(client: Client, sids: Sequence[str]) -> frozenset[str]:
    """Erase messages with their files; return the ids of those that Twilio certainly does not have any more.

    Twilio refuses while a message is on its way. After a failure that the next one would meet too, the rest is left.
    """
    gone = set()
    for sid in sids:
        try:
            _erase(client, sid)
        except TwilioRestException as error:
            log.info("message %s is not erased at Twilio yet: HTTP %s, code %s", sid, error.status, error.code)
            if error.status not in _THIS_MESSAGE or error.status in _EVERY_MESSAGE:
                break
        except (BotError, TwilioException, requests.RequestException) as error:
            log.info("Twilio cannot be asked to erase messages at the moment (%s)", type(error).__name__)
            break
        else:
            gone.add(sid)
    return frozenset(gone)


def _erase(client: Client, sid: str) -> None:
    message = client.messages(sid)
    try:
        # First the files: nobody would find them without the record.
        for media in message.media.list():
            media.delete()
        message.delete()
    except TwilioRestException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
