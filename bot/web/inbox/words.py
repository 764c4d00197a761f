"""How the inbox says things: names, times, states and reasons in words."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.core.conversation import Status
from bot.core.messages import Kind, MessageState
from bot.core.window import CLOSING_SOON, closes_at

STATUSES: Final = {
    Status.BOT: "With the bot",
    Status.WAITING: "Waiting",
    Status.OPEN: "Open",
    Status.SNOOZED: "Snoozed",
}

WITHOUT_WORDS: Final = {
    Kind.IMAGE: "Picture",
    Kind.AUDIO: "Voice note",
    Kind.VIDEO: "Video",
    Kind.DOCUMENT: "Document",
    Kind.CONTACT: "Contact card",
    Kind.STICKER: "Sticker",
    Kind.LOCATION: "Location",
    Kind.EMPTY: "Message without text",
}
"""What stands for a message that has no text."""

DELIVERY: Final = {
    MessageState.QUEUED: ("clock", "Waiting to be sent"),
    MessageState.SENDING: ("clock", "Being sent"),
    MessageState.UNKNOWN: ("question", "Maybe sent"),
    MessageState.SENT: ("tick", "Sent"),
    MessageState.DELIVERED: ("ticks", "Delivered"),
    MessageState.READ: ("ticks", "Read"),
    MessageState.FAILED: ("alert", "Not sent"),
}
"""Drawing and words for how far a message has come."""

_REASONS: Final = {
    "human": "Asked for a person",
    "not_understood": "The bot did not understand",
    "error": "Something went wrong on our side",
    "reminder": "Asked for a reminder that could not be sent",
    "late": "Came while the bot was away",
    "staff": "Taken by staff",
    "delete_data": "Wants the data deleted",
}
REMINDERS: Final = {
    "": "waits",
    "sent": "sent",
    "withdrawn": "taken back",
    "left_to_staff": "could not be sent",
}
"""What became of a reminder."""

_LONGEST_LINK: Final = 60
_LANGUAGES: Final = {"en": "English", "hi": "Hindi", "hinglish": "Hinglish"}


def reason(word: str) -> str:
    """Say why a conversation was handed over; empty if the reason is a topic, which has its own title."""
    return _REASONS.get(word, "")


def language(code: str) -> str:
    """Return the name of a language; its code if we have no name for it."""
    return _LANGUAGES.get(code, code)


def plain(word: str) -> str:
    """Make a stable name such as `will_think` readable: `Will think`."""
    return word.replace("_", " ").capitalize()


def masked(number: str) -> str:
    """Return what stands for the name of somebody who has none: the end of the number."""
    return f"Learner …{number[-4:]}" if number else "Learner"


def number(address: str) -> str:
    """Return a channel address as people read it: `+91 98000 00001` of `whatsapp:+919800000001`."""
    bare = address.partition(":")[2] or address
    if bare.startswith("+91") and len(bare) == 13:
        return f"+91 {bare[3:8]} {bare[8:]}"
    return bare


def initials(name: str) -> str:
    """Return one or two letters for a name; `?` where it has none."""
    parts = [part for part in name.split() if part[0].isalnum()]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")) if parts else "?"


def span(length: timedelta) -> str:
    """Return a length of time in its largest unit: `now`, `5 min`, `3 h`, `2 d`."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def window(last_inbound_at: datetime, now: datetime) -> str:
    """Say how much is left of the 24-hour window: `closed`, `48 min`, `3 h`."""
    left = closes_at(last_inbound_at) - now
    return "closed" if left <= timedelta(0) else span(max(left, timedelta(minutes=1)))


def window_state(last_inbound_at: datetime, now: datetime) -> str:
    """`closed`, `soon` or `open`."""
    left = closes_at(last_inbound_at) - now
    if left <= timedelta(0):
        return "closed"
    return "soon" if left < CLOSING_SOON else "open"


def day(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Name the day of a moment: `Today`, `Yesterday`, `Tomorrow`, `Monday 23 November`, and another year than this."""
    local, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    if local == today:
        return "Today"
    if local == today - timedelta(days=1):
        return "Yesterday"
    if local == today + timedelta(days=1):
        return "Tomorrow"
    return f"{local:%A} {local.day} {local:%B}" + (f" {local.year}" if local.year != today.year else "")


def full(at: datetime, zone: ZoneInfo) -> str:
    """Return a moment with its day and zone: `Mon 23 Nov 2026, 15:04 IST`."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def shown_link(link: str) -> str:
    """Return an address without what every address has, so that its end is seen too."""
    bare = link.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    return bare if len(bare) <= _LONGEST_LINK else f"{bare[:20]}…{bare[-(_LONGEST_LINK - 21) :]}"
