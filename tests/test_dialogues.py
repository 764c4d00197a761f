"""Conversations as they happen on the phone, told in tests/dialogues/*.yaml and held turn by turn."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import yaml
from pydantic import TypeAdapter

from bot.core.conversation import Decision, Status
from bot.core.knowledge import Step
from bot.core.messages import Inbound
from bot.core.rehearsal import differences, inbound
from tests.core.talking import Talk, read


class Turn(Step):
    """A step as editors write it, held more strictly: what is left out is not allowed to happen, see the defaults.

    times: how often the text is repeated before it is sent.
    opt_out: as in `Inbound`.
    staff: the status that staff have given the conversation before the message came.
    brief: words that staff find in the brief; a brief is written exactly if this is given.
    """

    times: int = 1
    opt_out: str = ""
    staff: Status | None = None

    silent: bool | None = False
    answers: tuple[tuple[str, ...], ...] | None = ()
    status: Status | None = Status.BOT
    opted_out: bool = False
    erased: bool = False
    brief: tuple[str, ...] | None = None

    def inbound(self) -> Inbound:
        return replace(inbound(self), text=self.learner * self.times, opt_out=self.opt_out, name="Asha")


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
        assert turn.silent or turn.action, "only a silent turn may leave its action open"
        assert not list(differences(turn, decision)), f"{turn.learner!r} is answered with: {read(decision)}"
        assert effects(decision) == (turn.opted_out, turn.erased, turn.brief is not None)
        assert not [word for word in turn.brief or () if word not in str(decision.brief)], decision.brief


def effects(decision: Decision) -> tuple[bool, bool, bool]:
    """Whether the learner has opted out, is erased, and whether staff get a brief."""
    return decision.opted_out, decision.erase, decision.brief is not None
