"""The store: everything the program keeps, by name."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from bot.core.messages import DeliveryReport
from bot.storage import due, housekeeping, reports
from bot.storage.accounts import Accounts
from bot.storage.attention import Attention, remove_absent
from bot.storage.catching_up import CatchingUp
from bot.storage.database import Database, insert_if_new
from bot.storage.desk import DeskTransaction
from bot.storage.due_reminders import DueReminders
from bot.storage.faq_drafts import FaqDrafts
from bot.storage.forgetting import Forgetting
from bot.storage.inbox import Inbox
from bot.storage.insights import Insights
from bot.storage.knowledge_faults import KnowledgeFaults
from bot.storage.learners import conversation_of
from bot.storage.ledger import Ledger
from bot.storage.migrate import check_revision
from bot.storage.notices import Notices
from bot.storage.outbox import Outbox
from bot.storage.people import People
from bot.storage.quarantine import Quarantine
from bot.storage.records import Handoff, StoredConversation, StoredMessage, handoff_of, message_of
from bot.storage.retention import Retention
from bot.storage.search_index import SearchIndex
from bot.storage.tables import addresses, conversations, handoffs, heartbeats, learners, messages
from bot.storage.talks import Talks
from bot.storage.transaction import Transaction, Undone
from bot.storage.turns import Turns
from bot.storage.typing import Typing
from bot.storage.unanswered import Unanswered
from bot.storage.versions import Versions
from bot.storage.voice import Voice
from bot.storage.watching import Watching

_DELIVERY: Final = "delivery"


class Store:
    """One database. Safe for many threads; `close` it before a fork.

    Connects at first use, so that making one never fails for a database that is away. Every method may raise
    StorageUnavailable, and has then changed nothing.
    """

    def __init__(self, database_url: str) -> None:
        self._database = Database(database_url)
        self._is_serving = False
        self.outbox: Final = Outbox(self._database)
        self.due_reminders: Final = DueReminders(self._database)
        self.notices: Final = Notices(self._database)
        self.inbox: Final = Inbox(self._database)
        self.accounts: Final = Accounts(self._database)
        self.attention: Final = Attention(self._database)
        self.insights: Final = Insights(self._database)
        self.people: Final = People(self._database)
        self.forgetting: Final = Forgetting(self._database)
        self.retention: Final = Retention(self._database)
        self.search_index: Final = SearchIndex(self._database)
        self.ledger: Final = Ledger(self._database)
        self.talks: Final = Talks(self._database)
        self.watching: Final = Watching(self._database)
        self.turns: Final = Turns(self._database)
        self.typing: Final = Typing(self._database)
        self.unanswered: Final = Unanswered(self._database)
        self.faq_drafts: Final = FaqDrafts(self._database)
        self.quarantine: Final = Quarantine(self._database)
        self.catching_up: Final = CatchingUp(self._database)
        self.versions: Final = Versions(self._database)
        self.voice: Final = Voice(self._database)
        self.knowledge_faults: Final = KnowledgeFaults(self._database)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Take in one message: all of it is kept at the end, or nothing if an exception leaves the block.

        `Transaction.undo` leaves the block as well.
        """
        with suppress(Undone), self._database.writing(together=True) as connection:
            yield Transaction(connection)

    @contextmanager
    def desk(self, conversation_id: int) -> Iterator[DeskTransaction]:
        """Act on one conversation: all of it is kept at the end, or nothing if an exception leaves the block.

        Raises NoSuchConversation.
        """
        with self._database.writing() as connection:
            yield DeskTransaction(connection, conversation_id)

    def record_report(self, report: DeliveryReport, *, now: datetime) -> None:
        """Move a sent message forward as the provider reports; repeated, late and early reports do no harm."""
        with self._database.writing() as connection:
            reports.record(connection, report, now=now)

    def conversation_of(self, address: str) -> StoredConversation | None:
        """Return the conversation of the learner with that address; None if nobody has it."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(conversations, learners.c.name, learners.c.opted_out)
                .join(learners, conversations.c.learner_id == learners.c.id)
                .join(addresses, addresses.c.learner_id == learners.c.id)
                .where(addresses.c.address == address)
            ).one_or_none()
        return conversation_of(row) if row else None

    def thread(self, conversation_id: int, *, after_id: int = 0) -> list[StoredMessage]:
        """Return the messages of a conversation in order, those up to `after_id` left out."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(messages)
                .where(messages.c.conversation_id == conversation_id, messages.c.id > after_id)
                .order_by(messages.c.id)
            )
            return [message_of(row) for row in rows]

    def open_handoff(self, conversation_id: int) -> Handoff | None:
        """Return the handoff that is not resolved yet, with its brief; None if the bot has the conversation."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(handoffs).where(handoffs.c.conversation_id == conversation_id, handoffs.c.resolved_at.is_(None))
            ).one_or_none()
        return handoff_of(row) if row else None

    def check(self) -> None:
        """Raise StorageUnavailable if the database does not answer, WrongRevision if it needs `bot db upgrade`.

        Tables that a newer program upgrades later, while this one serves, are in order.
        """
        with self._database.reading() as connection:
            check_revision(connection, is_serving=self._is_serving)
        self._is_serving = True

    def beat(self, *, now: datetime) -> None:
        """Note that delivery is alive."""
        with self._database.writing() as connection:
            moved = connection.execute(update(heartbeats).where(heartbeats.c.name == _DELIVERY).values(at=now))
            if not moved.rowcount:
                connection.execute(insert_if_new(connection, heartbeats).values(name=_DELIVERY, at=now))

    def last_beat(self) -> datetime | None:
        """Return when delivery was last alive, in any process; None if it never was."""
        with self._database.reading() as connection:
            return connection.scalar(select(heartbeats.c.at).where(heartbeats.c.name == _DELIVERY))

    def tidy(self, *, now: datetime) -> None:
        """Remove learners whose erasure is complete, and what is too old to be of use."""
        housekeeping.remove_erased(self._database, now=now)
        housekeeping.remove_stale(self._database, now=now)
        remove_absent(self._database, now=now)
        self.quarantine.tidy(now=now)

    def wake_snoozed(self, *, now: datetime) -> int:
        """Wake the conversations whose time has come, in one process of many; return how many."""
        return due.wake_snoozed(self._database, now=now)

    def raise_promises(self, *, now: datetime) -> int:
        """Queue a notice for each learner who was promised an answer by now and has none; return how many."""
        return due.raise_promises(self._database, now=now)

    def close(self) -> None:
        """Close all connections of this process; the next use opens new ones."""
        self._database.close()

    def announce(self) -> None:
        """Tell delivery in other processes that something was queued. Where that fails they find it by looking."""
        self._database.announce()

    def listen(self, heard: Callable[[], None], stop: threading.Event) -> None:
        """Call `heard` whenever another process announces something, until `stop` is set; SQLite returns at once."""
        self._database.listen(heard, stop)
