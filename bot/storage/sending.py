"""Put replies into the queue of what is to be sent. The caller holds the conversation."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.core.messages import Kind, MessageState, Reply
from bot.core.replies import bubbles
from bot.storage.records import Author, Direction, reply_payload
from bot.storage.tables import addresses, conversations, handoffs, held_replies, messages

# Made once: making a statement takes as long as carrying it out.
_QUEUE: Final = insert(messages)
_FIRST_REPLY: Final = update(handoffs).where(
    handoffs.c.conversation_id == bindparam("conversation"),
    handoffs.c.resolved_at.is_(None),
    handoffs.c.first_reply_at.is_(None),
)
_TAKE_HELD: Final = (
    delete(held_replies).where(held_replies.c.conversation_id == bindparam("conversation")).returning(*held_replies.c)
)


def queue(
    connection: Connection,
    conversation_id: int,
    replies: Sequence[Reply],
    *,
    author: Author,
    to: str,
    now: datetime,
    in_reply_to: int | None = None,
    despite_stop: bool = False,
    wait: timedelta = timedelta(),
    staff_id: int | None = None,
    submission: str | None = None,
) -> None:
    """Queue bubbles in order; the first one carries the mark of the form that brought them.

    despite_stop: they confirm an opt-out and may leave after it.
    wait: they are held back for so long, see `bursts.py`.
    """
    if not replies:
        return
    connection.execute(
        _QUEUE,
        [
            {
                "conversation_id": conversation_id,
                "direction": Direction.OUT,
                "author": author,
                "kind": Kind.TEXT,
                "text": reply.text,
                "payload": reply_payload(reply),
                "at": now + wait,
                "changed_at": now,
                "in_reply_to": in_reply_to,
                "state": MessageState.QUEUED,
                "address": to,
                "due_at": now + wait,
                "despite_stop": despite_stop,
                "staff_id": staff_id,
                "submission": None if place else submission,
            }
            for place, reply in enumerate(replies)
        ],
    )


def queue_of_staff(
    connection: Connection,
    conversation_id: int,
    replies: Sequence[Reply],
    *,
    staff_id: int,
    submission: str,
    to: str,
    now: datetime,
) -> None:
    """Queue what a member of staff says, and note when the first answer to a handoff was given."""
    queue(
        connection,
        conversation_id,
        replies,
        author=Author.STAFF,
        to=to,
        now=now,
        staff_id=staff_id,
        submission=submission,
    )
    connection.execute(_FIRST_REPLY, {"conversation": conversation_id, "first_reply_at": now})


def release_held(connection: Connection, conversation_id: int, *, to: str, now: datetime) -> None:
    """Queue the replies that waited for the learner to write, oldest first."""
    held = connection.execute(_TAKE_HELD, {"conversation": conversation_id}).all()
    for row in sorted(held, key=lambda row: row.id):
        queue_of_staff(
            connection,
            conversation_id,
            bubbles(Reply(row.text)),
            staff_id=row.staff_id,
            submission=row.submission,
            to=to,
            now=now,
        )


def address_of(connection: Connection, conversation_id: int) -> str:
    """Return where the learner wrote from last, or any address of theirs if no message is left to tell."""
    latest = (
        select(messages.c.address)
        .where(messages.c.conversation_id == conversation_id, messages.c.address.is_not(None))
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    known = (
        select(func.min(addresses.c.address))
        .join(conversations, conversations.c.learner_id == addresses.c.learner_id)
        .where(conversations.c.id == conversation_id)
    )
    either = func.coalesce(latest.scalar_subquery(), known.scalar_subquery())
    address: str = connection.scalars(select(either)).one()
    return address
