"""Messages that were answered together, and those at which the learner saw that an answer is being written.

Revision: 0009
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0009"
down_revision: Final = "0008"


def upgrade() -> None:
    """Add two columns; nothing that an older program reads or writes changes."""
    op.add_column("messages", sa.Column("answered_with", sa.BigInteger()))
    op.add_column("messages", sa.Column("typing_at", sa.DateTime(timezone=True)))
