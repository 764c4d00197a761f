"""What the doctor finds, each with what is to be done, and how single things are judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from bot.channels.twilio.account import AccountState, SenderState, TemplateState, Webhooks
from bot.channels.twilio.contents import is_ours
from bot.core.reminders import TEMPLATE
from bot.core.window import WINDOW

MESSAGES_PATH: Final = "/webhooks/whatsapp"
FALLBACK_PATH: Final = "/webhooks/whatsapp/fallback"
RETRIES: Final = "#rc=3&rp=5xx,ct,rt&rt=5000"
"""What makes Twilio try again when we are away or slow. It never reaches us and is not part of what is signed."""
CLOCKS_APART: Final = timedelta(minutes=1)

_TRUSTED: Final = ("approved", "received", "pending")


class Health(StrEnum):
    """How a thing stands: in order, wrong, or to be looked at by a person as Twilio does not tell."""

    GOOD = "good"
    WRONG = "wrong"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and a sentence that says what mends it, empty if nothing has to."""

    name: str
    health: Health
    shown: str
    fix: str = ""


def good(name: str, shown: str) -> Finding:
    """Return a finding with nothing to do."""
    return Finding(name, Health.GOOD, shown)


def wrong(name: str, shown: str, fix: str) -> Finding:
    """Return a finding that has to be mended."""
    return Finding(name, Health.WRONG, shown, fix)


def of_account(sid: str, account: AccountState) -> list[Finding]:
    """Judge the account, and the clock."""
    shown = f"{sid} ({account.name}), {account.status}"
    found = (
        good("Account", shown)
        if account.status == "active"
        else wrong("Account", shown, "Twilio has closed or suspended the account: see in its console why.")
    )
    return [found, _clock(account.ahead)]


def _clock(ahead: timedelta | None) -> Finding:
    if ahead is None:
        return Finding(
            "Clock", Health.BY_HAND, "Twilio's answer names no time", "Compare this machine's clock by hand."
        )
    seconds = round(ahead.total_seconds())
    side = "ahead of" if seconds > 0 else "behind"
    shown = f"{abs(seconds)} second{'s'[: abs(seconds) != 1]} {side} Twilio's" if seconds else "as Twilio's"
    if abs(ahead) <= CLOCKS_APART:
        return good("Clock", shown)
    return wrong("Clock", shown, "Let this machine set its clock by the network (NTP).")


def of_sender(address: str, sender: SenderState) -> Finding:
    """Judge a WhatsApp sender."""
    if not sender.status:
        others = f": the account has {', '.join(sender.others)}" if sender.others else ""
        fix = f"Set TWILIO_WHATSAPP_FROM to a WhatsApp sender of this account{others}."
        return wrong("Sender", f"{address} is not a sender of this account", fix)
    if not sender.status.upper().startswith("ONLINE"):
        fix = "Open the sender in the Twilio console: it says there what WhatsApp still wants."
        return wrong("Sender", f"{address}, {sender.status.lower()}", fix)
    return good("Sender", f"{address}, {sender.status.lower()}")


def of_webhooks(webhooks: Webhooks, base_url: str) -> list[Finding]:
    """Judge what Twilio calls when a message comes in."""
    wanted = base_url + MESSAGES_PATH
    called = webhooks.url.partition("#")[0]
    enter = f"Enter {wanted}{RETRIES} at {webhooks.of} for messages that come in, with method POST."
    if called != wanted:
        address = wrong("Message address", called or "none", enter)
    elif webhooks.method.upper() != "POST":
        address = wrong("Message address", f"{called} by {webhooks.method}", enter)
    else:
        address = good("Message address", called)
    return [address, _retries(webhooks, enter), _fallback(webhooks, base_url + FALLBACK_PATH)]


def _retries(webhooks: Webhooks, enter: str) -> Finding:
    fragment = urlsplit(webhooks.url).fragment
    given = dict(parse_qsl(fragment))
    when = set(given.get("rp", "ct").split(","))
    enough = given.get("rc", "1").isdigit() and int(given.get("rc", "1")) >= 1
    if enough and ("all" in when or {"5xx", "ct", "rt"} <= when):
        return good("Retries", f"#{fragment}")
    shown = f"#{fragment}" if fragment else "none: an answer of 503 or none in time is not repeated"
    return wrong("Retries", shown, enter)


def _fallback(webhooks: Webhooks, wanted: str) -> Finding:
    called = webhooks.fallback_url.partition("#")[0]
    if called == wanted:
        return good("Fallback address", called)
    return wrong("Fallback address", called or "none", f"Enter {wanted} as fallback at {webhooks.of}.")


def of_templates(templates: Sequence[TemplateState]) -> Finding:
    """Judge the templates that were submitted to WhatsApp."""
    bad = [template for template in templates if template.status not in _TRUSTED]
    counts: dict[str, int] = {}
    for template in templates:
        counts[template.status] = counts.get(template.status, 0) + 1
    shown = ", ".join(f"{number} {status}" for status, number in sorted(counts.items())) or "none"
    if bad:
        named = "; ".join(f"{one.name} is {one.status}{one.reason and f' ({one.reason})'}" for one in bad)
        return wrong("Templates", shown, f"Mend these in the Twilio console, or delete them: {named}.")
    if not counts.get("approved"):
        fix = "Submit a template in the Twilio console: without one, nobody is reached once the window has closed."
        return Finding("Templates", Health.BY_HAND, shown, fix)
    return good("Templates", shown)


def of_reminders(templates: Sequence[TemplateState]) -> Finding:
    """Say whether reminders can leave once the window has closed."""
    if any(one.name == TEMPLATE and one.status == "approved" for one in templates):
        return good("Reminders", f'leave by the template "{TEMPLATE}" once the window has closed')
    fix = (
        f'Submit a template named "{TEMPLATE}", category utility, with one value, in each language you answer in, such '
        'as: "Here is the reminder you asked for: {{1}}. Reply here to go on." Until it is approved, staff see to '
        "reminders that are due more than 24 hours after the learner's last message."
    )
    return Finding("Reminders", Health.BY_HAND, f'no approved template named "{TEMPLATE}"', fix)


def of_contents(contents: Iterable[str]) -> Finding:
    """Judge the contents by their names: those of ours give menus their buttons and lists."""
    number = sum(map(is_ours, contents))
    if number:
        return good("Buttons and lists", f"{number} contents")
    fix = "Run bot twilio setup: until then menus go out as numbered text."
    return Finding("Buttons and lists", Health.BY_HAND, "no contents", fix)


def of_window() -> Finding:
    """Say which rule is in force."""
    hours = WINDOW // timedelta(hours=1)
    return good("Window", f"{hours} hours from the learner's last message, for bot and staff; later only templates")
