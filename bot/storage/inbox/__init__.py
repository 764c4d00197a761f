"""What the inbox reads: lists, cases, threads, and what has changed since it last looked."""

from bot.storage.inbox.cards import COUNTED_RESOLVED
from bot.storage.inbox.reading import Inbox
from bot.storage.inbox.values import (
    Activity,
    Card,
    Case,
    Filters,
    HeldReply,
    KeptReminder,
    Note,
    Onlooker,
    Preview,
    Thread,
    View,
)

__all__ = [
    "COUNTED_RESOLVED",
    "Activity",
    "Card",
    "Case",
    "Filters",
    "HeldReply",
    "Inbox",
    "KeptReminder",
    "Note",
    "Onlooker",
    "Preview",
    "Thread",
    "View",
]
