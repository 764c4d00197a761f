"""Ways to reach a learner. A channel sends one bubble at a time and says honestly what it knows about the result."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.channels.files import File
from bot.core.messages import TEXT_LIMIT, Button, Media, MessageState, Reply, Row
from bot.errors import BotError


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One queued message on its way out. `to` is a channel address, `queued_at` aware UTC.

    known_sids: provider's ids of the other messages to the same learner; `find` never takes one of them for this one.
    """

    message_id: int
    to: str
    reply: Reply
    queued_at: datetime
    known_sids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken the message. `sid` is its id there."""

    sid: str
    state: MessageState = MessageState.SENT


class NotProcessed(BotError):
    """The provider has certainly not taken the message (refused connection, too many requests): safe to send again."""


class TooMuch(NotProcessed):
    """The provider takes nothing from anybody of us for now: all who send have to slow down."""


class Rejected(BotError):
    """The provider refuses the message for good. `code` is its number as text, the message a sentence for staff."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class MaybeSent(BotError):
    """Nobody can tell whether the provider took the message: look it up before anything else."""


class TypingNotShown(BotError):
    """The provider did not show that an answer is being written."""


class TemplatesUnavailable(BotError):
    """Nobody can tell at the moment which templates are approved."""


@dataclass(frozen=True, slots=True)
class ApprovedTemplate:
    """A message that WhatsApp lets us send outside its window.

    text: what the learner reads, with `{{name}}` where a value goes in.
    samples: the name of each value (mostly `1`, `2`, ...) with an example, in the order of the text; then of those
      that stand elsewhere, such as in the address of a button. All of them have to be filled in.
    """

    sid: str
    name: str
    language: str
    text: str
    samples: Mapping[str, str]

    def filled(self, values: Mapping[str, str]) -> str:
        """What the learner reads with these values."""
        text = self.text
        for name, value in values.items():
            text = text.replace(f"{{{{{name}}}}}", value)
        return text


class Sender(Protocol):
    """What delivery asks of a channel."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Send one bubble.

        Raises NotProcessed (TooMuch among it), Rejected or MaybeSent; nothing else.
        """
        ...

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Look a message up at the provider by recipient, time and text; None if it is certainly not there.

        Raises MaybeSent if the provider cannot be asked.
        """
        ...


class Forgetful(Protocol):
    """What the erasure of a learner asks of a channel."""

    def forget(self, sids: Sequence[str]) -> Collection[str]:
        """Erase what the provider keeps of messages; return the ids of those that it does not have any more.

        The others are to be asked for again later. Raises nothing.
        """
        ...


class TypingShower(Protocol):
    """What presence asks of a channel."""

    def show_typing(self, sid: str) -> None:
        """Show a learner that their message with this id is read and an answer to it is being written.

        Raises TypingNotShown; nothing else.
        """
        ...


class Channel(Sender, Forgetful, TypingShower, Protocol):
    """The protocol of every channel. Implementations are listed in `bot.wiring`."""

    def fetch(self, media: Media) -> File:
        """Fetch a file that a learner sent, of a checked kind and size.

        Raises MediaGone, MediaRefused or MediaUnavailable; nothing else.
        """
        ...

    def templates(self) -> Sequence[ApprovedTemplate]:
        """Return what may be sent outside WhatsApp's window, by name and language.

        Raises TemplatesUnavailable.
        """
        ...


_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def without_controls(text: str) -> str:
    """The text without characters that nobody types: databases refuse NUL, XML and terminals the other controls."""
    return _CONTROLS.sub("", text)


def as_text(reply: Reply) -> str:
    """Write a reply as one plain text: below its text the choices, numbered from 1, one a line.

    Row descriptions are left out where the whole would pass the limit of one text.
    """
    choices: tuple[Button | Row, ...] = reply.buttons or reply.rows
    if not choices:
        return reply.text
    titles = [f"{number}. {choice.title}" for number, choice in enumerate(choices, start=1)]
    descriptions = [f" - {row.description}" if row.description else "" for row in reply.rows] or [""] * len(titles)
    full = "\n".join([reply.text, "", *(title + more for title, more in zip(titles, descriptions, strict=True))])
    return full if len(full) <= TEXT_LIMIT else "\n".join([reply.text, "", *titles])
