"""State of a conversation and the decision what to do with a message."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from bot.core.messages import Outcome, Reply


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


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that follows from one message; the caller stores all of it or nothing.

    replies: bubbles in order, none if nothing is to be sent.
    outcome, reason: what became of the message; `reason` is a short stable word such as `answered` or `opted_out`.
    status: the conversation's status afterwards.
    brief: set when a handoff begins or an open one learns something new.
    erase: the learner's data is to be erased once the replies are sent.
    answers, suggestions, why: what was understood, as JSON-ready values; kept with the message.
    """

    replies: tuple[Reply, ...]
    outcome: Outcome
    reason: str
    status: Status
    memory: Memory
    opted_out: bool
    brief: Brief | None = None
    erase: bool = False


