"""From the form parameters of Twilio's webhooks to our own values. Unknown parameters are ignored."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from bot.channels import without_controls
from bot.channels.twilio.errors import sentence
from bot.core.messages import DeliveryReport, Inbound, Kind, Media, MessageState
from bot.errors import BotError

ADDRESS_LIMIT: Final = 160
"""Characters of `whatsapp:` with a phone number or a business-scoped id."""
_NAME_LIMIT: Final = 80
_CHOICE_LIMIT: Final = 256
_SOURCE_LIMIT: Final = 200

_SID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")

_KINDS: Final = {
    "image/webp": Kind.STICKER,
    "text/vcard": Kind.CONTACT,
    "text/x-vcard": Kind.CONTACT,
}
_KINDS_BY_FAMILY: Final = {"image": Kind.IMAGE, "audio": Kind.AUDIO, "video": Kind.VIDEO}

_OPT_OUTS: Final = ("STOP", "START", "HELP")

STATES: Final = {
    # Our "sent" means that Twilio has the message, which it has as soon as it reports anything about it.
    "accepted": MessageState.SENT,
    "scheduled": MessageState.SENT,
    "queued": MessageState.SENT,
    "sending": MessageState.SENT,
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "partially_delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "failed": MessageState.FAILED,
    "undelivered": MessageState.FAILED,
    "canceled": MessageState.FAILED,
}


class UnreadableForm(BotError):
    """A parameter that every such request has is missing or makes no sense."""


def read_message(form: Mapping[str, str]) -> Inbound:
    """Read the parameters of one message; what kind it is follows from which of them are there.

    Raises UnreadableForm if id, sender or recipient is missing or implausible.
    """
    form = {name: without_controls(value) for name, value in form.items()}
    sender = _address(form, "From")
    kind = _kind(form)
    opt_out = form.get("OptOutType", "").upper()
    return Inbound(
        sid=_sid(form, "MessageSid"),
        sender=sender,
        recipient=_address(form, "To"),
        kind=kind,
        text=_text(form, kind),
        aliases=_aliases(form, sender),
        name=clean_name(form.get("ProfileName", "")),
        choice=(form.get("ListId", "") or form.get("ButtonPayload", ""))[:_CHOICE_LIMIT],
        media=_media(form),
        quoted_sid=_sid(form, "OriginalRepliedMessageSid") if form.get("OriginalRepliedMessageSid") else "",
        source=_source(form),
        opt_out=opt_out if opt_out in _OPT_OUTS else "",
    )


def read_report(form: Mapping[str, str]) -> DeliveryReport | None:
    """Read the parameters of a status callback; None if its status tells nothing about delivery.

    Raises UnreadableForm if the message id is missing or implausible.
    """
    sid = _sid(form, "MessageSid")
    state = STATES.get(form.get("MessageStatus", "").lower())
    if state is None:
        return None
    if state is not MessageState.FAILED:
        return DeliveryReport(sid, state)
    digits = form.get("ErrorCode", "").strip()
    # Nine digits bound the work; Twilio's codes have five. No code or 0 is a failure without a given reason.
    code = int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else 0
    if not code:
        return DeliveryReport(sid, state, error="Twilio could not deliver it and gave no reason: try another way.")
    return DeliveryReport(sid, state, error_code=str(code), error=sentence(code))


def clean_name(name: str) -> str:
    """Keep what can be shown of a display name: one line, no control or direction marks, at most 80 characters."""
    # Format characters (Cf) turn text around or hide it; the two joiners are how Indian scripts and emoji are spelt.
    kept = (char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs") or char in "\u200c\u200d\n\t")
    return " ".join("".join(kept).split())[:_NAME_LIMIT].rstrip()


def _sid(form: Mapping[str, str], name: str) -> str:
    sid = form.get(name, "")
    if not _SID.fullmatch(sid):
        raise UnreadableForm(f"{name} is missing or is not an id.")
    return sid


def _address(form: Mapping[str, str], name: str) -> str:
    address = form.get(name, "")
    if not address or len(address) > ADDRESS_LIMIT or not address.isprintable():
        raise UnreadableForm(f"{name} is missing or is not an address.")
    return address


def _kind(form: Mapping[str, str]) -> Kind:
    if form.get("ButtonPayload") or form.get("ListId"):
        return Kind.CHOICE
    if form.get("Latitude"):
        return Kind.LOCATION
    media = _media(form)
    if media is not None:
        family = media.content_type.partition("/")[0]
        return _KINDS.get(media.content_type) or _KINDS_BY_FAMILY.get(family, Kind.DOCUMENT)
    return Kind.TEXT if form.get("Body", "").strip() else Kind.EMPTY


def _text(form: Mapping[str, str], kind: Kind) -> str:
    body = form.get("Body", "")
    if kind is Kind.CHOICE:
        return form.get("ButtonText", "") or form.get("ListTitle", "") or body
    if kind is Kind.LOCATION and not body:
        # Staff see where it is; the bot does not read the text of a location.
        place = (form.get("Label", ""), form.get("Address", ""), f"{form['Latitude']}, {form.get('Longitude', '')}")
        return "\n".join(line for line in place if line)
    return body


def _media(form: Mapping[str, str]) -> Media | None:
    if form.get("NumMedia", "0") in ("", "0"):
        return None
    content_type = form.get("MediaContentType0", "").partition(";")[0].strip().lower()
    return Media(url=form.get("MediaUrl0", ""), content_type=content_type)


def _aliases(form: Mapping[str, str], sender: str) -> tuple[str, ...]:
    digits = form.get("WaId", "")
    phone = f"whatsapp:+{digits}" if re.fullmatch(r"[0-9]{6,15}", digits) else ""
    scoped = form.get("ExternalUserId", "")
    known = (sender, phone, scoped if len(scoped) <= ADDRESS_LIMIT and scoped.isprintable() else "")
    return tuple(dict.fromkeys(address for address in known if address))


def _source(form: Mapping[str, str]) -> str:
    said = form.get("ReferralHeadline", "") or form.get("ReferralSourceUrl", "") or form.get("ReferralBody", "")
    return said.strip()[:_SOURCE_LIMIT]
