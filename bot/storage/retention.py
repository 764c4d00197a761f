"""Erase what is older than it may become. What is left of a handoff afterwards are figures, of nobody."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, exists, insert, or_, select, update

from bot.core.conversation import Brief, Memory, Status
from bot.storage.database import Database
from bot.storage.faq_drafts import faq_drafts
from bot.storage.forgetting import forget
from bot.storage.reminders import reminders
from bot.storage.revisions import count_on_without, next_revision
from bot.storage.tables import conversations, handoffs, held_replies, learners, messages, notes

BATCH: Final = 500
"""Messages or conversations erased in one transaction: others wait for milliseconds, not for all of it."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What one transaction has erased; `is_all` if nothing older is left."""

    messages: int
    learners: int
    is_all: bool


class Retention:
    """Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def purge(self, *, before: datetime, now: datetime) -> Purged:
        """Erase a batch of messages older than `before`; when none is left, then a batch of what they leave behind."""
        with self._database.writing() as connection:
            erased = _erase_messages(connection, before, now)
            if erased == BATCH:
                return Purged(erased, 0, is_all=False)
            _erase_words(connection, before)
            gone = _erase_learners(connection, before, now)
        if erased or gone:
            self._database.forget_history()
        return Purged(erased, gone, is_all=gone < BATCH)


def _erase_messages(connection: Connection, before: datetime, now: datetime) -> int:
    # Ids grow with time: the old ones are the first, and to ask the database for old ones would have it read them all.
    first = connection.execute(
        select(messages.c.id, messages.c.conversation_id, messages.c.at)
        .where(messages.c.due_at.is_(None))
        .order_by(messages.c.id)
        .limit(BATCH)
    )
    old = [row for row in first if row.at < before]
    if not old:
        return 0
    _hold(connection, {row.conversation_id for row in old})
    ids = [row.id for row in old]
    forget(connection, select(messages.c.sid).where(messages.c.id.in_(ids)), now=now, due_at=now)
    connection.execute(delete(messages).where(messages.c.id.in_(ids)))
    return len(ids)


def _hold(connection: Connection, conversation_ids: set[int]) -> None:
    """Hold conversations, lowest id first so that two that do so do not block each other, and touch them."""
    ids = sorted(conversation_ids)
    connection.execute(
        select(conversations.c.id).where(conversations.c.id.in_(ids)).order_by(conversations.c.id).with_for_update()
    )
    connection.execute(
        update(conversations).where(conversations.c.id.in_(ids)).values(revision=next_revision(connection))
    )


def _erase_words(connection: Connection, before: datetime) -> None:
    """Erase what staff wrote and what briefs say; reasons, times and ratings stay."""
    for table in (notes, held_replies, faq_drafts):
        connection.execute(delete(table).where(table.c.at < before))
    connection.execute(delete(reminders).where(reminders.c.at < before, reminders.c.due_at.is_(None)))
    quiet = select(conversations.c.id).where(conversations.c.last_inbound_at < before)
    speaks = or_(handoffs.c.brief["question"].as_string() != "", handoffs.c.brief["name"].as_string() != "")
    rows = connection.execute(
        select(handoffs.c.id, handoffs.c.reason).where(
            speaks, or_(handoffs.c.resolved_at < before, handoffs.c.conversation_id.in_(quiet))
        )
    ).all()
    for row in rows:
        brief = asdict(Brief("", row.reason, "", (), (), "", "", "", ""))
        connection.execute(update(handoffs).where(handoffs.c.id == row.id).values(brief=brief))
    silent = Memory().model_dump_json()
    connection.execute(
        update(conversations)
        .where(conversations.c.id.in_(quiet), conversations.c.memory != silent)
        .values(memory=silent)
    )


def _erase_learners(connection: Connection, before: datetime, now: datetime) -> int:
    """Erase learners of whom nothing is left; of those who wrote STOP the number stays, or it would be forgotten."""
    rows = connection.execute(_of_no_use(before).limit(BATCH).with_for_update(of=conversations, skip_locked=True)).all()
    silenced = [row.learner_id for row in rows if row.opted_out]
    connection.execute(update(learners).where(learners.c.id.in_(silenced)).values(name=""))
    leaving = [row.learner_id for row in rows if not row.opted_out]
    if not leaving:
        return len(silenced)
    left = [row.id for row in rows if not row.opted_out]
    if connection.scalar(select(exists().where(handoffs.c.conversation_id.in_(left)))):
        figures = _conversation_of_nobody(connection, now)
        connection.execute(update(handoffs).where(handoffs.c.conversation_id.in_(left)).values(conversation_id=figures))
    count_on_without(connection, select(learners.c.id).where(learners.c.id.in_(leaving)))
    connection.execute(delete(learners).where(learners.c.id.in_(leaving)))
    return len(rows)


def _of_no_use(before: datetime) -> Select[Any]:
    """The conversations that the bot has, in which nobody has written for so long and nothing is left."""
    is_known = (learners.c.name != "") | ~learners.c.opted_out
    return (
        select(conversations.c.id, conversations.c.learner_id, learners.c.opted_out)
        .join(learners)
        .where(
            is_known,
            conversations.c.status == Status.BOT,
            conversations.c.erased_at.is_(None),
            conversations.c.last_inbound_at < before,
            *(
                ~exists().where(table.c.conversation_id == conversations.c.id)
                for table in (messages, notes, held_replies, reminders)
            ),
        )
        .order_by(conversations.c.id)
    )


def _conversation_of_nobody(connection: Connection, now: datetime) -> int:
    """Return the conversation that keeps the figures of handoffs for the insights; no list shows it."""
    found: int | None = connection.scalar(
        select(conversations.c.id)
        .where(conversations.c.erased_at.is_not(None), exists().where(handoffs.c.conversation_id == conversations.c.id))
        .limit(1)
    )
    if found is not None:
        return found
    learner_id = connection.scalar(
        insert(learners).values(name="", opted_out=False, created_at=now).returning(learners.c.id)
    )
    made = insert(conversations).values(
        learner_id=learner_id,
        status=Status.BOT,
        memory=Memory().model_dump_json(),
        last_inbound_at=now,
        created_at=now,
        erased_at=now,
    )
    made_id: int = connection.scalars(made.returning(conversations.c.id)).one()
    return made_id
