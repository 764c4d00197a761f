from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import HttpUrl

from bot.core.hours import is_open, next_opening, open_time_between
from bot.core.knowledge import Opening, School, Weekday

KOLKATA = ZoneInfo("Asia/Kolkata")
OFFICE = Opening(opens=time(9, 30), closes=time(18, 0))
NIGHT = Opening(opens=time(20, 0), closes=time(2, 0))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def school(hours: dict[Weekday, Opening], *holidays: date, timezone: str = "Asia/Kolkata") -> School:
    url = HttpUrl("https://example.org")
    return School(
        name="A school", url=url, timezone=timezone, language="en", hours=hours, holidays=holidays, answers={}
    )


MONDAY_TO_SATURDAY = school(dict.fromkeys(list(Weekday)[:6], OFFICE), date(2026, 11, 25))


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of November 2026 in India, whose 23rd is a Monday, as the program gets it: in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=KOLKATA).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "there"),
    [
        (at(23, 9, 29, 59), False),
        (at(23, 9, 30), True),
        (at(23, 17, 59, 59), True),
        (at(23, 18, 0), False),
    ],
)
def test_staff_are_there_from_the_opening_minute_until_the_closing_minute(now: datetime, *, there: bool) -> None:
    assert is_open(MONDAY_TO_SATURDAY, now) is there


@pytest.mark.parametrize(
    ("now", "there"),
    [
        (at(23, 1, 59), False),  # the night before is a Sunday
        (at(23, 20, 0), True),
        (at(24, 0, 0), True),
        (at(24, 1, 59), True),
        (at(24, 2, 0), False),
        (at(24, 20, 0), False),
    ],
)
def test_an_opening_may_last_past_midnight(now: datetime, *, there: bool) -> None:
    assert is_open(school({Weekday.MONDAY: NIGHT}), now) is there


def test_on_a_day_that_is_missing_nobody_is_there() -> None:
    assert not is_open(MONDAY_TO_SATURDAY, at(29, 12))
    assert next_opening(MONDAY_TO_SATURDAY, at(29, 12)) == at(30, 9, 30)


def test_on_a_holiday_nobody_is_there() -> None:
    assert is_open(MONDAY_TO_SATURDAY, at(24, 12))
    assert not is_open(MONDAY_TO_SATURDAY, at(25, 12))
    assert next_opening(MONDAY_TO_SATURDAY, at(25, 12)) == at(26, 9, 30)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (at(23, 9, 29), at(23, 9, 30)),
        (at(23, 9, 30), at(24, 9, 30)),
        (at(23, 18, 0), at(24, 9, 30)),
        (at(24, 18, 0), at(26, 9, 30)),  # over the holiday
        (at(28, 18, 0), at(30, 9, 30)),  # over Sunday
    ],
)
def test_the_next_opening_is_the_first_one_still_to_come(now: datetime, opening: datetime) -> None:
    assert next_opening(MONDAY_TO_SATURDAY, now) == opening


def test_the_next_opening_is_told_in_the_time_of_the_school() -> None:
    opening = next_opening(MONDAY_TO_SATURDAY, at(23, 3))
    assert opening is not None
    assert (opening.hour, opening.minute, str(opening.tzinfo)) == (9, 30, "Asia/Kolkata")


def test_hours_are_those_of_the_time_zone_of_the_school() -> None:
    hours = {Weekday.MONDAY: OFFICE}
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # 17:30 in India, 7:00 in New York
    assert is_open(school(hours, timezone="Asia/Kolkata"), noon)
    assert not is_open(school(hours, timezone="America/New_York"), noon)
    assert next_opening(school(hours, timezone="America/New_York"), noon) == noon + timedelta(hours=2, minutes=30)


def test_hours_stay_the_same_on_the_clock_when_summer_time_ends() -> None:
    berlin = school({Weekday.SUNDAY: OFFICE}, timezone="Europe/Berlin")
    assert is_open(berlin, datetime(2026, 10, 18, 7, 30, tzinfo=UTC))
    assert not is_open(berlin, datetime(2026, 10, 25, 8, 29, tzinfo=UTC))
    assert is_open(berlin, datetime(2026, 10, 25, 8, 30, tzinfo=UTC))


def test_without_an_open_day_in_two_weeks_there_is_no_next_opening() -> None:
    assert next_opening(school({}), at(23, 12)) is None
    closed = [date(2026, 11, 23) + timedelta(weeks=week) for week in range(3)]
    assert next_opening(school({Weekday.MONDAY: OFFICE}, *closed), at(23, 8)) is None


@settings(max_examples=100, deadline=None)
@given(now=MOMENTS)
def test_whoever_comes_at_the_next_opening_finds_somebody(now: datetime) -> None:
    opening = next_opening(MONDAY_TO_SATURDAY, now)
    assert opening is not None
    assert opening > now
    assert is_open(MONDAY_TO_SATURDAY, opening)
    assert not is_open(MONDAY_TO_SATURDAY, opening - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (at(23, 10), at(23, 10, 20), timedelta(minutes=20)),
        (at(23, 8), at(23, 10), timedelta(minutes=30)),
        (at(23, 17, 50), at(24, 9, 40), timedelta(minutes=20)),  # over night
        (at(24, 17, 50), at(26, 9, 40), timedelta(minutes=20)),  # the 25th is a holiday
        (at(28, 17), at(30, 10), timedelta(minutes=90)),  # Saturday to Monday
        (at(23, 19), at(23, 20), timedelta(0)),
        (at(23, 11), at(23, 10), timedelta(0)),
    ],
)
def test_time_counts_only_while_somebody_is_there(start: datetime, end: datetime, expected: timedelta) -> None:
    assert open_time_between(MONDAY_TO_SATURDAY, start, end) == expected


def test_an_opening_past_midnight_counts_on_both_sides() -> None:
    assert open_time_between(school({Weekday.MONDAY: NIGHT}), at(23, 23), at(24, 1)) == timedelta(hours=2)
    assert open_time_between(school({Weekday.MONDAY: NIGHT}), at(24, 1), at(24, 9)) == timedelta(hours=1)


def test_hours_that_overlap_count_once() -> None:
    hours = {Weekday.MONDAY: NIGHT, Weekday.TUESDAY: Opening(opens=time(1, 0), closes=time(3, 0))}
    assert open_time_between(school(hours), at(23, 12), at(24, 12)) == timedelta(hours=7)


def test_without_known_hours_all_time_counts() -> None:
    assert open_time_between(school({}), at(23, 10), at(24, 10)) == timedelta(days=1)
    assert open_time_between(school({}), at(24, 10), at(23, 10)) == timedelta(0)


def test_the_night_on_which_clocks_change_has_its_real_length() -> None:
    berlin = school(dict.fromkeys(Weekday, Opening(opens=time(0, 0), closes=time(6, 0))), timezone="Europe/Berlin")
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    for day, hours in ((spring, 5), (autumn, 7)):
        noon = datetime.combine(day, time(12), ZoneInfo("Europe/Berlin"))
        assert open_time_between(berlin, noon - timedelta(hours=20), noon) == timedelta(hours=hours)


@given(moments=st.tuples(MOMENTS, MOMENTS, MOMENTS).map(sorted))
def test_two_stretches_count_as_much_as_the_whole(moments: list[datetime]) -> None:
    start, middle, end = moments
    parts = [open_time_between(MONDAY_TO_SATURDAY, *part) for part in ((start, middle), (middle, end))]
    assert sum(parts, timedelta(0)) == open_time_between(MONDAY_TO_SATURDAY, start, end)
    assert timedelta(0) <= sum(parts, timedelta(0)) <= end - start
