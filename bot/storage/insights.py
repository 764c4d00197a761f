"""What the insights are made of, counted by the database in a fixed number of statements."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Select,
    case,
    cast,
    column,
    extract,
    func,
    or_,
    select,
    true,
)

from bot.core.insights import Counted, Origin, Outflow, Passage, Period, Quarter
from bot.core.messages import MessageState, Outcome
from bot.storage.database import Database
from bot.storage.records import Author, Direction
from bot.storage.tables import handoffs, messages

_QUARTER_SECONDS: Final = 900
ARRIVED: Final = (MessageState.DELIVERED, MessageState.READ)
"""States of messages that are billed."""
_TAKEN: Final = (MessageState.SENT, *ARRIVED)
_TO_SECONDS: Final = len("2026-11-23 09:30:00")


class Insights:
    """Reads only. May raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, period: Period) -> Counted:
        """Count all that happened in a period."""
        start, end, is_postgresql = period.starts_at, period.ends_at, self._database.is_postgresql
        with self._database.reading() as connection:
            outflows = connection.execute(_outflows(start, end)).all()
            return Counted(
                quarters=[
                    Quarter(datetime.fromtimestamp(row.starts_at, UTC), row.incoming, row.answered)
                    for row in connection.execute(_quarters(start, end, is_postgresql=is_postgresql))
                ],
                topics=[
                    (row.topic, row.number)
                    for row in connection.execute(_answered("topic", start, end, is_postgresql=is_postgresql))
                ],
                sources=[(row.source, row.number) for row in connection.execute(_sources(start, end))],
                passages=[Passage(**row._mapping) for row in connection.execute(_passages(start, end))],
                replies={row.staff_id: row.number for row in connection.execute(_replies(start, end))},
                outflows=[Outflow(Origin(row.origin), row.sent, row.arrived) for row in outflows],
                reached=max((row.reached for row in outflows), default=0),
            )

    def asked(self, start: datetime, end: datetime) -> dict[str, int]:
        """Entry -> in how many messages between two moments (aware) it was answered."""
        with self._database.reading() as connection:
            found = connection.execute(_answered("entry", start, end, is_postgresql=self._database.is_postgresql))
            return {row.entry: row.number for row in found}


def _within(column: ColumnElement[Any], start: datetime, end: datetime) -> ColumnElement[bool]:
    return (column >= start) & (column < end)


def _came_in(start: datetime, end: datetime) -> ColumnElement[bool]:
    return (messages.c.direction == Direction.IN) & _within(messages.c.at, start, end)


def _quarters(start: datetime, end: datetime, *, is_postgresql: bool) -> Select[Any]:
    # SQLite would round the last half of a millisecond up, into the next quarter.
    moment = messages.c.at if is_postgresql else func.substr(messages.c.at, 1, _TO_SECONDS)
    seconds = extract("epoch", moment)
    # Not by division: PostgreSQL would round where SQLite cuts.
    starts_at: ColumnElement[Any] = cast(seconds - seconds % _QUARTER_SECONDS, BigInteger).label("starts_at")
    answered = func.count().filter(messages.c.outcome == Outcome.ANSWERED)
    return (
        select(starts_at, func.count().label("incoming"), answered.label("answered"))
        .where(_came_in(start, end))
        .group_by(starts_at)
        .order_by(starts_at)
    )


def _answered(by: str, start: datetime, end: datetime, *, is_postgresql: bool) -> Select[Any]:
    """Count messages by the topic or entry that answered, not answers: one about two sides asks about one topic."""
    decision = messages.c.decision
    unfold = func.json_array_elements(decision["answers"]) if is_postgresql else func.json_each(decision, "$.answers")
    answers = unfold.table_valued(column("value", JSON))
    named: ColumnElement[Any] = answers.c.value[by].as_string().label(by)
    number = func.count(messages.c.id.distinct()).label("number")
    return (
        select(named, number)
        .select_from(messages)
        .join(answers, true())
        .where(_came_in(start, end), messages.c.outcome == Outcome.ANSWERED)
        .group_by(named)
        .order_by(number.desc(), named)
    )


def _sources(start: datetime, end: datetime) -> Select[Any]:
    source: ColumnElement[Any] = messages.c.payload["source"].as_string().label("source")
    number = func.count(messages.c.conversation_id.distinct()).label("number")
    return (
        select(source, number)
        .where(_came_in(start, end), source != "")
        .group_by(source)
        .order_by(number.desc(), source)
    )


def _passages(start: datetime, end: datetime) -> Select[Any]:
    """Handoffs that were open at some time of the period, or rated in it."""
    columns = [handoffs.c[name] for name in Passage.__dataclass_fields__]
    lasted = or_(handoffs.c.resolved_at.is_(None), handoffs.c.resolved_at >= start)
    return select(*columns).where(handoffs.c.opened_at < end, or_(lasted, _within(handoffs.c.rated_at, start, end)))


def _replies(start: datetime, end: datetime) -> Select[Any]:
    return (
        select(messages.c.staff_id, func.count().label("number"))
        .where(messages.c.author == Author.STAFF, messages.c.staff_id.is_not(None), _within(messages.c.at, start, end))
        .group_by(messages.c.staff_id)
    )


def _went_out(start: datetime, end: datetime) -> ColumnElement[bool]:
    return messages.c.state.in_(_TAKEN) & _within(messages.c.at, start, end)


def _outflows(start: datetime, end: datetime) -> Select[Any]:
    is_template = messages.c.payload["template", "sid"].as_string().is_not(None)
    origin: ColumnElement[Any] = case(
        (is_template, Origin.TEMPLATE), (messages.c.author == Author.STAFF, Origin.STAFF), else_=Origin.BOT
    ).label("origin")
    arrived = func.count().filter(messages.c.state.in_(ARRIVED)).label("arrived")
    reached = select(func.count(messages.c.conversation_id.distinct())).where(_went_out(start, end)).scalar_subquery()
    return (
        select(origin, func.count().label("sent"), arrived, reached.label("reached"))
        .where(_went_out(start, end))
        .group_by(origin)
    )
