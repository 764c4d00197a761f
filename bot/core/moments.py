"""Days and times of day as editors write them in the knowledge files."""

from datetime import date, time
from typing import Annotated

from pydantic import BeforeValidator, Strict, WithJsonSchema


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("Write the day as year-month-day, such as 2026-05-12.") from None


def _time_of_day(value: object) -> object:
    if not isinstance(value, str):
        return value
    hour, _, minute = value.strip().partition(":")
    try:
        return time(int(hour[:3]), int(minute[:3]))
    except ValueError:
        raise ValueError("Write the time as hours:minutes of the 24-hour clock, such as 09:30.") from None


Day = Annotated[
    date, Strict(), BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"}, mode="validation")
]
TimeOfDay = Annotated[
    time,
    Strict(),
    BeforeValidator(_time_of_day),
    WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"}, mode="validation"),
]
