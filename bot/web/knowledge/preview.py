"""An entry as the bubbles that it becomes, made by the same code that answers learners."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup

from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision
from bot.core.dialogue import decide
from bot.core.links import Link
from bot.core.messages import (
    BUTTON_TITLE_LIMIT,
    MENU_TEXT_LIMIT,
    ROW_DESCRIPTION_LIMIT,
    ROW_TITLE_LIMIT,
    TEXT_LIMIT,
    Inbound,
    Kind,
    Reply,
)
from bot.core.replies import split
from bot.web.formatting import whatsapp_html

NO_ROOM: Final = f"From here on there is no room for buttons ({MENU_TEXT_LIMIT:,} characters): they are left out"
NEXT_BUBBLE: Final = f"A new bubble begins ({TEXT_LIMIT:,} characters)"


@dataclass(frozen=True, slots=True)
class Shown:
    """A title with its length: `12 of 20`. `detail` is the second line of a row, with its own length."""

    title: str
    length: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble. `beyond` stands below the red line inside it; `line` says what the line means, empty if none."""

    html: Markup
    length: str
    beyond: Markup
    line: str
    buttons: tuple[Shown, ...]
    rows: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """All bubbles of one answer; `is_cut` if there is a red line anywhere."""

    bubbles: tuple[Bubble, ...]
    is_cut: bool


def answered(knowledge: Knowledge, link: Link, now: datetime) -> Decision:
    """What a learner gets who comes by a link."""
    inbound = Inbound("preview", "preview", "preview", Kind.TEXT, link.opening)
    return decide(Conversation(), inbound, knowledge, now=now)


def preview(knowledge: Knowledge, decision: Decision) -> Preview:
    """Draw the replies of a decision, with a red line wherever something had to give way."""
    topics = [answer.topic for answer in decision.answers]
    offers = any(knowledge.topics[topic].offers for topic in topics if topic in knowledge.topics)
    bubbles = tuple(_bubble(reply, place, offers=offers) for place, reply in enumerate(decision.replies))
    return Preview(bubbles, any(bubble.line for bubble in bubbles))


def _bubble(reply: Reply, place: int, *, offers: bool) -> Bubble:
    chooses = bool(reply.buttons or reply.rows)
    lost = place == 0 and offers and not chooses and len(reply.text) > MENU_TEXT_LIMIT
    pieces = split(reply.text, MENU_TEXT_LIMIT) if lost else [reply.text]
    return Bubble(
        html=whatsapp_html(pieces[0]),
        length=_length(reply.text, MENU_TEXT_LIMIT if chooses else TEXT_LIMIT),
        beyond=whatsapp_html("\n\n".join(pieces[1:])),
        line=NO_ROOM if lost else NEXT_BUBBLE if place else "",
        buttons=tuple(Shown(each.title, _length(each.title, BUTTON_TITLE_LIMIT)) for each in reply.buttons),
        rows=tuple(
            Shown(
                each.title,
                f"{_length(each.title, ROW_TITLE_LIMIT)}, {_length(each.description, ROW_DESCRIPTION_LIMIT)}",
                each.description,
            )
            for each in reply.rows
        ),
    )


def _length(text: str, limit: int) -> str:
    return f"{len(text):,} of {limit:,}"
