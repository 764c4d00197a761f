"""Reminders whose time has come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.core.conversation import Brief, Reminder, Status
from bot.core.memory import Memory
from bot.core.messages import Reply
from bot.storage.database import Database
from bot.storage.learners import lock_conversation, read_memory
from bot.storage.records import Author
from bot.storage.reminders import LEFT_TO_STAFF, SENT, reminders, withdraw
from bot.storage.revisions import touch
from bot.storage.sending import address_of, queue
from bot.storage.tables import conversations, learners
from bot.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A reminder whose time has come. wanted_at: when the learner wanted it; `reminder.due_at`: when to look at it.

    memory, name: those of the learner. last_inbound_at: when they wrote last, which opens WhatsApp's window.
    """

    id: int
    conversation_id: int
    reminder: Reminder
    wanted_at: datetime
    name: str
    memory: Memory
    last_inbound_at: datetime


class DueReminders:
    """Every method is one transaction and may raise StorageUnavailable.

    Whatever is done with a reminder is done only while it waits, and by one process: a second one changes nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def first(self, *, now: datetime) -> DueReminder | None:
        """Return the reminder that is due longest; None if none is."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(
                    *reminders.c, conversations.c.memory, conversations.c.last_inbound_at, learners.c.name.label("name")
                )
                .join(conversations, conversations.c.id == reminders.c.conversation_id)
                .join(learners, learners.c.id == conversations.c.learner_id)
                .where(reminders.c.due_at <= now)
                .order_by(reminders.c.due_at, reminders.c.id)
                .limit(1)
            ).one_or_none()
        if row is None:
            return None
        return DueReminder(
            id=row.id,
            conversation_id=row.conversation_id,
            reminder=Reminder(row.due_at, row.words, row.choice),
            wanted_at=row.wanted_at,
            name=row.name,
            memory=read_memory(row.memory, row.conversation_id),
            last_inbound_at=row.last_inbound_at,
        )

    def send(self, due: DueReminder, reply: Reply, *, now: datetime) -> None:
        """Queue the reminder."""

        def queue_it(connection: Connection, asked_by: int) -> None:
            to = address_of(connection, due.conversation_id)
            queue(connection, due.conversation_id, [reply], author=Author.BOT, to=to, now=now, in_reply_to=asked_by)

        self._settle(due, SENT, queue_it)

    def leave_to_staff(self, due: DueReminder, brief: Brief, *, now: datetime) -> None:
        """Hand the conversation over instead, unless staff have it already."""

        def hand_over(connection: Connection, _: int) -> None:
            begins = connection.execute(
                update(conversations)
                .where(conversations.c.id == due.conversation_id, conversations.c.status == Status.BOT)
                .values(status=Status.WAITING)
            ).rowcount
            if begins:
                Transaction(connection).hand_over(due.conversation_id, brief, topic="", promised_at=None, now=now)

        self._settle(due, LEFT_TO_STAFF, hand_over)

    def put_off(self, due: DueReminder, until: datetime) -> None:
        """Look at the reminder again later."""
        with self._database.writing() as connection:
            connection.execute(
                update(reminders)
                .where(reminders.c.id == due.id, reminders.c.due_at == due.reminder.due_at)
                .values(due_at=until)
            )

    def _settle(self, due: DueReminder, outcome: str, work: Callable[[Connection, int], None]) -> None:
        with self._database.writing() as connection:
            # First, so that whoever says STOP has been obeyed or waits for us.
            if lock_conversation(connection, due.conversation_id):
                withdraw(connection, due.conversation_id)
                return
            asked_by = connection.scalar(
                update(reminders)
                .where(reminders.c.id == due.id, reminders.c.due_at == due.reminder.due_at)
                .values(due_at=None, outcome=outcome)
                .returning(reminders.c.asked_by)
            )
            if asked_by is not None:
                touch(connection, due.conversation_id)
                work(connection, asked_by)
