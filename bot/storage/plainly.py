"""A menu that WhatsApp did not show as buttons or a list goes out once more, as numbered text."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, literal, select, update

from bot.core.messages import DeliveryReport, MessageState
from bot.storage.forgetting import forget
from bot.storage.learners import lock_conversation
from bot.storage.tables import messages

CODES: Final = frozenset({"63005", "63013", "63021", "63027", "63028", "63030", "63040", "63041", "63042"})
"""The provider's codes for buttons, lists and their contents."""


def write_plainly(connection: Connection, message_id: int, report: DeliveryReport, *, now: datetime) -> None:
    """Queue a message again if its buttons or rows are why it has just failed. It was not shown, so nothing doubles."""
    if report.state is not MessageState.FAILED or report.error_code not in CODES:
        return
    row = connection.execute(select(messages).where(messages.c.id == message_id)).one()
    payload = row.payload or {}
    if payload.get("plain") or not (payload.get("buttons") or payload.get("rows")):
        return
    if lock_conversation(connection, row.conversation_id) and not row.despite_stop:
        return
    # With the id we would lose what erases the failed attempt at the provider later: so let it do that now.
    forget(connection, select(literal(report.sid).label("sid")), now=now, due_at=now)
    connection.execute(
        update(messages)
        .where(messages.c.id == message_id)
        .values(
            state=MessageState.QUEUED,
            sid=None,
            payload={**payload, "plain": True},
            due_at=now,
            changed_at=now,
            lookups=0,
            error_code="",
            error="",
        )
    )
