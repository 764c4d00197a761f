"""What the inbox reads, as values. All times are aware UTC, ids of staff belong to `bot.core.staff.Staff`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.core.conversation import Brief, Status
from bot.core.messages import Kind
from bot.storage.records import Author, Handoff, StoredConversation, StoredMessage


class View(StrEnum):
    """The lists of the inbox.

    WAITING: nobody has it; longest wait first.
    MINE: open, and mine; what I have not read or answered first, then last activity.
    OPEN: all that wait or are open, whoever has them; last activity first.
    SNOOZED: put off, by whomever; the next to wake first.
    RESOLVED: with the bot again after a handoff; last resolved first.
    """

    WAITING = "waiting"
    MINE = "mine"
    OPEN = "open"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list; what is empty or None does not.

    query: words that a name or a text has, all of them, in any order, whole or in part; or digits of a number. With it
      the search goes over all conversations, also those that only the bot ever had, last activity first; words that
      thousands of messages have are looked for in the newest of them, and so are words of less than three letters.
    reason: of the last handoff.
    """

    query: str = ""
    topic: str = ""
    reason: str = ""
    owner_id: int | None = None
    label: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the query, as many as somebody who searches would type."""
        return tuple(self.query.split()[:10])


@dataclass(frozen=True, slots=True)
class Preview:
    """One message in a line or two: at most the first 120 characters of its text, which is empty for a picture."""

    message_id: int
    text: str
    author: Author
    kind: Kind


@dataclass(frozen=True, slots=True)
class Card:
    """One conversation in a list.

    number: as people write it (`+919800000001`); what WhatsApp knows the learner by if they hide their number.
    reason, outcome, waiting_since, promised_at: of the last handoff; the last two only while it is open.
    last_inbound_at: opens WhatsApp's window.
    last_at, preview: of the last message, None if it has none left.
    unread: the learner's messages after this reader's mark, 10 standing for "more than 9". 0 while the bot has the
      conversation: nobody is asked to read what the bot answers.
    hit: with a query, the newest message that has its words.
    revision: another one as soon as something here has changed; only equal or not equal means something.
    place: where the list goes on after this card, for `after`.
    """

    conversation_id: int
    name: str
    number: str
    status: Status
    owner_id: int | None
    topic: str
    reason: str
    outcome: str | None
    waiting_since: datetime | None
    promised_at: datetime | None
    last_inbound_at: datetime
    last_at: datetime | None
    preview: Preview | None
    hit: Preview | None
    unread: int
    labels: tuple[str, ...]
    snoozed_until: datetime | None
    revision: int
    place: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a member of staff wrote for colleagues."""

    id: int
    staff_id: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HeldReply:
    """A reply that leaves by itself when the learner writes again."""

    id: int
    staff_id: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptReminder:
    """A reminder that the learner asked for at `at` and wants at `wanted_at`. outcome: empty as long as it waits."""

    words: str
    at: datetime
    wanted_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class Case:
    """All of one conversation but its messages.

    handoff: the open one, None while the bot has the conversation. earlier: the resolved ones, newest first.
    addresses: all that the learner is known by. number: see `Card`.
    labels: in alphabetical order. notes, held, reminders: in the order of writing.
    links: the last 5 different addresses that were sent to the learner, newest first.
    last_question: the learner's last words.
    read_up_to: id of the last message that this reader has marked as read, 0 for none.
    revision: see `Card`. It was read first: what is newer than it may be shown, never what is older.
    """

    conversation: StoredConversation
    addresses: tuple[str, ...]
    number: str
    owner_id: int | None
    topic: str
    handoff: Handoff | None
    earlier: tuple[Handoff, ...]
    labels: tuple[str, ...]
    notes: tuple[Note, ...]
    held: tuple[HeldReply, ...]
    reminders: tuple[KeptReminder, ...]
    links: tuple[str, ...]
    last_question: str
    read_up_to: int
    snoozed_until: datetime | None
    revision: int

    @property
    def brief(self) -> Brief:
        """That of the open handoff; while the bot has the conversation, what it would tell staff now."""
        if self.handoff:
            return self.handoff.brief
        memory = self.conversation.memory
        return Brief(
            name=self.conversation.name,
            reason="",
            question=self.last_question,
            asked=memory.asked,
            answered=memory.answered,
            preference=memory.preference or "",
            source=memory.source,
            language=memory.language,
            promise="",
        )


@dataclass(frozen=True, slots=True)
class Thread:
    """Some messages of a conversation, in order.

    quotes: of the messages here that quote another one, that other one by its `quoted_sid`, if it is still there.
    has_older, has_newer: whether more messages lie before the first and after the last one.
    """

    messages: tuple[StoredMessage, ...]
    quotes: Mapping[str, Preview]
    has_older: bool
    has_newer: bool


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that staff, or the program on its own (`staff_id` None), did with a conversation."""

    id: int
    at: datetime
    staff_id: int | None
    action: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Onlooker:
    """A member of staff who has the conversation on the screen."""

    staff_id: int
    types: bool
