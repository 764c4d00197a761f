"""The one way to Twilio's REST API: with a time-out, and to no other host."""

from typing import Final
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bot.channels import NotProcessed
from bot.settings import TwilioSettings

PATIENCE_SECONDS: Final = 10.0
"""How long Twilio may take to accept a connection, and then to answer."""


def make_client(settings: TwilioSettings, *, patience: float = PATIENCE_SECONDS) -> Client:
    """Return a client of the account that gives up after `patience` seconds."""
    # The client's own default is to wait for ever, and it never follows redirects.
    http_client = TwilioHttpClient(timeout=patience)
    http_client.session = _GuardedSession(settings.api_base_url)
    return Client(settings.account_sid, settings.tokens[0], http_client=http_client)


def status_of(error: Exception) -> int:
    """Return the HTTP status that Twilio answered with, 0 if an error of the client came from something else."""
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        return int(error.status)
    # Of a list that cannot be had the client keeps only the answer itself.
    answer = error.args[1] if isinstance(error, TwilioException) and len(error.args) > 1 else None
    return int(getattr(answer, "status_code", 0))


class _GuardedSession(requests.Session):
    """Speaks to Twilio or the address that replaces it, and to nobody else."""

    def __init__(self, base_url: str | None) -> None:
        super().__init__()
        self._base = urlsplit(base_url) if base_url else None

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Put the replacement for scheme, host and port in place.

        Raises NotProcessed for a strange host: the account's credentials go with every request.
        """
        url = urlsplit(str(request.url))
        if self._base is not None:
            request.url = url._replace(scheme=self._base.scheme, netloc=self._base.netloc).geturl()
        elif url.scheme != "https" or not (url.hostname or "").endswith(".twilio.com"):
            raise NotProcessed(f"{url.hostname} is not an address of Twilio: nothing was sent there.")
        return super().prepare_request(request)
