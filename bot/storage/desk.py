"""All that one action of staff changes, as the steps of one transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.core.conversation import Brief, Status
from bot.core.desk import Deed, HandoffOutcome, NoSuchConversation, Refused, Situation
from bot.core.memory import Memory
from bot.core.messages import Reply
from bot.storage.attention import note_read
from bot.storage.database import insert_if_new
from bot.storage.learners import read_memory
from bot.storage.records import Author, Direction, StoredMessage, brief_of, message_of
from bot.storage.revisions import touch
from bot.storage.sending import address_of, queue, queue_of_staff
from bot.storage.tables import (
    audit_log,
    conversations,
    handoffs,
    held_replies,
    labels,
    learners,
    messages,
    notes,
    staff,
)


class DeskTransaction:
    """The steps of one action on a conversation, which nobody else can change until the transaction ends.

    situation: the conversation as it stood when the action began.

    Raises NoSuchConversation.
    """

    def __init__(self, connection: Connection, conversation_id: int) -> None:
        self._connection = connection
        self._id = conversation_id
        self.situation = self._lock()

    def _lock(self) -> Situation:
        row = self._connection.execute(
            select(conversations, learners.c.name, learners.c.opted_out)
            .join(learners)
            .where(conversations.c.id == self._id, conversations.c.erased_at.is_(None))
            .with_for_update(of=(conversations, learners))
        ).one_or_none()
        if row is None:
            raise NoSuchConversation
        return Situation(
            id=row.id,
            status=Status(row.status),
            owner_id=row.owner_id,
            # In a statement of its own: PostgreSQL reads anew only the rows that it locks.
            owner_name=self.name_of(row.owner_id) or "" if row.owner_id is not None else "",
            name=row.name,
            opted_out=row.opted_out,
            memory=read_memory(row.memory, row.id),
            last_inbound_at=row.last_inbound_at,
            rating_asked_at=row.rating_asked_at,
        )

    def name_of(self, staff_id: int, *, enabled: bool = False) -> str | None:
        """Return the name of a member of staff; None if there is none, or none who may sign in if `enabled`."""
        found = select(staff.c.name).where(staff.c.id == staff_id)
        return self._connection.scalar(found.where(staff.c.disabled_at.is_(None)) if enabled else found)

    # The conversation and its handoff

    def give(self, status: Status, *, owner_id: int | None, snoozed_until: datetime | None = None) -> None:
        """Change who has the conversation."""
        self._connection.execute(
            update(conversations)
            .where(conversations.c.id == self._id)
            .values(status=status, owner_id=owner_id, snoozed_until=snoozed_until)
        )

    def remember(self, memory: Memory) -> None:
        """Change what the bot has in mind."""
        self._connection.execute(
            update(conversations).where(conversations.c.id == self._id).values(memory=memory.model_dump_json())
        )

    def begin_handoff(self, brief: Brief, *, now: datetime) -> None:
        """Begin a handoff of which nobody has to be told."""
        topic = select(conversations.c.topic).where(conversations.c.id == self._id).scalar_subquery()
        self._connection.execute(
            insert(handoffs).values(
                conversation_id=self._id, reason=brief.reason, topic=topic, brief=asdict(brief), opened_at=now
            )
        )

    def take_handoff(self, staff_id: int, *, now: datetime) -> None:
        """Note who took the open handoff first, and when."""
        self._connection.execute(
            update(handoffs)
            .where(
                handoffs.c.conversation_id == self._id,
                handoffs.c.resolved_at.is_(None),
                handoffs.c.taken_at.is_(None),
            )
            .values(taken_at=now, taken_by=staff_id)
        )

    def end_handoff(self, outcome: HandoffOutcome, staff_id: int, *, now: datetime) -> None:
        """Close the open handoff."""
        self._connection.execute(
            update(handoffs)
            .where(handoffs.c.conversation_id == self._id, handoffs.c.resolved_at.is_(None))
            .values(resolved_at=now, resolved_by=staff_id, outcome=outcome)
        )

    def reopen_handoff(self) -> Brief | None:
        """Open the last handoff again and return its brief; None if there never was one."""
        last = (
            select(handoffs.c.id)
            .where(handoffs.c.conversation_id == self._id)
            .order_by(handoffs.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        stored = self._connection.scalar(
            update(handoffs)
            .where(handoffs.c.id == last)
            .values(resolved_at=None, resolved_by=None, outcome=None)
            .returning(handoffs.c.brief)
        )
        return None if stored is None else brief_of(stored)

    def last_question(self) -> str:
        """Return the learner's last words; empty if there are none."""
        return (
            self._connection.scalar(
                select(messages.c.text)
                .where(messages.c.conversation_id == self._id, messages.c.direction == Direction.IN)
                .order_by(messages.c.id.desc())
                .limit(1)
            )
            or ""
        )

    # What the learner gets

    def submitted(self, submission: str) -> int | None:
        """Return the id of the message that this form brought before; None if it did not bring one.

        Raises Refused if what it brought still waits for the learner to write.
        """
        mark = self._mark(submission)
        if self._connection.scalar(select(held_replies.c.id).where(held_replies.c.submission == mark)) is not None:
            raise Refused("This reply waits already until the learner writes.")
        return self._connection.scalar(select(messages.c.id).where(messages.c.submission == mark))

    def _message_with(self, mark: str) -> int:
        message_id: int = self._connection.scalars(select(messages.c.id).where(messages.c.submission == mark)).one()
        return message_id

    def _mark(self, submission: str) -> str:
        # With the conversation before it, a form can do no harm to another one.
        return f"{self._id}:{submission}"

    def queue(self, replies: Sequence[Reply], *, staff_id: int, submission: str, now: datetime) -> int:
        """Queue bubbles of a member of staff in order; return the id of the first."""
        mark = self._mark(submission)
        to = address_of(self._connection, self._id)
        queue_of_staff(self._connection, self._id, replies, staff_id=staff_id, submission=mark, to=to, now=now)
        return self._message_with(mark)

    def queue_again(self, message: StoredMessage, *, staff_id: int, submission: str, now: datetime) -> int:
        """Queue a copy of a message that failed; return its id. Who wrote the words stays who wrote them."""
        mark = self._mark(submission)
        queue(
            self._connection,
            self._id,
            [message.reply],
            author=message.author,
            to=address_of(self._connection, self._id),
            now=now,
            in_reply_to=message.in_reply_to,
            staff_id=staff_id,
            submission=mark,
        )
        return self._message_with(mark)

    def ask_rating(self, question: str, *, now: datetime) -> None:
        """Queue the question how it was, and note when it was asked."""
        to = address_of(self._connection, self._id)
        queue(self._connection, self._id, [Reply(question)], author=Author.BOT, to=to, now=now)
        self._connection.execute(
            update(conversations).where(conversations.c.id == self._id).values(rating_asked_at=now)
        )

    def message(self, message_id: int) -> StoredMessage | None:
        """Return a message of this conversation; None if it has none with this id."""
        row = self._connection.execute(
            select(messages).where(messages.c.id == message_id, messages.c.conversation_id == self._id)
        ).one_or_none()
        return None if row is None else message_of(row)

    def hold(self, text: str, *, staff_id: int, submission: str, now: datetime) -> bool:
        """Keep a reply until the learner writes; False if this form brought it before."""
        mark = self._mark(submission)
        if self._connection.scalar(select(messages.c.id).where(messages.c.submission == mark)) is not None:
            return False  # the learner wrote meanwhile and has it
        held = insert_if_new(self._connection, held_replies).values(
            conversation_id=self._id, staff_id=staff_id, submission=mark, text=text, at=now
        )
        return self._connection.execute(held.returning(held_replies.c.id)).first() is not None

    def cancel_held(self, held_id: int) -> bool:
        """Take a held reply back; False if it is not held any more."""
        return bool(
            self._connection.execute(
                delete(held_replies).where(held_replies.c.id == held_id, held_replies.c.conversation_id == self._id)
            ).rowcount
        )

    # What only staff see

    def note(self, text: str, *, staff_id: int, now: datetime) -> bool:
        """Add a note; False if the newest note says the same already, as after a double click."""
        newest = self._connection.execute(
            select(notes.c.staff_id, notes.c.text)
            .where(notes.c.conversation_id == self._id)
            .order_by(notes.c.id.desc())
            .limit(1)
        ).one_or_none()
        if newest is not None and (newest.staff_id, newest.text) == (staff_id, text):
            return False
        self._connection.execute(insert(notes).values(conversation_id=self._id, staff_id=staff_id, text=text, at=now))
        return True

    def label(self, label: str) -> bool:
        """Put a label on; False if it was there."""
        put = insert_if_new(self._connection, labels).values(conversation_id=self._id, label=label)
        return self._connection.execute(put.returning(labels.c.label)).first() is not None

    def unlabel(self, label: str) -> bool:
        """Take a label off; False if it was not there."""
        ours = (labels.c.conversation_id == self._id, labels.c.label == label)
        return bool(self._connection.execute(delete(labels).where(*ours)).rowcount)

    def mark_unread(self, staff_id: int) -> bool:
        """Let the learner's last message count as new for a member of staff; False if there is none."""
        last = self._connection.scalar(
            select(func.max(messages.c.id)).where(
                messages.c.conversation_id == self._id, messages.c.direction == Direction.IN
            )
        )
        if last is not None:
            note_read(self._connection, self._id, staff_id, last - 1)
        return last is not None

    def record(self, deed: Deed, staff_id: int, *, now: datetime, **details: int | str) -> None:
        """Write down who did what, and let open inboxes hear of it. `details` hold no words of a learner."""
        log_deed(self._connection, self._id, deed, staff_id, now=now, **details)


def log_deed(
    connection: Connection,
    conversation_id: int,
    deed: Deed,
    staff_id: int | None,
    *,
    now: datetime,
    **details: int | str,
) -> None:
    """Write down who did what, None for the clock, and let open inboxes hear of it.

    The caller holds the conversation.
    """
    touch(connection, conversation_id)
    connection.execute(
        insert(audit_log).values(
            at=now, staff_id=staff_id, conversation_id=conversation_id, action=deed, details=details
        )
    )
