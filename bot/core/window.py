"""WhatsApp's window: for 24 hours after the learner's last message anything may be sent, later only templates."""

from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(hours=24)
CLOSING_SOON: Final = timedelta(hours=2)
"""Time left from which staff are warned."""


def closes_at(last_inbound_at: datetime) -> datetime:
    """Return when the window that the learner's last message opened closes."""
    return last_inbound_at + WINDOW


def is_open(last_inbound_at: datetime, now: datetime) -> bool:
    """Whether a text that is sent now is still inside the window."""
    return now < closes_at(last_inbound_at)
