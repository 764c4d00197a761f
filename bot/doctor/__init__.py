"""The doctor of the webhooks: why messages do not arrive, and what exactly mends it."""

import re
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from bot.channels.twilio.account import Account, ServiceState, Unaskable, Webhooks
from bot.channels.twilio.sending import STATUS_PATH
from bot.doctor.findings import (
    MESSAGES_PATH,
    RETRIES,
    Finding,
    Health,
    good,
    of_account,
    of_contents,
    of_reminders,
    of_sender,
    of_templates,
    of_webhooks,
    of_window,
    wrong,
)
from bot.doctor.release import Gate, Receive, Released, form_of
from bot.settings import Settings, SignatureMode, TwilioSettings
from bot.storage import Store
from bot.storage.quarantine import Kept

__all__ = ["Doctor", "Finding", "Health", "Released", "Unaskable"]

SANDBOX: Final = "whatsapp:+14155238886"
"""The number that all accounts share to try things out. Twilio's API does not tell how it is set up."""
_LAST: Final = "Last wrong signature"


class Doctor:
    """Looks at our settings, at what was refused, and at the set-up at Twilio."""

    def __init__(self, store: Store, settings: Settings, twilio: TwilioSettings, *, receive: Receive) -> None:
        self._store = store
        self._twilio = twilio
        self._mode = settings.signature_mode
        self._account = Account(twilio)
        self._gate = Gate(store, twilio, receive=receive)

    def examine(self, *, now: datetime) -> list[Finding]:
        """Look at everything. Raises StorageUnavailable; that Twilio does not answer is a finding."""
        webhooks: Webhooks | None = None
        at_twilio: list[Finding] = []
        try:
            at_twilio += of_account(self._twilio.account_sid, self._account.state())
            senders, webhooks = self._senders()
            templates = self._account.templates()
            at_twilio += [*senders, *self._addresses(webhooks), of_templates(templates), of_reminders(templates)]
            at_twilio.append(of_contents(self._account.contents()))
        except Unaskable as error:
            at_twilio.append(wrong("Twilio", "not everything could be asked", str(error)))
        return [
            self._signed_address(),
            self._signatures(),
            self._last_failure(webhooks, now=now),
            self._kept(now=now),
            *at_twilio,
            good("Status address", f"{self._twilio.public_base_url}{STATUS_PATH}, which each message names by itself"),
            of_window(),
        ]

    def release(self, *, staff_id: int | None, now: datetime) -> Released:
        """Let those requests through that verify now. staff_id: see `Gate.release`. Raises StorageUnavailable."""
        return self._gate.release(staff_id=staff_id, now=now)

    def _signed_address(self) -> Finding:
        address = self._twilio.public_base_url + MESSAGES_PATH
        if urlsplit(address).scheme == "https":
            return good("Signed address", address)
        fix = "Set PUBLIC_BASE_URL to an address with https: without it anybody on the way reads along."
        return wrong("Signed address", address, fix)

    def _signatures(self) -> Finding:
        if self._mode is SignatureMode.ENFORCE:
            return good("Signatures", "a wrong one is refused")
        fix = "Set SIGNATURE_MODE to enforce: until then anybody can write to the webhooks."
        return wrong("Signatures", "a wrong one is only recorded", fix)

    def _last_failure(self, webhooks: Webhooks | None, *, now: datetime) -> Finding:
        kept = self._store.quarantine.newest(now=now)
        if kept is None:
            return good(_LAST, "none within 24 hours")
        shown = f"{kept.request.address}, on {kept.received_at:%d %B at %H:%M} UTC"
        if self._gate.opens_for(kept.request):
            return good(_LAST, f"{shown}; with the settings of now it is right")
        return wrong(_LAST, shown, self._cure(kept, webhooks))

    def _cure(self, kept: Kept, webhooks: Webhooks | None) -> str:
        request = kept.request
        account = form_of(request).get("AccountSid", "")
        if not request.signature:
            return "It had no X-Twilio-Signature: let the proxy before this program pass that header on."
        if account != self._twilio.account_sid:
            # What stands there may come from anybody, so that only an id is shown.
            named = account if re.fullmatch("AC[0-9a-fA-F]{32}", account) else "of somebody else"
            return (
                f"It is about the account {named}: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to that account, or"
                " take this program's address out of it."
            )
        used = next((url for url in _addresses_used(request.address, webhooks) if self._is_over(url, kept)), None)
        if used is None:
            return (
                "It was signed with another token, or over an address that nobody here knows: set TWILIO_AUTH_TOKEN to"
                " the primary token of the account, and compare the address in the Twilio console with the signed one."
            )
        if used.endswith(request.target):
            return f"Twilio called {used}: set PUBLIC_BASE_URL to {used.removesuffix(request.target)}."
        return f"Twilio called {used}: enter {self._twilio.public_base_url}{MESSAGES_PATH}{RETRIES} at Twilio instead."

    def _is_over(self, url: str, kept: Kept) -> bool:
        return self._gate.is_signed_over(url, kept.request)

    def _kept(self, *, now: datetime) -> Finding:
        number, ready = self._store.quarantine.count(now=now), self._gate.waiting(now=now)
        shown = f"{number} within 24 hours, of which {ready} verify now"
        if not ready:
            return good("Refused requests", shown if number else "none within 24 hours")
        return wrong(
            "Refused requests", shown, "Let them through: by bot twilio release, or on the page of the doctor."
        )

    def _senders(self) -> tuple[list[Finding], Webhooks | None]:
        """Judge sender and Messaging Service; return what Twilio calls for them, None if it does not tell."""
        address, service_sid = self._twilio.whatsapp_from, self._twilio.messaging_service_sid
        findings, webhooks = [], None
        if service_sid:
            service = self._account.service(service_sid)
            findings.append(_service_finding(service_sid, service))
            webhooks = service.webhooks if service else None
            own = [sender for sender in service.senders if sender.startswith("whatsapp:")] if service else []
            address = address or next(iter(own), None)
        if address == SANDBOX:
            findings.append(good("Sender", f"{address}, the sandbox"))
        elif address:
            sender = self._account.sender(address)
            findings.append(of_sender(address, sender))
            webhooks = webhooks or sender.webhooks
        return findings, webhooks

    def _addresses(self, webhooks: Webhooks | None) -> list[Finding]:
        if webhooks is not None:
            return of_webhooks(webhooks, self._twilio.public_base_url)
        wanted = f"{self._twilio.public_base_url}{MESSAGES_PATH}{RETRIES}"
        fix = f"Compare in the Twilio console: messages go to {wanted} by POST, and there is a fallback address."
        return [Finding("Message address", Health.BY_HAND, "Twilio does not tell", fix)]


def _service_finding(sid: str, service: ServiceState | None) -> Finding:
    if service is None:
        fix = "Set TWILIO_MESSAGING_SERVICE_SID to a Messaging Service of this account."
        return wrong("Messaging Service", f"{sid} is not of this account", fix)
    if not any(sender.startswith("whatsapp:") for sender in service.senders):
        return wrong("Messaging Service", f"{sid} ({service.name})", "Add your WhatsApp sender to its sender pool.")
    return good("Messaging Service", f"{sid} ({service.name})")


def _addresses_used(shown: str, webhooks: Webhooks | None) -> list[str]:
    """Return the addresses over which a request may have been signed, the likeliest first."""
    set_at_twilio = [url.partition("#")[0] for url in (webhooks.url, webhooks.fallback_url) if url] if webhooks else []
    rest = shown.partition("://")[2]
    guesses = [f"{scheme}://{rest}" for scheme in ("https", "http")]
    return [*set_at_twilio, *guesses, *(url + "/" for url in guesses), *(url.rstrip("/") for url in guesses)]
