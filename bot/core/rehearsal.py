"""Conversations held before anybody has them: a learner who talks to the bot, and what goes otherwise. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision
from bot.core.dialogue import decide
from bot.core.knowledge import About, Document, Key, KnowledgeTests, Step
from bot.core.messages import Inbound, Kind

_NOT_FROM_ENTRIES: Final = frozenset({About.TALK, About.STAFF})
_LONGEST_SHOWN: Final = 120


@dataclass
class Learner:
    """Somebody who writes to the bot; each message is decided after all that came before it. `now`: aware UTC."""

    knowledge: Knowledge
    now: datetime
    conversation: Conversation = field(default_factory=Conversation)

    def write(self, inbound: Inbound, *, after: timedelta = timedelta()) -> Decision:
        """Decide a message that comes `after` the one before it."""
        self.now += after
        decision = decide(self.conversation, inbound, self.knowledge, now=self.now)
        self.follow(decision)
        return decision

    def follow(self, decision: Decision) -> None:
        """Go on from a decision."""
        self.conversation = replace(
            self.conversation, status=decision.status, memory=decision.memory, opted_out=decision.opted_out
        )


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One message of a test as it went.

    file, key: where it is written. said: the message.
    otherwise: what was expected and what came instead, one sentence each; none if it went as told.
    """

    file: str
    key: Key
    said: str
    decision: Decision
    otherwise: tuple[str, ...]


def rehearse(
    knowledge: Knowledge, tests: Mapping[str, Document[KnowledgeTests]], *, now: datetime
) -> Iterator[Rehearsed]:
    """Hold every conversation of the tests, each with a new learner, and ask what must not be answered.

    now: aware UTC; the time of all tests that name no day of their own.
    """
    for document in tests.values():
        day = document.content.day
        start = now if day is None else datetime.combine(day, time(12), UTC)
        for title, steps in document.content.dialogues.items():
            learner = Learner(knowledge, start)
            for number, step in enumerate(steps):
                decision = learner.write(inbound(step), after=timedelta(minutes=step.after))
                otherwise = tuple(differences(step, decision))
                yield Rehearsed(document.file, ("dialogues", title, number), step.learner, decision, otherwise)
        for number, question in enumerate(document.content.must_not_answer):
            decision = Learner(knowledge, start).write(_message(question))
            otherwise = tuple(_told(decision, knowledge))
            yield Rehearsed(document.file, ("must_not_answer", number), question, decision, otherwise)


def inbound(step: Step) -> Inbound:
    """The message of a step as a channel would give it."""
    return _message(step.learner, Kind.CHOICE if step.choice else step.kind, step.choice)


def _message(text: str, kind: Kind = Kind.TEXT, choice: str = "") -> Inbound:
    return Inbound(sid="", sender="", recipient="", kind=kind, text=text, choice=choice)


def differences(step: Step, decision: Decision) -> Iterator[str]:
    """Say what was expected of a decision and what came instead, one sentence for each thing."""
    text = read(decision)
    for noun, expected, came in (
        ("action", step.action, decision.action),
        ("status", step.status, decision.status),
        ("silent", step.silent, not decision.replies),
        ("answers", _expected_answers(step), answered(decision)),
        ("buttons", None if step.buttons is None else list(step.buttons), titles(decision)),
    ):
        if expected is not None and expected != came:
            yield f"expected {noun} {_listed(expected)}, got {_listed(came)}"
    entries = [answer.entry for answer in decision.answers]
    if step.entry is not None and step.entry not in entries:
        yield f"expected the entry {step.entry}, got {_listed(entries)}"
    missing = [f'"{words}"' for words in step.says if words not in text]
    missing += [f'no "{words}"' for words in step.hides if words in text]
    if missing:
        yield f'expected {" and ".join(missing)} in the text, got "{_short(text)}"'


def _expected_answers(step: Step) -> list[tuple[str, str | None]] | None:
    if step.answers is None:
        return None
    return [(topic, side[0] if side else None) for topic, *side in step.answers]


def _told(decision: Decision, knowledge: Knowledge) -> Iterator[str]:
    told = [one for one in decision.answers if knowledge.topics[one.topic].about not in _NOT_FROM_ENTRIES]
    if told:
        yield f"expected no answer, got {_listed([answer.entry for answer in told])}"


def read(decision: Decision) -> str:
    """All that the learner reads."""
    return "\n\n".join(reply.text for reply in decision.replies)


def answered(decision: Decision) -> list[tuple[str, str | None]]:
    """Topic and side of all that is answered, in order."""
    return [(answer.topic, answer.side) for answer in decision.answers]


def titles(decision: Decision) -> list[str]:
    """What the buttons of the last bubble say."""
    return [button.title for button in decision.replies[-1].buttons] if decision.replies else []


def _listed(value: object) -> str:
    """A value as an editor would write it: the answers [tools, cook], [courses]."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(map(_listed, value)) or "none"
        case tuple():
            return f"[{', '.join(part for part in value if part is not None)}]"
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
