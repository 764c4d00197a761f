from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import HttpUrl

from bot.core.insights import (
    LONGEST_PERIOD,
    BadPeriod,
    Counted,
    Passage,
    Period,
    Quarter,
    Summary,
    asked_period,
    average,
    summarise,
)
from bot.core.knowledge import School

KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
SCHOOL = School(name="A school", url=HttpUrl("https://example.org"), timezone="Asia/Kolkata", language="en", answers={})
WEEK = Period(date(2026, 11, 17), TODAY, KOLKATA)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in India, in UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=KOLKATA).astimezone(UTC)


def summary(*passages: Passage, quarters: tuple[Quarter, ...] = (), replies: dict[int, int] | None = None) -> Summary:
    return summarise(Counted(quarters, (), (), passages, replies or {}, (), 0), WEEK, SCHOOL)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({}, date(2026, 10, 25), TODAY),
        ({"days": "1"}, TODAY, TODAY),
        ({"days": "7"}, date(2026, 11, 17), TODAY),
        ({"days": "7", "from": "", "to": ""}, date(2026, 11, 17), TODAY),
        ({"from": "2026-11-01", "to": "2026-11-02"}, date(2026, 11, 1), date(2026, 11, 2)),
        ({"from": "2026-11-01"}, date(2026, 11, 1), TODAY),
        ({"from": "2026-11-01", "to": "2027-01-01"}, date(2026, 11, 1), TODAY),
        ({"to": "2026-11-02"}, date(2026, 10, 4), date(2026, 11, 2)),
        ({"from": "2025-11-23", "to": "2026-11-23"}, date(2025, 11, 23), TODAY),
    ],
)
def test_a_period_is_days_up_to_today_or_from_one_to_another(asked: dict[str, str], first: date, last: date) -> None:
    assert asked_period(asked, NOW, KOLKATA) == Period(first, last, KOLKATA)


@pytest.mark.parametrize(
    "asked",
    [
        {"days": "0"},
        {"days": str(LONGEST_PERIOD + 1)},
        {"days": "-7"},
        {"days": "a week"},
        {"from": "yesterday"},
        {"from": "2026-11-31"},
        {"to": "0001-01-01"},
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2026-11-24"},
        {"from": "2025-11-22", "to": "2026-11-23"},
    ],
)
def test_an_impossible_period_is_refused_with_what_to_do(asked: dict[str, str]) -> None:
    with pytest.raises(BadPeriod, match=": "):
        asked_period(asked, NOW, KOLKATA)


@given(asked=st.dictionaries(st.sampled_from(["days", "from", "to"]), st.text(max_size=12)))
def test_whatever_is_asked_gives_a_period_or_a_sentence(asked: dict[str, str]) -> None:
    try:
        period = asked_period(asked, NOW, KOLKATA)
    except BadPeriod:
        return
    assert 1 <= len(period.days) <= LONGEST_PERIOD


@given(zone=st.sampled_from(["Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo"]))
def test_days_follow_each_other_without_gap_and_begin_on_a_quarter(zone: str) -> None:
    days = Period(date(2018, 1, 1), date(2018, 12, 31), ZoneInfo(zone)).days
    for day, following in pairwise(days):
        period = Period(day, day, ZoneInfo(zone))
        assert period.ends_at == Period(following, following, ZoneInfo(zone)).starts_at
        assert period.starts_at.astimezone(ZoneInfo(zone)).date() == day
        assert period.starts_at.timestamp() % 900 == 0
        assert timedelta(hours=23) <= period.ends_at - period.starts_at <= timedelta(hours=25)


def test_days_and_hours_are_those_of_the_school() -> None:
    before, after = at(20, 23, 45), at(21, 0, 0)  # Friday and Saturday in India, both Friday in UTC
    figures = summary(quarters=(Quarter(before, 3, 2), Quarter(after, 5, 1)))
    assert [(day.day.day, day.incoming, day.answered) for day in figures.days if day.incoming] == [
        (20, 3, 2),
        (21, 5, 1),
    ]
    assert (figures.hours[4][23], figures.hours[5][0], sum(map(sum, figures.hours))) == (3, 5, 8)


def test_a_day_without_anything_is_shown_too() -> None:
    assert [day.day for day in summary().days] == WEEK.days


def test_a_handoff_counts_on_the_days_on_which_it_began_and_ended() -> None:
    figures = summary(
        Passage(at(16, 12), "asked", resolved_at=at(17, 12), outcome="answered"),
        Passage(at(17, 13), "asked", resolved_at=at(18, 0), outcome="enrolled"),
        Passage(at(23, 23, 59), "admissions"),
        Passage(at(24, 0), "admissions"),
    )
    assert [(day.handoffs, day.resolved) for day in figures.days] == [(1, 1), (0, 1), *[(0, 0)] * 4, (1, 0)]
    assert figures.reasons == (("admissions", 1), ("asked", 1))
    assert figures.outcomes == (("answered", 1), ("enrolled", 1))


def test_half_of_the_learners_waited_at_most_the_median_and_nine_of_ten_at_most_the_other() -> None:
    waited = [
        Passage(at(20, 9), "asked", first_reply_at=at(20, 9, minute)) for minute in (9, 1, 8, 2, 7, 3, 6, 4, 5, 50)
    ]
    response = summary(*waited).response
    assert (response.number, response.median, response.most) == (10, timedelta(minutes=5), timedelta(minutes=9))


def test_without_any_there_is_no_median() -> None:
    response = summary(Passage(at(20, 9), "asked")).response
    assert (response.number, response.median, response.most) == (0, None, None)


def test_what_the_learner_ended_does_not_count_as_resolved_by_staff() -> None:
    figures = summary(
        Passage(at(20, 9), "asked", resolved_at=at(20, 10), outcome="returned_to_bot"),
        Passage(at(20, 9), "asked", resolved_at=at(20, 12), resolved_by=1, outcome="answered"),
    )
    assert (figures.resolution.number, figures.resolution.median) == (1, timedelta(hours=3))
    assert sum(day.resolved for day in figures.days) == 2


def test_ratings_count_on_the_day_they_were_given() -> None:
    rated = [Passage(at(10, 9), "asked", rated_at=at(20, 9), rating=rating) for rating in (5, 5, 1)]
    figures = summary(*rated, Passage(at(10, 9), "asked", rated_at=at(16, 9), rating=2))
    assert figures.ratings == (1, 0, 0, 0, 2)
    assert average(figures.ratings) == pytest.approx(11 / 3)
    assert average((0, 0, 0, 0, 0)) is None


def test_everybody_who_did_something_has_figures_of_their_own() -> None:
    asha, ravi, zoya = 1, 2, 3
    figures = summary(
        Passage(
            at(20, 9),
            "asked",
            taken_at=at(20, 9, 5),
            taken_by=asha,
            first_reply_at=at(20, 9, 10),
            resolved_at=at(20, 11),
            resolved_by=ravi,
            rated_at=at(20, 12),
            rating=4,
        ),
        replies={zoya: 7, asha: 1},
    )
    seen = [
        (one.staff_id, one.taken, one.replies, one.response.number, one.resolved, one.ratings) for one in figures.people
    ]
    nothing, four = (0, 0, 0, 0, 0), (0, 0, 0, 1, 0)
    assert seen == [(asha, 1, 1, 1, 0, nothing), (ravi, 0, 0, 0, 1, four), (zoya, 0, 7, 0, 0, nothing)]
