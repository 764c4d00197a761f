"""Slow down who guesses passwords: in the database, so that every process knows of every failure."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from sqlalchemy import Connection, delete, insert, select

from bot.storage.tables import sign_in_failures

FREE: Final = 5
"""Failures in a row after which the waits begin."""
FIRST_WAIT: Final = timedelta(seconds=5)
"""The wait after that failure; it doubles with each one more."""
LONGEST_WAIT: Final = timedelta(minutes=15)
QUIET: Final = timedelta(minutes=15)
"""Time without a failure, once the wait is over, that ends the row."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Where an attempt comes from, as marks that tell nobody the e-mail or the address without the key."""

    account: str
    network: str

    @classmethod
    def of(cls, email: str, network: str, *, key: str) -> Self:
        """Mark an e-mail as it was typed, of a member of staff or not, and a network address."""
        return cls(_mark(f"account {email.strip().lower()}", key), _mark(f"network {network}", key))


def begin(connection: Connection, origins: Origins, *, now: datetime) -> timedelta | None:
    """Count an attempt as a failure in advance and return None, or count nothing and return how long to wait first.

    So a thousand attempts at one moment get no more tries than a thousand in a row.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE sign_in_failures IN SHARE ROW EXCLUSIVE MODE")
    wait = max(_wait(connection, origin, now=now) for origin in (origins.account, origins.network))
    if wait > timedelta():
        return wait
    rows = [{"origin": origin, "at": now} for origin in (origins.account, origins.network)]
    connection.execute(insert(sign_in_failures), rows)
    return None


def succeed(connection: Connection, origins: Origins, *, now: datetime) -> None:
    """Forget the failures of the account, and of the network address what the attempt begun at `now` had counted."""
    own = (sign_in_failures.c.origin == origins.network) & (sign_in_failures.c.at == now)
    connection.execute(delete(sign_in_failures).where((sign_in_failures.c.origin == origins.account) | own))


def _wait(connection: Connection, origin: str, *, now: datetime) -> timedelta:
    """Return how long an origin still has to wait; nothing or less if it may try now."""
    times = select(sign_in_failures.c.at).where(sign_in_failures.c.origin == origin).order_by(sign_in_failures.c.at)
    failures = 0
    last = now
    for at in connection.scalars(times):
        failures = failures + 1 if at <= last + _pause(failures) + QUIET else 1
        last = at
    left: timedelta = last + _pause(failures) - now
    return left if failures >= FREE else timedelta()


def _pause(failures: int) -> timedelta:
    if failures < FREE:
        return timedelta()
    doublings = min(failures - FREE, 10)  # as many as matter: somebody may try for a whole day
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << doublings))


def _mark(text: str, key: str) -> str:
    return hmac.digest(key.encode(), text.encode("utf-8", "surrogatepass"), "sha256").hex()
