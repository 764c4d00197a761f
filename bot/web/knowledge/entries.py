"""Every entry as it is read on a phone, and a page for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, abort, render_template, request

from bot import qr
from bot.core.catalogue import Entry
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
        address=_address(card.link),
        topic=asking.topic,
    )


@bp.get("/links/<tag>.<kind>")
def code(tag: str, kind: str) -> Response:
    """Send the picture of a link as SVG or PNG."""
    link, draw = reader().knowledge.links.get(tag), {"svg": qr.svg, "png": qr.png}.get(kind)
    address = _address(link) if link else ""
    if not address or draw is None:
        abort(HTTPStatus.NOT_FOUND, "There is no such picture: look for the entry on the page.")
    return Response(draw(address), mimetype={"svg": "image/svg+xml", "png": "image/png"}[kind])


def _address(link: Link) -> str:
    """The address of a link; empty as long as no number is known that it could lead to."""
    twilio = services().settings.twilio
    return link.address(twilio.whatsapp_from) if twilio and twilio.whatsapp_from else ""


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
