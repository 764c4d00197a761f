"""Search over names, numbers and texts: words and parts of words, whatever the script, in upper or lower case.

No index finds parts of words in every script on both databases. Reading all texts does, and where nothing but the
texts is read (`message_texts`) it is quick enough: measured in `tests/benchmarks/inbox.py`.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from bot.storage.tables import addresses, learners, message_texts

_NEWEST: Final = 1000
"""How many messages are found at most. Common words are in more, and nobody reads that far down."""
_AROUND_DIGITS: Final = str.maketrans("", "", "+ -().\u00a0")
_FEWEST_DIGITS: Final = 3


def hits(words: Sequence[str]) -> Select[Any]:
    """Return which conversations have messages with all of the words, and the newest such `message_id` of each."""
    found = (
        select(message_texts.c.message_id, message_texts.c.conversation_id)
        .where(_has_all(message_texts.c.text, words))
        .order_by(message_texts.c.message_id.desc())
        .limit(_NEWEST)
        .subquery()
    )
    return select(found.c.conversation_id, func.max(found.c.message_id).label("message_id")).group_by(
        found.c.conversation_id
    )


def learners_called(words: Sequence[str]) -> Select[tuple[int]]:
    """Return the ids of learners whose names have all of the words."""
    return select(learners.c.id).where(_has_all(func.lower(learners.c.name), words))


def learners_at(words: Sequence[str]) -> Select[tuple[int]] | None:
    """Return the ids of learners whose numbers have these digits in a row; None if the words are no number."""
    digits = "".join(words).translate(_AROUND_DIGITS)
    if not digits.isdecimal():
        return None
    # Within a country numbers begin with a zero that is not there when they are written with the country.
    asked = [part for part in {digits, digits.lstrip("0")} if len(part) >= _FEWEST_DIGITS]
    return select(addresses.c.learner_id).where(or_(false(), *(addresses.c.address.contains(part) for part in asked)))


def _has_all(text: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Compare in lower case as the database makes it: it differs from Python's, and between databases."""
    return and_(*(text.like(func.lower(f"%{_escaped(word)}%"), escape="/") for word in words))


def _escaped(word: str) -> str:
    return word.replace("/", "//").replace("%", "/%").replace("_", "/_")
