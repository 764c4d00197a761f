"""When staff are there, by the opening hours in the knowledge."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.knowledge import School, Weekday

_DAYS_AHEAD = 14
_WEEKDAYS = tuple(Weekday)


def is_open(school: School, now: datetime) -> bool:
    """Whether staff are there now. Only meaningful if the school's hours are known."""
    local = now.astimezone(ZoneInfo(school.timezone))
    return any(opens <= local < closes for opens, closes in _openings(school, local))


def next_opening(school: School, now: datetime) -> datetime | None:
    """When staff are back, in the school's time zone; None if no day of the next two weeks is open."""
    local = now.astimezone(ZoneInfo(school.timezone))
    return min((opens for opens, _ in _openings(school, local) if opens > local), default=None)


def open_time_between(school: School, start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` (aware) lies within opening hours; all of it if none are known.

    Zero if `end` is not after `start`. Hours that overlap count once.
    """
    if not school.hours:
        return max(end - start, timedelta(0))
    zone = ZoneInfo(school.timezone)
    day, last_day = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date()
    total, counted_to = timedelta(0), start.astimezone(UTC)
    while day <= last_day:
        opening = _opening_on(school, day, zone)
        if opening is not None:
            # In UTC, because in one zone the difference of two times leaves out what a change of clocks adds or takes.
            opens, closes = (moment.astimezone(UTC) for moment in opening)
            total += max(min(closes, end) - max(opens, counted_to), timedelta(0))
            counted_to = max(counted_to, closes)
        day += timedelta(days=1)
    return total


def _openings(school: School, local: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing times from yesterday on; yesterday's may last past midnight."""
    zone = ZoneInfo(school.timezone)
    for ahead in range(-1, _DAYS_AHEAD + 1):
        opening = _opening_on(school, local.date() + timedelta(days=ahead), zone)
        if opening is not None:
            yield opening


def _opening_on(school: School, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    hours = school.hours.get(_WEEKDAYS[day.weekday()])
    if hours is None or day in school.holidays:
        return None
    opens = datetime.combine(day, hours.opens, zone)
    closes = datetime.combine(day, hours.closes, zone)
    return opens, closes if closes > opens else closes + timedelta(days=1)
