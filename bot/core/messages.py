"""What comes in and what goes out, free of any channel's wire format."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

TEXT_LIMIT: Final = 1600
"""Characters in one WhatsApp text through Twilio."""
MENU_TEXT_LIMIT: Final = 1024
"""Characters in the text above buttons or a list."""
BUTTON_LIMIT: Final = 3
BUTTON_TITLE_LIMIT: Final = 20
ROW_LIMIT: Final = 10
ROW_TITLE_LIMIT: Final = 24
ROW_DESCRIPTION_LIMIT: Final = 72
CHOICE_ID_LIMIT: Final = 128
"""Characters in the id of a button or row."""


class Kind(StrEnum):
    """What a learner sent, read off the fields that are present."""

    TEXT = "text"
    CHOICE = "choice"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    CONTACT = "contact"
    STICKER = "sticker"
    LOCATION = "location"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Media:
    """A file that the provider keeps for us. The address is not to be trusted: check its host before fetching."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message of a learner.

    sid: the provider's id of the message, unique for ever.
    sender: the address to answer to; a phone number or a business-scoped id.
    aliases: every address known for the same person, `sender` included.
    name: the display name the learner chose. Untrusted, may be empty, changes at will.
    text: as typed (or the caption, or the title of what was tapped); may be empty.
    choice: id of the tapped button or list row, empty if nothing was tapped.
    quoted_sid: id of our message that the learner quoted or tapped on, empty if none.
    source: where the conversation came from (an advertisement's headline or address), empty if unknown.
    opt_out: `STOP`, `START` or `HELP` if the provider has handled such a keyword itself and has answered it.
    written_at: when the learner wrote it (aware), if it reached us late; None if that is just now.
    """

    sid: str
    sender: str
    recipient: str
    kind: Kind
    text: str = ""
    aliases: tuple[str, ...] = ()
    name: str = ""
    choice: str = ""
    media: Media | None = None
    quoted_sid: str = ""
    source: str = ""
    opt_out: str = ""
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A tappable answer. `id` comes back with the tap; `title` has at most 20 characters."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list picker: title at most 24 characters, description at most 72."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A text that WhatsApp has approved, by the provider's id, with what fills its places: {"1": "Ann"}."""

    sid: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """One bubble. Has buttons or rows or neither, never both.

    label: what the button that opens the rows says, at most 20 characters; empty without rows.
    plain: buttons or rows are written as numbered lines, as WhatsApp did not take them any other way.
    template: set if the bubble leaves as an approved template, which may be sent at any time; `text` is what it says.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    rows: tuple[Row, ...] = ()
    template: Template | None = None
    label: str = ""
    plain: bool = False


class MessageState(StrEnum):
    """Life of an outgoing message. Moves forward only, see `may_follow`."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"  # nobody can tell whether the provider took it
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of an inbound message."""

    ANSWERED = "answered"
    HANDED_OVER = "handed_over"
    IGNORED = "ignored"


_LADDER: Final = (
    MessageState.QUEUED,
    MessageState.SENDING,
    MessageState.UNKNOWN,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.READ,
)


def may_follow(new: MessageState, old: MessageState) -> bool:
    """Whether a report may move a message from `old` to `new`.

    Reports arrive in any order and more than once, so a state only climbs. A failure ends the ladder, and what
    was seen on the learner's phone cannot fail any more.
    """
    if old is MessageState.FAILED:
        return False
    if new is MessageState.FAILED:
        return old not in (MessageState.DELIVERED, MessageState.READ)
    return _LADDER.index(new) > _LADDER.index(old)


def states_before(new: MessageState) -> tuple[MessageState, ...]:
    """The states from which `new` is a step forward, for the condition of an UPDATE."""
    return tuple(old for old in MessageState if may_follow(new, old))


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What the provider says about a message that we sent.

    error_code: the provider's number as text, empty if there is no error.
    error: a sentence for staff, empty if there is no error.
    """

    sid: str
    state: MessageState
    error_code: str = ""
    error: str = ""
