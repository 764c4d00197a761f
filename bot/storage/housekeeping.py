"""Remove what is not needed any more."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, select

from bot.storage.database import Database
from bot.storage.tables import conversations, delivery_reports, erased_messages, learners, messages

STALE_AFTER: Final = timedelta(days=1)
"""The provider repeats a webhook, and reports on a message, within minutes."""


def remove_erased(database: Database) -> None:
    """Remove the learners who asked for it as soon as nothing waits to be sent to them."""
    leaving = select(conversations.c.learner_id).where(
        conversations.c.erased_at.is_not(None),
        ~exists().where(messages.c.conversation_id == conversations.c.id, messages.c.due_at.is_not(None)),
    )
    with database.reading() as connection:
        if connection.execute(leaving.limit(1)).first() is None:
            return  # mostly so, and reading does not stop those who write
    with database.writing() as connection:
        connection.execute(delete(learners).where(learners.c.id.in_(leaving)))
    database.forget_history()


def remove_stale(database: Database, *, now: datetime) -> None:
    """Remove reports whose message never came, and the ids of messages erased long ago."""
    before = now - STALE_AFTER
    for table, moment in (
        (delivery_reports, delivery_reports.c.received_at),
        (erased_messages, erased_messages.c.erased_at),
    ):
        with database.reading() as connection:
            found = connection.execute(select(moment).where(moment < before).limit(1)).first()
        if found is not None:
            with database.writing() as connection:
                connection.execute(delete(table).where(moment < before))
