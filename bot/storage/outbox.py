"""The queue of what is to be sent: who may send a message now, and what became of it.

`due_at` is the time at which delivery has to look at a message next. While it is set, later messages of the same
conversation wait; once it is empty it stays so.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, Row, bindparam, case, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from bot.core.messages import DeliveryReport, MessageState
from bot.storage.database import Database
from bot.storage.forgetting import forget_if_erased
from bot.storage.learners import lock_conversation
from bot.storage.limits import Limits, hold_back, needs_a_break, note_sent, take_slot, times_of_break
from bot.storage.opt_out import STOPPED
from bot.storage.plainly import write_plainly
from bot.storage.records import Claimed, Queue, reply_of
from bot.storage.reports import furthest, lock_sid, move, obey_opt_out, take_reports
from bot.storage.revisions import touch
from bot.storage.tables import messages

_SIDS_BEFORE: Final = timedelta(days=1)
"""How long before a message others may have left which the provider could show us in its place."""

_due: Final = messages.alias("due")
_earlier: Final = messages.alias("earlier")


def _is_first(due: FromClause) -> ColumnElement[bool]:
    """No earlier message of the same conversation is still to be dealt with."""
    return ~exists().where(
        _earlier.c.conversation_id == due.c.conversation_id,
        _earlier.c.id < due.c.id,
        _earlier.c.due_at.is_not(None),
    )


def _claim(*may_leave: ColumnElement[bool]) -> ReturningUpdate[Any]:
    """Take the message that is due longest at `looked_at`, of those that may leave."""
    is_queued = messages.c.state == MessageState.QUEUED
    longest_due = (
        select(_due.c.id)
        .where(_due.c.due_at <= bindparam("looked_at"), _is_first(_due), *may_leave)
        .order_by(_due.c.due_at, _due.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (
        update(messages)
        .where(messages.c.id == longest_due.scalar_subquery())
        .values(
            state=case((is_queued, MessageState.SENDING), else_=MessageState.UNKNOWN),
            attempts=messages.c.attempts + case((is_queued, 1), else_=0),
            lookups=messages.c.lookups + case((is_queued, 0), else_=1),
        )
        .returning(*messages.c)
    )


# Made once: every message needs these, and making a statement takes as long as carrying it out. The columns to be set
# are the parameters with which they are called.
_CLAIM_WITHOUT_LIMITS: Final = _claim()
_CLAIM: Final = _claim(or_(_due.c.state != MessageState.QUEUED, ~needs_a_break(_due)))
_SID: Final = select(messages.c.sid).where(messages.c.id == bindparam("message"))
_NEXT_DUE: Final = select(func.min(messages.c.due_at)).where(messages.c.due_at > bindparam("looked_at"))
_FOLLOWING: Final = select(func.min(_due.c.id)).where(
    _due.c.conversation_id == bindparam("conversation"),
    _due.c.id > bindparam("message"),
    _due.c.due_at.is_not(None),
)
_PUT_BEHIND: Final = update(messages).where(
    messages.c.id == _FOLLOWING.scalar_subquery(), messages.c.due_at < bindparam("looked_at")
)


class Outbox:
    """Claims on queued messages and their results. Every method is one transaction and may raise StorageUnavailable.

    A result counts only while its claim does: a worker that was slow beyond its lease cannot undo what another one
    has done since. Only that a message was sent is believed at any time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, *, now: datetime, lease: timedelta, limits: Limits | None = None) -> Claimed | None:
        """Take the message that is due longest, to send or to look it up; None if nothing is due.

        A message whose worker did not come back within its lease may have been sent: it is to be looked up.

        limits: None without any. Raises SenderBusy if they let nothing leave for now.
        """
        with self._database.writing() as connection:
            times = {"looked_at": now, "due_at": now + lease, "changed_at": now}
            if limits is not None:
                times |= times_of_break(now)
            row = connection.execute(_CLAIM_WITHOUT_LIMITS if limits is None else _CLAIM, times).one_or_none()
            if row is None:
                return None
            leaves_at = now
            if limits is not None and row.state == MessageState.SENDING:
                leaves_at = take_slot(connection, limits, now=now)
            trace = connection.scalar(_SID, {"message": row.in_reply_to})
        return _claimed(row, leaves_at=leaves_at, trace=trace or "")

    def hold_back(self, limits: Limits, *, now: datetime) -> None:
        """Let no worker send for a moment: the provider refuses because it has had too much."""
        with self._database.writing() as connection:
            hold_back(connection, limits, now=now)

    def sent(self, claimed: Claimed, report: DeliveryReport, *, now: datetime) -> bool:
        """Record that the provider has the message under the id of the report, and all that it reported already.

        False if that id is the one of another message, which leaves this one as it was.
        """
        try:
            with self._database.writing() as connection:
                lock_sid(connection, report.sid)
                report = furthest(report, take_reports(connection, report.sid))
                note_sent(connection, claimed.conversation_id, now=now)
                obey_opt_out(connection, claimed.conversation_id, report, now=now)
                if move(connection, claimed.message_id, report, {"sid": report.sid}, now=now):
                    write_plainly(connection, claimed.message_id, report, now=now)
                else:
                    forget_if_erased(connection, claimed.message_id, report.sid, now=now)
                _let_others_go_first(connection, claimed, now)
        except IntegrityError:
            return False
        return True

    def queue_again(
        self, claimed: Claimed, *, due_at: datetime, reason: str, resend: bool = False, now: datetime
    ) -> None:
        """Queue a message that was certainly not sent; if the learner has opted out meanwhile, give it up.

        resend: it was in doubt until now, and must not be sent once more if it comes into doubt again.
        """
        with self._database.writing() as connection:
            touch(connection, claimed.conversation_id)
            if lock_conversation(connection, claimed.conversation_id) and not claimed.despite_stop:
                _settle(connection, claimed, {"state": MessageState.FAILED, "due_at": None, "error": STOPPED}, now)
                return
            queued = {"state": MessageState.QUEUED, "due_at": due_at, "error": reason}
            second_life = {"lookups": 0, "resent": True} if resend else {}
            _settle(connection, claimed, queued | second_life, now)

    def failed(self, claimed: Claimed, code: str, sentence: str, *, now: datetime) -> None:
        """Record that the message will never be sent: the provider's code, if any, and a sentence for staff."""
        with self._database.writing() as connection:
            report = DeliveryReport("", MessageState.FAILED, code, sentence)
            touch(connection, claimed.conversation_id)
            obey_opt_out(connection, claimed.conversation_id, report, now=now)
            failed = {"state": MessageState.FAILED, "due_at": None, "error_code": code, "error": sentence}
            _settle(connection, claimed, failed, now)
            _let_others_go_first(connection, claimed, now)

    def in_doubt(self, claimed: Claimed, sentence: str, *, look_up_at: datetime | None, now: datetime) -> None:
        """Record that nobody can tell whether the message was sent; None: and that nobody will find out."""
        with self._database.writing() as connection:
            touch(connection, claimed.conversation_id)
            unknown = {"state": MessageState.UNKNOWN, "due_at": look_up_at, "error": sentence}
            _settle(connection, claimed, unknown, now)
            if look_up_at is None:
                _let_others_go_first(connection, claimed, now)

    def other_sids(self, claimed: Claimed) -> frozenset[str]:
        """Return the provider's ids of the learner's other messages that could be mistaken for this one."""
        with self._database.reading() as connection:
            return frozenset(
                connection.scalars(
                    select(messages.c.sid).where(
                        messages.c.conversation_id == claimed.conversation_id,
                        messages.c.state.is_not(None),
                        messages.c.sid.is_not(None),
                        messages.c.at >= claimed.queued_at - _SIDS_BEFORE,
                    )
                )
            )

    def mend_times(self, *, furthest: timedelta, now: datetime) -> int:
        """Look now at what is to be looked at in more than `furthest`: a clock was set back. Return how many."""
        is_far = messages.c.due_at > now + furthest
        with self._database.reading() as connection:
            if connection.execute(select(messages.c.id).where(is_far).limit(1)).first() is None:
                return 0
        with self._database.writing() as connection:
            # Who holds one of them has its conversation and may wait for another one: neither must wait for the other.
            free = select(messages.c.id).where(is_far).with_for_update(skip_locked=True)
            return connection.execute(update(messages).where(messages.c.id.in_(free)).values(due_at=now)).rowcount

    def next_due(self, *, now: datetime) -> datetime | None:
        """Return when something is due that is not yet; None if nothing is."""
        with self._database.reading() as connection:
            due_at: datetime | None = connection.scalar(_NEXT_DUE, {"looked_at": now})
        return due_at

    def queue(self) -> Queue:
        """Return how much waits, and since when the first message that could leave has been due."""
        with self._database.reading() as connection:
            waiting = _due.c.due_at.is_not(None)
            depth = connection.scalar(select(func.count()).select_from(_due).where(waiting))
            oldest = connection.scalar(select(func.min(_due.c.due_at)).where(waiting, _is_first(_due)))
        return Queue(depth or 0, oldest)


def _claimed(row: Row[Any], *, leaves_at: datetime, trace: str) -> Claimed:
    return Claimed(
        message_id=row.id,
        conversation_id=row.conversation_id,
        to=row.address,
        reply=reply_of(row.text, row.payload),
        queued_at=row.at,
        state=MessageState(row.state),
        attempts=row.attempts,
        lookups=row.lookups,
        resent=row.resent,
        despite_stop=row.despite_stop,
        leaves_at=leaves_at,
        trace=trace,
    )


def _settle(connection: Connection, claimed: Claimed, values: Mapping[str, object], now: datetime) -> None:
    connection.execute(
        update(messages)
        .where(
            messages.c.id == claimed.message_id,
            messages.c.state == claimed.state,
            messages.c.attempts == claimed.attempts,
            messages.c.lookups == claimed.lookups,
        )
        .values(changed_at=now, **values)
    )


def _let_others_go_first(connection: Connection, claimed: Claimed, now: datetime) -> None:
    """Put the next message of the same learner behind all that is due: a long queue of one must not delay others."""
    this = {"conversation": claimed.conversation_id, "message": claimed.message_id}
    connection.execute(_PUT_BEHIND, this | {"looked_at": now, "due_at": now})
