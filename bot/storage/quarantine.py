"""Requests with a wrong signature, kept for a day: so little that a flood of them does no harm."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, true

from bot.storage.database import Database
from bot.storage.tables import audit_log, quarantine

KEPT_FOR: Final = timedelta(days=1)
MOST: Final = 1000
"""Requests that are kept at any time; each is less than 64 kB, most are about 1 kB."""
MOST_OCTETS: Final = 8 * 1024 * 1024
MOST_A_MINUTE: Final = 120
MOST_OCTETS_A_MINUTE: Final = 1024 * 1024
LONGEST_ADDRESS: Final = 2000
"""Characters of an address or a signature; Twilio's have far fewer."""
LET_THROUGH: Final = "let_through"
"""What the log of who did what calls it."""

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Refused:
    """A request whose signature was wrong.

    target: path and query as they were sent. address: the whole address as the request shows it, for people.
    body: the form, percent-encoded. sender: who it says it is from, verified by nobody.
    reason: `missing` or `wrong`.
    """

    target: str
    address: str
    signature: str
    body: bytes
    sender: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A request in quarantine, with its number and when it came."""

    id: int
    received_at: datetime
    request: Refused


class Quarantine:
    """The requests of the last day. Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, request: Refused, *, from_our_account: bool, now: datetime) -> bool:
        """Keep a request; False if there is no room for it, now or this minute.

        from_our_account: names our account at Twilio, which strangers hardly know. All others get half the room.
        """
        if max(len(request.target), len(request.address), len(request.signature)) > LONGEST_ADDRESS:
            return False
        share = 1 if from_our_account else 2
        with self._database.reading() as connection:
            if not _has_room(connection, len(request.body), share, now=now):
                return False  # a flood does not stop those who write
        with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE quarantine IN SHARE ROW EXCLUSIVE MODE")
            if not _has_room(connection, len(request.body), share, now=now):
                return False
            connection.execute(
                insert(quarantine).values(
                    received_at=now,
                    target=request.target,
                    address=request.address,
                    signature=request.signature,
                    body=request.body,
                    size=len(request.body),
                    sender=request.sender,
                    reason=request.reason,
                )
            )
        return True

    def oldest(self, *, after_id: int, now: datetime) -> Kept | None:
        """Return the request that came first of those after `after_id` (0 for all); None if there is none."""
        return self._one(quarantine.c.id > after_id, quarantine.c.id, now=now)

    def newest(self, *, now: datetime) -> Kept | None:
        """Return the request that came last, None if there is none."""
        return self._one(true(), quarantine.c.id.desc(), now=now)

    def _one(self, condition: ColumnElement[bool], order: ColumnElement[int], *, now: datetime) -> Kept | None:
        with self._database.reading() as connection:
            row = connection.execute(
                select(quarantine).where(_in_time(now), condition).order_by(order).limit(1)
            ).one_or_none()
        if row is None:
            return None
        request = Refused(row.target, row.address, row.signature, row.body, row.sender, row.reason)
        return Kept(row.id, row.received_at, request)

    def count(self, *, now: datetime) -> int:
        """Return how many requests are kept."""
        with self._database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(quarantine).where(_in_time(now))) or 0

    def let_through(self, kept: Kept, *, staff_id: int | None, now: datetime) -> None:
        """Remove a request that was taken in, and write down who let it through; one that is gone already is no harm.

        staff_id: None if it was whoever runs the machine.
        """
        with self._database.writing() as connection:
            if connection.execute(delete(quarantine).where(quarantine.c.id == kept.id)).rowcount:
                details = {"received_at": kept.received_at.isoformat()}
                connection.execute(
                    insert(audit_log).values(at=now, staff_id=staff_id, action=LET_THROUGH, details=details)
                )

    def tidy(self, *, now: datetime) -> None:
        """Remove what has been kept for a day."""
        with self._database.reading() as connection:
            if connection.execute(select(quarantine.c.id).where(~_in_time(now)).limit(1)).first() is None:
                return  # mostly so, and reading does not stop those who write
        with self._database.writing() as connection:
            connection.execute(delete(quarantine).where(~_in_time(now)))


def _in_time(now: datetime) -> ColumnElement[bool]:
    return quarantine.c.received_at > now - KEPT_FOR


def _has_room(connection: Connection, size: int, share: int, *, now: datetime) -> bool:
    """Whether one more fits in all and this minute.

    share: part of the room that may be filled, as its divisor.
    """
    for kept, most, most_octets in (
        (true(), MOST, MOST_OCTETS),
        (quarantine.c.received_at > now - _MINUTE, MOST_A_MINUTE, MOST_OCTETS_A_MINUTE),
    ):
        row = connection.execute(select(func.count(), func.coalesce(func.sum(quarantine.c.size), 0)).where(kept)).one()
        if row[0] >= most // share or row[1] + size > most_octets // share:
            return False
    return True
