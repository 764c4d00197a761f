"""Every entry as it is read on a phone, and a page for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, abort, render_template, request

from bot import qr
from bot.buttons import button
from bot.core.catalogue import Entry, Knowledge
from bot.core.insights import USUAL_PERIOD
from bot.core.links import Link
from bot.web.context import services
from bot.web.inbox.reader import Reader
from bot.web.knowledge.blueprint import bp, reader
from bot.web.knowledge.phrases import led
from bot.web.knowledge.preview import Preview, answered, preview

_SHOWN: Final = 24
"""Entries on one page."""


@dataclass(frozen=True, slots=True)
class Card:
    """An entry as it is shown. `reviewed` is when it was last looked at, None if nobody knows; `asked` in 30 days."""

    entry: Entry
    title: str
    preview: Preview
    asked: int
    reviewed: date | None
    link: Link


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the entries that were looked for."""

    cards: list[Card]
    number: int
    total: int
    page: int
    pages: int
    comparisons: dict[str, str]
    words: str
    comparison: str


def found(asking: Reader) -> Found:
    """Return the entries that the form asks for: all words in their id, title or text, of one comparison or all."""
    words, comparison = request.args.get("q", "").strip(), request.args.get("comparison", "")
    knowledge = asking.knowledge
    fitting = [entry for entry in knowledge.entries.values() if _fits(entry, asking, words, comparison)]
    pages = max(1, -(-len(fitting) // _SHOWN))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    shown = fitting[(page - 1) * _SHOWN : page * _SHOWN]
    return Found(
        _cards(shown, asking),
        len(fitting),
        len(knowledge.entries),
        page,
        pages,
        {id_: content.title for id_, content in knowledge.comparisons.items()},
        words,
        comparison,
    )


@bp.get("/entries/<path:entry_id>")
def entry(entry_id: str) -> str:
    """Show one entry with its phrases and its link."""
    asking = reader()
    found = asking.knowledge.entries.get(entry_id)
    if found is None:
        abort(HTTPStatus.NOT_FOUND, "There is no such entry: somebody may have renamed it. Look for it on the page.")
    [card] = _cards([found], asking)
    phrases = led(asking.knowledge, found)
    return render_template(
        "knowledge/entry.html",
        card=card,
        phrases=phrases,
        lost=sum(not each.wins for each in phrases),
        links=_links(asking.knowledge, found),
        topic=asking.topic,
    )


@bp.get("/links/<tag>.<kind>")
def code(tag: str, kind: str) -> Response:
    """Send the picture of a link as SVG or PNG."""
    link, draw = reader().knowledge.links.get(tag), {"svg": qr.svg, "png": qr.png}.get(kind)
    number = _number()
    if link is None or not number or draw is None:
        abort(HTTPStatus.NOT_FOUND, "There is no such picture: look for the entry on the page.")
    return Response(draw(link.address(number)), mimetype={"svg": "image/svg+xml", "png": "image/png"}[kind])


def _number() -> str:
    """The number that links lead to; empty as long as none is known."""
    twilio = services().settings.twilio
    return twilio.whatsapp_from or "" if twilio else ""


@dataclass(frozen=True, slots=True)
class Leading:
    """A link as a website may use it. `address` and `button`, which is HTML, are empty without a number."""

    link: Link
    address: str
    button: str


def _links(knowledge: Knowledge, entry: Entry) -> list[Leading]:
    """The link of an entry, then those of its topic and of its comparison."""
    number, made = _number(), {link.id: link for link in knowledge.links.values()}
    wanted = (f"entry:{entry.id}", f"topic:{entry.topic}", f"comparison:{entry.comparison}")
    found = [made[name] for name in wanted if name in made]
    return [Leading(link, number and link.address(number), number and button(link, number)) for link in found]


def _fits(entry: Entry, asking: Reader, words: str, comparison: str) -> bool:
    if comparison and entry.comparison != comparison:
        return False
    text = " ".join([entry.id, asking.about(entry.topic, entry.side), entry.answer.text, *entry.answer.points])
    return all(word in text.casefold() for word in words.casefold().split())


def _cards(entries: Iterable[Entry], asking: Reader) -> list[Card]:
    knowledge = asking.knowledge
    links = {link.id: link for link in knowledge.links.values()}
    asked = asking.store.insights.asked(asking.now - timedelta(days=USUAL_PERIOD), asking.now)
    return [
        Card(
            entry,
            asking.about(entry.topic, entry.side),
            preview(knowledge, answered(knowledge, links[f"entry:{entry.id}"], asking.now)),
            asked.get(entry.id, 0),
            entry.review.day,
            links[f"entry:{entry.id}"],
        )
        for entry in entries
    ]
