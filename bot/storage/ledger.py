"""The ledger: what became of every message of a period, and whether the sums hold.

The two sides of a sum are counted apart, or it could never fail. The whole is every row that came in, or was queued.
A part takes more than the row's own word; it wants the proof of it elsewhere:

- *answered*: a reply is stored, to it or to the message that it was answered with.
- *handed over*: its conversation has a handoff that is over, or that somebody has taken and staff can see.
- *waiting*: its conversation has a handoff that nobody has taken yet, and it stands in the inbox.
- *ignored*: a reason is stored.
- *sent*, *delivered*, *read*: the provider's id is stored and delivery is done with it.
- *failed*: delivery is done with it. *maybe sent*: nobody can tell, or it is being looked up.
- *to be sent*: delivery has a time at which to look at it; without one it would stay for ever.

A message without such proof, or with two of them, makes its sum differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import add
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, case, exists, func, or_, select

from bot.core.messages import MessageState, Outcome
from bot.storage.database import Database
from bot.storage.records import Direction
from bot.storage.tables import conversations, handoffs, learners, messages, with_staff


class Side(StrEnum):
    """One of the two sums."""

    RECEIVED = "received"
    QUEUED = "queued"


class Part(StrEnum):
    """What became of a message: the first four of one that was received, the others of one that was queued."""

    ANSWERED = "answered"
    HANDED_OVER = "handed_over"
    WAITING = "waiting"
    IGNORED = "ignored"
    TO_BE_SENT = "to_be_sent"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    MAYBE_SENT = "maybe_sent"


@dataclass(frozen=True, slots=True)
class Sum:
    """One sum. Every part is there, with 0 if it is empty.

    details: of a part, how many messages by the reason why, or by the provider's error code; most frequent first.
    """

    whole: int
    parts: Mapping[Part, int]
    details: Mapping[Part, Mapping[str, int]]

    @property
    def difference(self) -> int:
        """How many messages no part proves; negative if more have two proofs than none. 0: the sum holds."""
        return self.whole - sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Entry:
    """One message behind a figure, in the words of its row, which may be none that the program knows.

    name: of the learner, empty if not known. author, kind, text: of the message.
    said: its outcome or its state. detail: the reason, or the provider's error code.
    is_erased: its conversation cannot be opened any more.
    """

    message_id: int
    conversation_id: int
    at: datetime
    name: str
    author: str
    kind: str
    text: str
    said: str
    detail: str
    is_erased: bool


_reply: Final = messages.alias("reply")
_handoff: Final = handoffs.alias("handoff")
_in_inbox: Final = with_staff
_done: Final = messages.c.due_at.is_(None)


def _has_handoff(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_handoff.c.conversation_id == messages.c.conversation_id, *conditions)


# Times only tell the parts of a handed-over message from each other: two machines' clocks cannot break the sum.
_of_open_handoff: Final = and_(_handoff.c.resolved_at.is_(None), _handoff.c.opened_at <= messages.c.at)
_was_taken: Final = or_(_handoff.c.taken_at.is_not(None), conversations.c.owner_id.is_not(None))
_handed_over: Final = messages.c.outcome == Outcome.HANDED_OVER
_at_provider: Final = and_(_done, messages.c.sid.is_not(None))

PARTS: Final[Mapping[Side, Mapping[Part, ColumnElement[bool]]]] = {
    Side.RECEIVED: {
        Part.ANSWERED: and_(
            messages.c.outcome == Outcome.ANSWERED,
            exists().where(
                _reply.c.conversation_id == messages.c.conversation_id,
                _reply.c.id > messages.c.id,
                _reply.c.in_reply_to == func.coalesce(messages.c.answered_with, messages.c.id),
            ),
        ),
        Part.HANDED_OVER: and_(
            _handed_over,
            _has_handoff(),
            ~_has_handoff(_of_open_handoff, or_(~_was_taken, ~_in_inbox)),
        ),
        Part.WAITING: and_(_handed_over, _in_inbox, _has_handoff(_of_open_handoff, ~_was_taken)),
        Part.IGNORED: and_(messages.c.outcome == Outcome.IGNORED, func.coalesce(messages.c.reason, "") != ""),
    },
    Side.QUEUED: {
        Part.TO_BE_SENT: and_(messages.c.state.in_((MessageState.QUEUED, MessageState.SENDING)), ~_done),
        Part.SENT: and_(messages.c.state == MessageState.SENT, _at_provider),
        Part.DELIVERED: and_(messages.c.state == MessageState.DELIVERED, _at_provider),
        Part.READ: and_(messages.c.state == MessageState.READ, _at_provider),
        Part.FAILED: and_(messages.c.state == MessageState.FAILED, _done),
        Part.MAYBE_SENT: messages.c.state == MessageState.UNKNOWN,
    },
}
"""The parts of each sum, with what proves that a message belongs there."""

_DIRECTIONS: Final = {Side.RECEIVED: Direction.IN, Side.QUEUED: Direction.OUT}
_DETAILS: Final = {Side.RECEIVED: messages.c.reason, Side.QUEUED: messages.c.error_code}


class Ledger:
    """Reads only. A period is from `start` until before `end`, aware UTC. May raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sums(self, start: datetime, end: datetime) -> dict[Side, Sum]:
        """Return both sums, each counted by one statement and so at one moment."""
        with self._database.reading() as connection:
            return {side: _sum(side, connection.execute(_counts(side, start, end)).all()) for side in Side}

    def entries(
        self,
        side: Side,
        part: Part | None,
        start: datetime,
        end: datetime,
        *,
        detail: str | None = None,
        before_id: int | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """Return the messages of a part, or of the whole without one, the newest first.

        detail: only those with this reason or error code. before_id: only older ones.
        """
        chosen = [] if part is None else [PARTS[side][part]]
        if detail is not None:
            chosen.append(_detail(side) == detail)
        return self._entries(side, start, end, chosen, before_id, limit)

    def unproven(
        self, side: Side, start: datetime, end: datetime, *, before_id: int | None = None, limit: int = 100
    ) -> list[Entry]:
        """Return the messages that make a sum differ, the newest first. before_id: only older ones."""
        return self._entries(side, start, end, [_unproven(side)], before_id, limit)

    def _entries(
        self,
        side: Side,
        start: datetime,
        end: datetime,
        chosen: list[ColumnElement[bool]],
        before_id: int | None,
        limit: int,
    ) -> list[Entry]:
        if before_id is not None:
            chosen.append(messages.c.id < before_id)
        statement = (
            select(
                messages.c.id.label("message_id"),
                messages.c.conversation_id,
                messages.c.at,
                func.coalesce(learners.c.name, "").label("name"),
                messages.c.author,
                messages.c.kind,
                messages.c.text,
                func.coalesce(messages.c.outcome, messages.c.state).label("said"),
                _detail(side).label("detail"),
                conversations.c.erased_at.is_not(None).label("is_erased"),
            )
            .select_from(_joined().outerjoin(learners, learners.c.id == conversations.c.learner_id))
            .where(*_within(side, start, end), *chosen)
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [Entry(**row._mapping) for row in connection.execute(statement)]


def _joined() -> FromClause:
    # Outer: a message must not leave the whole because its conversation is missing.
    return messages.outerjoin(conversations, conversations.c.id == messages.c.conversation_id)


def _within(side: Side, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return messages.c.direction == _DIRECTIONS[side], messages.c.at >= start, messages.c.at < end


def _detail(side: Side) -> ColumnElement[str]:
    return func.coalesce(_DETAILS[side], "")


def _counts(side: Side, start: datetime, end: datetime) -> Select[Any]:
    """Count the rows, and the proofs of each part, by detail."""
    proven = (
        select(_detail(side).label("detail"), *(proof.label(part) for part, proof in PARTS[side].items()))
        .select_from(_joined())
        .where(*_within(side, start, end))
        .subquery()
    )
    parts = (func.count().filter(proven.c[part]).label(part) for part in PARTS[side])
    return select(proven.c.detail, func.count().label("whole"), *parts).group_by(proven.c.detail)


def _unproven(side: Side) -> ColumnElement[bool]:
    """No proof, or more than one."""
    proofs: Iterator[ColumnElement[int]] = (case((proof, 1), else_=0) for proof in PARTS[side].values())
    return reduce(add, proofs) != 1


def _sum(side: Side, rows: Sequence[Row[Any]]) -> Sum:
    ranked = {
        part: sorted(((row.detail, row._mapping[part]) for row in rows), key=lambda each: (-each[1], each[0]))
        for part in PARTS[side]
    }
    return Sum(
        whole=sum(row.whole for row in rows),
        parts={part: sum(number for _, number in counted) for part, counted in ranked.items()},
        details={part: {detail: number for detail, number in counted if number} for part, counted in ranked.items()},
    )
