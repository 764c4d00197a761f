"""What an open inbox asks every second: has anything changed, and who is here. Small and quick, because many ask."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from flask import Response, jsonify, render_template, request

from bot.core.desk import Refused
from bot.core.messages import TEXT_LIMIT
from bot.core.replies import split
from bot.storage.inbox import Filters, View
from bot.web.context import services
from bot.web.inbox import words
from bot.web.inbox.blueprint import bp
from bot.web.inbox.case import presence
from bot.web.inbox.pages import reader
from bot.web.sign_in import asked_by_the_page, current_staff

_TOLD_OF: Final = 50
"""How many of those who wait are looked at for a notice on the desktop."""


@bp.post("/live")
@asked_by_the_page
def live() -> Response:
    """Tell what has changed since `cursor`; 204 if nothing has and the colleagues around are as the page knows them.

    open: the conversation on the screen, if any. tell: whether to note that it is, and `typing` there.
    read: id of the last message that the reader has seen of it. presence: what the page shows of colleagues.
    waiting: 1 to be told who waits even if nothing has changed, as a page does at its start.
    trouble: what the page knows of edits of the knowledge that cannot be served.
    """
    form, who = request.form, reader()
    shown = form.get("open", None, type=int)
    if shown is not None:
        _note(shown)
    cursor, changed = who.store.inbox.changes(form.get("cursor", 0, type=int))
    around = presence(who, who.store.inbox.here(shown, now=who.now)) if shown is not None else ""
    trouble = services().serving.trouble
    is_told = trouble == form.get("trouble", trouble)
    if not changed and around == form.get("presence", "") and is_told and "waiting" not in form:
        return Response(status=HTTPStatus.NO_CONTENT, headers={"X-Cursor": str(cursor)})
    waiting = []
    if changed or "waiting" in form:
        cards = who.store.inbox.cards(View.WAITING, Filters(), who.staff.id, limit=_TOLD_OF)
        waiting = [
            {"id": card.conversation_id, "name": card.name or words.masked(card.number), "why": who.reason(card.reason)}
            for card in cards
        ]
    knowledge = "" if is_told else render_template("_knowledge_banner.html")
    return jsonify(cursor=cursor, changed=changed, presence=around, waiting=waiting, knowledge=knowledge)


def _note(conversation_id: int) -> None:
    """Note who has a conversation on the screen, and how far they have read."""
    form, staff, desk = request.form, current_staff(), services().desk
    try:
        if "tell" in form:
            desk.here(conversation_id, typing="typing" in form, staff=staff, now=datetime.now(UTC))
        if read := form.get("read", 0, type=int):
            desk.mark_read(conversation_id, read, staff=staff)
    except Refused:
        return  # it was erased meanwhile, which `changed` tells


@bp.post("/pieces")
@asked_by_the_page
def pieces() -> Response:
    """Return the messages that a reply would be sent as."""
    return jsonify(pieces=split(request.form.get("text", ""), TEXT_LIMIT))
