"""How things went over some days: what the insights show, worked out from what the store has counted. Pure."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.core.hours import open_time_between
from bot.core.knowledge import School, Weekday
from bot.errors import BotError

LONGEST_PERIOD: Final = 366
"""Days that can be looked at together."""
USUAL_PERIODS: Final = (7, 30, 90)
USUAL_PERIOD: Final = 30
RATINGS: Final = range(1, 6)
_HOURS: Final = 24
_EARLIEST: Final = date(2000, 1, 1)


class BadPeriod(BotError):
    """There are no such days to look at."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in one time zone, `first` and `last` among them."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def starts_at(self) -> datetime:
        """The first moment, aware UTC."""
        return _midnight(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it, aware UTC."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    @property
    def days(self) -> list[date]:
        """All days in order."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def asked_period(asked: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Period:
    """Return the period that somebody asked for: `from` and `to` as dates, or `days` up to today (30 if not given).

    Days that have not come yet are left out. Raises BadPeriod.
    """
    today = now.astimezone(zone).date()
    if not asked.get("from") and not asked.get("to"):
        days = asked.get("days") or str(USUAL_PERIOD)
        if not re.fullmatch(r"[0-9]{1,3}", days) or not 1 <= int(days) <= LONGEST_PERIOD:
            raise BadPeriod(f"Only 1 to {LONGEST_PERIOD} days can be shown together: choose one of the periods.")
        return Period(today - timedelta(days=int(days) - 1), today, zone)
    last = min(_day(asked["to"]), today) if asked.get("to") else today
    first = _day(asked["from"]) if asked.get("from") else last - timedelta(days=USUAL_PERIOD - 1)
    if first > last:
        raise BadPeriod("The first day comes after the last one: choose an earlier first day.")
    if last - first >= timedelta(days=LONGEST_PERIOD):
        raise BadPeriod(f"Only {LONGEST_PERIOD} days can be shown together: choose a later first day.")
    return Period(first, last, zone)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadPeriod("A day could not be read: write it like 2026-11-23.") from None
    if day < _EARLIEST:
        raise BadPeriod(f"There was nothing before {_EARLIEST}: choose a later day.")
    return day


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


# What the store counts


@dataclass(frozen=True, slots=True)
class Quarter:
    """Messages of a quarter of an hour that begins at `starts_at` (aware UTC): every zone's days begin with one."""

    starts_at: datetime
    incoming: int
    answered: int


@dataclass(frozen=True, slots=True)
class Passage:
    """What is to be known of one handoff. Times are aware UTC; None: it has not happened. `rating` is 1 to 5."""

    opened_at: datetime
    reason: str
    taken_at: datetime | None = None
    taken_by: int | None = None
    first_reply_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: int | None = None
    outcome: str | None = None
    rated_at: datetime | None = None
    rating: int | None = None


class Origin(StrEnum):
    """What makes a message to a learner."""

    BOT = "bot"
    STAFF = "staff"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Outflow:
    """Messages of one origin: those that the provider took, and those of them that arrived, which are billed."""

    origin: Origin
    sent: int
    arrived: int


@dataclass(frozen=True, slots=True)
class Counted:
    """All about one period.

    topics: in how many messages each was answered, the most frequent first.
    sources: how many conversations came from where, by link or advertisement, the most frequent first.
    passages: every handoff of which something happened in the period, and perhaps others.
    replies: how many messages each member of staff wrote, by id.
    outflows: what was sent to learners. reached: to how many of them.
    """

    quarters: Sequence[Quarter]
    topics: Sequence[tuple[str, int]]
    sources: Sequence[tuple[str, int]]
    passages: Sequence[Passage]
    replies: Mapping[int, int]
    outflows: Sequence[Outflow]
    reached: int


# What is shown


@dataclass(frozen=True, slots=True)
class Day:
    """Messages that came in, those of them that the bot answered, handoffs that began and that ended."""

    day: date
    incoming: int
    answered: int
    handoffs: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took within opening hours: half of the cases at most `median`, nine of ten `most`."""

    number: int
    median: timedelta | None
    most: timedelta | None


@dataclass(frozen=True, slots=True)
class Person:
    """One member of staff. Ratings are of the handoffs that this person resolved."""

    staff_id: int
    taken: int
    replies: int
    response: Times
    resolved: int
    ratings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A period in figures.

    hours: messages that came in, by weekday (Monday first) and hour of the day.
    response: from the beginning of a handoff to the first reply of staff, of those answered in the period.
    resolution: from the beginning to the end, of those that staff resolved in the period.
    ratings: how many learners gave 1, 2, 3, 4 and 5.
    sources: where conversations came from, by link or advertisement.
    outflows: what was sent to learners, one for each origin. reached: to how many of them.
    reasons: why the handoffs of the period began; outcomes: how those that ended in it ended. Most frequent first.
    """

    period: Period
    days: tuple[Day, ...]
    hours: tuple[tuple[int, ...], ...]
    response: Times
    resolution: Times
    ratings: tuple[int, ...]
    topics: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, int], ...]
    outcomes: tuple[tuple[str, int], ...]
    people: tuple[Person, ...]
    outflows: tuple[Outflow, ...]
    reached: int

    @property
    def arrived(self) -> int:
        """How many messages arrived."""
        return sum(one.arrived for one in self.outflows)


def average(ratings: Sequence[int]) -> float | None:
    """Return the mean of how many gave 1, 2, 3, 4 and 5; None if nobody gave any."""
    number = sum(ratings)
    return sum(value * given for value, given in zip(RATINGS, ratings, strict=True)) / number if number else None


def summarise(counted: Counted, period: Period, school: School) -> Summary:
    """Work out what is shown of a period."""
    happened = _Happened(counted.passages, period, school)
    return Summary(
        period=period,
        days=_days(counted, happened, period),
        hours=_hours(counted.quarters, period.zone),
        response=_times(length for _, length in happened.responses),
        resolution=_times(
            open_time_between(school, passage.opened_at, passage.resolved_at)
            for passage in happened.resolved
            if passage.resolved_at is not None and passage.resolved_by is not None
        ),
        ratings=_ratings(happened.rated),
        topics=tuple(counted.topics),
        sources=tuple(counted.sources),
        reasons=_ranked(passage.reason for passage in happened.opened),
        outcomes=_ranked(passage.outcome or "" for passage in happened.resolved),
        people=_people(happened, counted.replies),
        outflows=tuple(_of_each_origin(counted.outflows)),
        reached=counted.reached,
    )


def _of_each_origin(outflows: Iterable[Outflow]) -> Iterator[Outflow]:
    known = {one.origin: one for one in outflows}
    return (known.get(origin, Outflow(origin, 0, 0)) for origin in Origin)


class _Happened:
    """The handoffs by what happened to them in a period; `responses` with the time until then."""

    def __init__(self, passages: Sequence[Passage], period: Period, school: School) -> None:
        start, end = period.starts_at, period.ends_at

        def within(moment: datetime | None) -> bool:
            return moment is not None and start <= moment < end

        self.opened = [passage for passage in passages if within(passage.opened_at)]
        self.taken = [passage for passage in passages if within(passage.taken_at)]
        self.resolved = [passage for passage in passages if within(passage.resolved_at)]
        self.rated = [passage for passage in passages if within(passage.rated_at)]
        self.responses = [
            (passage, open_time_between(school, passage.opened_at, passage.first_reply_at))
            for passage in passages
            if passage.first_reply_at is not None and within(passage.first_reply_at)
        ]


def _days(counted: Counted, happened: _Happened, period: Period) -> tuple[Day, ...]:
    incoming: Counter[date] = Counter()
    answered: Counter[date] = Counter()
    for quarter in counted.quarters:
        day = quarter.starts_at.astimezone(period.zone).date()
        incoming[day] += quarter.incoming
        answered[day] += quarter.answered
    began = Counter(passage.opened_at.astimezone(period.zone).date() for passage in happened.opened)
    ended = Counter(
        passage.resolved_at.astimezone(period.zone).date() for passage in happened.resolved if passage.resolved_at
    )
    return tuple(Day(day, incoming[day], answered[day], began[day], ended[day]) for day in period.days)


def _hours(quarters: Sequence[Quarter], zone: ZoneInfo) -> tuple[tuple[int, ...], ...]:
    grid = [[0] * _HOURS for _ in Weekday]
    for quarter in quarters:
        local = quarter.starts_at.astimezone(zone)
        grid[local.weekday()][local.hour] += quarter.incoming
    return tuple(tuple(row) for row in grid)


def _people(happened: _Happened, replies: Mapping[int, int]) -> tuple[Person, ...]:
    ids = {passage.taken_by for passage in happened.taken} | {passage.resolved_by for passage in happened.resolved}
    return tuple(
        Person(
            staff_id=staff_id,
            taken=sum(passage.taken_by == staff_id for passage in happened.taken),
            replies=replies.get(staff_id, 0),
            response=_times(length for passage, length in happened.responses if passage.taken_by == staff_id),
            resolved=sum(passage.resolved_by == staff_id for passage in happened.resolved),
            ratings=_ratings(passage for passage in happened.rated if passage.resolved_by == staff_id),
        )
        for staff_id in sorted({each for each in ids if each is not None} | replies.keys())
    )


def _times(lengths: Iterable[timedelta]) -> Times:
    ordered = sorted(lengths)
    if not ordered:
        return Times(0, None, None)
    # Of the values that occurred, so that an even number does not make one up.
    return Times(len(ordered), *(ordered[math.ceil(len(ordered) * part) - 1] for part in (0.5, 0.9)))


def _ratings(passages: Iterable[Passage]) -> tuple[int, ...]:
    given = Counter(passage.rating for passage in passages)
    return tuple(given[value] for value in RATINGS)


def _ranked(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))
