"""The tables. A change here needs a migration in `bot/migrations/versions`; a test compares the two."""

from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    literal_column,
    text,
)

from bot.storage.moment import Moment

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


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
    # The member of staff who has it. Like every other mark of staff without foreign key: they are never deleted.
    Column("owner_id", BigInteger),
    Column("snoozed_until", Moment),
    # The topic last asked about.
    Column("topic", Text, nullable=False, server_default=""),
    Column("rating_asked_at", Moment),
    # Grows with every change that an inbox shows, see `revisions.py`.
    Column("revision", BigInteger, nullable=False, server_default=text("0"), index=True),
    # When a message left last, and how many did so quickly one after another, see `limits.py`.
    Column("last_sent_at", Moment),
    Column("quick_replies", Integer, nullable=False, server_default=text("0")),
    sqlite_autoincrement=True,
)
# For those with staff, few among all. Spelt out, as SQLite uses the index only where it sees the same condition.
with_staff: Final = conversations.c.status != literal_column("'bot'")

_only("ix_conversations_erased_at", conversations.c.erased_at.is_not(None), conversations.c.erased_at)
_only("ix_conversations_with_staff", with_staff, conversations.c.status, conversations.c.owner_id)
_only("ix_conversations_snoozed", conversations.c.snoozed_until.is_not(None), conversations.c.snoozed_until)

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
    # The later message whose reply answers this one too: they were pieces of one.
    Column("answered_with", BigInteger),
    # When the learner was shown that an answer is being written.
    Column("typing_at", Moment),
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
    # Of messages that staff wrote: who, and the mark of the form that brought it, so that a second click sends nothing.
    Column("staff_id", BigInteger),
    Column("submission", Text),
    CheckConstraint("(direction = 'in') = (outcome IS NOT NULL)", name="in_has_outcome"),
    CheckConstraint("(direction = 'out') = (state IS NOT NULL)", name="out_has_state"),
    Index("ix_messages_conversation_id", "conversation_id", "id"),
    Index("ix_messages_at", "at"),
    sqlite_autoincrement=True,
)
_only("ix_messages_due", messages.c.due_at.is_not(None), messages.c.due_at, messages.c.id)
_only("ix_messages_submission", messages.c.submission.is_not(None), messages.c.submission, unique=True)
_only("ix_messages_pending", messages.c.due_at.is_not(None), messages.c.conversation_id, messages.c.id)

# What search reads: the texts in lower case and nothing else, as messages carry much more. A chore fills it, see
# `search_index.py`; migration 0011 makes the indexes of it.
message_texts: Final = Table(
    "message_texts",
    metadata,
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # No foreign key: it goes with its message.
    Column("conversation_id", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
)

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
    # The topic that was asked about when it began.
    Column("topic", Text, nullable=False, server_default=""),
    Column("taken_by", BigInteger),
    Column("first_reply_at", Moment),
    Column("resolved_by", BigInteger),
    # When the learner was promised that staff are back; and when everybody was told that the promise is due.
    Column("promised_at", Moment),
    Column("raised_at", Moment),
    # 1 to 5, as the learner rated it.
    Column("rating", Integer),
    Column("rated_at", Moment),
    sqlite_autoincrement=True,
)
_only("ix_handoffs_one_open", handoffs.c.resolved_at.is_(None), handoffs.c.conversation_id, unique=True)
_only(
    "ix_handoffs_promised",
    handoffs.c.promised_at.is_not(None) & handoffs.c.raised_at.is_(None) & handoffs.c.resolved_at.is_(None),
    handoffs.c.promised_at,
)
Index("ix_handoffs_resolved_at", handoffs.c.resolved_at)
Index("ix_handoffs_opened_at", handoffs.c.opened_at)

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
    # What it tells: that a handoff began, or that its promise is due.
    Column("kind", Text, nullable=False, server_default="handoff"),
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

# When each periodic work was begun last, see `turns.py`.
turns: Final = Table(
    "turns",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)

# How fast messages may leave through each sender, see `limits.py`. All in microseconds, the first two since 1970:
# databases add numbers in one way, and times in as many ways as there are databases.
senders: Final = Table(
    "senders",
    metadata,
    Column("name", Text, primary_key=True),
    Column("free_at", BigInteger, nullable=False),
    Column("held_until", BigInteger, nullable=False, server_default=text("0")),
    Column("pause", BigInteger, nullable=False, server_default=text("0")),
)

staff: Final = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True),
    # In lower case: it is how people sign in.
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    # Empty until one is chosen, or for ever with single sign-on.
    Column("password_hash", Text, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    sqlite_autoincrement=True,
)

sessions: Final = Table(
    "sessions",
    metadata,
    # Of the token in the cookie; whoever reads the table cannot sign in with it.
    Column("token_hash", Text, primary_key=True),
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

sign_in_links: Final = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", Moment, nullable=False),
)

sign_in_failures: Final = Table(
    "sign_in_failures",
    metadata,
    Column("id", Id, primary_key=True),
    # Mark of the account or of the network address that failed, see `attempts.py`.
    Column("origin", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_sign_in_failures_origin", "origin", "at"),
    sqlite_autoincrement=True,
)

notes: Final = Table(
    "notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("staff_id", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

labels: Final = Table(
    "labels",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("label", Text, primary_key=True),
    Index("ix_labels_label", "label"),
)

# Replies that wait until the learner writes again and so opens WhatsApp's window.
held_replies: Final = Table(
    "held_replies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("staff_id", BigInteger, nullable=False),
    Column("submission", Text, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

# Up to which message a member of staff has read a conversation.
reads: Final = Table(
    "reads",
    metadata,
    Column("staff_id", BigInteger, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", BigInteger, nullable=False),
    Index("ix_reads_conversation_id", "conversation_id"),
)

# Who has a conversation on the screen, and who types; of interest for seconds only.
presence: Final = Table(
    "presence",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("staff_id", BigInteger, primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Column("typing_at", Moment),
)

# Who did what. Holds no words and no number of a learner, so it may outlive an erasure.
audit_log: Final = Table(
    "audit_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("staff_id", BigInteger),
    Column("conversation_id", BigInteger),
    Column("action", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Index("ix_audit_log_conversation_id", "conversation_id", "id"),
    sqlite_autoincrement=True,
)

# Requests whose signature was wrong, for a day: once the set-up is mended, those that verify are let through.
quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("id", Id, primary_key=True),
    Column("received_at", Moment, nullable=False, index=True),
    # Path and query as they were sent, which the signature covers together with PUBLIC_BASE_URL.
    Column("target", Text, nullable=False),
    # The whole address as the request shows it, which a proxy may have changed.
    Column("address", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    # Octets of the body.
    Column("size", Integer, nullable=False),
    # Who the body says it is from, so that an erasure finds it. Nobody has verified it.
    Column("sender", Text, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)

# What the provider is to erase of messages that were erased here. An id of the provider tells nothing by itself.
to_forget: Final = Table(
    "to_forget",
    metadata,
    Column("sid", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("due_at", Moment, nullable=False, index=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
)

# Shows that somebody's data was erased, and on which day; deliberately nothing of whom.
erasure_receipts: Final = Table(
    "erasure_receipts",
    metadata,
    Column("number", Text, primary_key=True),
    Column("erased_on", Date, nullable=False),
)
