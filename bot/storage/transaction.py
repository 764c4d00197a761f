"""All that one inbound message changes, as the steps of one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Never

from sqlalchemy import Connection, bindparam, exists, func, insert, select, update

from bot.core.conversation import Brief, Decision, Reminder, Status
from bot.core.desk import HandoffOutcome
from bot.core.messages import Inbound
from bot.storage import reminders
from bot.storage.bursts import join, let_go
from bot.storage.database import insert_if_new_by_dialect
from bot.storage.erasing import erase
from bot.storage.learners import lock_conversation_of
from bot.storage.opt_out import withdraw_queued
from bot.storage.quoting import Quoted, quoted
from bot.storage.records import Author, Direction, LockedConversation, decision_payload, inbound_payload
from bot.storage.revisions import CHANGES_OF_CONVERSATION
from bot.storage.sending import queue, release_held
from bot.storage.tables import handoffs, held_replies, learners, messages, notifications
from bot.storage.voice import amend, keep_words, take_back

# Made once: every message needs some of these, and making a statement takes as long as carrying it out. The columns to
# be set are the parameters with which they are called.
_ADD_INBOUND: Final = {
    dialect: statement.returning(messages.c.id) for dialect, statement in insert_if_new_by_dialect(messages).items()
}
_SAVE_STATE: Final = {
    # Told here, as no statement before the one that locks the conversation can be sure of it on PostgreSQL. By the
    # parameter: SQLite is given bare names here, and `id` would be that of the held reply.
    dialect: statement.returning(exists().where(held_replies.c.conversation_id == bindparam("conversation")))
    for dialect, statement in CHANGES_OF_CONVERSATION.items()
}
_CHANGE_LEARNER: Final = update(learners).where(learners.c.id == bindparam("learner"))
_CHANGE_HANDOFF: Final = update(handoffs).where(
    handoffs.c.conversation_id == bindparam("conversation"), handoffs.c.resolved_at.is_(None)
)
_BEGIN_HANDOFF: Final = insert(handoffs).returning(handoffs.c.id)
_ADD_NOTIFICATION: Final = insert(notifications)


class Undone(Exception):
    """Ends a transaction of which nothing is to be kept; `Store.transaction` lets it go no further."""


class Transaction:
    """The steps of one inbound message. Nothing is kept unless the transaction that made it is committed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock_conversation(self, inbound: Inbound, *, now: datetime) -> LockedConversation | None:
        """Return the sender's conversation, locked until the transaction ends; a new sender gets one.

        None if the message was here before and has been erased.
        """
        return lock_conversation_of(self._connection, inbound, now=now)

    def add_inbound(
        self, conversation_id: int, inbound: Inbound, decision: Decision, knowledge_version: str, *, now: datetime
    ) -> int | None:
        """Store the message with what became of it and return its id; None if it was stored before."""
        message_id: int | None = self._connection.scalar(
            _ADD_INBOUND[self._connection.dialect.name],
            {
                "conversation_id": conversation_id,
                "direction": Direction.IN,
                "author": Author.LEARNER,
                "kind": inbound.kind,
                "sid": inbound.sid,
                "address": inbound.sender,
                "text": inbound.text,
                "payload": inbound_payload(inbound),
                "at": now,
                "changed_at": now,
                "outcome": decision.outcome,
                "reason": decision.reason,
                "decision": decision_payload(decision, knowledge_version),
            },
        )
        return message_id

    def save_state(self, conversation: LockedConversation, decision: Decision, topic: str) -> bool:
        """Store what the decision makes of the conversation and of its learner; an empty topic leaves the last one.

        True if replies of staff are held back until the learner writes.
        """
        changes: dict[str, object] = {
            "conversation": conversation.id,
            "status": decision.status,
            "memory": decision.memory.model_dump_json(),
            "last_inbound_at": conversation.last_inbound_at,
            "snoozed_until": None,  # whatever the learner writes wakes the conversation up
        }
        if decision.status is Status.BOT:
            changes["owner_id"] = None
        if topic:
            changes["topic"] = topic
        holds = self._connection.scalar(_SAVE_STATE[self._connection.dialect.name], changes)
        name, opted_out = conversation.state.name, decision.opted_out
        if (name, opted_out) != (conversation.stored_name, conversation.state.opted_out):
            self._connection.execute(
                _CHANGE_LEARNER, {"learner": conversation.learner_id, "name": name, "opted_out": opted_out}
            )
        return bool(holds)

    def queue(self, conversation_id: int, decision: Decision, *, to: str, in_reply_to: int, now: datetime) -> None:
        """Queue the replies in order. Those of a learner who has opted out confirm just that, and may leave."""
        queue(
            self._connection,
            conversation_id,
            decision.replies,
            author=Author.BOT,
            to=to,
            now=now,
            in_reply_to=in_reply_to,
            despite_stop=decision.opted_out,
            wait=decision.wait,
        )

    def let_go(self, conversation_id: int, *, now: datetime) -> tuple[int, ...]:
        """Let the replies leave that are held back for the rest of what the learner says; return their ids.

        None of them leaves before the transaction ends. Empty if none is held back any more.
        """
        return let_go(self._connection, conversation_id, now=now)

    def join(self, conversation_id: int, let_go: Sequence[int], message_id: int, *, now: datetime) -> None:
        """Take back the replies that were let go: the reply to this message is that to what they answered, too."""
        join(self._connection, conversation_id, let_go, message_id, now=now)

    def quoted(self, conversation_id: int, sid: str) -> Quoted | None:
        """Return the message to this learner that they quote; None if it is not ours or gone."""
        return quoted(self._connection, conversation_id, sid)

    def release_held(self, conversation_id: int, *, to: str, now: datetime) -> None:
        """Queue what staff wanted the learner to read as soon as they write."""
        release_held(self._connection, conversation_id, to=to, now=now)

    def undo(self) -> Never:
        """Forget all steps so far and leave the transaction, with nothing changed."""
        raise Undone

    def withdraw_queued(self, conversation_id: int, *, now: datetime) -> None:
        """Let nothing more out that was queued before the learner opted out."""
        withdraw_queued(self._connection, conversation_id, now=now)

    def remind(self, conversation_id: int, reminder: Reminder, *, asked_by: int, now: datetime) -> None:
        """Keep a reminder until its time; `asked_by` is the id of the message that asks for it."""
        reminders.add(self._connection, conversation_id, reminder, asked_by=asked_by, now=now)

    def withdraw_reminders(self, conversation_id: int) -> None:
        """Let no reminder leave that waits."""
        reminders.withdraw(self._connection, conversation_id)

    def keep_words(self, message_id: int, words: str) -> bool:
        """Keep the words of a voice note; False if they are known or the message is gone."""
        return keep_words(self._connection, message_id, words)

    def take_back(self, message_id: int, *, now: datetime) -> bool:
        """Take back the reply to a message as long as it is held back; False if there is none any more."""
        return take_back(self._connection, message_id, now=now)

    def amend(self, message_id: int, decision: Decision, knowledge_version: str, *, now: datetime) -> None:
        """Replace what became of a message."""
        amend(self._connection, message_id, decision, knowledge_version, now=now)

    def hand_over(
        self, conversation_id: int, brief: Brief, *, topic: str, promised_at: datetime | None, now: datetime
    ) -> None:
        """Begin a handoff and queue the notice to staff, or give the open one its new brief.

        topic, promised_at: what was asked about and when staff are back; they count where a handoff begins.
        """
        if self._connection.execute(_CHANGE_HANDOFF, {"conversation": conversation_id, "brief": brief}).rowcount:
            return
        begun = {
            "conversation_id": conversation_id,
            "reason": brief.reason,
            "topic": topic,
            "brief": brief,
            "opened_at": now,
            "promised_at": promised_at,
        }
        handoff_id = self._connection.scalar(_BEGIN_HANDOFF, begun)
        self._connection.execute(
            _ADD_NOTIFICATION, {"handoff_id": handoff_id, "created_at": now, "due_at": now, "told": []}
        )

    def rate(self, conversation_id: int, rating: int, *, now: datetime) -> None:
        """Store how the learner rates the handoff that ended last."""
        last = (
            select(func.max(handoffs.c.id))
            .where(handoffs.c.conversation_id == conversation_id, handoffs.c.resolved_at.is_not(None))
            .scalar_subquery()
        )
        self._connection.execute(update(handoffs).where(handoffs.c.id == last).values(rating=rating, rated_at=now))

    def end_handoff(self, conversation_id: int, *, now: datetime) -> None:
        """Close the open handoff, if any: the learner went back to the bot."""
        self._connection.execute(
            _CHANGE_HANDOFF,
            {"conversation": conversation_id, "resolved_at": now, "outcome": HandoffOutcome.RETURNED_TO_BOT},
        )

    def erase(self, conversation: LockedConversation, *, now: datetime) -> str:
        """Erase all of a learner but two empty rows, which go when what is queued afterwards has left.

        Returns the number of the receipt.
        """
        return erase(self._connection, conversation.id, conversation.learner_id, now=now)
