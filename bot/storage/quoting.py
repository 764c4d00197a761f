"""What stands in a message of ours that a learner quotes."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select

from bot.core.messages import Reply
from bot.storage.records import Direction, Json, reply_of
from bot.storage.tables import messages


@dataclass(frozen=True, slots=True)
class Quoted:
    """A reply, and the answers of the decision behind it, as decisions keep them; none if a person wrote it."""

    reply: Reply
    answers: tuple[Json, ...]


_asked = messages.alias("asked")
# Made once: making a statement takes as long as carrying it out.
_QUOTED: Final = (
    select(messages.c.text, messages.c.payload, _asked.c.decision)
    .select_from(messages.outerjoin(_asked, _asked.c.id == messages.c.in_reply_to))
    .where(
        messages.c.sid == bindparam("sid"),
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.direction == Direction.OUT,
    )
)


def quoted(connection: Connection, conversation_id: int, sid: str) -> Quoted | None:
    """Return a message to this learner by the provider's id; None if there is none."""
    row = connection.execute(_QUOTED, {"sid": sid, "conversation": conversation_id}).first()
    if row is None:
        return None
    return Quoted(reply_of(row.text, row.payload), tuple((row.decision or {}).get("answers", ())))
