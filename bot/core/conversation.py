"""State of a conversation and the decision what to do with a message."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from bot.core.catalogue import Knowledge
from bot.core.messages import Inbound, Outcome, Reply


class Status(StrEnum):
    """Who has the conversation."""

    BOT = "bot"
    WAITING = "waiting"
    OPEN = "open"
    SNOOZED = "snoozed"


class Memory(BaseModel):
    """What the bot keeps in mind of a conversation. Stored as JSON; unknown keys of a newer version are dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One learner's conversation as `decide` sees it."""

    status: Status = Status.BOT
    memory: Memory = field(default_factory=Memory)
    opted_out: bool = False
    name: str = ""


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
    """One thing that the reply answers. `confidence` is the probability (0 to 1) that this is what was asked."""

    topic: str
    side: str | None
    entry: str
    confidence: float


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
    """How the message was read: what was compared after clean-up, the names found in it, the best readings."""

    read_as: str
    mentions: tuple[str, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that follows from one message; the caller stores all of it or nothing.

    replies: bubbles in order, none if nothing is to be sent.
    outcome, reason: what became of the message; `reason` is a short stable word such as `answered` or `opted_out`.
    status: the conversation's status afterwards.
    brief: set when a handoff begins or a waiting one learns something new.
    erase: the learner's data is to be erased once the replies are sent.
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
    erase: bool = False


def decide(conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
    """Decide what to do with one message. Pure: the same arguments give the same decision."""
    return Decision(
        replies=(Reply(text="Hello"),),
        outcome=Outcome.ANSWERED,
        reason="answered",
        status=conversation.status,
        memory=conversation.memory,
        opted_out=conversation.opted_out,
        action=Action.ANSWER,
    )
