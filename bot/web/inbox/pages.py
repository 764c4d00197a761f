"""The pages of the inbox: whole for a browser, or only the panes that its script asks for."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from flask import Response, get_flashed_messages, jsonify, render_template, request
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import NotFound

from bot.core.desk import NoSuchConversation
from bot.storage.inbox import Case
from bot.web.context import services
from bot.web.inbox.blueprint import bp
from bot.web.inbox.cards import list_pane, title
from bot.web.inbox.case import case_panes
from bot.web.inbox.reader import Reader
from bot.web.inbox.state import State, asked_state
from bot.web.inbox.thread import thread_pane
from bot.web.sign_in import asked_by_the_page, current_staff

PANES: Final = ("list", "thread", "brief")
ASKED_PANES: Final = "X-Panes"
"""Header in which the script names the panes that it wants, in one word each; they come as JSON."""


def reader() -> Reader:
    """Return who reads, now."""
    found = services()
    return Reader(current_staff(), datetime.now(UTC), found.store, found.intake.knowledge)


@bp.get("")
def page() -> Response:
    """Show a list, and no conversation yet."""
    return shown(asked_state(None))


@bp.get("/<int:conversation_id>")
def conversation(conversation_id: int) -> Response:
    """Show a conversation beside its list. Raises NotFound."""
    return shown(asked_state(conversation_id))


@bp.get("/panes")
@asked_by_the_page
def panes() -> Response:
    """Give panes anew to a page that has heard of a change; it does not keep anybody signed in."""
    return shown(asked_state(request.args.get("conversation", None, type=int)))


def shown(state: State, *, alert: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Answer with the page, or with the panes that are asked for. `alert`: why something was refused.

    Raises NotFound if the conversation is not there (any more).
    """
    who = reader()
    asked = [name for name in request.headers.get(ASKED_PANES, "").split() if name in PANES]
    # Before anything is read: what changes from here on is told by /live.
    cursor, _changes = who.store.inbox.changes()
    case = _case(who, state)
    if not asked:
        context = _context(who, state, case, PANES) | {"alert": alert, "cursor": cursor}
        if case:
            services().desk.mark_read(case.conversation.id, context["last_message"], staff=who.staff)
        return Response(render_template("inbox/page.html", **context), status)
    context = _context(who, state, case, asked)
    return jsonify(
        panes={name: render_template(f"inbox/{name}.html", **context) for name in asked},
        title=title(context.get("counts") or who.store.inbox.counts(who.staff.id), who.knowledge.school.name),
        said=_said(),
        address=state.address(),
        token=generate_csrf(),
    )


def _case(who: Reader, state: State) -> Case | None:
    if state.conversation is None:
        return None
    case = who.store.inbox.case(state.conversation, who.staff.id)
    if case is None:
        raise NotFound(str(NoSuchConversation()))
    return case


def _context(who: Reader, state: State, case: Case | None, asked: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """Read what the panes asked for show."""
    context: dict[str, Any] = {"me": who.staff, "state": state, "action_url": state.action, "case": None}
    if "list" in asked:
        context |= list_pane(who, state)
    if case and ("thread" in asked or "brief" in asked):
        context |= case_panes(who, state, case)
    if case and "thread" in asked:
        context |= thread_pane(who, state, case)
        context |= {"typed_reply": "", "typed_note": ""} | _typed()
    return context


def _said() -> list[dict[str, str]]:
    """Return what an action had to say, once."""
    flashed: list[tuple[str, str]] = get_flashed_messages(with_categories=True)  # type: ignore[assignment]
    return [{"kind": kind, "words": words} for kind, words in flashed]


def _typed() -> dict[str, str]:
    """What somebody wrote into a form that was refused."""
    field = {"reply": "typed_reply", "hold": "typed_reply", "note": "typed_note"}
    name = field.get((request.view_args or {}).get("action", ""))
    return {name: request.form.get("text", "")} if name else {}
