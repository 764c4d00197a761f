"""Reminders that learners ask for, which are also their consent to them.

Revision: 0010
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0010"
down_revision: Final = "0009"

_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add a table; nothing that an older program reads or writes changes."""
    op.create_table(
        "reminders",
        sa.Column("id", _ID, primary_key=True),
        sa.Column(
            "conversation_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("conversations.id", name="fk_reminders_conversation_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text(), nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reminders_conversation_id", "reminders", ["conversation_id"])
    waiting = sa.text("due_at IS NOT NULL")
    op.create_index("ix_reminders_due", "reminders", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)
