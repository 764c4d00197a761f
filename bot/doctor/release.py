"""Let those requests through that were refused while the set-up was wrong."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import parse_qsl, unquote

from werkzeug.datastructures import MultiDict

from bot.channels.twilio.inbound import UnreadableForm, read_message, read_report
from bot.channels.twilio.sending import STATUS_PATH
from bot.channels.twilio.signature import Signature, check
from bot.core.messages import Inbound
from bot.settings import TwilioSettings
from bot.storage import Store
from bot.storage.quarantine import Kept, Refused

log = logging.getLogger(__name__)


class Receive(Protocol):
    """How `bot.intake.Intake.receive` is called."""

    def __call__(self, inbound: Inbound, *, now: datetime) -> bool:
        """Take in one message; True if it was new."""
        ...


@dataclass(frozen=True, slots=True)
class Released:
    """How many requests were let through, and how many stay as they still do not verify."""

    through: int
    stayed: int


class Gate:
    """Judges the requests in quarantine anew, by the settings of now."""

    def __init__(self, store: Store, settings: TwilioSettings, *, receive: Receive) -> None:
        self._store = store
        self._settings: Final = settings
        self._receive = receive

    def opens_for(self, request: Refused) -> bool:
        """Whether a request is signed by our account over our address, and names our account."""
        ours = form_of(request).get("AccountSid") == self._settings.account_sid
        return ours and self.is_signed_over(self._settings.public_base_url + request.target, request)

    def is_signed_over(self, url: str, request: Refused) -> bool:
        """Whether a request was signed with one of our tokens over an address."""
        form = form_of(request)
        return check(url, form, request.signature, tokens=self._settings.tokens) is Signature.GOOD

    def waiting(self, *, now: datetime) -> int:
        """Return how many requests could be let through. Raises StorageUnavailable."""
        return sum(self.opens_for(kept.request) for kept in self._all(now))

    def release(self, *, staff_id: int | None, now: datetime) -> Released:
        """Take in all that verifies, oldest first; what was here before changes nothing, and the others stay.

        staff_id: who wants it, for the log of who did what; None for whoever runs the machine.

        Raises StorageUnavailable; what was let through by then is through.
        """
        through = stayed = 0
        for kept in self._all(now):
            if self.opens_for(kept.request) and self._take_in(kept, now=now):
                self._store.quarantine.let_through(kept, staff_id=staff_id, now=now)
                through += 1
            else:
                stayed += 1
        return Released(through, stayed)

    def _take_in(self, kept: Kept, *, now: datetime) -> bool:
        form = form_of(kept.request)
        try:
            if unquote(kept.request.target.partition("?")[0]).endswith(STATUS_PATH):
                report = read_report(form)
                if report is not None:
                    self._store.record_report(report, now=now)
            else:
                self._receive(replace(read_message(form), written_at=kept.received_at), now=now)
        except UnreadableForm as error:
            log.warning("a request in quarantine is signed but cannot be read: %s", error)
            return False
        return True

    def _all(self, now: datetime) -> Iterator[Kept]:
        kept = self._store.quarantine.oldest(after_id=0, now=now)
        while kept is not None:
            yield kept
            kept = self._store.quarantine.oldest(after_id=kept.id, now=now)


def form_of(request: Refused) -> MultiDict[str, str]:
    """Return the parameters of a request as they were signed."""
    return MultiDict(parse_qsl(request.body.decode(), keep_blank_values=True))
