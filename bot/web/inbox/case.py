"""What stands around the thread: who it is, what may be done, where to write, and the brief."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any, Final

from markupsafe import Markup

from bot.channels import ApprovedTemplate, TemplatesUnavailable
from bot.core.conversation import Status
from bot.core.desk import LABEL_LIMIT, NOTE_LIMIT, REPLY_LIMIT, HandoffOutcome, later
from bot.core.window import closes_at, is_open
from bot.storage.inbox import Case, HeldReply, KeptReminder, Note, Onlooker
from bot.storage.records import Handoff
from bot.web.context import services
from bot.web.formatting import whatsapp_html
from bot.web.inbox import words
from bot.web.inbox.reader import Reader
from bot.web.inbox.state import State

OUTCOMES: Final = {
    HandoffOutcome.ANSWERED: "Answered",
    HandoffOutcome.ENROLLED: "Enrolled",
    HandoffOutcome.WILL_THINK: "Will think about it",
    HandoffOutcome.NOT_INTERESTED: "Not interested",
    HandoffOutcome.NOT_REACHED: "Not reached",
    HandoffOutcome.OFF_TOPIC: "Off-topic",
    HandoffOutcome.RETURNED_TO_BOT: "Back to the bot",
}
_SURENESS: Final = re.compile(r"^(?P<words>.*) \((?P<percent>\d+)%\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class May:
    """Which actions the page offers. The desk decides anew when one is chosen."""

    claim: bool = False
    take_over: bool = False
    release: bool = False
    hand_to: bool = False
    snooze: bool = False
    resolve: bool = False
    back_to_bot: bool = False
    reopen: bool = False


@dataclass(frozen=True, slots=True)
class Writing:
    """Whether a reply can be written: `reply`, `hold` until the learner writes, or `no`, and then why."""

    mode: str
    words: str = ""
    icon: str = "info"


@dataclass(frozen=True, slots=True)
class Later:
    """A usual time to snooze until."""

    words: str
    at: datetime
    clock: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One thing that the bot has answered, and how sure it was in percent, if that is known."""

    words: str
    confidence: int | None


@dataclass(frozen=True, slots=True)
class ShownHandoff:
    """A handoff in words."""

    reason: str
    opened_at: datetime
    opened: str
    day: str
    question: str
    promise: str
    promised_at: datetime | None
    due: str
    outcome: str
    rating: int | None
    by: str
    taken: str


@dataclass(frozen=True, slots=True)
class Written:
    """A note or a held reply."""

    id: int
    name: str
    html: Markup
    at: datetime
    clock: str
    when: str


def case_panes(reader: Reader, state: State, case: Case) -> dict[str, Any]:
    """Read what header, composer and brief show of a conversation."""
    now, zone = reader.now, reader.zone
    until = later(reader.knowledge.school, now)
    return {
        "case": _shown(reader, case),
        "may": may(case, reader.staff.id),
        "status_words": _status(reader, case),
        "writing": writing(reader, case),
        "templates": _templates() if state.templates else None,
        "templates_href": state.href(state.conversation, templates=True) + "#templates",
        "colleagues": reader.colleagues,
        "outcomes": [(outcome, said) for outcome, said in OUTCOMES.items() if outcome != "returned_to_bot"],
        "usual_outcome": HandoffOutcome.ANSWERED,
        "snoozes": [
            Later(said, at, reader.clock(at))
            for said, at in (("In an hour", until.hour), ("Tomorrow", until.tomorrow), ("Monday", until.monday))
        ],
        "zone_name": f"{now.astimezone(zone):%Z}",
        "now": now,
        "known_labels": reader.labels,
        "label_limit": LABEL_LIMIT,
        "note_limit": NOTE_LIMIT,
        "reply_limit": REPLY_LIMIT,
        "submission": token_urlsafe(18),
        "presence": presence(reader, reader.store.inbox.here(case.conversation.id, now=now)),
    }


def may(case: Case, staff_id: int) -> May:
    """Tell what a member of staff may do with a conversation as it stands."""
    status, owner_id = case.conversation.status, case.owner_id
    if status is Status.BOT:
        return May(reopen=True) if case.earlier else May(claim=True)
    if owner_id is None:
        return May(claim=True, resolve=True, back_to_bot=True)
    if owner_id != staff_id:
        return May(take_over=True)
    return May(release=True, hand_to=True, snooze=True, resolve=True, back_to_bot=True)


def writing(reader: Reader, case: Case) -> Writing:
    """Tell whether the reader may answer now, and if not, what has to be done first."""
    conversation = case.conversation
    if conversation.opted_out:
        return Writing("no", "The learner wrote STOP. Nothing may be sent until they write START.", "alert")
    if conversation.status is Status.BOT and case.earlier:
        return Writing("no", "The bot answers this learner. Reopen the conversation to answer yourself.", "bot")
    if conversation.status is Status.BOT:
        return Writing("no", "The bot answers this learner. Claim the conversation to answer yourself.", "bot")
    if case.owner_id is None:
        return Writing("no", "Nobody has this conversation yet. Claim it to answer.", "hand")
    if case.owner_id != reader.staff.id:
        owner = reader.name_of(case.owner_id)
        return Writing("no", f"{owner} has this conversation. Take it over to answer.", "person")
    if not is_open(conversation.last_inbound_at, reader.now):
        said = (
            "WhatsApp's 24 hours are over: a reply can only wait here until they write again, and then leaves by "
            "itself. An approved template can leave now."
        )
        return Writing("hold", said, "clock")
    return Writing("reply")


def presence(reader: Reader, onlookers: list[Onlooker]) -> str:
    """Say which colleagues look at the conversation or type: `Asha is typing`, `Asha and Ravi have this open`."""
    others = [onlooker for onlooker in onlookers if onlooker.staff_id != reader.staff.id]
    typing = [reader.name_of(onlooker.staff_id) for onlooker in others if onlooker.types]
    if typing:
        return f"{_listed(typing)} {'is' if len(typing) == 1 else 'are'} typing"
    looking = [reader.name_of(onlooker.staff_id) for onlooker in others]
    return f"{_listed(looking)} {'has' if len(looking) == 1 else 'have'} this open" if looking else ""


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _status(reader: Reader, case: Case) -> str:
    if case.conversation.status is Status.OPEN:
        return "Yours" if case.owner_id == reader.staff.id else f"With {reader.name_of(case.owner_id)}"
    return words.STATUSES[case.conversation.status]


def _shown(reader: Reader, case: Case) -> dict[str, Any]:
    conversation, brief, handoff = case.conversation, case.brief, case.handoff
    last = conversation.last_inbound_at
    return {
        "id": conversation.id,
        "revision": case.revision,
        "name": conversation.name or words.masked(case.number),
        "number": words.number(case.number),
        "status": conversation.status,
        "opted_out": conversation.opted_out,
        "owner": reader.name_of(case.owner_id),
        "owner_id": case.owner_id,
        "taken_at": handoff.taken_at if handoff else None,
        "taken_clock": reader.when(handoff.taken_at) if handoff and handoff.taken_at else "",
        "waiting_since": handoff.opened_at if handoff else None,
        "waits": words.span(reader.now - handoff.opened_at) if handoff else "",
        "snoozed_until": case.snoozed_until,
        "wakes": reader.when(case.snoozed_until) if case.snoozed_until else "",
        "closes_at": closes_at(last),
        "window": words.window(last, reader.now),
        "window_state": words.window_state(last, reader.now),
        "handoff": _handoff(reader, handoff) if handoff else None,
        "earlier": [_handoff(reader, one) for one in case.earlier],
        "facts": _facts(reader, case),
        "asked": brief.asked,
        "answered": [_answered(told) for told in brief.answered],
        "links": case.links,
        "labels": case.labels,
        "notes": [_written(reader, note) for note in case.notes],
        "held": [_written(reader, held) for held in case.held],
        "reminders": [_reminder(reader, reminder) for reminder in case.reminders],
    }


def _facts(reader: Reader, case: Case) -> list[tuple[str, str]]:
    brief = case.brief
    facts = {
        "Last words": case.last_question if not case.handoff or case.last_question != brief.question else "",
        "Leans to": brief.preference if case.handoff else reader.side(brief.preference) if brief.preference else "",
        "About": reader.topic(case.topic) if case.topic not in ("", brief.reason) else "",
        "Writes": words.language(brief.language),
        "Came from": reader.source(brief.source),
        "First wrote": reader.day(case.conversation.created_at),
    }
    return [(name, said) for name, said in facts.items() if said]


def _answered(told: str) -> Answered:
    found = _SURENESS.match(told)
    return Answered(found["words"], int(found["percent"])) if found else Answered(told, None)


def _handoff(reader: Reader, handoff: Handoff) -> ShownHandoff:
    brief = handoff.brief
    return ShownHandoff(
        reason=reader.reason(handoff.reason),
        opened_at=handoff.opened_at,
        opened=reader.when(handoff.opened_at),
        day=reader.day(handoff.opened_at),
        question=brief.question,
        promise=brief.promise,
        promised_at=handoff.promised_at,
        due=reader.when(handoff.promised_at) if handoff.promised_at else "",
        outcome=_outcome(handoff.outcome),
        rating=handoff.rating,
        by=reader.name_of(handoff.resolved_by),
        taken=reader.whom(handoff.taken_by),
    )


def _outcome(outcome: str | None) -> str:
    if not outcome:
        return "Ended"
    return OUTCOMES[HandoffOutcome(outcome)] if outcome in set(HandoffOutcome) else words.plain(outcome)


def _written(reader: Reader, one: Note | HeldReply) -> Written:
    return Written(
        one.id,
        reader.name_of(one.staff_id),
        whatsapp_html(one.text),
        one.at,
        reader.clock(one.at),
        reader.when(one.at),
    )


def _reminder(reader: Reader, reminder: KeptReminder) -> Mapping[str, Any]:
    return {
        "words": reminder.words,
        "wanted_at": reminder.wanted_at,
        "wanted": reader.when(reminder.wanted_at),
        "said": words.REMINDERS.get(reminder.outcome) or words.plain(reminder.outcome),
    }


def _templates() -> Mapping[str, Any]:
    """Ask the channel for what may be sent now; it may be away."""
    try:
        found: list[ApprovedTemplate] = list(services().channel.templates())
    except TemplatesUnavailable as error:
        return {"problem": str(error), "found": []}
    return {"problem": "" if found else "WhatsApp has approved no template of this school yet.", "found": found}
