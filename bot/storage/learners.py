"""Find a learner by address, or make one, and hold the conversation while it is being changed."""

import logging
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
)

from bot.core.conversation import Conversation, Memory, Status
from bot.core.messages import Inbound
from bot.storage.database import insert_if_new
from bot.storage.errors import StorageUnavailable
from bot.storage.records import LockedConversation, StoredConversation
from bot.storage.tables import addresses, conversations, erased_messages, handoffs, learners

_TRIES: Final = 5
"""How often another transaction may make or erase the same learner between two of our statements."""

log = logging.getLogger(__name__)


def _ahead(ours: FromClause) -> ScalarSelect[int]:
    """How many other conversations wait and began to before this one, or before now if this one does not wait.

    ours: the handoff of this one that is open, if any.
    """
    others, theirs = conversations.alias("others"), handoffs.alias("theirs")
    return (
        select(func.count())
        .select_from(others.join(theirs, theirs.c.conversation_id == others.c.id))
        .where(
            # As in `tables.with_staff`, so that SQLite looks at no other conversations.
            others.c.status != literal_column("'bot'"),
            others.c.status == Status.WAITING,
            others.c.id != conversations.c.id,
            theirs.c.resolved_at.is_(None),
            or_(ours.c.opened_at.is_(None), theirs.c.opened_at < ours.c.opened_at),
        )
        .correlate(conversations, ours)
        .scalar_subquery()
    )


def _erased(sid: ColumnElement[str]) -> Exists:
    return exists().where(erased_messages.c.sid == sid)


def _lock() -> Select[Any]:
    """The conversation of whoever has one of the addresses `wanted`, best that of `sender`; no row if nobody has."""
    ours = (
        select(
            func.count().label("known"),
            func.coalesce(
                func.min(addresses.c.learner_id).filter(addresses.c.address == bindparam("sender")),
                func.min(addresses.c.learner_id),
            ).label("learner_id"),
        )
        .where(addresses.c.address.in_(bindparam("wanted", expanding=True)))
        .subquery()
    )
    handoff = handoffs.alias("handoff")
    is_open = (handoff.c.conversation_id == conversations.c.id) & handoff.c.resolved_at.is_(None)
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
            _ahead(handoff).label("ahead"),
            _erased(bindparam("sid")).label("was_erased"),
        )
        .join_from(ours, conversations, conversations.c.learner_id == ours.c.learner_id)
        .join(learners, learners.c.id == conversations.c.learner_id)
        .outerjoin(handoff, is_open)
        .where(conversations.c.erased_at.is_(None))
        # Both: PostgreSQL reads only the rows that it locks anew after it has waited for another transaction.
        .with_for_update(of=(conversations, learners))
    )


_LOCK: Final = _lock()
"""Made once: every message needs it, and making it takes much longer than carrying it out."""
_WAS_ERASED: Final = select(_erased(bindparam("sid")))
_IS_KNOWN: Final = select(exists().where(addresses.c.address.in_(bindparam("wanted", expanding=True))))


def lock_conversation_of(connection: Connection, inbound: Inbound, *, now: datetime) -> LockedConversation | None:
    """Return the sender's conversation, locked until the transaction ends; a new sender gets one.

    None if the message was here before and has been erased.

    Raises StorageUnavailable if others keep getting in the way.
    """
    wanted = {inbound.sender, *inbound.aliases}
    for _ in range(_TRIES):
        row = connection.execute(
            _LOCK, {"sid": inbound.sid, "sender": inbound.sender, "wanted": sorted(wanted)}
        ).one_or_none()
        if row is None:
            if _was_erased(connection, inbound.sid):
                return None
            if not _is_known(connection, wanted):
                _make_learner(connection, wanted, now=inbound.written_at or now)
            continue
        if row.was_erased:
            return None
        if row.known < len(wanted):
            _add_addresses(connection, wanted, row.learner_id)
        memory = read_memory(row.memory, row.id)
        state = Conversation(
            Status(row.status),
            memory,
            row.opted_out,
            inbound.name or row.name,
            owned=row.owner_id is not None,
            ahead=row.ahead,
        )
        # What reaches us late opens WhatsApp's window from when it was written, and closes no newer one.
        last_inbound_at = max(inbound.written_at, row.last_inbound_at) if inbound.written_at else now
        return LockedConversation(row.id, row.learner_id, state, row.name, row.topic, last_inbound_at)
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


def _is_known(connection: Connection, wanted: set[str]) -> bool:
    return bool(connection.scalar(_IS_KNOWN, {"wanted": sorted(wanted)}))


def _make_learner(connection: Connection, wanted: set[str], *, now: datetime) -> None:
    """Make a learner with these addresses and a conversation, or nothing if one of them was taken meanwhile."""
    savepoint = connection.begin_nested()
    learner_id = connection.scalar(
        insert(learners).values(name="", opted_out=False, created_at=now).returning(learners.c.id)
    )
    if _add_addresses(connection, wanted, learner_id) < len(wanted):
        savepoint.rollback()
        return
    connection.execute(
        insert(conversations).values(
            learner_id=learner_id,
            status=Status.BOT,
            memory=Memory().model_dump_json(),
            last_inbound_at=now,
            created_at=now,
        )
    )
    savepoint.commit()


def _add_addresses(connection: Connection, new: set[str], learner_id: int | None) -> int:
    """Give those of the addresses that nobody has to a learner; return how many it got."""
    # In one order everywhere, so that two transactions with the same addresses wait for, not block, each other.
    rows = [{"address": address, "learner_id": learner_id} for address in sorted(new)]
    statement = insert_if_new(connection, addresses).values(rows).returning(addresses.c.address)
    return len(connection.execute(statement).all())


def _was_erased(connection: Connection, sid: str) -> bool:
    return bool(connection.scalar(_WAS_ERASED, {"sid": sid}))
