"""Erasing what Twilio keeps: files and records of messages."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import requests
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from bot.channels.twilio.client import status_of
from bot.errors import BotError

_ABOUT_THIS_MESSAGE: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT)

log = logging.getLogger(__name__)


def forget(client: Client, sids: Sequence[str]) -> frozenset[str]:
    """Erase messages with their files; return the ids of those that Twilio certainly does not have any more.

    Twilio refuses while a message is on its way. After a failure that the next one would meet too, the rest is left.
    """
    gone = set()
    for sid in sids:
        try:
            _erase(client, sid)
        except (BotError, TwilioException, requests.RequestException) as error:
            status = status_of(error)
            log.info("message %s is not erased at Twilio yet: %s, HTTP status %s", sid, type(error).__name__, status)
            if status not in _ABOUT_THIS_MESSAGE:
                break
        else:
            gone.add(sid)
    return frozenset(gone)


def _erase(client: Client, sid: str) -> None:
    message = client.messages(sid)
    # First the files: nobody would find them without the record.
    with _unless_gone():
        for media in message.media.list():
            with _unless_gone():
                media.delete()
    with _unless_gone():
        message.delete()


@contextmanager
def _unless_gone() -> Iterator[None]:
    try:
        yield
    except TwilioException as error:
        if status_of(error) != HTTPStatus.NOT_FOUND:
            raise
