"""State of a conversation, and what a decision about a message consists of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.core.memory import Memory
from bot.core.messages import Outcome, Reply

__all__ = [
    "RECEIPT",
    "Action",
    "Answered",
    "Brief",
    "Candidate",
    "Conversation",
    "Decision",
    "Memory",
    "Reminder",
    "Status",
    "Suggestion",
    "Why",
]


RECEIPT: Final = "{receipt}"
"""Stands for the number that an erasure gets when it is done."""


class Status(StrEnum):
    """Who has the conversation."""

    BOT = "bot"
    WAITING = "waiting"
    OPEN = "open"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One learner's conversation as `decide` sees it.

    owned: a member of staff has it.
    count_ahead: tells how many others wait for staff and came before this one. Called only where a reply says so, as
      few do and counting takes the longer the more learners wait.
    """

    status: Status = Status.BOT
    memory: Memory = field(default_factory=Memory)
    opted_out: bool = False
    name: str = ""
    owned: bool = False
    count_ahead: Callable[[], int] = lambda: 0

    @property
    def awake(self) -> Status:
        """The status once the learner has written: what was put aside wakes up, for its owner or else for the line."""
        if self.status is not Status.SNOOZED:
            return self.status
        return Status.OPEN if self.owned else Status.WAITING


@dataclass(frozen=True, slots=True)
class Brief:
    """What staff read first when they take a handoff. Stored as JSON, keys as named here."""

    name: str
    reason: str
    question: str
    asked: tuple[str, ...]
    answered: tuple[str, ...]
    preference: str
    source: str
    language: str
    promise: str


class Action(StrEnum):
    """The kind of a reply, as `bot ask` and `bot eval` name it."""

    ANSWER = "answer"
    HANDOFF = "handoff"
    CLARIFY = "clarify"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Answered:
    """One thing that the reply answers. `confidence` is the probability (0 to 1) that this is what was asked.

    place: the `file:line` where the answer stands, several joined by commas if it tells of all sides; what is no answer
      of the files has that of its topic.
    """

    topic: str
    side: str | None
    entry: str
    confidence: float
    place: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One choice that the reply offers instead of an answer."""

    topic: str
    side: str | None
    title: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of the message, with the knowledge phrase that spoke loudest for it and its `file:line`."""

    topic: str
    side: str | None
    confidence: float
    phrase: str
    place: str


@dataclass(frozen=True, slots=True)
class Why:
    """How the message was read: what was compared after clean-up, the sides named in it, the best readings.

    signs: words that spoke for a side (`pipelines: mlops`) or against it (`not notebooks: ml`).
    """

    read_as: str
    mentions: tuple[str, ...]
    signs: tuple[str, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Reminder:
    """One message that the learner wants to get later, which is also their consent to it.

    due_at: aware UTC. words: how they asked for it. choice: what it is about as `Choice.id`, empty if nothing is known.
    """

    due_at: datetime
    words: str
    choice: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that follows from one message; the caller stores all of it or nothing.

    replies: bubbles in order, none if nothing is to be sent.
    outcome, reason: what became of the message; `reason` is a short stable word such as `answered` or `opted_out`.
    status: the conversation's status afterwards.
    brief: set when a handoff begins or a waiting one learns something new.
    promised_at: when the learner was promised that staff are back, if a handoff begins outside their hours; aware.
    erase: the learner's data is to be erased once the replies are sent, which have `RECEIPT` where its number goes.
    rating: how the learner rates the last handoff, 1 to 5.
    wait: how long the replies are held back for the rest of what the learner says.
    joins: the replies are also those to the messages whose own replies are still held back.
    reminder: is to be sent later. withdraws_reminders: those that wait are not.
    """

    replies: tuple[Reply, ...]
    outcome: Outcome
    reason: str
    status: Status
    memory: Memory
    opted_out: bool
    action: Action
    answers: tuple[Answered, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    why: Why | None = None
    brief: Brief | None = None
    promised_at: datetime | None = None
    erase: bool = False
    rating: int | None = None
    wait: timedelta = timedelta()
    joins: bool = False
    reminder: Reminder | None = None
    withdraws_reminders: bool = False
