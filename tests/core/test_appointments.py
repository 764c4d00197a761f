"""Times as people say them, in English, Hinglish and Hindi."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.appointments import Calendar, Said
from tests.core.talking import real_knowledge

INDIA = ZoneInfo("Asia/Kolkata")
TUESDAY = datetime(2026, 11, 24, 16, 20, tzinfo=INDIA)


def calendar() -> Calendar:
    found = real_knowledge().calendar
    assert found is not None
    return found


def find(text: str, now: datetime = TUESDAY) -> Said | None:
    return calendar().find(real_knowledge().read(text), now)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("on saturday", "Sat 28 Nov 10:00"),
        ("saterday mornin", "Sat 28 Nov 09:00"),
        ("this weekend", "Sat 28 Nov 10:00"),
        ("tomorrow at 6pm", "Wed 25 Nov 18:00"),
        ("tomorow 6:30 pm", "Wed 25 Nov 18:30"),
        ("kal shaam ko", "Wed 25 Nov 18:00"),
        ("kal subah 10 baje", "Wed 25 Nov 10:00"),
        ("कल शाम ६ बजे", "Wed 25 Nov 18:00"),
        ("parso", "Thu 26 Nov 10:00"),
        ("in 3 days", "Fri 27 Nov 10:00"),
        ("3days", "Fri 27 Nov 10:00"),
        ("teen din baad", "Fri 27 Nov 10:00"),
        ("agle hafte", "Tue 01 Dec 10:00"),
        ("next week friday", "Tue 01 Dec 10:00"),
        ("after 2 months", "Sat 23 Jan 10:00"),
        ("in an hour", "Tue 24 Nov 17:20"),
        ("2 ghante baad", "Tue 24 Nov 18:20"),
        ("5 december", "Sat 05 Dec 10:00"),
        ("5th of december at 11", "Sat 05 Dec 11:00"),
        ("dec 5", "Sat 05 Dec 10:00"),
        ("may 5", "Wed 05 May 10:00"),
        ("18:45", "Tue 24 Nov 18:45"),
        ("at 9", "Wed 25 Nov 09:00"),
        ("at 6", "Tue 24 Nov 18:00"),
        ("at 12 am", "Wed 25 Nov 00:00"),
        ("12 pm tomorrow", "Wed 25 Nov 12:00"),
        ("today", "Tue 24 Nov 18:00"),
        ("tuesday", "Tue 01 Dec 10:00"),
        ("tuesday 5pm", "Tue 24 Nov 17:00"),
    ],
)
def test_a_time_is_understood_as_people_mean_it(said: str, means: str) -> None:
    found = find(said)
    assert found is not None
    assert f"{found.at.astimezone(INDIA):%a %d %b %H:%M}" == means


@pytest.mark.parametrize(
    "said", ["", "what is mlops", "6", "2 courses", "may i ask", "31 february", "today at 9am", "0 minutes", "30 baje"]
)
def test_what_says_no_time_that_can_come_says_none(said: str) -> None:
    assert find(said) is None


def test_what_is_said_besides_is_left() -> None:
    found = find("remind me on saturday at 6pm about the course")
    assert found is not None
    assert found.rest == ("remind", "me", "on", "about", "the", "course")


def test_late_in_the_evening_today_has_no_time_left() -> None:
    assert find("today", TUESDAY.replace(hour=22)) is None


WORDS = st.sampled_from([*sorted(calendar().words), "at", "in", "next", "a", "|", "the"]) | st.integers(0, 999).map(str)


@given(
    words=st.lists(WORDS, max_size=7),
    now=st.integers(1_767_225_600, 1_861_920_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    zone=st.sampled_from(["Asia/Kolkata", "Europe/Berlin", "America/New_York"]),
)
def test_whatever_is_said_the_time_is_still_to_come_and_words_are_only_taken_away(
    words: list[str], now: datetime, zone: str
) -> None:
    local = now.astimezone(ZoneInfo(zone))
    found = calendar().find(words, local)
    if found is None:
        return
    assert found.at.tzinfo is UTC
    assert found.at > now.replace(second=0, microsecond=0)
    left = iter(words)
    assert all(word in left for word in found.rest)
    assert found == calendar().find(words, local)
    assert found.at - now < timedelta(days=31 * 999)
