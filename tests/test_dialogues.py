"""Conversations as they happen on the phone, told in tests/dialogues/*.yaml and held turn by turn."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.core.conversation import Action, Decision, Status
from bot.core.messages import Inbound, Kind
from tests.core.talking import Talk, answered, message, read, titles


class Turn(BaseModel):
    """One message and all that must follow from it. What is left out is not allowed to happen, see the defaults.

    learner: the text, the caption, or the title of what was tapped.
    times: how often the text is repeated before it is sent.
    kind, choice, opt_out: as in `Inbound`.
    after: minutes since the message before.
    staff: the status that staff have given the conversation before the message came.
    action: of the decision; `silent` says that nothing is sent.
    answers: each as [topic] or [topic, side].
    says, hides: words that the learner reads, or does not; capitals matter.
    buttons: titles, if it matters which are offered.
    brief: words that staff find in the brief; a brief is written exactly if this is given.
    """

    model_config = ConfigDict(extra="forbid")

    learner: str = ""
    times: int = 1
    kind: Kind = Kind.TEXT
    choice: str = ""
    opt_out: str = ""
    after: int = 0
    staff: Status | None = None

    action: Action | None = None
    silent: bool = False
    answers: list[tuple[str] | tuple[str, str]] = []
    says: list[str] = []
    hides: list[str] = []
    buttons: list[str] | None = None
    status: Status = Status.BOT
    opted_out: bool = False
    erased: bool = False
    brief: list[str] | None = None

    def inbound(self) -> Inbound:
        return message(self.learner * self.times, kind=self.kind, choice=self.choice, opt_out=self.opt_out, name="Asha")


FILES: Final = sorted(Path(__file__).with_name("dialogues").glob("*.yaml"))
DIALOGUES: Final = [
    pytest.param(turns, id=f"{file.stem}: {title}")
    for file in FILES
    for title, turns in TypeAdapter(dict[str, list[Turn]])
    .validate_python(yaml.safe_load(file.read_text("utf-8")))
    .items()
]


@pytest.mark.parametrize("turns", DIALOGUES)
def test_the_conversation_goes_as_told(turns: list[Turn]) -> None:
    talk = Talk()
    for turn in turns:
        if turn.staff is not None:
            owned = turn.staff in (Status.OPEN, Status.SNOOZED)
            talk.conversation = replace(talk.conversation, status=turn.staff, owned=owned)
        decision = talk.say(turn.inbound(), after=timedelta(minutes=turn.after))
        assert told(turn, decision) == expected(turn), f"{turn.learner!r} is answered with: {read(decision)}"
        assert not [word for word in turn.says if word not in read(decision)], read(decision)
        assert not [word for word in turn.hides if word in read(decision)], read(decision)
        assert not [word for word in turn.brief or [] if word not in str(decision.brief)], decision.brief


def told(turn: Turn, decision: Decision) -> dict[str, object]:
    """What happened, as far as the turn tells it."""
    return {
        "action": None if turn.silent and turn.action is None else decision.action,
        "silent": not decision.replies,
        "answers": answered(decision),
        "buttons": None if turn.buttons is None else titles(decision),
        "status": decision.status,
        "opted_out": decision.opted_out,
        "erased": decision.erase,
        "brief": decision.brief is not None,
    }


def expected(turn: Turn) -> dict[str, object]:
    return {
        "action": turn.action,
        "silent": turn.silent,
        "answers": [(*answer, None)[:2] for answer in turn.answers],
        "buttons": turn.buttons,
        "status": turn.status,
        "opted_out": turn.opted_out,
        "erased": turn.erased,
        "brief": turn.brief is not None,
    }
