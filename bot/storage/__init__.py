"""Everything that is kept: learners, conversations, messages, handoffs, and the queue of what is to be sent."""

from bot.storage.errors import BadDatabaseUrl, StorageUnavailable, WrongRevision
from bot.storage.migrate import migrate
from bot.storage.records import (
    Author,
    Direction,
    Handoff,
    Queue,
    StoredConversation,
    StoredMessage,
)
from bot.storage.store import Store

__all__ = [
    "Author",
    "BadDatabaseUrl",
    "Direction",
    "Handoff",
    "Queue",
    "StorageUnavailable",
    "Store",
    "StoredConversation",
    "StoredMessage",
    "WrongRevision",
    "migrate",
]
