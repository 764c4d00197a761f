"""Remove what is not needed any more."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, select

from bot.storage.accounts import ABSOLUTE_END, IDLE_END
from bot.storage.database import Database
from bot.storage.forgetting import forget
from bot.storage.revisions import count_on_without
from bot.storage.tables import (
    conversations,
    delivery_reports,
    erased_messages,
    handoffs,
    learners,
    messages,
    sessions,
    sign_in_failures,
    sign_in_links,
)

STALE_AFTER: Final = timedelta(days=1)
"""The provider repeats a webhook, and reports on a message, within minutes; who guesses passwords waits no longer."""
UNDERWAY: Final = timedelta(minutes=10)
"""How long the provider gets to bring the confirmation of an erasure to the learner before it forgets that too."""


def remove_erased(database: Database, *, now: datetime) -> None:
    """Remove the learners who asked for it as soon as nothing waits to be sent to them."""
    leaving = select(conversations.c.learner_id).where(
        conversations.c.erased_at.is_not(None),
        ~exists().where(messages.c.conversation_id == conversations.c.id, messages.c.due_at.is_not(None)),
        ~exists().where(handoffs.c.conversation_id == conversations.c.id),  # figures of nobody, see `retention.py`
    )
    with database.reading() as connection:
        if connection.execute(leaving.limit(1)).first() is None:
            return  # mostly so, and reading does not stop those who write
    with database.writing() as connection:
        count_on_without(connection, leaving)
        last_words = select(messages.c.sid).join(conversations).where(conversations.c.learner_id.in_(leaving))
        forget(connection, last_words, now=now, due_at=now + UNDERWAY)
        connection.execute(delete(learners).where(learners.c.id.in_(leaving)))
    database.forget_history()


def remove_stale(database: Database, *, now: datetime) -> None:
    """Remove reports without their message, ids of messages erased long ago, and what is left of signing in."""
    for table, moment, age in (
        (delivery_reports, delivery_reports.c.received_at, STALE_AFTER),
        (erased_messages, erased_messages.c.erased_at, STALE_AFTER),
        (sign_in_failures, sign_in_failures.c.at, STALE_AFTER),
        (sign_in_links, sign_in_links.c.expires_at, timedelta()),
        (sessions, sessions.c.seen_at, IDLE_END),
        (sessions, sessions.c.created_at, ABSOLUTE_END),
    ):
        before = now - age
        with database.reading() as connection:
            found = connection.execute(select(moment).where(moment < before).limit(1)).first()
        if found is not None:
            with database.writing() as connection:
                connection.execute(delete(table).where(moment < before))
