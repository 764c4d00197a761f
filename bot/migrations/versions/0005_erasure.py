"""Receipts of erasures, and what the provider is to erase.

Revision: 0005
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"


def upgrade() -> None:
    """Add two tables; nothing that an older program reads or writes changes."""
    op.create_table(
        "to_forget",
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_to_forget")),
    )
    op.create_index("ix_to_forget_due_at", "to_forget", ["due_at"])
    op.create_table(
        "erasure_receipts",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_erasure_receipts")),
    )
