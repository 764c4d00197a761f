"""Which learners wait for an answer so long that they should see that one is being written."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.core.conversation import Status
from bot.core.messages import MessageState
from bot.storage.database import Database
from bot.storage.records import Author
from bot.storage.tables import conversations, learners, messages

_reply = messages.alias("reply")


class Typing:
    """Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, *, after: timedelta, until: timedelta, now: datetime) -> str | None:
        """Return the provider's id of a message whose reply should have left `after` ago; each one is returned once.

        None if there is none. What waits longer than `until` is not among them, nor what came in while a person had the
        conversation or before the learner opted out. A reply that is held back counts from when it may leave.
        """
        waiting = (
            select(messages.c.id, messages.c.sid)
            .select_from(_reply)
            .join(messages, messages.c.id == _reply.c.in_reply_to)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .join(learners, learners.c.id == conversations.c.learner_id)
            .where(
                _reply.c.due_at.is_not(None),
                _reply.c.author == Author.BOT,
                _reply.c.state.in_((MessageState.QUEUED, MessageState.SENDING)),
                _reply.c.at <= now - after,
                _reply.c.at > now - until,
                messages.c.typing_at.is_(None),
                messages.c.sid.is_not(None),
                conversations.c.status == Status.BOT,
                conversations.c.erased_at.is_(None),
                learners.c.opted_out.is_(False),
            )
            .order_by(_reply.c.id)
            .limit(1)
        )
        with self._database.reading() as connection:  # mostly nobody waits, and reading stops nobody who writes
            row = connection.execute(waiting).one_or_none()
        if row is None:
            return None
        with self._database.writing() as connection:
            claimed = connection.execute(
                update(messages)
                .where(messages.c.id == row.id, messages.c.typing_at.is_(None))
                .values(typing_at=now)
                .returning(messages.c.sid)
            ).one_or_none()
        return claimed.sid if claimed else None
