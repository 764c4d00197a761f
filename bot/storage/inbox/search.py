"""Search over names, numbers and texts: words and parts of words, whatever the script, in upper or lower case.

No index finds parts of words in every script on both databases. Reading all texts does, and where nothing but the
texts is read (`message_texts`) it is quick enough: measured in `tests/benchmarks/inbox.py`.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, and_, func, literal, select, union_all

from bot.storage.tables import addresses, conversations, learners, message_texts

_NEWEST: Final = 1000
"""How many messages are found at most. Common words are in more, and nobody reads that far down."""
_AROUND_DIGITS: Final = str.maketrans("", "", "+ -().\u00a0")
_FEWEST_DIGITS: Final = 3


def found_by(words: Sequence[str]) -> Select[Any]:
    """Return the `conversation_id` of all that is called so, has this number, has said so or been told so.

    message_id: the newest message with all of the words, if any.
    """
    texts = (
        select(message_texts.c.conversation_id, message_texts.c.message_id)
        .where(_has_all(message_texts.c.text, words))
        .order_by(message_texts.c.message_id.desc())
        .limit(_NEWEST)
        .subquery()
    )
    people = [_called(words), *_at(words)]
    found = union_all(
        select(texts),
        *(
            select(conversations.c.id, literal(None, Integer)).where(conversations.c.learner_id.in_(learner_ids))
            for learner_ids in people
        ),
    ).subquery()
    return select(found.c.conversation_id, func.max(found.c.message_id).label("message_id")).group_by(
        found.c.conversation_id
    )


def _called(words: Sequence[str]) -> Select[tuple[int]]:
    """Return the ids of learners whose names have all of the words."""
    return select(learners.c.id).where(_has_all(func.lower(learners.c.name), words))


def _at(words: Sequence[str]) -> list[Select[tuple[int]]]:
    """Return the ids of learners whose numbers have these digits in a row, if the words are digits."""
    digits = "".join(words).translate(_AROUND_DIGITS)
    if not digits.isdecimal():
        return []
    # Within a country numbers begin with a zero that is not there when they are written with the country.
    asked = {part for part in (digits, digits.lstrip("0")) if len(part) >= _FEWEST_DIGITS}
    return [select(addresses.c.learner_id).where(addresses.c.address.contains(part)) for part in sorted(asked)]


def _has_all(text: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Compare in lower case as the database makes it: it differs from Python's, and between databases."""
    return and_(*(text.like(func.lower(f"%{_escaped(word)}%"), escape="/") for word in words))


def _escaped(word: str) -> str:
    return word.replace("/", "//").replace("%", "/%").replace("_", "/_")
