"""Search over names, numbers and texts: words and parts of words, whatever the script, in upper or lower case.

However much there is, a search reads about as much: what is newest, and of the rest only what an index of all runs of
three letters names (migration 0011), newest first, until it has enough. A run of letters is no word, so whatever is
read is compared once more. Measured in `tests/benchmarks/growth.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
    true,
    union_all,
)

from bot.storage.search_index import reached
from bot.storage.tables import addresses, conversations, learners, message_texts, messages

_ENOUGH_SAID: Final = 1000
_ENOUGH_PEOPLE: Final = 100
"""How many are found at most, the newest. Common words and names have more, and nobody reads that far down."""
_SAID_AT_HAND: Final = 10_000
_PEOPLE_AT_HAND: Final = 2000
"""How many of the newest are read without any index: it takes milliseconds. Short words are found in no others."""
_RUN: Final = 3
"""Letters that are indexed together."""
_BLOCK: Final = 50_000
"""Ids whose texts share the keys of PostgreSQL's index, as in `search_keys` of migration 0011."""
_AROUND_DIGITS: Final = str.maketrans("", "", "+ -().\u00a0")
_FEWEST_DIGITS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Texts:
    """Texts to search.

    id: later texts have higher ones. text: in small letters as the database makes them, which differ from Python's.
    found: what to return of those that match. index: what SQLite calls its index, whose rows go by `id`.
    enough: how many to find. at_hand: how many of the newest may be read without the index.
    """

    source: FromClause
    id: ColumnElement[int]
    text: ColumnElement[str]
    found: tuple[ColumnElement[Any], ...]
    index: str = "search_people"
    enough: int = _ENOUGH_PEOPLE
    at_hand: int = _PEOPLE_AT_HAND


_SAID: Final = _Texts(
    message_texts,
    message_texts.c.message_id,
    message_texts.c.text,
    (message_texts.c.conversation_id, message_texts.c.message_id),
    "search_message_texts",
    _ENOUGH_SAID,
    _SAID_AT_HAND,
)
_SAID_LATELY: Final = replace(
    _SAID,
    source=messages,
    id=messages.c.id,
    text=func.lower(messages.c.text),
    found=(messages.c.conversation_id, messages.c.id),
)
_NAMES: Final = _Texts(learners, learners.c.id, func.lower(learners.c.name), (learners.c.id,))
_NUMBERS: Final = _Texts(addresses, addresses.c.learner_id, addresses.c.address, (addresses.c.learner_id,))


def found_by(connection: Connection, words: Sequence[str]) -> Select[Any]:
    """Return the `conversation_id` of all that is called so, has this number, has said so or been told so.

    message_id: the newest message with all of the words, if any.
    """
    has_index = _has_index(connection)
    below = _below_hand(_SAID_LATELY)
    # As one value: SQLite would begin at the first of two, and compare the texts before it looks at the other.
    lately = _matching(_SAID_LATELY, words).where(messages.c.id > case((reached() > below, reached()), else_=below))
    said = _first(_SAID.enough, lately, *_newest_first(connection, _SAID, words, has_index=has_index))
    people = [
        _first(texts.enough, *_newest_first(connection, texts, asked, has_index=has_index))
        for texts, asked in [(_NAMES, words), *((_NUMBERS, [digits]) for digits in _digits(words))]
    ]
    found = union_all(
        said,
        *(
            select(conversations.c.id, literal(None, Integer)).where(
                conversations.c.learner_id.in_(select(theirs.subquery()))
            )
            for theirs in people
        ),
    ).subquery()
    conversation_id, message_id = found.c
    return select(conversation_id.label("conversation_id"), func.max(message_id).label("message_id")).group_by(
        conversation_id
    )


def _has_index(connection: Connection) -> bool:
    """Whether parts of words are indexed; an old SQLite cannot. Also sees to it that PostgreSQL just begins."""
    if connection.dialect.name == "postgresql":
        # It takes the search for expensive: to compile it or to wake workers would take longer than to carry it out.
        begin = text("SELECT set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)")
        connection.execute(begin)
        return True
    made = text("SELECT 1 FROM sqlite_master WHERE name = 'search_people'")
    return connection.scalar(made) is not None


def _newest_first(connection: Connection, texts: _Texts, words: Sequence[str], *, has_index: bool) -> list[Select[Any]]:
    """Return the texts with all of the words in steps, of which a later one need not begin if those before do."""
    if not has_index:
        return [_matching(texts, words)]
    long = [word for word in words if len(word) >= _RUN]
    if not long:
        return [_at_hand(texts, words)]
    if connection.dialect.name == "sqlite":
        return [_in_sqlite_index(texts, words, long)]
    return [_at_hand(texts, words), _in_postgresql_index(texts, words, long)]


def _first(enough: int, *steps: Select[Any]) -> Select[Any]:
    """Take the steps one after the other until enough is found: databases do so where only LIMIT is asked for."""
    return select(union_all(*(select(step.subquery()) for step in steps)).limit(enough).subquery())


def _matching(texts: _Texts, words: Sequence[str]) -> Select[Any]:
    return select(*texts.found).where(_has_all(texts.text, words)).order_by(texts.id.desc()).limit(texts.enough)


def _at_hand(texts: _Texts, words: Sequence[str]) -> Select[Any]:
    return _matching(texts, words).where(texts.id > _below_hand(texts))


def _in_sqlite_index(texts: _Texts, words: Sequence[str], long: Sequence[str]) -> Select[Any]:
    index = table(texts.index, column("rowid"))
    runs = " AND ".join(f'"{run.replace(chr(34), chr(34) * 2)}"' for word in long for run in _runs(word))
    return (
        select(*texts.found)
        .select_from(index.join(texts.source, texts.id == index.c.rowid))
        .where(literal_column(texts.index).op("MATCH")(runs), _has_all(texts.text, words))
        .order_by(index.c.rowid.desc())
        .limit(texts.enough)
    )


def _in_postgresql_index(texts: _Texts, words: Sequence[str], long: Sequence[str]) -> Select[Any]:
    """Go down block by block: for a common word the index names many texts, and which are newest it does not tell."""
    floor = _below_hand(texts)
    lowest = select(func.min(texts.id)).correlate(None).scalar_subquery()
    going_down = func.generate_series(floor // _BLOCK * _BLOCK, lowest // _BLOCK * _BLOCK, -_BLOCK)
    blocks = going_down.table_valued("first_id").render_derived()
    keys = [func.search_keys(blocks.c.first_id, func.lower(word)) for word in long]
    # As a sum the id is none that the other index is asked for, which has all texts below.
    within = _matching(texts, words).where(
        texts.id + 0 <= floor, *(func.search_keys(texts.id, texts.text).op("@>")(each) for each in keys)
    )
    found = within.lateral()
    return select(found).select_from(blocks.join(found, true())).limit(texts.enough)


def _below_hand(texts: _Texts) -> ColumnElement[int]:
    newest = select(func.max(texts.id)).correlate(None).scalar_subquery()
    return newest - texts.at_hand


def _runs(word: str) -> list[str]:
    return [word[start : start + _RUN] for start in range(len(word) - _RUN + 1)]


def _digits(words: Sequence[str]) -> list[str]:
    """Return the digits in a row that a number would have, if the words are digits."""
    digits = "".join(words).translate(_AROUND_DIGITS)
    if not digits.isdecimal():
        return []
    # Within a country numbers begin with a zero that is not there when they are written with the country.
    return sorted({part for part in (digits, digits.lstrip("0")) if len(part) >= _FEWEST_DIGITS})


def _has_all(text: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Compare in lower case as the database makes it: it differs from Python's, and between databases."""
    return and_(*(text.like(func.lower(f"%{_escaped(word)}%"), escape="/") for word in words))


def _escaped(word: str) -> str:
    return word.replace("/", "//").replace("%", "/%").replace("_", "/_")
