"""What another knowledge would have made of conversations that were held: one by one, message by message. Pure.

Each knowledge goes through a conversation with a memory of its own, as if it had served all of it. What happened at the
desk is taken as it was recorded: who had the conversation, whether the learner had opted out, whether they were asked
how it was. So a difference comes from the knowledge and from nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.conversation import Action, Answered, Conversation, Decision, Memory, Status
from bot.core.dialogue import decide
from bot.core.knowledge import About
from bot.core.messages import Inbound, Outcome

_OPTED_OUT: Final = "opted_out"
_RATED: Final = "rated"
_NOTED: Final = "waiting"
_WITHOUT_ENTRIES: Final = (About.COURSES, About.COMPARISONS, About.STAFF, About.TALK)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a learner with what became of it.

    id: names the message for ever, in the database and in what is exported from it.
    inbound: as it came; without aliases and times, which no answer leans on.
    at: when it came in, aware UTC.
    reason: a short word such as `answered` or `not_understood`, see `bot.core.conversation.Decision`.
    status: who had the conversation when it came in.
    """

    id: int
    inbound: Inbound
    at: datetime
    outcome: Outcome
    reason: str
    status: Status = Status.BOT

    def conversation(self, memory: Memory) -> Conversation:
        """The conversation when this message came in, as it was recorded but for what the bot remembers of it."""
        asked_to_rate = memory.model_copy(update={"rating": self.reason == _RATED})
        return Conversation(self.status, asked_to_rate, opted_out=self.reason == _OPTED_OUT)


@dataclass(frozen=True, slots=True)
class Talk:
    """What one learner wrote, in order. `conversation` is the id of the conversation."""

    conversation: int
    turns: tuple[Turn, ...]


class Verdict(StrEnum):
    """How the new reply to a message compares with the old one.

    SAME: the learner reads the same. BETTER: it was refused or asked back, and is answered or handed over now.
    LOST: it was answered and is not any more, or no person is asked any more. CHANGED: anything else.
    """

    SAME = "same"
    BETTER = "better"
    CHANGED = "changed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Compared:
    """One message under both knowledges. `conversation` and `message` are ids.

    reworded: of a message with the verdict CHANGED, the ids of the entries that answer it in other words than before,
      the same ones as before; empty if it is answered by something else.
    """

    conversation: int
    message: int
    text: str
    verdict: Verdict
    old: Decision
    new: Decision
    reworded: tuple[str, ...] = ()


def replay(talk: Talk, old: Knowledge, new: Knowledge) -> Iterator[Compared]:
    """Let both knowledges answer every message of a talk, and compare what they say; one result for each message."""
    before, after = Memory(), Memory()
    for turn in talk.turns:
        was = decide(turn.conversation(before), turn.inbound, old, now=turn.at)
        becomes = decide(turn.conversation(after), turn.inbound, new, now=turn.at)
        before, after = was.memory, becomes.memory
        verdict = _verdict(was, becomes, old, new)
        changed = verdict is Verdict.CHANGED and _says(was, old) == _says(becomes, new)
        reworded = _reworded(was, old, new) if changed else ()
        yield Compared(talk.conversation, turn.id, turn.inbound.text, verdict, was, becomes, reworded)


class _Worth(IntEnum):
    """What a learner got."""

    NOTHING = 0
    PERSON = 1
    ANSWER = 2


def _verdict(was: Decision, becomes: Decision, old: Knowledge, new: Knowledge) -> Verdict:
    before, after = _worth(was, old), _worth(becomes, new)
    if after < before:
        return Verdict.LOST
    if before is _Worth.NOTHING and after > before:
        return Verdict.BETTER
    return Verdict.SAME if before is after and was.replies == becomes.replies else Verdict.CHANGED


def _worth(decision: Decision, knowledge: Knowledge) -> _Worth:
    if decision.action is Action.HANDOFF:
        return _Worth.NOTHING if decision.reason == _NOTED else _Worth.PERSON
    answered = decision.action is Action.ANSWER and _held(decision, knowledge)
    return _Worth.ANSWER if answered else _Worth.NOTHING


def _says(decision: Decision, knowledge: Knowledge) -> tuple[object, ...]:
    """What a reply is about, whatever its words."""
    offered = [(one.topic, one.side) for one in decision.suggestions]
    return decision.action, decision.reason, _held(decision, knowledge), offered


def _held(decision: Decision, knowledge: Knowledge) -> list[str]:
    """The entries that were told; not what the reply says it does not know."""
    return [one.entry for one in decision.answers if _is_held(one, knowledge)]


def _is_held(answer: Answered, knowledge: Knowledge) -> bool:
    if knowledge.topics[answer.topic].about in _WITHOUT_ENTRIES:
        return True
    return answer.entry in knowledge.entries or bool(_within(answer.entry, knowledge))


def _within(entry: str, knowledge: Knowledge) -> list[str]:
    """The entries that make up an answer: the sides one below the other have none of their own."""
    return [one for one in knowledge.entries if f"/{entry}/" in f"/{one}/"]


def _reworded(decision: Decision, old: Knowledge, new: Knowledge) -> tuple[str, ...]:
    """The entries told whose text differs; where it is only in what is around them, these entries all the same."""
    told = _held(decision, old)
    texts = [(one, new.entries.get(one)) for entry in told for one in _within(entry, old)]
    differing = [one for one, now in texts if now is None or now.answer != old.entries[one].answer]
    return tuple(dict.fromkeys(differing or told or [decision.reason]))
