"""Days as pages write them."""

import re
from datetime import date
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO: Final = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")
_MONTH_FIRST: Final = re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})")
_DAY_FIRST: Final = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)? (?P<name>[A-Za-z]{3,9})\.?,? (?P<year>\d{4})")


def day_in(text: str) -> date | None:
    """The first day that a text names, as in "May 12, 2026", "12 May 2026" or "2026-05-12"; None if it names none."""
    for form in (_ISO, _MONTH_FIRST, _DAY_FIRST):
        for found in form.finditer(text):
            parts = found.groupdict()
            month = int(parts["month"]) if "month" in parts else _month(parts["name"])
            try:
                return date(int(parts["year"]), month, int(parts["day"]))
            except ValueError:
                continue
    return None


def _month(name: str) -> int:
    """1 to 12; 0 if it is no month."""
    return next((number for number, month in enumerate(_MONTHS, 1) if name.casefold().startswith(month)), 0)
