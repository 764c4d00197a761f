"""How well the bot understands labelled messages: predictions, outcomes and figures."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.catalogue import OFF_TOPIC, Knowledge
from bot.core.conversation import Action, Conversation, Decision
from bot.core.dialogue import decide
from bot.core.messages import Inbound, Kind
from bot.core.stakes import AGAIN, CHOICE, QUESTION, WRONG
from bot.errors import BotError

Pair = tuple[str, str | None]
_BINS: Final = 10


class LabelError(BotError):
    """A label file cannot be read; the message says where and why."""


class Label(BaseModel):
    """One labelled message: every topic that would be right, the side, and for several questions every pair."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    topics: Annotated[tuple[str, ...], Field(min_length=1)]
    side: str | None = None
    kind: str = "turn"
    all: tuple[Pair, ...] = ()

    @property
    def off_topic(self) -> bool:
        """Whether nothing at all may be answered."""
        return self.topics == (OFF_TOPIC,)


class _Message(Label):
    id: str


class _Dialogue(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    turns: Annotated[tuple[Label, ...], Field(min_length=1)]


class Outcome(StrEnum):
    """What a prediction is worth: `right`, `offered` as a choice, `missed`, or `wrong`: something else was answered."""

    RIGHT = "right"
    OFFERED = "offered"
    MISSED = "missed"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the bot made of one labelled message. `id` of a turn is the dialogue's id, a slash and its number from 1.

    sent: how many messages it answered with, each of which WhatsApp bills.
    """

    id: str
    label: Label
    action: Action
    answers: tuple[Pair, ...]
    suggestions: tuple[Pair, ...]
    confidence: float
    sent: int = 1

    def as_json(self) -> dict[str, object]:
        """The line of a predictions file."""
        return {
            "id": self.id,
            "action": self.action,
            "answers": [{"topic": topic, "side": side} for topic, side in self.answers],
            "suggestions": [{"topic": topic, "side": side} for topic, side in self.suggestions],
        }

    @property
    def outcome(self) -> Outcome:
        """The prediction held against its label."""
        label, given = self.label, set(self.answers)
        if label.off_topic:
            return Outcome.WRONG if any(topic != OFF_TOPIC for topic, _ in given) else Outcome.RIGHT
        wanted = set(label.all) or {(topic, label.side) for topic in label.topics}
        if not given:
            if OFF_TOPIC in label.topics:
                return Outcome.RIGHT
            return Outcome.OFFERED if wanted & set(self.suggestions) else Outcome.MISSED
        if label.all:
            if given == wanted:
                return Outcome.RIGHT
            return Outcome.OFFERED if given < wanted else Outcome.WRONG
        return Outcome.RIGHT if len(given) == 1 and given <= wanted else Outcome.WRONG

    @property
    def loss(self) -> float:
        """What the reply cost the learner, in questions asked back; see `bot.core.stakes`."""
        outcome = self.outcome
        if outcome is Outcome.WRONG:
            return WRONG
        asked = QUESTION + CHOICE * len(self.suggestions) if self.action is Action.CLARIFY else 0.0
        if outcome is Outcome.MISSED:
            return asked + (QUESTION if self.action is Action.HANDOFF else AGAIN)
        # Of several questions one was answered, the other has to be asked again.
        return QUESTION if outcome is Outcome.OFFERED and not asked else asked


def predict(path: Path, knowledge: Knowledge, *, now: datetime) -> list[Prediction]:
    """Let the bot answer every message of a label file; the turns of a dialogue lean on each other.

    Raises LabelError.
    """
    predictions: list[Prediction] = []
    for row in _rows(path):
        conversation = Conversation()
        for turn_id, label in _turns(row):
            inbound = Inbound(sid=turn_id, sender="eval", recipient="bot", kind=Kind.TEXT, text=label.text)
            decision = decide(conversation, inbound, knowledge, now=now)
            conversation = Conversation(decision.status, decision.memory, decision.opted_out)
            predictions.append(_prediction(turn_id, label, decision))
    return predictions


def _turns(row: _Message | _Dialogue) -> Iterator[tuple[str, Label]]:
    if isinstance(row, _Message):
        yield row.id, row
    else:
        for number, turn in enumerate(row.turns, 1):
            yield f"{row.id}/{number}", turn


def _prediction(turn_id: str, label: Label, decision: Decision) -> Prediction:
    answered = decision.action in (Action.ANSWER, Action.HANDOFF)
    return Prediction(
        id=turn_id,
        label=label,
        action=decision.action,
        answers=tuple((answer.topic, answer.side) for answer in decision.answers) if answered else (),
        suggestions=tuple((suggestion.topic, suggestion.side) for suggestion in decision.suggestions),
        confidence=min((answer.confidence for answer in decision.answers), default=0.0),
        sent=len(decision.replies),
    )


def _rows(path: Path) -> Iterator[_Message | _Dialogue]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{path}: cannot be read as UTF-8 text ({error}); name a file of labelled messages") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _row(line, f"{path}:{number}")


def _row(line: str, place: str) -> _Message | _Dialogue:
    try:
        row = json.loads(line)
        model = _Dialogue if isinstance(row, dict) and "turns" in row else _Message
        return model.model_validate(row)
    except json.JSONDecodeError as error:
        raise LabelError(f"{place}: not a JSON object ({error.msg}); write one object a line") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise LabelError(f"{place}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares (0 to 1) over a set: of messages with an answer, and of off-topic ones how many were refused.

    calibration_error: mean distance between confidence and truth of the answers given, weighted by their number.
    loss: what a message cost on average, in questions asked back.
    sent_per_solved: messages that were sent for each question that was answered rightly; 0 if none was.
    """

    in_scope: int
    right: float
    right_or_offered: float
    wrong: float
    oos: int
    oos_rejected: float
    calibration_error: float
    loss: float
    sent_per_solved: float
    tables: Mapping[str, Mapping[str, Mapping[str, int]]] = field(repr=False, default_factory=dict)


def figures(predictions: Sequence[Prediction]) -> Figures:
    """Count the outcomes."""
    inside = Counter(one.outcome for one in predictions if not one.label.off_topic)
    outside = Counter(one.outcome for one in predictions if one.label.off_topic)
    total = max(1, inside.total())
    return Figures(
        in_scope=inside.total(),
        right=inside[Outcome.RIGHT] / total,
        right_or_offered=(inside[Outcome.RIGHT] + inside[Outcome.OFFERED]) / total,
        wrong=inside[Outcome.WRONG] / total,
        oos=outside.total(),
        oos_rejected=outside[Outcome.RIGHT] / max(1, outside.total()),
        calibration_error=_calibration_error(predictions),
        loss=sum(one.loss for one in predictions) / max(1, len(predictions)),
        sent_per_solved=_sent_per_solved(predictions, inside[Outcome.RIGHT]),
        tables={
            "kind": _table((one.label.kind, one) for one in predictions),
            "topic": _table((one.label.topics[0], one) for one in predictions),
        },
    )


def _sent_per_solved(predictions: Sequence[Prediction], solved: int) -> float:
    """What refusing the off-topic takes is not counted: it solves nothing and nobody wants it to."""
    return sum(one.sent for one in predictions if not one.label.off_topic) / solved if solved else 0.0


def _table(named: Iterable[tuple[str, Prediction]]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, prediction in named:
        counts[name][prediction.outcome] += 1
    return {name: dict(counts[name]) for name in sorted(counts)}


def _calibration_error(predictions: Sequence[Prediction]) -> float:
    answered = [one for one in predictions if one.answers]
    bins: dict[int, list[Prediction]] = defaultdict(list)
    for one in answered:
        bins[min(_BINS - 1, int(one.confidence * _BINS))].append(one)
    gaps = 0.0
    for members in bins.values():
        truth = sum(one.outcome is Outcome.RIGHT for one in members)
        gaps += abs(sum(one.confidence for one in members) - truth)
    return gaps / max(1, len(answered))
