"""Find a learner by address, or make one, and hold the conversation while it is being changed."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Row,
    Select,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
)

from bot.core.conversation import Conversation, Memory, Status
from bot.core.messages import Inbound
from bot.storage.database import insert_if_new_by_dialect, naming_failures
from bot.storage.errors import StorageUnavailable
from bot.storage.records import LockedConversation, StoredConversation
from bot.storage.tables import addresses, conversations, erased_messages, handoffs, learners

_TRIES: Final = 5
"""How often another transaction may make or erase the same learner between two of our statements."""

log = logging.getLogger(__name__)


def _ahead() -> Select[Any]:
    others, theirs, ours = conversations.alias("others"), handoffs.alias("theirs"), handoffs.alias("ours")
    came_before = exists().where(
        ours.c.conversation_id == bindparam("conversation"),
        ours.c.resolved_at.is_(None),
        ours.c.opened_at <= theirs.c.opened_at,
    )
    return (
        select(func.count())
        .select_from(others.join(theirs, theirs.c.conversation_id == others.c.id))
        .where(
            # As in `tables.with_staff`, so that SQLite looks at no other conversations.
            others.c.status != literal_column("'bot'"),
            others.c.status == Status.WAITING,
            others.c.id != bindparam("conversation"),
            theirs.c.resolved_at.is_(None),
            ~came_before.correlate(theirs),
        )
    )


def _is_one_of(number: int) -> ColumnElement[bool]:
    # One parameter for each: a list would have the statement written anew each time.
    return addresses.c.address.in_([bindparam(f"address_{place}", type_=Text) for place in range(number)])


def _erased(sid: ColumnElement[str]) -> Exists:
    return exists().where(erased_messages.c.sid == sid)


@cache
def _lock(number: int) -> Select[Any]:
    """The conversation of whoever has one of so many addresses, best that of `sender`; no row if nobody has.

    Made once for each number: every message needs it, and making it takes much longer than carrying it out.
    """
    ours = (
        select(
            func.count().label("known"),
            func.coalesce(
                func.min(addresses.c.learner_id).filter(addresses.c.address == bindparam("sender")),
                func.min(addresses.c.learner_id),
            ).label("learner_id"),
        )
        .where(_is_one_of(number))
        .subquery()
    )
    return (
        select(
            conversations.c.id,
            conversations.c.learner_id,
            conversations.c.status,
            conversations.c.memory,
            conversations.c.owner_id,
            conversations.c.topic,
            conversations.c.last_inbound_at,
            learners.c.name,
            learners.c.opted_out,
            ours.c.known,
            _erased(bindparam("sid")).label("was_erased"),
        )
        .join_from(ours, conversations, conversations.c.learner_id == ours.c.learner_id)
        .join(learners, learners.c.id == conversations.c.learner_id)
        .where(conversations.c.erased_at.is_(None))
        # Both: PostgreSQL reads only the rows that it locks anew after it has waited for another transaction.
        .with_for_update(of=(conversations, learners))
    )


_AHEAD: Final = _ahead()
_ADD_LEARNER: Final = (
    insert(learners)
    .from_select(
        ["name", "opted_out", "created_at"],
        select(
            bindparam("name", type_=learners.c.name.type),
            bindparam("opted_out", type_=learners.c.opted_out.type),
            bindparam("created_at", type_=learners.c.created_at.type),
        ).where(~_erased(bindparam("sid"))),
    )
    .returning(learners.c.id)
)
"""Adds nobody if the message `sid` has been erased."""
_REMOVE_LEARNER: Final = delete(learners).where(learners.c.id == bindparam("learner"))
_ADD_CONVERSATION: Final = insert(conversations).returning(conversations.c.id)
_ADD_ADDRESS: Final = {
    dialect: statement.returning(addresses.c.address)
    for dialect, statement in insert_if_new_by_dialect(addresses).items()
}


def lock_conversation_of(connection: Connection, inbound: Inbound, *, now: datetime) -> LockedConversation | None:
    """Return the sender's conversation, locked until the transaction ends; a new sender gets one.

    None if the message was here before and has been erased.

    Raises StorageUnavailable if others keep getting in the way.
    """
    written_at = inbound.written_at or now
    wanted = sorted({inbound.sender, *inbound.aliases})
    parameters = {f"address_{place}": address for place, address in enumerate(wanted)}
    parameters |= {"sid": inbound.sid, "sender": inbound.sender}
    for _ in range(_TRIES):
        row = connection.execute(_lock(len(wanted)), parameters).one_or_none()
        if row is None:
            learner_id = connection.scalar(
                _ADD_LEARNER,
                {"name": inbound.name, "opted_out": False, "created_at": written_at, "sid": inbound.sid},
            )
            if learner_id is None:
                return None
            if _add_addresses(connection, wanted, learner_id) == len(wanted):
                return _begin_conversation(connection, learner_id, inbound.name, now=written_at)
            # Somebody else has made a learner with one of them meanwhile.
            connection.execute(_REMOVE_LEARNER, {"learner": learner_id})
            continue
        if row.was_erased:
            return None
        if row.known < len(wanted):
            _add_addresses(connection, wanted, row.learner_id)
        return _go_on(connection, row, inbound, now=now)
    raise StorageUnavailable("The learner's conversation is being changed by others: try again in a moment.")


def lock_conversation(connection: Connection, conversation_id: int) -> bool:
    """Hold a conversation until the transaction ends; return whether its learner has opted out.

    A conversation that is gone counts as opted out: nothing may be sent to it.
    """
    opted_out = connection.scalar(
        select(learners.c.opted_out)
        .join(conversations)
        .where(conversations.c.id == conversation_id)
        .with_for_update(of=(conversations, learners))
    )
    return opted_out is None or opted_out


def _count_ahead(connection: Connection, conversation_id: int) -> int:
    """Return how many other conversations wait and began to before this one, or before now if this one does not.

    Raises StorageUnavailable: whoever counts while deciding cannot tell a fault of the database from one of the rules.
    """
    with naming_failures():
        return connection.scalar(_AHEAD, {"conversation": conversation_id}) or 0


def conversation_of(row: Row[Any]) -> StoredConversation:
    """Return a row of `conversations`, with its learner's name and whether they have opted out, as a value."""
    return StoredConversation(
        id=row.id,
        learner_id=row.learner_id,
        status=Status(row.status),
        memory=read_memory(row.memory, row.id),
        name=row.name,
        opted_out=row.opted_out,
        last_inbound_at=row.last_inbound_at,
        created_at=row.created_at,
    )


def read_memory(stored: str, conversation_id: int) -> Memory:
    """Return the memory that was stored; a new one if it cannot be read."""
    try:
        return Memory.model_validate_json(stored)
    except ValidationError as error:
        # A learner must not be locked out by what another version of the program wrote.
        places = [".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False)]
        log.error("the memory of conversation %d cannot be read at %s; it starts anew", conversation_id, places)
        return Memory()


def _go_on(connection: Connection, row: Row[Any], inbound: Inbound, *, now: datetime) -> LockedConversation:
    """The conversation of a row of `_lock`, with the message at hand."""
    state = Conversation(
        Status(row.status),
        read_memory(row.memory, row.id),
        row.opted_out,
        inbound.name or row.name,
        owned=row.owner_id is not None,
        count_ahead=partial(_count_ahead, connection, row.id),
    )
    # What reaches us late opens WhatsApp's window from when it was written, and closes no newer one.
    last_inbound_at = max(inbound.written_at, row.last_inbound_at) if inbound.written_at else now
    return LockedConversation(row.id, row.learner_id, state, row.name, row.topic, last_inbound_at)


def _begin_conversation(connection: Connection, learner_id: int, name: str, *, now: datetime) -> LockedConversation:
    """Give a learner that this transaction has made a conversation."""
    begun = {
        "learner_id": learner_id,
        "status": Status.BOT,
        "memory": Memory().model_dump_json(),
        "last_inbound_at": now,
        "created_at": now,
    }
    conversation_id: int = connection.scalars(_ADD_CONVERSATION, begun).one()
    state = Conversation(name=name, count_ahead=partial(_count_ahead, connection, conversation_id))
    return LockedConversation(conversation_id, learner_id, state, name, "", now)


def _add_addresses(connection: Connection, new: Sequence[str], learner_id: int | None) -> int:
    """Give those of the addresses that nobody has to a learner; return how many it got.

    new: in order, so that two transactions with the same addresses wait for, not block, each other.
    """
    statement = _ADD_ADDRESS[connection.dialect.name]
    added = (connection.scalar(statement, {"address": address, "learner_id": learner_id}) for address in new)
    return sum(address is not None for address in added)
