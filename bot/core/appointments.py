"""When somebody wants to be written to: "saturday 6 pm", "kal shaam ko", "in 3 days", "5 december"."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Generic, TypeVar

from bot.core.knowledge import Appointments, Language
from bot.core.text import BORDER, Lexicon, Wordings

_JOINED: Final = re.compile(r"(\d{1,3})(\D+)")
_BETWEEN: Final = 2
"""How many words may stand between a day and its month: "5th of december"."""
_NOON: Final = 12
_EARLIEST_MORNING: Final = 8
"""Who says "at 6" and no more means the evening; from this hour on, the morning."""
_MONTH: Final = timedelta(days=30)

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Said:
    """A time that was said. at: aware UTC, later than when it was said. rest: the other words."""

    at: datetime
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found(Generic[_T_co]):
    """What the words from `start` to before `end` say."""

    value: _T_co
    start: int
    end: int


class _Names(Generic[_T]):
    """Values by the names that they go by."""

    def __init__(self, spoken: Mapping[_T, Iterable[str]], lexicon: Lexicon) -> None:
        self.values = {name: value for value, names in spoken.items() for name in lexicon.wordings(names).sequences}
        self._wordings = Wordings(self.values)

    def find(self, words: Sequence[str]) -> Iterator[_Found[_T]]:
        for start, end in self._wordings.find(words):
            yield _Found(self.values[tuple(words[start:end])], start, end)

    def first(self, words: Sequence[str]) -> _Found[_T] | None:
        return next(self.find(words), None)


class Calendar:
    """What words say of days and hours, by `appointments` in `knowledge/language.yaml`."""

    def __init__(self, written: Appointments, language: Language, lexicon: Lexicon) -> None:
        self._days = _Names(dict(enumerate(written.days)), lexicon)
        self._weekdays = _Names(dict(enumerate(written.weekdays)), lexicon)
        self._months = _Names(dict(enumerate(written.months, start=1)), lexicon)
        units = written.units
        self._units = _Names(
            {
                timedelta(minutes=1): units.minute,
                timedelta(hours=1): units.hour,
                timedelta(days=1): units.day,
                timedelta(weeks=1): units.week,
                _MONTH: units.month,
            },
            lexicon,
        )
        self._parts = _Names({part.at: part.words for part in written.parts}, lexicon)
        self._numbers = _Names(dict(enumerate(language.numbers.values(), start=1)), lexicon)
        self._single = lexicon.wordings(written.single)
        self._before_hour = lexicon.wordings(written.before_hour)
        self._halves = _Names({None: written.oclock, False: written.before_noon, True: written.after_noon}, lexicon)
        self._usual = written.usual
        self._telling = self.words | {word for name in self._numbers.values for word in name}

    @property
    def words(self) -> frozenset[str]:
        """Every word that says a time."""
        tables = (self._days, self._weekdays, self._months, self._units, self._parts, self._halves)
        return frozenset(word for table in tables for name in table.values for word in name)

    def in_days(self, days: int, now: datetime) -> datetime:
        """The usual time of the day that comes in so many days; in the time zone of `now`."""
        return _at(now.date() + timedelta(days=days), self._usual, now)

    def find(self, words: Sequence[str], now: datetime) -> Said | None:
        """The time that words say; None if they say none, or one that has passed.

        words: as `Knowledge.read` gives them. now: aware, in the time zone in which the time is meant.
        """
        if self._telling.isdisjoint(words) and not any(word[:1].isdecimal() for word in words):
            return None  # as nearly all messages
        words = [part for word in words for part in _parted(word)]
        delay = self._delay(words)
        if delay is not None and delay.value < timedelta(days=1):
            return _said(now + delay.value, words, [delay]) if delay.value else None
        day = self._day(words, now) if delay is None else _Found((now + delay.value).date(), delay.start, delay.end)
        part, clock = self._parts.first(words), self._clock(words)
        spans: list[_Found[object]] = [span for span in (day, part, clock) if span is not None]
        if not spans:
            return None
        hour = _hour(clock.value if clock else None, part.value if part else None) or self._usual
        wanted = (_at(one, hour, now) for one in self._candidates(day, words, now))
        at = next((at for at in wanted if at > now), None)
        if at is None and day is not None and part is None and clock is None:
            parts = (_at(day.value, one, now) for one in sorted(self._parts.values.values()))
            at = next((at for at in parts if at > now), None)
        return None if at is None else _said(at, words, spans)

    def _candidates(self, day: _Found[date] | None, words: Sequence[str], now: datetime) -> tuple[date, ...]:
        """The days that may be meant: without one, today or tomorrow; a weekday is today or in a week."""
        if day is None:
            return now.date(), now.date() + timedelta(days=1)
        is_weekday = (day.start, day.end) in {(one.start, one.end) for one in self._weekdays.find(words)}
        return (day.value, day.value + timedelta(weeks=1)) if is_weekday else (day.value,)

    def _delay(self, words: Sequence[str]) -> _Found[timedelta] | None:
        """So many minutes, hours, days, weeks or months."""
        for unit in self._units.find(words):
            before = words[: unit.start]
            number = self._number(before)
            if number is not None:
                return _Found(unit.value * number, unit.start - 1, unit.end)
            if any(end == unit.start for _, end in self._single.find(before)):
                return _Found(unit.value, unit.start - 1, unit.end)
        return None

    def _number(self, words: Sequence[str]) -> int | None:
        """The number that the last of the words is."""
        if not words:
            return None
        return int(words[-1]) if _is_number(words[-1]) else self._numbers.values.get((words[-1],))

    def _day(self, words: Sequence[str], now: datetime) -> _Found[date] | None:
        for month in self._months.find(words):
            if (found := self._date(words, month, now.date())) is not None:
                return found
        if (day := self._days.first(words)) is not None:
            return _Found(now.date() + timedelta(days=day.value), day.start, day.end)
        if (weekday := self._weekdays.first(words)) is not None:
            ahead = timedelta(days=(weekday.value - now.weekday()) % 7)
            return _Found(now.date() + ahead, weekday.start, weekday.end)
        return None

    def _date(self, words: Sequence[str], month: _Found[int], today: date) -> _Found[date] | None:
        """The day of the month beside its name, this year or, once it has passed, the next."""
        around = [*range(month.start - 1, month.start - 2 - _BETWEEN, -1), *range(month.end, month.end + 1)]
        place = next((at for at in around if 0 <= at < len(words) and _is_number(words[at])), None)
        if place is None:
            return None
        for year in (today.year, today.year + 1):
            try:
                day = date(year, month.value, int(words[place]))
            except ValueError:
                return None
            if day >= today:
                return _Found(day, min(place, month.start), max(place + 1, month.end))
        return None

    def _clock(self, words: Sequence[str]) -> _Found[tuple[time, bool | None]] | None:
        """An hour, with or without minutes, and whether it is after noon; None if that is not said."""
        for start, word in enumerate(words):
            if not (_is_number(word) or (word,) in self._numbers.values):
                continue
            hour = self._number(words[: start + 1]) or 0
            end, minute = start + 1, 0
            if words[end : end + 1] == [BORDER] and len(words) > end + 1 and _is_minute(words[end + 1]):
                end, minute = end + 2, int(words[end + 1])
            half = next((one for one in self._halves.find(words) if one.start == end), None)
            named = any(stop == start for _, stop in self._before_hour.find(words[:start]))
            if (half is None and not named and end == start + 1) or hour >= 24:
                continue
            return _Found((time(hour, minute), half.value if half else None), start - named, half.end if half else end)
        return None


def _parted(word: str) -> tuple[str, ...]:
    """A word as it would be written with a gap: 6pm, 3days."""
    joined = _JOINED.fullmatch(word)
    return joined.groups() if joined else (word,)


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) <= 3


def _is_minute(word: str) -> bool:
    return len(word) == 2 and word.isdecimal() and int(word) < 60


def _hour(clock: tuple[time, bool | None] | None, part: time | None) -> time | None:
    """The time of day that an hour and a part of the day say together; None if there is neither."""
    if clock is None:
        return part
    at, after_noon = clock
    if after_noon is None and at.hour < _NOON:
        after_noon = part.hour >= _NOON if part else 0 < at.hour < _EARLIEST_MORNING
    if after_noon and at.hour < _NOON:
        return at.replace(hour=at.hour + _NOON)
    return at.replace(hour=0) if after_noon is False and at.hour == _NOON else at


def _at(day: date, at: time, now: datetime) -> datetime:
    return datetime.combine(day, at, now.tzinfo)


def _said(at: datetime, words: Sequence[str], spans: Iterable[_Found[object]]) -> Said:
    taken = {place for span in spans for place in range(span.start, span.end)}
    rest = tuple(word for place, word in enumerate(words) if place not in taken)
    return Said(at.astimezone(UTC).replace(second=0, microsecond=0), rest)
