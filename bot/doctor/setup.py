"""Enter at Twilio what this program needs there, and leave alone whatever else is there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.channels.twilio.account import Account, Webhooks
from bot.channels.twilio.contents import Content, content_of
from bot.channels.twilio.sending import STATUS_PATH
from bot.core.catalogue import Knowledge
from bot.core.menus import replies_to_taps
from bot.doctor.findings import FALLBACK_PATH, MESSAGES_PATH, RETRIES
from bot.settings import TwilioSettings

_SANDBOX: Final = "whatsapp:+14155238886"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, or would be; by_hand: that a person has to do, as Twilio's API cannot."""

    what: str
    by_hand: bool = False


class Setup:
    """Sets addresses and makes contents. Run twice, it does nothing the second time."""

    def __init__(self, twilio: TwilioSettings, knowledge: Knowledge) -> None:
        self._twilio = twilio
        self._knowledge = knowledge
        self._account = Account(twilio)

    def run(self, *, dry: bool, now: datetime) -> Iterator[Step]:
        """Do what is missing, one step at a time; dry: only tell of it. Raises Unaskable."""
        yield from self._addresses(dry=dry)
        known = self._account.contents()
        for name, content in sorted(self.wanted(now=now).items()):
            if name not in known:
                if not dry:
                    self._account.make_content(content)
                yield Step(f"content {name}")

    def wanted(self, *, now: datetime) -> dict[str, Content]:
        """The contents of all menus that the knowledge makes, by name."""
        found = (content_of(reply) for reply in replies_to_taps(self._knowledge, now=now))
        return {content.name: content for content in found if content is not None}

    def _addresses(self, *, dry: bool) -> Iterator[Step]:
        base = self._twilio.public_base_url
        url, fallback, status = base + MESSAGES_PATH + RETRIES, base + FALLBACK_PATH, base + STATUS_PATH
        enter = f"messages that come in {url}, fallback {fallback}, both by POST; status {status}"
        webhooks = self._webhooks()
        if webhooks is None:
            yield Step(f"Open the sender in the Twilio console and enter there: {enter}.", by_hand=True)
            return
        wanted = Webhooks(webhooks.of, url, "POST", fallback, webhooks.sid, status)
        if webhooks != wanted:
            if not dry:
                self._account.enter(wanted)
            yield Step(f"{webhooks.of}: {enter}")

    def _webhooks(self) -> Webhooks | None:
        """What Twilio calls now; None if its API does not tell, so that it cannot be set either."""
        address = self._twilio.whatsapp_from
        if self._twilio.messaging_service_sid:
            service = self._account.service(self._twilio.messaging_service_sid)
            if service and service.webhooks:
                return service.webhooks
            own = service.senders if service else ()
            address = address or next((sender for sender in own if sender.startswith("whatsapp:")), None)
        if address is None or address == _SANDBOX:
            return None
        return self._account.sender(address).webhooks
