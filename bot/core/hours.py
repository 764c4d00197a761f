"""When staff are there, by the opening hours in the knowledge."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.knowledge import School, Weekday

_DAYS_AHEAD = 14


def is_open(school: School, now: datetime) -> bool:
    """Whether staff are there now. Only meaningful if the school's hours are known."""
    local = now.astimezone(ZoneInfo(school.timezone))
    return any(opens <= local < closes for opens, closes in _openings(school, local))


def next_opening(school: School, now: datetime) -> datetime | None:
    """When staff are back, in the school's time zone; None if no day of the next two weeks is open."""
    local = now.astimezone(ZoneInfo(school.timezone))
    return min((opens for opens, _ in _openings(school, local) if opens > local), default=None)


def _openings(school: School, local: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing times from yesterday on; yesterday's may last past midnight."""
    weekdays = list(Weekday)
    for ahead in range(-1, _DAYS_AHEAD + 1):
        day = local.date() + timedelta(days=ahead)
        hours = school.hours.get(weekdays[day.weekday()])
        if hours is None or day in school.holidays:
            continue
        opens = datetime.combine(day, hours.opens, local.tzinfo)
        closes = datetime.combine(day, hours.closes, local.tzinfo)
        yield opens, closes if closes > opens else closes + timedelta(days=1)
