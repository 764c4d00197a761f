"""The thread as it is shown: messages with what was done between them, day by day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from bot.core.desk import OWN_ACCORD, Deed, HandoffOutcome, may_retry
from bot.core.messages import Kind, MessageState
from bot.storage.inbox import Activity, Case, Preview, Thread
from bot.storage.records import Author, Direction, StoredMessage
from bot.web.formatting import whatsapp_html
from bot.web.inbox import words
from bot.web.inbox.reader import Reader
from bot.web.inbox.state import State

_DRAWINGS: Final = {Kind.LOCATION: "pin", Kind.CONTACT: "person"}
_QUOTED: Final = 160
_READINGS: Final = 3
_WORTH_TELLING: Final = 0.01
"""Probability from which a reading of a message is shown."""
_DONE: Final[Mapping[str, str]] = {
    Deed.CLAIMED: "{who} took this conversation",
    Deed.RELEASED: "{who} put it back into the line",
    Deed.WOKEN: "It woke up",
    Deed.RESOLVED: "{who} gave it back to the bot",
    Deed.REOPENED: "{who} opened it again",
    Deed.PROMISE_RAISED: "The promised time is over: everybody was told",
    Deed.HELD: "{who} left a reply for when they write again",
    Deed.HELD_CANCELLED: "{who} took a waiting reply back",
}


@dataclass(frozen=True, slots=True)
class Day:
    """Where another day begins."""

    at: datetime
    words: str
    template: str = "day.html"


@dataclass(frozen=True, slots=True)
class Divider:
    """Where the reader had not read before."""

    template: str = "divider.html"


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was done, in one line. `key` is its id in the page."""

    key: str
    at: datetime
    clock: str
    words: str
    template: str = "activity.html"


@dataclass(frozen=True, slots=True)
class ShownNote:
    """What a colleague wrote for colleagues."""

    key: str
    at: datetime
    clock: str
    name: str
    html: Markup
    template: str = "note.html"


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that another one answers to."""

    id: int
    href: str
    words: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a message has come."""

    state: MessageState
    drawing: str
    words: str


@dataclass(frozen=True, slots=True)
class File:
    """What a learner sent beside the text."""

    kind: Kind
    href: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message. `leads` if another author wrote the one before."""

    id: int
    author: Author
    name: str
    leads: bool
    at: datetime
    clock: str
    html: Markup
    quote: Quote | None
    media: File | None
    transcript: str
    placeholder: str
    drawing: str
    choices: tuple[str, ...]
    delivery: Delivery | None
    trouble: str
    retry: bool
    why: Mapping[str, Any] | None
    template: str = "bubble.html"


Item = Day | Divider | Line | ShownNote | Bubble


def thread_pane(reader: Reader, state: State, case: Case) -> dict[str, Any]:
    """Read what the middle pane shows of a conversation, its header and composer left out."""
    inbox = reader.store.inbox
    thread = inbox.messages(case.conversation.id, around=state.around, limit=state.messages)
    read_up_to = case.read_up_to if state.read_up_to is None else state.read_up_to
    beside: list[Line | ShownNote] = [
        *_lines(inbox.activities(case.conversation.id), case, reader),
        *_notes(case, reader),
    ]
    return {
        "items": list(_items(thread, beside, reader, state, case, read_up_to)),
        "earlier_href": _earlier(thread, state),
        "later_href": state.href(state.conversation) if thread.has_newer else "",
        "read_up_to": read_up_to,
        "last_message": thread.messages[-1].id if thread.messages else 0,
    }


def _earlier(thread: Thread, state: State) -> str:
    if not thread.has_older:
        return ""
    return state.href(state.conversation, messages=state.messages * 2, around=state.around)


def _items(
    thread: Thread,
    beside: Iterable[Line | ShownNote],
    reader: Reader,
    state: State,
    case: Case,
    read_up_to: int,
) -> Iterator[Item]:
    """Put everything in order, with a line where a day begins and one where the reader had stopped."""
    by_id = {message.id: message for message in thread.messages}
    day, author, divided = "", None, False
    for one in _merged(thread, beside):
        if (named := reader.day(one.at)) != day:
            day, author = named, None
            yield Day(one.at, day)
        if not isinstance(one, StoredMessage):
            author = None
            yield one
            continue
        # To whom all of it is new, a line at its beginning would tell nothing.
        if not divided and one.direction is Direction.IN and one.id > read_up_to > 0 and case.handoff:
            divided, author = True, None
            yield Divider()
        writer = (one.author, one.staff_id)
        yield _bubble(one, by_id, thread.quotes, reader, state, case, leads=writer != author)
        author = writer


def _merged(thread: Thread, beside: Iterable[Line | ShownNote]) -> Iterator[StoredMessage | Line | ShownNote]:
    """Put what was done between the messages, which keep the order in which they were stored."""
    waiting = sorted(beside, key=lambda one: one.at)
    if thread.has_older and thread.messages:
        waiting = [one for one in waiting if one.at >= thread.messages[0].at]
    for message in thread.messages:
        while waiting and waiting[0].at < message.at:
            yield waiting.pop(0)
        yield message
    if not thread.has_newer:
        yield from waiting


def _bubble(
    message: StoredMessage,
    by_id: Mapping[int, StoredMessage],
    quotes: Mapping[str, Preview],
    reader: Reader,
    state: State,
    case: Case,
    *,
    leads: bool,
) -> Bubble:
    quoted = quotes.get(message.quoted_sid)
    asked = by_id.get(message.in_reply_to) if message.in_reply_to and message.author is Author.BOT else None
    drawing, said = words.DELIVERY[message.state] if message.state else ("", "")
    return Bubble(
        id=message.id,
        author=message.author,
        name=_author(message, reader, case),
        leads=leads,
        at=message.at,
        clock=reader.clock(message.at),
        html=whatsapp_html(message.text),
        quote=_quote(quoted, by_id, state) if quoted else None,
        media=_file(message),
        transcript=message.transcript,
        placeholder=words.WITHOUT_WORDS.get(message.kind, ""),
        drawing=_DRAWINGS.get(message.kind, "file"),
        choices=(*(button.title for button in message.reply.buttons), *(row.title for row in message.reply.rows)),
        delivery=Delivery(message.state, drawing, said) if message.state else None,
        trouble=_trouble(message),
        retry=may_retry(message.state, message.error_code) and case.owner_id == reader.staff.id,
        why=_why(asked.decision, reader) if asked and asked.decision else None,
    )


def _author(message: StoredMessage, reader: Reader, case: Case) -> str:
    match message.author:
        case Author.LEARNER:
            return case.conversation.name or words.masked(case.number)
        case Author.BOT:
            return "Bot"
        case Author.STAFF:
            return reader.name_of(message.staff_id) or "Staff"
        case Author.SYSTEM:
            return "School"


def _file(message: StoredMessage) -> File | None:
    if message.media is None:
        return None
    return File(
        message.kind, url_for("inbox_media.media", conversation_id=message.conversation_id, message_id=message.id)
    )


def _quote(quoted: Preview, by_id: Mapping[int, StoredMessage], state: State) -> Quote:
    """Return the quoted message with a link to it, on this page if it is here."""
    here = "" if quoted.message_id in by_id else state.href(state.conversation, around=quoted.message_id)
    text = quoted.text or words.WITHOUT_WORDS.get(quoted.kind, "Message")
    return Quote(quoted.message_id, f"{here}#m{quoted.message_id}", text[:_QUOTED])


def _trouble(message: StoredMessage) -> str:
    match message.state:
        case MessageState.FAILED:
            return f"Not sent: {message.error or 'WhatsApp gave no reason.'}"
        case MessageState.UNKNOWN:
            return "Maybe sent: nobody could tell, so it is being looked up before anything is sent again."
        case _:
            return ""


def _why(decision: Mapping[str, Any], reader: Reader) -> dict[str, Any] | None:
    """Say why the bot answered so: what it read, how sure it was, and where the answer stands."""
    why, answers = decision.get("why") or {}, decision["answers"]
    readings = why.get("candidates", ())
    if not (answers or readings):
        return None
    return {
        "read_as": why.get("read_as", ""),
        "confidence": _percent(answers[0]["confidence"]) if answers else None,
        "answers": [
            {
                "entry": reader.about(answer["topic"], answer["side"]),
                "confidence": _percent(answer["confidence"]),
                "place": answer.get("place", ""),  # answers were stored without it once
            }
            for answer in answers
        ],
        "readings": [
            {
                "title": reader.about(reading["topic"], reading["side"]),
                "confidence": _percent(reading["confidence"]),
                "phrase": reading["phrase"],
                "place": reading["place"],
            }
            for reading in readings[:_READINGS]
            if reading["confidence"] >= _WORTH_TELLING
        ],
    }


def _percent(probability: float) -> int:
    return round(100 * probability)


def _notes(case: Case, reader: Reader) -> Iterator[ShownNote]:
    for note in case.notes:
        name, clock = reader.name_of(note.staff_id), reader.clock(note.at)
        yield ShownNote(f"note-{note.id}", note.at, clock, name, whatsapp_html(note.text))


def _lines(activities: Iterable[Activity], case: Case, reader: Reader) -> Iterator[Line]:
    for handoff in (*case.earlier, *((case.handoff,) if case.handoff else ())):
        if handoff.reason != OWN_ACCORD:
            said = f"Handed over: {reader.reason(handoff.reason)}"
            yield Line(f"handoff-{handoff.id}", handoff.opened_at, reader.clock(handoff.opened_at), said)
    for activity in activities:
        if said := _said(activity, reader):
            yield Line(f"activity-{activity.id}", activity.at, reader.clock(activity.at), said)


def _said(activity: Activity, reader: Reader) -> str:
    """Tell what was done; empty for what the thread shows anyway."""
    who, details = reader.name_of(activity.staff_id), activity.details
    match activity.action:
        case Deed.TAKEN_OVER:
            former = reader.whom(details.get("seen_owner") or None)
            return f"{who} took over from {former}" if former else f"{who} took over"
        case Deed.HANDED_ON:
            return f"{who} handed it to {reader.whom(details.get('to'))}"
        case Deed.SNOOZED:
            return f"{who} snoozed it until {reader.when(datetime.fromisoformat(details['until']))}"
        case Deed.RESOLVED if details.get("outcome") != HandoffOutcome.RETURNED_TO_BOT:
            return f"{who} resolved it: {words.plain(str(details.get('outcome', '')))}"
    return _DONE.get(activity.action, "").format(who=who)
