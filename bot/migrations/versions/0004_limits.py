"""How fast may be sent, and whose turn periodic work is.

Revision: 0004
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"

Moment: Final = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two tables and two columns; nothing that an older program reads or writes changes."""
    op.create_table(
        "turns",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_turns"),
    )
    op.create_table(
        "senders",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("pause", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_senders"),
    )
    op.add_column("conversations", sa.Column("last_sent_at", Moment))
    op.add_column(
        "conversations", sa.Column("quick_replies", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
