"""The browser simulator: a page like WhatsApp. It writes to the real webhook and reads what the store has."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for

from bot.core.messages import MessageState
from bot.storage.records import StoredMessage
from bot.web.context import services
from bot.web.formatting import whatsapp_html

Json = dict[str, Any]

bp = Blueprint("simulator", __name__, url_prefix="/simulator")

_ENDED: Final = (None, MessageState.READ, MessageState.FAILED)
"""States that no report can change any more; None belongs to what came in."""


@bp.get("")
def page() -> str:
    """Show the page; its script does the rest."""
    return render_template("simulator.html", school=services().intake.knowledge.school.name)


@bp.get("/<learner>/messages")
def messages(learner: str) -> Json:
    """Return what the store has of a made-up learner, as JSON.

    learner: the digits of the number. after: a cursor of an earlier answer, 0 for everything.

    `messages` come in the order of storing. `cursor` is the id up to which nothing can change any more; asking with
    it brings what is new, and again what may have moved. A learner who has not written yet has no messages.
    """
    after = request.args.get("after", 0, type=int)
    conversation = services().store.conversation_of(f"whatsapp:+{learner}")
    thread = services().store.thread(conversation.id, after_id=after) if conversation else []
    return {"messages": [message_json(message) for message in thread], "cursor": _cursor(thread, after)}


def message_json(message: StoredMessage) -> Json:
    """Return a message as the page's script reads it; `html` is safe to insert."""
    return {
        "id": message.id,
        "sid": message.sid,
        "side": message.direction,
        "author": message.author,
        "kind": message.kind,
        "html": whatsapp_html(message.text),
        "buttons": [asdict(button) for button in message.reply.buttons],
        "rows": [asdict(row) for row in message.reply.rows],
        "media": _media(message),
        "choice": message.choice,
        "at": message.at.isoformat(),
        "in_reply_to": message.in_reply_to,
        "state": message.state,
        "error": message.error,
        "outcome": message.outcome,
        "reason": message.reason,
        "decision": _decision(message.decision),
    }


def _media(message: StoredMessage) -> str | None:
    """Return the address of a file if it is a sample of this page: a browser asks no other host."""
    url = message.media.url if message.media else ""
    return url if url.startswith(url_for("static", filename="simulator/", _external=True)) else None


def _decision(decision: Mapping[str, Any] | None) -> Json | None:
    """Return a decision, each of its answers with the `place` (file:line) where it stood when it was given.

    The place is empty if the answer was given before places were kept.
    """
    if decision is None:
        return None
    return {**decision, "answers": [{"place": "", **answer} for answer in decision["answers"]]}


def _cursor(thread: list[StoredMessage], after: int) -> int:
    cursor = after
    for message in thread:
        if message.state not in _ENDED:
            break
        cursor = message.id
    return cursor
