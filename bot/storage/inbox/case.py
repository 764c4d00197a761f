"""All of one conversation but its messages."""

import re
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, and_, func, select

from bot.storage.inbox.cards import number_among
from bot.storage.inbox.values import Case, HeldReply, KeptReminder, Note
from bot.storage.learners import conversation_of
from bot.storage.records import Direction, handoff_of
from bot.storage.reminders import reminders
from bot.storage.tables import (
    addresses,
    conversations,
    handoffs,
    held_replies,
    labels,
    learners,
    messages,
    notes,
    reads,
)

_LINK: Final = re.compile(r"https?://[^\s<>*_~`\"]+")
_LINKS: Final = 5
_LINKS_AMONG: Final = 100
"""How many of the last messages with an address are looked at."""


def read_case(connection: Connection, conversation_id: int, staff_id: int) -> Case | None:
    """Return the case, in nine statements; None if there is none or the learner had it erased."""
    row = connection.execute(
        select(conversations, learners.c.name, learners.c.opted_out, reads.c.message_id)
        .join(learners, conversations.c.learner_id == learners.c.id)
        .outerjoin(reads, and_(reads.c.conversation_id == conversations.c.id, reads.c.staff_id == staff_id))
        .where(conversations.c.id == conversation_id, conversations.c.erased_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    known = connection.scalars(
        select(addresses.c.address).where(addresses.c.learner_id == row.learner_id).order_by(addresses.c.address)
    ).all()
    passages = [
        handoff_of(found)
        for found in connection.execute(_beside(handoffs, conversation_id).order_by(handoffs.c.id.desc()))
    ]
    return Case(
        conversation=conversation_of(row),
        addresses=tuple(known),
        number=number_among(known),
        owner_id=row.owner_id,
        topic=row.topic,
        handoff=next((handoff for handoff in passages if handoff.resolved_at is None), None),
        earlier=tuple(handoff for handoff in passages if handoff.resolved_at is not None),
        labels=tuple(
            found.label for found in connection.execute(_beside(labels, conversation_id).order_by(labels.c.label))
        ),
        notes=tuple(
            Note(found.id, found.staff_id, found.text, found.at)
            for found in connection.execute(_beside(notes, conversation_id).order_by(notes.c.id))
        ),
        held=tuple(
            HeldReply(found.id, found.staff_id, found.text, found.at)
            for found in connection.execute(_beside(held_replies, conversation_id).order_by(held_replies.c.id))
        ),
        reminders=tuple(
            KeptReminder(found.words, found.at, found.wanted_at, found.outcome)
            for found in connection.execute(_beside(reminders, conversation_id).order_by(reminders.c.id))
        ),
        links=_links(connection, conversation_id),
        last_question=_last_words(connection, conversation_id),
        read_up_to=row.message_id or 0,
        snoozed_until=row.snoozed_until,
        revision=row.revision,
    )


def _beside(table: Table, conversation_id: int) -> Select[Any]:
    return select(table).where(table.c.conversation_id == conversation_id)


def _links(connection: Connection, conversation_id: int) -> tuple[str, ...]:
    texts = connection.scalars(
        select(messages.c.text)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.direction == Direction.OUT,
            messages.c.text.contains("http"),
        )
        .order_by(messages.c.id.desc())
        .limit(_LINKS_AMONG)
    )
    return links_in(texts)[:_LINKS]


def links_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the different addresses in the texts, those of the first text first."""
    return tuple(dict.fromkeys(link.rstrip(".,;:!?)'") for text in texts for link in _LINK.findall(text)))


def _last_words(connection: Connection, conversation_id: int) -> str:
    words = connection.scalar(
        select(messages.c.text)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.direction == Direction.IN,
            func.length(messages.c.text) > 0,
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    return words or ""
