"""Pictures of figures, drawn as SVG. Sizes are numbers of the drawing, colours are classes of the style sheet.

Each picture is one image to a screen reader, with a title and a description; the page has the table behind it.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

_WIDE: Final = 900
_NARROW: Final = 360
_LEFT: Final = 44
_TOP: Final = 8
_PLOT_HEIGHT: Final = 170
_LABELLED_DAYS: Final = 6
_ROW: Final = 40
_LONGEST_LABEL: Final = 46
_NUMBER_ROOM: Final = 70
_CELL: Final = 34
HEAT_LEVELS: Final = 5


class Bar(NamedTuple):
    """One bar: how long it is, and how that is written."""

    label: str
    value: float
    shown: str


def columns(name: str, title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> Markup:
    """Draw several numbers for each label beside each other. name: unique in the page."""
    top = _round_number(max((value for _, values in series for value in values), default=0))
    slot = (_WIDE - _LEFT) / max(len(labels), 1)
    width = slot * 0.8 / len(series)
    bottom = _TOP + _PLOT_HEIGHT
    lines = _join(
        Markup(
            '<line class="grid" x1="{}" x2="{}" y1="{y}" y2="{y}"/><text class="tick" x="{}" y="{}">{}</text>'
        ).format(_LEFT, _WIDE, _LEFT - 6, _short(y + 4), f"{top * part:g}", y=_short(y))
        for part in (0, 0.5, 1)
        for y in [bottom - _PLOT_HEIGHT * part]
    )
    bars = _join(
        Markup('<rect class="series-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
            order,
            _short(_LEFT + slot * (number + 0.1) + width * (order - 1)),
            _short(bottom - height),
            _short(width),
            _short(height),
            f"{labels[number]}: {value} {said}",
        )
        for order, (said, values) in enumerate(series, start=1)
        for number, value in enumerate(values)
        for height in [_PLOT_HEIGHT * value / top]
        if value
    )
    step = math.ceil(len(labels) / _LABELLED_DAYS)
    days = _join(
        Markup('<text class="label" x="{}" y="{}">{}</text>').format(
            _short(_LEFT + slot * (number + 0.5)), bottom + 18, labels[number]
        )
        for number in range(0, len(labels), step)
    )
    totals = ", ".join(f"{sum(values)} {said}" for said, values in series)
    described = f"{labels[0]} to {labels[-1]}: {totals}." if labels else ""
    return _picture("wide", name, title, described, (_WIDE, bottom + 26), lines + bars + days)


def bars(name: str, title: str, rows: Sequence[Bar]) -> Markup:
    """Draw one bar below the other, each under its label. name: unique in the page."""
    most = max((row.value for row in rows), default=0) or 1
    drawn = _join(
        Markup(
            '<text class="label" x="0" y="{}">{}</text><rect class="series-1" x="0" y="{}" width="{}" height="14"/>'
            '<text class="number" x="{}" y="{}">{}</text>'
        ).format(
            number * _ROW + 13,
            _shortened(row.label),
            number * _ROW + 19,
            _short(length),
            _short(length + 6),
            number * _ROW + 30,
            row.shown,
        )
        for number, row in enumerate(rows)
        for length in [(_NARROW - _NUMBER_ROOM) * row.value / most]
    )
    described = "; ".join(f"{row.label}: {row.shown}" for row in rows)
    return _picture("narrow", name, title, described, (_NARROW, len(rows) * _ROW), drawn)


def heat_map(name: str, title: str, row_names: Sequence[str], grid: Sequence[Sequence[int]]) -> Markup:
    """Draw numbers by row and hour of the day (24 columns); the more, the stronger. name: unique in the page."""
    most = max((value for row in grid for value in row), default=0) or 1
    left = _WIDE - 24 * _CELL
    cells = _join(
        Markup('<rect class="heat-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
            math.ceil(HEAT_LEVELS * value / most),
            left + hour * _CELL,
            number * _CELL,
            _CELL - 2,
            _CELL - 2,
            f"{row_names[number]}, {hour}:00 to {hour + 1}:00: {value}",
        )
        for number, row in enumerate(grid)
        for hour, value in enumerate(row)
    )
    names = _join(
        Markup('<text class="label" x="0" y="{}">{}</text>').format(number * _CELL + 21, row_name[:3])
        for number, row_name in enumerate(row_names)
    )
    hours = _join(
        Markup('<text class="label" x="{}" y="{}">{}:00</text>').format(
            left + hour * _CELL, len(grid) * _CELL + 16, hour
        )
        for hour in range(0, 24, 3)
    )
    busiest, row, hour = max(
        ((value, -number, -hour) for number, row in enumerate(grid) for hour, value in enumerate(row)),
        default=(0, 0, 0),
    )
    described = (
        f"The busiest hour is {row_names[-row]} from {-hour}:00 to {1 - hour}:00 with {busiest}." if busiest else ""
    )
    return _picture("wide heat", name, title, described, (_WIDE, len(grid) * _CELL + 24), cells + names + hours)


def _picture(kind: str, name: str, title: str, described: str, size: tuple[int, int], drawn: Markup) -> Markup:
    return Markup(
        '<svg class="picture {kind}" viewBox="0 0 {} {}" role="img" aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{}</title><desc id="{name}-desc">{}</desc>{}</svg>'
    ).format(*size, title, described, drawn, name=name, kind=kind)


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


def _round_number(most: int) -> int:
    """Return the top of a scale: 2, 4, 6, 8, 10, 20, 40, ..., at least `most`; its half is a whole number too."""
    step = 1
    while most > 10 * step:
        step *= 10
    return next(first * step for first in (2, 4, 6, 8, 10) if first * step >= most)
