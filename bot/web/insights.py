"""The insights: what was asked and how it went, as pictures with the table behind each, and as CSV."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup

from bot.core.desk import HandoffOutcome
from bot.core.insights import (
    RATINGS,
    USUAL_PERIODS,
    BadPeriod,
    Origin,
    Period,
    Person,
    Summary,
    asked_period,
    average,
    summarise,
)
from bot.core.knowledge import Weekday
from bot.core.staff import Right
from bot.errors import BotError
from bot.web.context import services
from bot.web.inbox import words
from bot.web.inbox.case import OUTCOMES
from bot.web.inbox.reader import Reader
from bot.web.pictures import Bar, bars, columns, heat_map
from bot.web.sign_in import NotAllowed, current_staff, staff_only
from bot.web.tables import Cell, Table, as_csv

bp: Final = Blueprint("insights", __name__)
staff_only(bp, Right.INBOX)

_MOST_BARS: Final = 12
_NONE: Final = "none yet"
_ONLY_HOURS: Final = 24
"""From so many hours on nobody asks for the minutes."""
_ORIGINS: Final = {Origin.BOT: "The bot", Origin.STAFF: "Staff", Origin.TEMPLATE: "Templates"}
_BILLED: Final = (
    "Since October 2026 Meta bills each message that arrives, answers within 24 hours too; some are free every month. "
    "Compare with your invoice."
)
_OF_THE_TEAM: Final = "people"


class NoSuchTable(BotError):
    """The export has no table of that name."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. `picture` is empty if there is nothing to draw; `series` is the key to its colours."""

    table: Table
    picture: Markup
    note: str = ""
    series: tuple[str, ...] = ()


@bp.get("/insights")
def page() -> str:
    """Show a period; one that makes no sense is answered with the usual one and a sentence."""
    reader, problem = _reader(), ""
    try:
        period = asked_period(request.args, reader.now, reader.zone)
    except BadPeriod as error:
        period, problem = asked_period({}, reader.now, reader.zone), str(error)
    summary = _summary(period)
    return render_template(
        "insights.html",
        period=period,
        today=reader.now.astimezone(reader.zone).date(),
        usual_periods=USUAL_PERIODS,
        problem=problem,
        figures=_figures(summary),
        sections=_sections(summary, reader),
        exported=lambda table=None: _export_address(period, table),
    )


@bp.get("/insights.csv")
def export() -> Response:
    """Send the tables of a period, or the one that is named by `table`.

    Raises BadPeriod, NoSuchTable, or NotAllowed for the figures of single members of staff.
    """
    reader = _reader()
    period = asked_period(request.args, reader.now, reader.zone)
    wanted = request.args.get("table", "")
    if wanted == _OF_THE_TEAM and not reader.staff.may(Right.TEAM):
        raise NotAllowed("The figures of single members of staff are for admins: ask one of them.")
    tables = [section.table for section in _sections(_summary(period), reader)]
    chosen = [table for table in tables if wanted in ("", table.name)]
    if not chosen:
        raise NoSuchTable(f"There is no table of that name: choose one of {', '.join(table.name for table in tables)}.")
    name = f"insights-{wanted or 'all'}-{period.first}-to-{period.last}.csv"
    return Response(
        as_csv(chosen), mimetype="text/csv", headers={"Content-Disposition": f"attachment; filename={name}"}
    )


def _reader() -> Reader:
    return Reader(current_staff(), datetime.now(UTC), services().store, services().intake.knowledge)


def _summary(period: Period) -> Summary:
    return summarise(services().store.insights.count(period), period, services().intake.knowledge.school)


def _export_address(period: Period, table: str | None) -> str:
    asked: dict[str, Any] = {"from": period.first, "to": period.last, "table": table}
    return url_for("insights.export", **asked)


def _figures(summary: Summary) -> list[tuple[str, str]]:
    """What stands above all pictures: name and value."""
    incoming, answered = sum(day.incoming for day in summary.days), sum(day.answered for day in summary.days)
    rating = average(summary.ratings)
    each = f"{summary.arrived / summary.reached:.1f}" if summary.reached else _NONE
    return [
        ("Messages from learners", f"{incoming:,}"),
        ("Answered by the bot", f"{answered / incoming:.0%}" if incoming else _NONE),
        ("Handoffs", f"{sum(day.handoffs for day in summary.days):,}"),
        ("First response, median", _in_words(summary.response.median)),
        ("Resolution, median", _in_words(summary.resolution.median)),
        ("Messages to each learner", each),
        ("Rating, average", _NONE if rating is None else f"{rating:.1f} of 5"),
    ]


def _sections(summary: Summary, reader: Reader) -> list[Section]:
    sections = [
        _messages(summary),
        _handoffs(summary),
        _hours(summary),
        _times(summary, has_hours=bool(reader.knowledge.school.hours)),
        _ratings(summary),
        _cost(summary),
        _ranking("topics", "Topics that the bot answered", ("Topic", "Messages"), _named(summary.topics, reader.topic)),
        _ranking(
            "sources", "Where conversations came from", ("Source", "Learners"), _named(summary.sources, reader.source)
        ),
        _ranking("reasons", "Why handoffs began", ("Reason", "Handoffs"), _named(summary.reasons, reader.reason)),
        _ranking("outcomes", "How handoffs ended", ("Outcome", "Handoffs"), _named(summary.outcomes, _outcome)),
    ]
    return [*sections, _people(summary, reader)] if reader.staff.may(Right.TEAM) else sections


def _messages(summary: Summary) -> Section:
    rows = tuple((day.day.isoformat(), day.incoming, day.answered) for day in summary.days)
    table = Table("messages", "Messages per day", ("Day", "From learners", "Answered by the bot"), rows)
    return _per_day(summary, table, ("from learners", "answered by the bot"))


def _handoffs(summary: Summary) -> Section:
    rows = tuple((day.day.isoformat(), day.handoffs, day.resolved) for day in summary.days)
    return _per_day(summary, Table("handoffs", "Handoffs per day", ("Day", "Began", "Ended"), rows), ("began", "ended"))


def _per_day(summary: Summary, table: Table, series: tuple[str, str]) -> Section:
    numbers = [[int(row[place] or 0) for row in table.rows] for place in (1, 2)]
    if not any(map(any, numbers)):
        return Section(table, Markup())
    days = [_short_day(day.day) for day in summary.days]
    drawn = columns(table.name, table.title, days, list(zip(series, numbers, strict=True)))
    return Section(table, drawn, series=series)


def _times(summary: Summary, *, has_hours: bool) -> Section:
    both = (("First response", summary.response), ("Resolution", summary.resolution))
    table = Table(
        "times",
        "How long learners waited for staff",
        ("Time", "Handoffs", "Median (minutes)", "9 of 10 within (minutes)"),
        tuple((name, times.number, _minutes(times.median), _minutes(times.most)) for name, times in both),
    )
    shown = [
        Bar(f"{name}, {said}", length.total_seconds(), _in_words(length))
        for name, times in both
        for said, length in (("median", times.median), ("9 of 10 within", times.most))
        if length is not None
    ]
    note = "Only time within opening hours counts." if has_hours else "All time counts: opening hours are not known."
    return Section(table, bars(table.name, table.title, shown) if shown else Markup(), note)


def _hours(summary: Summary) -> Section:
    names = [day.capitalize() for day in Weekday]
    table = Table(
        "hours",
        "Busiest hours",
        ("Day", *(f"{hour}:00" for hour in range(24))),
        tuple((name, *row) for name, row in zip(names, summary.hours, strict=True)),
    )
    has_any = any(map(any, summary.hours))
    drawn = heat_map(table.name, "Messages from learners by weekday and hour", names, summary.hours)
    return Section(table, drawn if has_any else Markup(), "Messages from learners by weekday and hour.")


def _cost(summary: Summary) -> Section:
    rows = tuple((_ORIGINS[one.origin], one.sent, one.arrived) for one in summary.outflows)
    table = Table("cost", "Messages that WhatsApp bills", ("From", "Sent", "Arrived"), rows)
    shown = [Bar(name, arrived, f"{arrived:,}") for name, _, arrived in rows]
    return Section(table, bars(table.name, table.title, shown) if summary.arrived else Markup(), _BILLED)


def _ratings(summary: Summary) -> Section:
    rows = tuple(zip(reversed(RATINGS), reversed(summary.ratings), strict=True))
    table = Table("ratings", "Ratings", ("Rating", "Learners"), rows)
    shown = [Bar(f"{rating} of 5", number, str(number)) for rating, number in rows]
    rating = average(summary.ratings)
    note = "" if rating is None else f"{rating:.2f} on average, from {sum(summary.ratings)} learners."
    return Section(table, bars(table.name, table.title, shown) if rating is not None else Markup(), note)


def _ranking(name: str, title: str, heads: tuple[str, str], rows: tuple[tuple[str, int], ...]) -> Section:
    table = Table(name, title, heads, rows)
    shown = [Bar(label, number, str(number)) for label, number in rows[:_MOST_BARS]]
    note = f"The first {_MOST_BARS} of {len(rows)}." if len(rows) > _MOST_BARS else ""
    return Section(table, bars(name, title, shown) if shown else Markup(), note)


def _people(summary: Summary, reader: Reader) -> Section:
    people = [(reader.names.get(each.staff_id, f"Number {each.staff_id}"), each) for each in summary.people]
    people.sort(key=lambda named: (named[0].casefold(), named[1].staff_id))
    table = Table(
        _OF_THE_TEAM,
        "The team",
        ("Name", "Taken", "Messages sent", "First response, median (minutes)", "Resolved", "Rating", "Rated by"),
        tuple((name, *_figures_of(person)) for name, person in people),
    )
    shown = [Bar(name, person.resolved, f"{person.resolved} resolved") for name, person in people]
    return Section(table, bars(table.name, table.title, shown) if shown else Markup(), "Only admins see this.")


def _figures_of(person: Person) -> tuple[Cell, ...]:
    rating = average(person.ratings)
    return (
        person.taken,
        person.replies,
        _minutes(person.response.median),
        person.resolved,
        None if rating is None else round(rating, 2),
        sum(person.ratings),
    )


def _named(rows: Iterable[tuple[str, int]], name: Callable[[str], str]) -> tuple[tuple[str, int], ...]:
    return tuple((name(word), number) for word, number in rows)


def _outcome(outcome: str) -> str:
    return OUTCOMES[HandoffOutcome(outcome)] if outcome in set(HandoffOutcome) else words.plain(outcome)


def _minutes(length: timedelta | None) -> float | None:
    return None if length is None else round(length.total_seconds() / 60, 1)


def _in_words(length: timedelta | None) -> str:
    """Return a length of time: `under 1 min`, `5 min`, `2 h 10 min`, `31 h`."""
    if length is None:
        return _NONE
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not hours:
        return f"{minutes} min" if minutes else "under 1 min"
    return f"{hours} h" if hours >= _ONLY_HOURS or not minutes else f"{hours} h {minutes} min"


def _short_day(day: date) -> str:
    return f"{day.day} {day:%b}"
