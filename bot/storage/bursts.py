"""Replies that are held back for the rest of what a learner says. The caller holds the conversation.

They lie in the queue like any other, due a moment later, so no crash loses them. Nobody has tried to send them yet.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, null, or_, select, update

from bot.core.messages import MessageState
from bot.storage.records import Author
from bot.storage.tables import messages

JOINED: Final = "joined"
"""Reason of a message that was answered together with a later one."""

# Made once: making a statement takes as long as carrying it out.
_LET_GO: Final = (
    update(messages)
    .where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.author == Author.BOT,
        messages.c.state == MessageState.QUEUED,
        messages.c.attempts == 0,
        messages.c.due_at > bindparam("now"),
    )
    .values(due_at=bindparam("now"), at=bindparam("now"), changed_at=bindparam("now"))
    .returning(messages.c.id)
)


def let_go(connection: Connection, conversation_id: int, *, now: datetime) -> tuple[int, ...]:
    """Let what is held back leave at the end of the transaction; return the ids, empty if nothing is held any more."""
    return tuple(connection.scalars(_LET_GO, {"conversation": conversation_id, "now": now}))


def join(
    connection: Connection, conversation_id: int, replies: Sequence[int], message_id: int, *, now: datetime
) -> None:
    """Take back these replies, which were just let go; what they answered is answered with this message."""
    answered = select(messages.c.in_reply_to).where(messages.c.id.in_(replies)).distinct()
    pieces = connection.scalars(answered).all()
    connection.execute(delete(messages).where(messages.c.id.in_(replies)))
    connection.execute(
        update(messages)
        .where(
            messages.c.conversation_id == conversation_id,
            or_(messages.c.id.in_(pieces), messages.c.answered_with.in_(pieces)),
        )
        # What was made of each piece alone is nothing that anybody was told.
        .values(answered_with=message_id, reason=JOINED, decision=null(), changed_at=now)
    )
