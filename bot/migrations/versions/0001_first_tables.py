"""The first tables: learners, conversations, messages, handoffs, and what delivery keeps.

Revision: 0001
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

Id: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment: Final = sa.DateTime(timezone=True)


def create_index_of_few(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    """Index only the rows for which the condition holds."""
    only = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "delivery_reports",
        sa.Column("id", Id, nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_reports")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_reports_sid", "delivery_reports", ["sid"])
    op.create_table(
        "erased_messages",
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("erased_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_erased_messages")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "learners",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learners")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("learner_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.id"], name=op.f("fk_addresses_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_addresses")),
    )
    op.create_index("ix_addresses_learner_id", "addresses", ["learner_id"])
    op.create_table(
        "conversations",
        sa.Column("id", Id, nullable=False),
        sa.Column("learner_id", Id, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("memory", sa.Text(), nullable=False),
        sa.Column("last_inbound_at", Moment, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("erased_at", Moment),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.id"], name=op.f("fk_conversations_learner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("learner_id", name=op.f("uq_conversations_learner_id")),
        sqlite_autoincrement=True,
    )
    create_index_of_few("ix_conversations_erased_at", "conversations", ["erased_at"], "erased_at IS NOT NULL")
    op.create_table(
        "handoffs",
        sa.Column("id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("brief", sa.JSON(), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("taken_at", Moment),
        sa.Column("resolved_at", Moment),
        sa.Column("outcome", sa.Text()),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_handoffs_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoffs")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_handoffs_conversation_id", "handoffs", ["conversation_id"])
    create_index_of_few("ix_handoffs_one_open", "handoffs", ["conversation_id"], "resolved_at IS NULL", unique=True)
    op.create_table(
        "messages",
        sa.Column("id", Id, nullable=False),
        sa.Column("conversation_id", Id, nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True)),
        sa.Column("at", Moment, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.Column("in_reply_to", sa.BigInteger()),
        sa.Column("outcome", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("decision", sa.JSON(none_as_null=True)),
        sa.Column("state", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("due_at", Moment),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lookups", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("resent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("despite_stop", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("(direction = 'in') = (outcome IS NOT NULL)", name=op.f("ck_messages_in_has_outcome")),
        sa.CheckConstraint("(direction = 'out') = (state IS NOT NULL)", name=op.f("ck_messages_out_has_state")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("sid", name=op.f("uq_messages_sid")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_conversation_id", "messages", ["conversation_id", "id"])
    create_index_of_few("ix_messages_due", "messages", ["due_at", "id"], "due_at IS NOT NULL")
    create_index_of_few("ix_messages_pending", "messages", ["conversation_id", "id"], "due_at IS NOT NULL")
    op.create_table(
        "notifications",
        sa.Column("id", Id, nullable=False),
        sa.Column("handoff_id", Id, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("due_at", Moment),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handoff_id"], ["handoffs.id"], name=op.f("fk_notifications_handoff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("handoff_id", name=op.f("uq_notifications_handoff_id")),
        sqlite_autoincrement=True,
    )
    create_index_of_few("ix_notifications_due", "notifications", ["due_at"], "due_at IS NOT NULL")
