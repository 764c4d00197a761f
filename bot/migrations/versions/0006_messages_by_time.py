"""An index of the messages by time, for what counts a period: the ledger, the metrics, retention.

Revision: 0006
"""

from typing import Final

from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"


def upgrade() -> None:
    """Add the index; whoever writes meanwhile waits about a second for each million messages."""
    op.create_index("ix_messages_at", "messages", ["at"])
