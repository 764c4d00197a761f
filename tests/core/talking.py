"""A learner who talks to the bot: each message is decided after all that came before it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.conversation import Decision, Status
from bot.core.dialogue import decide
from bot.core.messages import Inbound, Kind
from bot.core.rehearsal import Learner, answered, read, titles
from bot.knowledge_files import load

__all__ = ["KNOWLEDGE_FOLDER", "NOW", "Talk", "answered", "message", "read", "real_knowledge", "titles"]

NOW: Final = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
KNOWLEDGE_FOLDER: Final = Path(__file__).parents[2] / "knowledge"


@cache
def real_knowledge() -> Knowledge:
    """The knowledge that is delivered with the program; read once, it takes a second."""
    return load(KNOWLEDGE_FOLDER)


def message(text: str = "", *, kind: Kind = Kind.TEXT, choice: str = "", opt_out: str = "", name: str = "") -> Inbound:
    return Inbound(
        sid="SM1",
        sender="whatsapp:+919800000001",
        recipient="whatsapp:+14155238886",
        kind=Kind.CHOICE if choice else kind,
        text=text,
        choice=choice,
        opt_out=opt_out,
        name=name,
    )


@dataclass
class Talk(Learner):
    """One conversation with the real knowledge; `say` moves it on by one message."""

    knowledge: Knowledge = field(default_factory=real_knowledge)
    now: datetime = NOW
    rule: Callable[..., Decision] = decide

    def say(self, said: str | Inbound, *, after: timedelta = timedelta()) -> Decision:
        """Decide a message that comes `after` the one before it."""
        self.now += after
        inbound = message(said) if isinstance(said, str) else said
        decision = self.rule(self.conversation, inbound, self.knowledge, now=self.now)
        self.follow(decision)
        return decision

    def taken_by_staff(self) -> None:
        self.conversation = replace(self.conversation, status=Status.OPEN)
