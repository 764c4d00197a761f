"""What whoever watches the program wants to know, counted in the store, where all processes count together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from bot.core.conversation import Status
from bot.core.window import CLOSING_SOON, WINDOW
from bot.storage.database import Database
from bot.storage.insights import ARRIVED
from bot.storage.ledger import Ledger, Side, Sum
from bot.storage.outbox import Outbox
from bot.storage.records import Direction, Queue
from bot.storage.tables import conversations, handoffs, heartbeats, messages, with_staff

RECENTLY: Final = timedelta(hours=1)
"""What is counted as happening now."""
COUNTED_ARRIVED: Final = 1000
"""What arrived in a month is counted up to here: so many are free, and a school may send a million."""
LEDGER_PERIOD: Final = timedelta(days=1)
CONFIDENCE_BOUNDS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
_AHEAD: Final = timedelta(minutes=1)
"""How far the clock of another machine may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Recent decisions of one kind. `topic`: what was asked first; empty if nothing was.

    number: how many. confidence: the sum of their probabilities. within: how many had at most each bound.
    """

    action: str
    topic: str
    number: int
    confidence: float
    within: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """The store at one moment. Times are aware UTC, None for what never was.

    sums: of the ledger, recently. differences: of its sums over a day.
    waiting, waiting_since: handoffs that nobody has, and the beginning of the oldest.
    windows_closing: conversations with staff whose 24 hours end soon.
    arrived: messages to learners since the month began (UTC) that arrived, which are billed; up to `COUNTED_ARRIVED`.
    """

    sums: Mapping[Side, Sum]
    differences: Mapping[Side, int]
    decided: tuple[Decided, ...]
    queue: Queue
    waiting: int
    waiting_since: datetime | None
    windows_closing: int
    arrived: int
    last_inbound_at: datetime | None
    last_beat_at: datetime | None


class Watching:
    """Reads only, in a fixed number of statements. May raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ledger = Ledger(database)
        self._outbox = Outbox(database)

    def look(self, *, now: datetime) -> Watched:
        """Count everything."""
        until = now + _AHEAD
        day = self._ledger.sums(now - LEDGER_PERIOD, until)
        with self._database.reading() as connection:
            waiting = connection.execute(_waiting()).one()
            return Watched(
                sums=self._ledger.sums(now - RECENTLY, until),
                differences={side: one.difference for side, one in day.items()},
                decided=tuple(_decided(row) for row in connection.execute(_decisions(now - RECENTLY, until))),
                queue=self._outbox.queue(),
                waiting=waiting.number,
                waiting_since=waiting.since,
                windows_closing=connection.scalars(_windows_closing(now)).one(),
                arrived=connection.scalars(_arrived(now)).one(),
                last_inbound_at=_last_inbound_at(connection),
                last_beat_at=connection.scalar(select(heartbeats.c.at).where(heartbeats.c.name == "delivery")),
            )

    def last_inbound_at(self) -> datetime | None:
        """Return when a learner last wrote; None if none ever did."""
        with self._database.reading() as connection:
            return _last_inbound_at(connection)


def _waiting() -> Select[Any]:
    number: ColumnElement[Any] = func.count().label("number")
    return (
        select(number, func.min(handoffs.c.opened_at).label("since"))
        .select_from(handoffs.join(conversations, conversations.c.id == handoffs.c.conversation_id))
        .where(handoffs.c.resolved_at.is_(None), conversations.c.status == Status.WAITING)
    )


def _windows_closing(now: datetime) -> Select[Any]:
    number: ColumnElement[Any] = func.count()
    return (
        select(number)
        .select_from(conversations)
        .where(
            with_staff,
            conversations.c.last_inbound_at > now - WINDOW,
            conversations.c.last_inbound_at <= now - WINDOW + CLOSING_SOON,
        )
    )


def _arrived(now: datetime) -> Select[Any]:
    number: ColumnElement[Any] = func.count()
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    some = select(messages.c.id).where(messages.c.state.in_(ARRIVED), messages.c.at >= month).limit(COUNTED_ARRIVED)
    return select(number).select_from(some.subquery())


def _last_inbound_at(connection: Connection) -> datetime | None:
    return connection.scalar(
        select(messages.c.at).where(messages.c.direction == Direction.IN).order_by(messages.c.id.desc()).limit(1)
    )


def _decisions(start: datetime, end: datetime) -> Select[Any]:
    confidence = messages.c.decision["answers", 0, "confidence"].as_float()
    said = (
        select(
            func.coalesce(messages.c.decision["action"].as_string(), "").label("action"),
            func.coalesce(messages.c.decision["answers", 0, "topic"].as_string(), "").label("topic"),
            confidence.label("confidence"),
        )
        .where(messages.c.direction == Direction.IN, messages.c.at >= start, messages.c.at < end)
        .subquery()
    )
    within = (
        func.count().filter(said.c.confidence <= bound).label(f"within_{place}")
        for place, bound in enumerate(CONFIDENCE_BOUNDS)
    )
    total = func.coalesce(func.sum(said.c.confidence), 0.0).label("confidence")
    return select(said.c.action, said.c.topic, func.count().label("number"), total, *within).group_by(
        said.c.action, said.c.topic
    )


def _decided(row: Row[Any]) -> Decided:
    within = tuple(row._mapping[f"within_{place}"] for place in range(len(CONFIDENCE_BOUNDS)))
    return Decided(row.action, row.topic, row.number, row.confidence, within)
