"""How fast may be sent: through one sender by all workers together, and to one learner.

A sender's permits are slots in time, one after another. Whoever sends takes the next one, by one conditional UPDATE in
the transaction that claims the message, and waits for it; so any number of workers come to the sender's rate exactly.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, FromClause, bindparam, case, exists, or_, select, update

from bot.errors import BotError
from bot.storage.database import insert_if_new
from bot.storage.revisions import CHANGES_OF_CONVERSATION
from bot.storage.tables import conversations, senders

AHEAD: Final = timedelta(milliseconds=500)
"""How far ahead a slot may be taken. Short, since STOP cannot withdraw a message that has its slot."""
QUICK_REPLIES: Final = 14
BREAK: Final = timedelta(seconds=40)
"""Twilio takes replies to one user that follow each other in less than 30 seconds for a loop and fails those after the
15th (error 14107). It counts from when it has them, which may be ten seconds after we recorded it."""

_FIRST_PAUSE: Final = timedelta(seconds=2)
_LONGEST_PAUSE: Final = timedelta(minutes=1)
_STORM_GOES_ON: Final = timedelta(seconds=10)
"""A refusal so soon after a pause doubles the next one."""
_CLOCK_WAS_SET: Final = timedelta(minutes=2)
"""Nothing is put off for so long: what lies further ahead was written before a clock was set back."""

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider allows.

    sender: who is known to send so fast; those who send by the same name share one limit.
    interval: between two messages of the sender.
    """

    sender: str
    interval: timedelta


# Made once: making a statement takes as long as carrying it out.
_IN_A_ROW: Final = conversations.c.last_sent_at > bindparam("break_began")
_NOTE_SENT: Final = {
    dialect: statement.values(quick_replies=case((_IN_A_ROW, conversations.c.quick_replies + 1), else_=1))
    for dialect, statement in CHANGES_OF_CONVERSATION.items()
}


class SenderBusy(BotError):
    """Nothing may leave through the sender before `until`."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(f"Nothing may be sent before {until:%H:%M:%S}.")


def take_slot(connection: Connection, limits: Limits, *, now: datetime) -> datetime:
    """Return when a message may leave: `now`, or at most `AHEAD` later.

    Raises SenderBusy if no such slot is left; the transaction must not be kept then.
    """
    moment = _microseconds(now)
    ours = senders.c.name == limits.sender
    is_set_back = senders.c.free_at > moment + _length(_CLOCK_WAS_SET)
    begins = case((or_(senders.c.free_at < moment, is_set_back), moment), else_=senders.c.free_at)
    taking = (
        update(senders)
        .where(ours, or_(senders.c.free_at <= moment + _length(AHEAD), is_set_back))
        .values(free_at=begins + _length(limits.interval))
        .returning(senders.c.free_at)
    )
    free_at = connection.scalar(taking)
    if free_at is None:
        connection.execute(insert_if_new(connection, senders).values(name=limits.sender, free_at=moment))
        free_at = connection.scalar(taking)
    if free_at is None:
        free_at = connection.scalars(select(senders.c.free_at).where(ours)).one()
        raise SenderBusy(_moment(free_at) - AHEAD)
    return _moment(free_at) - limits.interval


def hold_back(connection: Connection, limits: Limits, *, now: datetime) -> None:
    """Let nothing leave for a moment: the provider has had too much. The moment doubles while that goes on.

    Many workers hear it at once; the first one counts.
    """
    moment = _microseconds(now)
    goes_on = senders.c.held_until > moment - _length(_STORM_GOES_ON)
    doubled = case((senders.c.pause * 2 < _length(_LONGEST_PAUSE), senders.c.pause * 2), else_=_length(_LONGEST_PAUSE))
    pause = case((goes_on, doubled), else_=_length(_FIRST_PAUSE))
    is_taken = senders.c.free_at.between(moment + pause, moment + _length(_CLOCK_WAS_SET))
    connection.execute(
        update(senders)
        .where(
            senders.c.name == limits.sender,
            or_(senders.c.held_until <= moment, senders.c.held_until > moment + _length(_CLOCK_WAS_SET)),
        )
        .values(
            pause=pause,
            held_until=moment + pause,
            free_at=case((is_taken, senders.c.free_at), else_=moment + pause),
        )
    )


def note_sent(connection: Connection, conversation_id: int, *, now: datetime) -> None:
    """Count a message that has left, and tell open inboxes as `revisions.touch` does, in the same UPDATE."""
    noted = {"conversation": conversation_id, "last_sent_at": now, "break_began": now - BREAK}
    connection.execute(_NOTE_SENT[connection.dialect.name], noted)


def needs_a_break(due: FromClause) -> ColumnElement[bool]:
    """Whether the learner of a message got so many so quickly that the next one has to wait; see `times_of_break`."""
    return exists().where(
        conversations.c.id == due.c.conversation_id,
        conversations.c.quick_replies >= QUICK_REPLIES,
        conversations.c.last_sent_at > bindparam("break_began"),
        conversations.c.last_sent_at < bindparam("clock_was_set"),
    )


def times_of_break(now: datetime) -> dict[str, datetime]:
    """Return the parameters of `needs_a_break`."""
    return {"break_began": now - BREAK, "clock_was_set": now + _CLOCK_WAS_SET}


def _microseconds(moment: datetime) -> int:
    return _length(moment - _1970)


def _length(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    return _1970 + timedelta(microseconds=microseconds)
