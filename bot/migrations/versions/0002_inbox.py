"""The inbox: staff and how they sign in, who has which conversation, notes, labels, what was read, who did what.

Revision: 0002
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"

Id: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment: Final = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add columns and tables; nothing that an older program reads or writes changes."""
    _widen()
    _create_sign_in()
    _create_desk()
    _create_search()


def _widen() -> None:
    columns: dict[str, list[sa.Column[Any]]] = {
        "conversations": [
            sa.Column("owner_id", sa.BigInteger()),
            sa.Column("snoozed_until", Moment),
            sa.Column("topic", sa.Text(), server_default="", nullable=False),
            sa.Column("rating_asked_at", Moment),
            sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        ],
        "handoffs": [
            sa.Column("topic", sa.Text(), server_default="", nullable=False),
            sa.Column("taken_by", sa.BigInteger()),
            sa.Column("first_reply_at", Moment),
            sa.Column("resolved_by", sa.BigInteger()),
            sa.Column("promised_at", Moment),
            sa.Column("raised_at", Moment),
            sa.Column("rating", sa.Integer()),
            sa.Column("rated_at", Moment),
        ],
        "messages": [sa.Column("staff_id", sa.BigInteger()), sa.Column("submission", sa.Text())],
        "notifications": [sa.Column("kind", sa.Text(), server_default="handoff", nullable=False)],
    }
    for table, added in columns.items():
        for column in added:
            op.add_column(table, column)
    op.create_index("ix_conversations_revision", "conversations", ["revision"])
    _index_of_few("ix_conversations_with_staff", "conversations", ["status", "owner_id"], "status != 'bot'")
    _index_of_few("ix_conversations_snoozed", "conversations", ["snoozed_until"], "snoozed_until IS NOT NULL")
    op.create_index("ix_handoffs_opened_at", "handoffs", ["opened_at"])
    op.create_index("ix_handoffs_resolved_at", "handoffs", ["resolved_at"])
    due = "promised_at IS NOT NULL AND raised_at IS NULL AND resolved_at IS NULL"
    _index_of_few("ix_handoffs_promised", "handoffs", ["promised_at"], due)
    _index_of_few("ix_messages_submission", "messages", ["submission"], "submission IS NOT NULL", unique=True)


def _create_sign_in() -> None:
    op.create_table(
        "staff",
        sa.Column("id", Id, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("disabled_at", Moment),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
        sqlite_autoincrement=True,
    )
    for table, moments in {"sessions": ["created_at", "seen_at"], "sign_in_links": ["expires_at"]}.items():
        op.create_table(
            table,
            sa.Column("token_hash", sa.Text(), nullable=False),
            sa.Column("staff_id", Id, nullable=False),
            *(sa.Column(moment, Moment, nullable=False) for moment in moments),
            sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{table}_staff_id"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("token_hash", name=op.f(f"pk_{table}")),
        )
        op.create_index(f"ix_{table}_staff_id", table, ["staff_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("id", Id, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sign_in_failures_origin", "sign_in_failures", ["origin", "at"])


def _create_desk() -> None:
    _create_beside_conversation(
        "notes",
        sa.Column("id", Id, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notes_conversation_id", "notes", ["conversation_id"])
    _create_beside_conversation(
        "labels",
        sa.Column("label", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "label", name=op.f("pk_labels")),
    )
    op.create_index("ix_labels_label", "labels", ["label"])
    _create_beside_conversation(
        "held_replies",
        sa.Column("id", Id, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_replies")),
        sa.UniqueConstraint("submission", name=op.f("uq_held_replies_submission")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_held_replies_conversation_id", "held_replies", ["conversation_id"])
    _create_beside_conversation(
        "reads",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "conversation_id", name=op.f("pk_reads")),
    )
    op.create_index("ix_reads_conversation_id", "reads", ["conversation_id"])
    _create_beside_conversation(
        "presence",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("typing_at", Moment),
        sa.PrimaryKeyConstraint("conversation_id", "staff_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("staff_id", sa.BigInteger()),
        sa.Column("conversation_id", sa.BigInteger()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_log_conversation_id", "audit_log", ["conversation_id", "id"])


def _create_search() -> None:
    op.create_table(
        "message_texts",
        sa.Column("message_id", Id, autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_texts_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_texts")),
    )
    op.execute(
        "INSERT INTO message_texts (message_id, conversation_id, text) "
        "SELECT id, conversation_id, lower(text) FROM messages WHERE text != ''"
    )
    # A message never changes its text, and the foreign key sees to what is deleted.
    keep = "INSERT INTO message_texts VALUES (NEW.id, NEW.conversation_id, lower(NEW.text));"
    if op.get_bind().dialect.name == "sqlite":
        # A later migration that has SQLite copy `messages` loses this trigger and has to make it again.
        op.execute(f"CREATE TRIGGER keep_message_text AFTER INSERT ON messages WHEN NEW.text != '' BEGIN {keep} END")
        return
    op.execute(
        f"CREATE FUNCTION keep_message_text() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {keep} RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER keep_message_text AFTER INSERT ON messages "
        "FOR EACH ROW WHEN (NEW.text != '') EXECUTE FUNCTION keep_message_text()"
    )


def _create_beside_conversation(table: str, *parts: sa.Column[Any] | sa.Constraint, **options: bool) -> None:
    """Create a table whose rows go with their conversation."""
    op.create_table(
        table,
        *parts,
        sa.Column("conversation_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f(f"fk_{table}_conversation_id"), ondelete="CASCADE"
        ),
        **options,
    )


def _index_of_few(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    """Index only the rows for which the condition holds."""
    only = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)
