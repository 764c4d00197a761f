"""Conversations without who held them, as a file that may lie beside the knowledge: docs/replay.md tells its form."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.core.anonymous import anonymous, parts_of
from bot.core.conversation import Status
from bot.core.messages import Inbound, Kind, Outcome
from bot.core.replaying import Talk, Turn
from bot.errors import BotError

_TOLD_NAME: Final = re.compile(
    r"(?:my name is|mera naam|मेरा नाम)\s+(?!not\b|\[)(\S+(?:\s+(?-i:[A-Z])\w+)?)"
    r"|this is\s+((?-i:[A-Z])\w+)(?=\s*(?:[,.!]|here|from|$))",
    re.IGNORECASE,
)
_WITHOUT_TEXT: Final = (Kind.LOCATION, Kind.CONTACT)
"""What these say is where and who somebody is, and nothing that is asked."""


class CorpusError(BotError):
    """A corpus cannot be read or written; the message says where and why."""


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: int
    at: AwareDatetime
    kind: Kind = Kind.TEXT
    text: str = ""
    choice: str = ""
    opt_out: str = ""
    outcome: Outcome
    reason: str
    status: Status = Status.BOT

    def turn(self) -> Turn:
        inbound = Inbound(str(self.id), "", "", self.kind, self.text, choice=self.choice, opt_out=self.opt_out)
        return Turn(self.id, inbound, self.at.astimezone(UTC), self.outcome, self.reason, self.status)


class _Talk(BaseModel):
    model_config = ConfigDict(extra="forbid")

    conversation: int
    turns: Annotated[tuple[_Turn, ...], Field(min_length=1)]


def nameless(talk: Talk, number: int, *, words: Collection[str]) -> Talk:
    """Return a talk without who held it: names, numbers and addresses marked, provider's ids gone, times to the minute.

    number: takes the place of the conversation's id. The ids of the messages stay: they name nobody.
    words: small letters; what a role or a course is called is kept, even if it is part of a learner's name.
    """
    profiles = {turn.inbound.name for turn in talk.turns}
    told = {name for turn in talk.turns for found in _TOLD_NAME.findall(turn.inbound.text) for name in found}
    names = {part for name in profiles | told for part in parts_of(name) if part.casefold() not in words}
    return Talk(number, tuple(_nameless(turn, names) for turn in talk.turns))


def _nameless(turn: Turn, names: Collection[str]) -> Turn:
    said = turn.inbound
    inbound = Inbound(
        sid=str(turn.id),
        sender="",
        recipient="",
        kind=said.kind,
        text="" if said.kind in _WITHOUT_TEXT else anonymous(said.text, names),
        choice=said.choice,
        opt_out=anonymous(said.opt_out, names),
    )
    return replace(turn, inbound=inbound, at=turn.at.replace(second=0, microsecond=0))


def write(path: Path, talks: Iterable[Talk]) -> int:
    """Write talks that are nameless, one a line; return how many messages. Replaces the file. Raises CorpusError."""
    messages = 0
    try:
        with path.open("w", encoding="utf-8") as file:
            for talk in talks:
                file.write(f"{_line(talk)}\n")
                messages += len(talk.turns)
    except OSError as error:
        raise CorpusError(f"{path} cannot be written ({error.strerror}): check its folder.") from error
    return messages


def _line(talk: Talk) -> str:
    turns = tuple(
        _Turn(
            id=turn.id,
            at=turn.at,
            kind=turn.inbound.kind,
            text=turn.inbound.text,
            choice=turn.inbound.choice,
            opt_out=turn.inbound.opt_out,
            outcome=turn.outcome,
            reason=turn.reason,
            status=turn.status,
        )
        for turn in talk.turns
    )
    written = _Talk(conversation=talk.conversation, turns=turns).model_dump(mode="json", exclude_defaults=True)
    return json.dumps(written, ensure_ascii=False)


def read(path: Path) -> Iterator[Talk]:
    """Yield the talks of a corpus. Raises CorpusError with file and line."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _talk(line, f"{path}:{number}")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(
            f"{path}: cannot be read as UTF-8 text ({error}); name a file of `bot knowledge corpus`."
        ) from error


def _talk(line: str, place: str) -> Talk:
    try:
        talk = _Talk.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the line"
        raise CorpusError(f"{place}: {where}: {first['msg']}; write it anew with `bot knowledge corpus`.") from error
    return Talk(talk.conversation, tuple(turn.turn() for turn in talk.turns))
