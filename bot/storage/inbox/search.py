"""Search over names, numbers and texts."""

from typing import Any

from sqlalchemy import Select, and_, false, func, select
from sqlalchemy.sql.elements import ColumnElement

from bot.storage.tables import addresses, learners, messages

_NEWEST = 1000


def hits(query: str) -> Select[Any]:
    found = (
        select(messages.c.id, messages.c.conversation_id)
        .where(_has_words(messages.c.text, query))
        .order_by(messages.c.id.desc())
        .limit(_NEWEST)
        .subquery()
    )
    return select(found.c.conversation_id, func.max(found.c.id).label("message_id")).group_by(found.c.conversation_id)


def words_match(query: str) -> Select[Any]:
    return select(learners.c.id).where(_has_words(learners.c.name, query))


def number_matches(query: str) -> Select[Any]:
    digits = "".join(character for character in query if character.isdigit())
    matches = addresses.c.address.contains(digits, autoescape=True) if digits else false()
    return select(addresses.c.learner_id).where(matches)


def _has_words(text: ColumnElement[str], query: str) -> ColumnElement[bool]:
    return and_(*(text.icontains(word, autoescape=True) for word in query.split()))
