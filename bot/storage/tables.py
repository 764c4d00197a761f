"""The tables. A change here needs a migration in `bot/migrations/versions`; a test compares the two."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An instant: aware UTC in the program; SQLite keeps it without its zone, which it cannot store."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone was given to the database")
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.replace(tzinfo=UTC)


# SQLite numbers rows only in columns of type INTEGER; with `sqlite_autoincrement` it never gives a number again, which
# matters while a worker still holds a message that was erased.
Id: Final = BigInteger().with_variant(Integer(), "sqlite")


def _only(name: str, condition: ColumnElement[bool], *columns: Column[Any], unique: bool = False) -> None:
    """Give a table an index of the few rows for which the condition holds."""
    Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


learners: Final = Table(
    "learners",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("opted_out", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

addresses: Final = Table(
    "addresses",
    metadata,
    Column("address", Text, primary_key=True),
    Column("learner_id", ForeignKey("learners.id", ondelete="CASCADE"), nullable=False, index=True),
)

conversations: Final = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("learner_id", ForeignKey("learners.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("memory", Text, nullable=False),
    Column("last_inbound_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    # Set once the learner's data is erased; the row lives on until the confirmation has left.
    Column("erased_at", Moment),
    sqlite_autoincrement=True,
)
_only("ix_conversations_erased_at", conversations.c.erased_at.is_not(None), conversations.c.erased_at)

messages: Final = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("direction", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sid", Text, unique=True),
    Column("text", Text, nullable=False),
    Column("payload", JSON(none_as_null=True)),
    Column("at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    # No foreign key: it would search the table for every message that is deleted, and both go together.
    Column("in_reply_to", BigInteger),
    # Of messages that came in
    Column("outcome", Text),
    Column("reason", Text),
    Column("decision", JSON(none_as_null=True)),
    # Of messages that go out
    Column("state", Text),
    Column("address", Text),
    # When delivery has to look at the message next: to send it, to doubt a worker, to look it up. Null: never again.
    Column("due_at", Moment),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("lookups", Integer, nullable=False, server_default=text("0")),
    Column("resent", Boolean, nullable=False, server_default=false()),
    Column("despite_stop", Boolean, nullable=False, server_default=false()),
    Column("error_code", Text, nullable=False, server_default=""),
    Column("error", Text, nullable=False, server_default=""),
    CheckConstraint("(direction = 'in') = (outcome IS NOT NULL)", name="in_has_outcome"),
    CheckConstraint("(direction = 'out') = (state IS NOT NULL)", name="out_has_state"),
    Index("ix_messages_conversation_id", "conversation_id", "id"),
    sqlite_autoincrement=True,
)
_only("ix_messages_due", messages.c.due_at.is_not(None), messages.c.due_at, messages.c.id)
_only("ix_messages_pending", messages.c.due_at.is_not(None), messages.c.conversation_id, messages.c.id)

handoffs: Final = Table(
    "handoffs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("brief", JSON, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("taken_at", Moment),
    Column("resolved_at", Moment),
    Column("outcome", Text),
    sqlite_autoincrement=True,
)
_only("ix_handoffs_one_open", handoffs.c.resolved_at.is_(None), handoffs.c.conversation_id, unique=True)

notifications: Final = Table(
    "notifications",
    metadata,
    Column("id", Id, primary_key=True),
    Column("handoff_id", ForeignKey("handoffs.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    # Marks of the addresses that have it, so that a retry does not repeat it to them.
    Column("told", JSON, nullable=False),
    sqlite_autoincrement=True,
)
_only("ix_notifications_due", notifications.c.due_at.is_not(None), notifications.c.due_at)

delivery_reports: Final = Table(
    "delivery_reports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sid", Text, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

# The provider may repeat a webhook after its message was erased; the bare id shows that it was here.
erased_messages: Final = Table(
    "erased_messages",
    metadata,
    Column("sid", Text, primary_key=True),
    Column("erased_at", Moment, nullable=False),
)

heartbeats: Final = Table(
    "heartbeats",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)
