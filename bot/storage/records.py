"""What comes out of the database, as values, and how replies and decisions are written into JSON columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row as SqlRow

from bot.core.conversation import Brief, Conversation, Decision, Memory, Status
from bot.core.desk import NoticeKind
from bot.core.messages import Button, Inbound, Kind, Media, MessageState, Outcome, Reply, Row, Template

Json = dict[str, Any]
_BRIEFS: Final = TypeAdapter(Brief)


class Direction(StrEnum):
    """Which way a message goes, seen from us."""

    IN = "in"
    OUT = "out"


class Author(StrEnum):
    """Who wrote a message."""

    LEARNER = "learner"
    BOT = "bot"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message of a conversation; ids grow with the order of storing. Times are aware UTC.

    reply: the text with its buttons or rows; of a message that came in, only the text is set.
    outcome, reason, decision: of messages that came in. `decision` has the keys `action`, `answers`, `suggestions`,
      `why` (values as in `bot.core.conversation.Decision`) and `knowledge`, the version that was asked.
    state, attempts, error_code, error: of messages that go out.
    in_reply_to: id of the message that this one answers; its decision tells why.
    staff_id: who wrote it, of messages of staff.
    transcript: what was heard in a voice note, empty if nobody listened.
    changed_at: when the state last moved.
    """

    id: int
    conversation_id: int
    direction: Direction
    author: Author
    kind: Kind
    sid: str | None
    reply: Reply
    media: Media | None
    choice: str
    quoted_sid: str
    source: str
    at: datetime
    changed_at: datetime
    in_reply_to: int | None
    outcome: Outcome | None
    reason: str | None
    decision: Mapping[str, Any] | None
    state: MessageState | None
    attempts: int
    error_code: str
    error: str
    staff_id: int | None
    transcript: str

    @property
    def text(self) -> str:
        return self.reply.text


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """One learner's conversation as it stands. `last_inbound_at` (aware UTC) opens WhatsApp's 24-hour window."""

    id: int
    learner_id: int
    status: Status
    memory: Memory
    name: str
    opted_out: bool
    last_inbound_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LockedConversation:
    """A conversation that nobody else can change until the transaction ends.

    state: as stored, but with the name that the learner goes by now; `stored_name` is the one before.
    topic: what was asked about last; empty if that is not known.
    last_inbound_at: when the learner wrote last, with the message at hand.
    """

    id: int
    learner_id: int
    state: Conversation
    stored_name: str
    topic: str
    last_inbound_at: datetime


@dataclass(frozen=True, slots=True)
class Handoff:
    """One passage from the bot to staff. Times are aware UTC; unset means: not yet.

    reason: as it began; the one in the brief may be newer.
    topic: what was asked about when it began, empty if that is not known.
    taken_by, resolved_by: ids of staff.
    promised_at: when the learner was promised that staff are back.
    rating: 1 to 5, as the learner rated it.
    """

    id: int
    conversation_id: int
    reason: str
    topic: str
    brief: Brief
    opened_at: datetime
    taken_at: datetime | None
    taken_by: int | None
    first_reply_at: datetime | None
    resolved_at: datetime | None
    resolved_by: int | None
    outcome: str | None
    promised_at: datetime | None
    rating: int | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that one worker has for itself until its lease ends.

    state: `sending` if it is to be sent, `unknown` if it is to be looked up.
    attempts, lookups: how many were begun, this one included. They tell this claim from every other of the message.
    resent: it was sent twice already, the second time because the first had certainly not arrived.
    leaves_at: when the limits of the sender let it leave.
    trace: the provider's id of the message that it answers, for the log; empty if it answers none.
    """

    message_id: int
    conversation_id: int
    to: str
    reply: Reply
    queued_at: datetime
    state: MessageState
    attempts: int
    lookups: int
    resent: bool
    despite_stop: bool
    leaves_at: datetime
    trace: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A handoff of which staff are to be told. `told` marks the addresses that know it already."""

    id: int
    kind: NoticeKind
    conversation_id: int
    brief: Brief
    created_at: datetime
    attempts: int
    told: frozenset[str]


@dataclass(frozen=True, slots=True)
class Queue:
    """How much waits to be sent. `oldest_due_at` is the aware UTC time at which the first one could have left."""

    depth: int
    oldest_due_at: datetime | None


def inbound_payload(inbound: Inbound) -> Json | None:
    """Return what a message carried beside its text, without what is empty; None if nothing is left."""
    carried = {
        "media": inbound.media,
        "choice": inbound.choice,
        "quoted_sid": inbound.quoted_sid,
        "source": inbound.source,
    }
    return {key: value for key, value in carried.items() if value} or None


def reply_payload(reply: Reply) -> Json | None:
    """Return the buttons, rows or template of a reply; None if it has none."""
    if reply.template:
        return {"template": {"sid": reply.template.sid, "variables": dict(reply.template.variables)}}
    if reply.buttons:
        return {"buttons": reply.buttons}
    if reply.rows:
        return {"rows": reply.rows, "label": reply.label}
    return None


def reply_of(text: str, payload: Json | None) -> Reply:
    """Return the reply that was stored."""
    payload = payload or {}
    return Reply(
        text,
        buttons=tuple(Button(**button) for button in payload.get("buttons", ())),
        rows=tuple(Row(**row) for row in payload.get("rows", ())),
        template=Template(**payload["template"]) if "template" in payload else None,
        label=payload.get("label", ""),
        plain=payload.get("plain", False),
    )


def decision_payload(decision: Decision, knowledge_version: str) -> Json:
    """Return what is kept of a decision to explain it later."""
    return {
        "action": decision.action,
        "answers": decision.answers,
        "suggestions": decision.suggestions,
        "why": decision.why,
        "knowledge": knowledge_version,
    }


def brief_of(stored: Json) -> Brief:
    """Return the brief that was stored."""
    return _BRIEFS.validate_python(stored)


def handoff_of(row: SqlRow[Any]) -> Handoff:
    """Return a row of the table `handoffs` as a value."""
    return Handoff(
        id=row.id,
        conversation_id=row.conversation_id,
        reason=row.reason,
        topic=row.topic,
        brief=brief_of(row.brief),
        opened_at=row.opened_at,
        taken_at=row.taken_at,
        taken_by=row.taken_by,
        first_reply_at=row.first_reply_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        outcome=row.outcome,
        promised_at=row.promised_at,
        rating=row.rating,
    )


def message_of(row: SqlRow[Any]) -> StoredMessage:
    """Return a row of the table `messages` as a value."""
    payload = row.payload or {}
    return StoredMessage(
        id=row.id,
        conversation_id=row.conversation_id,
        direction=Direction(row.direction),
        author=Author(row.author),
        kind=Kind(row.kind),
        sid=row.sid,
        reply=reply_of(row.text, payload),
        media=Media(**payload["media"]) if "media" in payload else None,
        choice=payload.get("choice", ""),
        quoted_sid=payload.get("quoted_sid", ""),
        source=payload.get("source", ""),
        at=row.at,
        changed_at=row.changed_at,
        in_reply_to=row.in_reply_to,
        outcome=Outcome(row.outcome) if row.outcome else None,
        reason=row.reason,
        decision=row.decision,
        state=MessageState(row.state) if row.state else None,
        attempts=row.attempts,
        error_code=row.error_code,
        error=row.error,
        staff_id=row.staff_id,
        transcript=payload.get("transcript", ""),
    )
