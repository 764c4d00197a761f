"""Replies of staff that shall become entries of the knowledge, until an editor has seen to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text, delete, func, select

from bot.core.anonymous import question_of, reply_of
from bot.core.dialogue import HUMAN
from bot.core.messages import Kind
from bot.errors import BotError
from bot.storage.database import Database, insert_if_new
from bot.storage.moment import Moment
from bot.storage.records import Author, Direction
from bot.storage.tables import Id, conversations, learners, messages, metadata

faq_drafts: Final = Table(
    "faq_drafts",
    metadata,
    Column("id", Id, primary_key=True),
    # It goes with the learner who asked, though nothing in it is meant to tell who that was.
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("message_id", BigInteger, nullable=False, unique=True),
    Column("staff_id", BigInteger, nullable=False),
    Column("question", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)


class NoSuchDraft(BotError):
    """The draft is not there any more, or the message cannot become one."""


@dataclass(frozen=True, slots=True)
class FaqDraft:
    """A question with the reply that it got, both without personal data. `staff_id` is who suggested it."""

    id: int
    staff_id: int
    question: str
    reply: str
    at: datetime


class FaqDrafts:
    """Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def suggest(
        self, conversation_id: int, message_id: int, *, staff_id: int, names: list[str], now: datetime
    ) -> FaqDraft:
        """Keep a reply of staff with the question before it; a second time returns what is kept.

        names: those of staff; with the learner's they are taken out. Raises NoSuchDraft if there is no such reply, or
        no question in words before it.
        """
        with self._database.writing() as connection:
            ours = messages.c.conversation_id == conversation_id
            reply = connection.scalar(
                select(messages.c.text).where(
                    ours, messages.c.id == message_id, messages.c.author == Author.STAFF, messages.c.text != ""
                )
            )
            asked = connection.execute(
                select(messages.c.text, learners.c.name)
                .join(conversations, messages.c.conversation_id == conversations.c.id)
                .join(learners, conversations.c.learner_id == learners.c.id)
                .where(
                    ours,
                    messages.c.id < message_id,
                    messages.c.direction == Direction.IN,
                    messages.c.kind == Kind.TEXT,
                    # Who asks for a person has asked the question before that.
                    func.coalesce(messages.c.reason, "") != HUMAN,
                )
                .order_by(messages.c.id.desc())
                .limit(1)
            ).one_or_none()
            known = [*names, asked.name] if asked else names
            question = question_of(asked.text, known) if asked else ""
            if reply is None or not question:
                raise NoSuchDraft("Only a reply of staff with a question in words before it can become an FAQ.")
            connection.execute(
                insert_if_new(connection, faq_drafts).values(
                    conversation_id=conversation_id,
                    message_id=message_id,
                    staff_id=staff_id,
                    question=question,
                    reply=reply_of(reply, known),
                    at=now,
                )
            )
            row = connection.execute(select(*_COLUMNS).where(faq_drafts.c.message_id == message_id)).one()
        return FaqDraft(**row._mapping)

    def all(self) -> list[FaqDraft]:
        """Return every draft, the newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(*_COLUMNS).order_by(faq_drafts.c.id.desc()))
            return [FaqDraft(**row._mapping) for row in rows]

    def get(self, draft_id: int) -> FaqDraft:
        """Return one draft. Raises NoSuchDraft."""
        with self._database.reading() as connection:
            row = connection.execute(select(*_COLUMNS).where(faq_drafts.c.id == draft_id)).one_or_none()
        if row is None:
            raise NoSuchDraft("This draft is not there any more: somebody has seen to it, or the learner was erased.")
        return FaqDraft(**row._mapping)

    def remove(self, draft_id: int) -> None:
        """Take a draft from the list; one that is gone already is no mistake."""
        with self._database.writing() as connection:
            connection.execute(delete(faq_drafts).where(faq_drafts.c.id == draft_id))


_COLUMNS: Final = [faq_drafts.c[name] for name in FaqDraft.__dataclass_fields__]
