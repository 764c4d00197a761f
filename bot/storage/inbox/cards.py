"""The lists of the inbox: which conversations, in which order, and what a card shows of each."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    ScalarSelect,
    Select,
    case,
    exists,
    func,
    literal,
    select,
    tuple_,
)

from bot.core.conversation import Status
from bot.storage.inbox.previews import preview_columns, preview_of
from bot.storage.inbox.search import found_by
from bot.storage.inbox.values import Card, Filters, View
from bot.storage.moment import Moment
from bot.storage.records import Direction
from bot.storage.tables import addresses, conversations, handoffs, labels, learners, messages, reads, with_staff

_COUNTED: Final = 10
"""Unread messages are counted up to here; a list says "9+"."""
COUNTED_RESOLVED: Final = 500
"""Resolved conversations are counted up to here: they only ever become more."""
_ASCENDING: Final = (View.WAITING, View.SNOOZED)
_BY_HANDOFF: Final = (View.WAITING, View.RESOLVED)
"""Lists whose order or whose conversations depend on the last handoff."""

_last: Final = messages.alias("last")
_newest: Final = messages.alias("newest")
_later: Final = handoffs.alias("later")

# Correlated by name: deeper inside a statement SQLAlchemy would join the conversations once more, all of them.
_last_id: Final = func.coalesce(
    select(func.max(_newest.c.id))
    .where(_newest.c.conversation_id == conversations.c.id)
    .correlate(conversations)
    .scalar_subquery(),
    0,
)
# As the other one says it the planner of PostgreSQL takes it for a single row, and sorts all for the newest few.
_is_newest_handoff: Final = (handoffs.c.conversation_id == conversations.c.id) & ~exists().where(
    _later.c.conversation_id == handoffs.c.conversation_id, _later.c.id > handoffs.c.id
).correlate(handoffs)
_is_last_handoff: Final = (handoffs.c.conversation_id == conversations.c.id) & (
    handoffs.c.id
    == select(func.max(_later.c.id))
    .where(_later.c.conversation_id == conversations.c.id)
    .correlate(conversations)
    .scalar_subquery()
)


def read_cards(
    connection: Connection, view: View, filters: Filters, staff_id: int, *, limit: int, after: str | None
) -> list[Card]:
    """Return the next cards of a list, in three statements."""
    page = _page(connection, view, filters, staff_id, after).limit(limit).subquery("page")
    places = [column for column in page.c if column.name.startswith("place")]
    statement = (
        select(
            conversations,
            learners.c.name,
            handoffs.c.reason,
            handoffs.c.outcome,
            handoffs.c.opened_at,
            handoffs.c.promised_at,
            handoffs.c.resolved_at,
            _last.c.at.label("last_at"),
            *preview_columns(_last, "last_"),
            *preview_columns(messages, "hit_"),
            _unread(staff_id).label("unread"),
            *places,
        )
        .join(page, page.c.id == conversations.c.id)
        .join(learners, conversations.c.learner_id == learners.c.id)
        .outerjoin(handoffs, _is_last_handoff)
        .outerjoin(_last, _last.c.id == _last_id)
        .outerjoin(messages, messages.c.id == page.c.hit_id)
        .order_by(*(place.asc() if _ascends(view, filters) else place.desc() for place in places))
    )
    rows = connection.execute(statement).all()
    numbers = numbers_of(connection, [row.learner_id for row in rows])
    labelled = _labels_of(connection, [row.id for row in rows])
    return [_card(row, numbers, labelled, [place.name for place in places]) for row in rows]


def count(connection: Connection, staff_id: int) -> dict[View, int]:
    """Return how many conversations each list has, in one statement; resolved ones up to `COUNTED_RESOLVED`."""
    status, owner_id = conversations.c.status, conversations.c.owner_id
    is_mine = (status == Status.OPEN) & (owner_id == staff_id)
    at_hand = (
        select(
            func.count().filter(status == Status.WAITING).label(View.WAITING),
            func.count().filter(is_mine).label(View.MINE),
            func.count().filter(status.in_((Status.WAITING, Status.OPEN))).label(View.OPEN),
            func.count().filter(status == Status.SNOOZED).label(View.SNOOZED),
        )
        .where(with_staff, conversations.c.erased_at.is_(None))
        .subquery()
    )
    some_resolved = (
        select(conversations.c.id)
        .where(
            status == Status.BOT,
            conversations.c.erased_at.is_(None),
            exists().where(handoffs.c.conversation_id == conversations.c.id),
        )
        .limit(COUNTED_RESOLVED)
        .subquery()
    )
    resolved = select(func.count()).select_from(some_resolved)
    row = connection.execute(select(at_hand, resolved.scalar_subquery().label(View.RESOLVED))).one()
    return {view: row._mapping[view] for view in View}


def numbers_of(connection: Connection, learner_ids: Sequence[int]) -> dict[int, str]:
    """Return the number of each learner, see `Card`."""
    rows = connection.execute(
        select(addresses.c.learner_id, addresses.c.address).where(addresses.c.learner_id.in_(learner_ids))
    )
    known: dict[int, list[str]] = {}
    for row in rows:
        known.setdefault(row.learner_id, []).append(row.address)
    return {learner_id: number_among(theirs) for learner_id, theirs in known.items()}


def number_among(known: Sequence[str]) -> str:
    """Return the phone number among the addresses of a learner, else the first one; all without their channel."""
    bare = sorted(address.partition(":")[2] or address for address in known)
    return next((address for address in bare if address.startswith("+")), bare[0] if bare else "")


def _page(connection: Connection, view: View, filters: Filters, staff_id: int, after: str | None) -> Select[Any]:
    """Return which conversations are on the rest of the list, with what orders them."""
    keys = _keys(view, filters, staff_id)
    places = [key.label(f"place_{number}") for number, key in enumerate(keys)]
    statement = (
        select(conversations.c.id, *places)
        .select_from(conversations)
        .where(conversations.c.erased_at.is_(None), *_narrowed(filters))
    )
    if filters.words:
        found = found_by(connection, filters.words).subquery("found")
        statement = statement.add_columns(found.c.message_id.label("hit_id")).join(
            found, found.c.conversation_id == conversations.c.id
        )
    else:
        statement = statement.add_columns(literal(None, Integer).label("hit_id")).where(*_in_view(view, staff_id))
    if filters.reason or view in _BY_HANDOFF:
        # Not always: the last handoff of each conversation takes time to find.
        statement = statement.join(handoffs, _is_newest_handoff, isouter=bool(filters.words))
    since = _parsed(after, keys)
    ascends = _ascends(view, filters)
    if since is not None:
        here = tuple_(*keys)
        statement = statement.where(here > since if ascends else here < since)
    return statement.order_by(*(place.asc() if ascends else place.desc() for place in places))


def _in_view(view: View, staff_id: int) -> list[ColumnElement[bool]]:
    status = conversations.c.status
    match view:
        case View.WAITING:
            return [with_staff, status == Status.WAITING]
        case View.MINE:
            return [with_staff, status == Status.OPEN, conversations.c.owner_id == staff_id]
        case View.OPEN:
            return [with_staff, status.in_((Status.WAITING, Status.OPEN))]
        case View.SNOOZED:
            return [with_staff, status == Status.SNOOZED]
        case View.RESOLVED:
            return [status == Status.BOT, handoffs.c.resolved_at.is_not(None)]


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.topic:
        conditions.append(conversations.c.topic == filters.topic)
    if filters.reason:
        conditions.append(handoffs.c.reason == filters.reason)
    if filters.owner_id is not None:
        conditions.append(conversations.c.owner_id == filters.owner_id)
    if filters.label:
        labelled = (labels.c.conversation_id == conversations.c.id) & (labels.c.label == filters.label)
        conditions.append(exists().where(labelled))
    return conditions


def _ascends(view: View, filters: Filters) -> bool:
    return view in _ASCENDING and not filters.words


def _keys(view: View, filters: Filters, staff_id: int) -> list[ColumnElement[Any]]:
    """What orders a list; the last one is different for each conversation."""
    if not filters.words:
        match view:
            case View.WAITING:
                return [handoffs.c.opened_at, conversations.c.id]
            case View.MINE:
                return [_asks_for_me(staff_id), _last_id, conversations.c.id]
            case View.SNOOZED:
                return [conversations.c.snoozed_until, conversations.c.id]
            case View.RESOLVED:
                return [handoffs.c.resolved_at, handoffs.c.conversation_id]
    return [_last_id, conversations.c.id]


def _asks_for_me(staff_id: int) -> ColumnElement[int]:
    """1 if the learner spoke last, or wrote something that the reader has not seen."""
    spoke_last = exists().where(_last.c.id == _last_id, _last.c.direction == Direction.IN)
    return case((spoke_last | exists(_unread_by(staff_id)), 1), else_=0)


def _unread_by(staff_id: int) -> Select[tuple[int]]:
    """The learner's messages after the reader's mark, in a conversation that the statement around it names."""
    mark = (
        select(reads.c.message_id)
        .where(reads.c.staff_id == staff_id, reads.c.conversation_id == conversations.c.id)
        .correlate(conversations)
        .scalar_subquery()
    )
    return (
        select(_newest.c.id)
        .where(
            _newest.c.conversation_id == conversations.c.id,
            _newest.c.id > func.coalesce(mark, 0),
            _newest.c.direction == Direction.IN,
        )
        .correlate(conversations)
    )


def _unread(staff_id: int) -> ColumnElement[int]:
    unread: ScalarSelect[int] = (
        select(func.count()).select_from(_unread_by(staff_id).limit(_COUNTED).subquery()).scalar_subquery()
    )
    return case((conversations.c.status == Status.BOT, 0), else_=unread)


def _labels_of(connection: Connection, conversation_ids: Sequence[int]) -> dict[int, list[str]]:
    rows = connection.execute(
        select(labels).where(labels.c.conversation_id.in_(conversation_ids)).order_by(labels.c.label)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.conversation_id, []).append(row.label)
    return found


def _card(row: Row[Any], numbers: dict[int, str], labelled: dict[int, list[str]], places: Sequence[str]) -> Card:
    is_open = row.opened_at is not None and row.resolved_at is None
    return Card(
        conversation_id=row.id,
        name=row.name,
        number=numbers.get(row.learner_id, ""),
        status=Status(row.status),
        owner_id=row.owner_id,
        topic=row.topic,
        reason=row.reason or "",
        outcome=row.outcome,
        waiting_since=row.opened_at if is_open else None,
        promised_at=row.promised_at if is_open else None,
        last_inbound_at=row.last_inbound_at,
        last_at=row.last_at,
        preview=preview_of(row, "last_") if row.last_message_id else None,
        hit=preview_of(row, "hit_") if row.hit_message_id else None,
        unread=row.unread,
        labels=tuple(labelled.get(row.id, ())),
        snoozed_until=row.snoozed_until,
        revision=row.revision,
        place=_place([row._mapping[place] for place in places]),
    )


def _place(values: Sequence[Any]) -> str:
    return json.dumps([value.isoformat() if isinstance(value, datetime) else value for value in values])


def _parsed(after: str | None, keys: Sequence[ColumnElement[Any]]) -> ColumnElement[Any] | None:
    """Return the place of a card as a value that keys are compared with.

    None if it is none of this list: it comes from an address that people can change, and a list then begins anew.
    """
    if after is None:
        return None
    try:
        values = json.loads(after)
        read = [
            literal(datetime.fromisoformat(value), Moment()) if isinstance(key.type, Moment) else literal(int(value))
            for key, value in zip(keys, values, strict=True)
        ]
    except (ValueError, TypeError):
        return None
    return tuple_(*read)
