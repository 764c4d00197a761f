"""Versions of the knowledge: what answered when, from which all processes serve the same one.

Revision: 0007
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0007"
down_revision: Final = "0006"

Moment: Final = sa.DateTime(timezone=True)
Id: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add four tables; nothing that an older program reads or writes changes."""
    op.create_table(
        "knowledge_versions",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_knowledge_versions"),
    )
    op.create_table(
        "knowledge_publications",
        sa.Column("id", Id, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["knowledge_versions.version"], name="fk_knowledge_publications_version", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_publications"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_knowledge_publications_version", "knowledge_publications", ["version"])
    op.create_table(
        "knowledge_folders",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_knowledge_folders"),
    )
    op.create_table(
        "knowledge_faults",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("found_at", Moment, nullable=False),
        sa.Column("due_at", Moment),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_knowledge_faults"),
    )
