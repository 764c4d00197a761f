"""Delivery reports: they come in any order, more than once, and sometimes before we have stored the message's id."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, literal_column, select, update

from bot.core.messages import DeliveryReport, MessageState, may_follow, states_before
from bot.storage.learners import lock_conversation
from bot.storage.opt_out import OPTED_OUT_CODE, opt_out
from bot.storage.plainly import write_plainly
from bot.storage.revisions import touch
from bot.storage.tables import delivery_reports, messages

_answered: Final = messages.alias("answered")

# Made once: each reply brings three reports, and making a statement takes as long as carrying it out.
_REPORTED: Final = (
    select(messages.c.id, messages.c.conversation_id, _answered.c.sid.label("trace"))
    .outerjoin(_answered, _answered.c.id == messages.c.in_reply_to)
    .where(messages.c.sid == bindparam("wanted"))
)
_MOVE: Final = {
    new: update(messages).where(
        messages.c.id == bindparam("message"),
        messages.c.state.in_([literal_column(f"'{old}'") for old in states_before(new)]),
    )
    for new in MessageState
}
_TAKE: Final = (
    delete(delivery_reports).where(delivery_reports.c.sid == bindparam("known")).returning(*delivery_reports.c)
)

log = logging.getLogger(__name__)


def record(connection: Connection, report: DeliveryReport, *, now: datetime) -> None:
    """Move the message of the report forward, never backward; keep the report if the message is not known yet."""
    lock_sid(connection, report.sid)
    row = connection.execute(_REPORTED, {"wanted": report.sid}).one_or_none()
    if row is None:
        connection.execute(
            insert(delivery_reports).values(
                sid=report.sid,
                state=report.state,
                error_code=report.error_code,
                error=report.error,
                received_at=now,
            )
        )
        return
    # With the fields of `bot.logs.about`.
    fields = {"trace": row.trace or "", "message_id": row.id}
    log.info("message %d, %s, is reported as %s", row.id, report.sid, report.state, extra=fields)
    touch(connection, row.conversation_id)
    obey_opt_out(connection, row.conversation_id, report, now=now)
    if move(connection, row.id, report, {}, now=now):
        write_plainly(connection, row.id, report, now=now)


def move(
    connection: Connection, message_id: int, report: DeliveryReport, also: Mapping[str, object], *, now: datetime
) -> bool:
    """Move a message forward to what the report says and set other columns `also`; False if that is no step forward."""
    changes = {
        "message": message_id,
        "state": report.state,
        "error_code": report.error_code,
        "error": report.error,
        "due_at": None,
        "changed_at": now,
    }
    return bool(connection.execute(_MOVE[report.state], {**changes, **also}).rowcount)


def lock_sid(connection: Connection, sid: str) -> None:
    """Let nobody else record anything about this id until the transaction ends.

    Else a report could find no message at the moment at which the message finds no report. SQLite has one writer.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(sid))))


def take_reports(connection: Connection, sid: str) -> list[DeliveryReport]:
    """Remove and return the reports that came before their message was known, in order."""
    rows = connection.execute(_TAKE, {"known": sid})
    return [
        DeliveryReport(row.sid, MessageState(row.state), row.error_code, row.error)
        for row in sorted(rows, key=lambda row: row.id)
    ]


def furthest(first: DeliveryReport, others: Iterable[DeliveryReport]) -> DeliveryReport:
    """Return the report that a message ends with if it gets these, one after another."""
    for report in others:
        if may_follow(report.state, first.state):
            first = report
    return first


def obey_opt_out(connection: Connection, conversation_id: int, report: DeliveryReport, *, now: datetime) -> None:
    """Stop writing to the learner if that is what the provider's error says."""
    if report.error_code == OPTED_OUT_CODE:
        lock_conversation(connection, conversation_id)
        opt_out(connection, conversation_id, now=now)
