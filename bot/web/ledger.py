"""The ledger: what became of every message of some days, as two sums, and the messages behind each figure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for

from bot.core.insights import USUAL_PERIODS, BadPeriod, Period, asked_period
from bot.core.messages import Kind
from bot.core.staff import Right
from bot.storage.ledger import PARTS, Entry, Part, Side, Sum
from bot.web.context import services
from bot.web.inbox import words
from bot.web.inbox.reader import Reader
from bot.web.sign_in import current_staff, staff_only

bp: Final = Blueprint("ledger", __name__)
staff_only(bp, Right.INBOX)

UNPROVEN: Final = "unproven"
"""What stands in an address for the messages that make a sum differ."""
LISTED: Final = 100
"""Messages on one page of a list."""
_LONGEST_PREVIEW: Final = 140
_NO_ID: Final = 1 << 63

SIDES: Final = {Side.RECEIVED: "Received", Side.QUEUED: "Queued"}
PART_NAMES: Final = {
    Part.ANSWERED: "Answered",
    Part.HANDED_OVER: "Handed over",
    Part.WAITING: "Waiting for staff",
    Part.IGNORED: "Ignored",
    Part.TO_BE_SENT: "Still to be sent",
    Part.SENT: "Sent",
    Part.DELIVERED: "Delivered",
    Part.READ: "Read",
    Part.FAILED: "Failed",
    Part.MAYBE_SENT: "Maybe sent",
}
_DETAILED: Final = (Part.ANSWERED, Part.HANDED_OVER, Part.WAITING, Part.IGNORED, Part.FAILED)
_DETAILS: Final = {
    "answered": "Answered",
    "flood": "Too many messages at once; the learner was told so",
    "asked_back": "Asked back what was meant",
    "joined": "Answered as one with the message after it",
    "handled_by_provider": "Twilio had answered it already",
    "not_understood": "Said that it was not understood",
    "opted_out": "The learner had written STOP",
    "rated": "Thanked for a rating",
    "waiting": "Added to what staff will read",
    "with_staff": "Staff had the conversation",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name and the list behind it; `details` are figures that it consists of."""

    name: str
    number: int
    href: str
    details: tuple["Figure", ...] = ()


@dataclass(frozen=True, slots=True)
class Equation:
    """One sum as it is shown: the whole, its parts, and how many messages are missing from them."""

    side: Side
    whole: Figure
    parts: tuple[Figure, ...]
    difference: int
    unproven_href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a list. `href` is empty if its conversation was erased."""

    href: str
    when: str
    at: datetime
    name: str
    text: str
    writer: str
    said: str


@bp.get("/ledger")
def page() -> str:
    """Show the sums of a period; one that makes no sense is answered with the usual one and a sentence."""
    reader, problem = _reader(), ""
    try:
        period = asked_period(request.args, reader.now, reader.zone)
    except BadPeriod as error:
        period, problem = asked_period({}, reader.now, reader.zone), str(error)
    sums = reader.store.ledger.sums(period.starts_at, period.ends_at)
    return render_template(
        "ledger.html",
        period=period,
        today=reader.now.astimezone(reader.zone).date(),
        usual_periods=USUAL_PERIODS,
        problem=problem,
        equations=[_equation(side, one, period, reader) for side, one in sums.items()],
    )


@bp.get("/ledger/messages")
def messages() -> str:
    """List the messages behind a figure, the newest first. What makes no sense in the address counts as not said.

    Raises BadPeriod.
    """
    reader = _reader()
    period = asked_period(request.args, reader.now, reader.zone)
    side = Side(request.args["side"]) if request.args.get("side") in set(Side) else Side.RECEIVED
    part = Part(request.args["part"]) if request.args.get("part") in set(PARTS[side]) else None
    is_unproven = request.args.get("part") == UNPROVEN
    detail = request.args.get("detail", None, type=_without_nul)
    before_id = request.args.get("before", None, type=_id)
    ledger, days = reader.store.ledger, (period.starts_at, period.ends_at)
    if is_unproven:
        found = ledger.unproven(side, *days, before_id=before_id, limit=LISTED + 1)
    else:
        found = ledger.entries(side, part, *days, detail=detail, before_id=before_id, limit=LISTED + 1)
    shown = found[:LISTED]
    asked: dict[str, Any] = request.args.to_dict()
    older = url_for("ledger.messages", **asked | {"before": shown[-1].message_id}) if len(found) > LISTED else ""
    return render_template(
        "ledger_messages.html",
        period=period,
        side=SIDES[side],
        heading="Not accounted for" if is_unproven else PART_NAMES[part] if part else SIDES[side],
        detail=None if detail is None else _said(side, detail, reader),
        lines=[_line(side, entry, reader) for entry in shown],
        back=url_for("ledger.page", **_days(period)),
        older=older,
    )


def _reader() -> Reader:
    return Reader(current_staff(), datetime.now(UTC), services().store, services().intake.knowledge)


def _id(text: str) -> int:
    """Raise ValueError for what no database takes as an id."""
    number = int(text)
    if not 0 <= number < _NO_ID:
        raise ValueError(text)
    return number


def _without_nul(text: str) -> str:
    """PostgreSQL takes no text with this character, and no reason has it."""
    return text.replace("\0", "")


def _equation(side: Side, one: Sum, period: Period, reader: Reader) -> Equation:
    def href(part: str | None = None, detail: str | None = None) -> str:
        return url_for("ledger.messages", side=side, part=part, detail=detail, **_days(period))

    parts = tuple(
        Figure(
            PART_NAMES[part],
            number,
            href(part),
            _details(side, part, one.details[part], reader, href) if part in _DETAILED else (),
        )
        for part, number in one.parts.items()
    )
    return Equation(side, Figure(SIDES[side], one.whole, href()), parts, one.difference, href(UNPROVEN))


def _details(
    side: Side, part: Part, counted: Mapping[str, int], reader: Reader, href: Callable[..., str]
) -> tuple[Figure, ...]:
    figures = tuple(
        Figure(_said(side, detail, reader), number, href(part, detail)) for detail, number in counted.items()
    )
    # "Answered, of which answered: 3" would tell nothing.
    return () if [figure.name for figure in figures] == [PART_NAMES[part]] else figures


def _days(period: Period) -> dict[str, Any]:
    return {"from": period.first, "to": period.last}


def _said(side: Side, detail: str, reader: Reader) -> str:
    """Say the reason of a message that came in, or the code of one that failed."""
    if side is Side.QUEUED:
        return f"Code {detail}" if detail else "Without a code"
    return _DETAILS.get(detail) or (reader.reason(detail) if detail else "Without a reason")


def _line(side: Side, entry: Entry, reader: Reader) -> Line:
    href = url_for("inbox.conversation", conversation_id=entry.conversation_id, around=entry.message_id)
    text = " ".join(entry.text.split())
    without_words = words.WITHOUT_WORDS.get(Kind(entry.kind), "") if entry.kind in set(Kind) else ""
    said = words.plain(entry.said)
    return Line(
        href="" if entry.is_erased else f"{href}#m{entry.message_id}",
        when=reader.when(entry.at),
        at=entry.at,
        name=entry.name or words.masked(""),
        text=f"{text[:_LONGEST_PREVIEW]}…" if len(text) > _LONGEST_PREVIEW else text or without_words,
        writer=words.plain(entry.author),
        said=f"{said}: {_said(side, entry.detail, reader)}" if entry.detail else said,
    )
