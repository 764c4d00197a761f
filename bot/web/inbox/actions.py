"""What staff do: each action is one form that comes back to where it stood."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from flask import Response, flash, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from bot.channels import TemplatesUnavailable
from bot.core.desk import HandoffOutcome, Refused
from bot.core.messages import Template
from bot.core.staff import Staff
from bot.desk import Desk
from bot.errors import BotError
from bot.storage.faq_drafts import NoSuchDraft
from bot.storage.inbox import Filters, View
from bot.web.answers import sentence, wants_page
from bot.web.context import services
from bot.web.inbox.blueprint import bp, school_zone
from bot.web.inbox.case import OUTCOMES
from bot.web.inbox.pages import shown
from bot.web.inbox.state import State, asked_state
from bot.web.sign_in import current_staff

Action = Callable[[Desk, int, Staff, datetime], None]


@bp.post("/<int:conversation_id>/<action>")
def act(conversation_id: int, action: str) -> BaseResponse:
    """Do what a form asks for, then show the conversation again, or the next one. Raises NotFound."""
    if action not in ACTIONS:
        raise NotFound("There is no such action: go back to the inbox.")
    state = asked_state(conversation_id)
    staff, now = current_staff(), datetime.now(UTC)
    following = _following(state, staff) if request.form.get("then") == "next" else None
    try:
        ACTIONS[action](services().desk, conversation_id, staff, now)
    except (Refused, TemplatesUnavailable) as refused:
        return _refused(refused, state)
    return redirect(_afterwards(action, state, following), HTTPStatus.SEE_OTHER)


def _refused(refused: BotError, state: State) -> Response:
    """Say why, where it was asked; what was typed stays."""
    if wants_page():
        return shown(state, alert=str(refused), status=HTTPStatus.CONFLICT)
    return sentence(str(refused), HTTPStatus.CONFLICT)


def _afterwards(action: str, state: State, following: int | None) -> str:
    if action in ("claim", "take_over", "reopen"):
        # There it stands now, and the list must not lose sight of what is open beside it.
        return State(View.MINE, Filters(), state.conversation).address()
    if request.form.get("then") == "next":
        return state.href(following)
    if action == "mark_unread":
        return state.href()
    # Who has written looks at the end; anybody else goes on where they are.
    around = None if action in ("reply", "hold", "note", "send_template") else state.around
    return replace(state, around=around, read_up_to=None, templates=False).address()


def _following(state: State, staff: Staff) -> int | None:
    """Return the conversation after the open one in the list, else the first one; None if there is no other."""
    cards = services().store.inbox.cards(state.view, state.filters, staff.id, limit=state.cards)
    ids = [card.conversation_id for card in cards]
    place = ids.index(state.conversation) if state.conversation in ids else -1
    others = [*ids[place + 1 :], *ids[: max(place, 0)]]
    return others[0] if others else None


def _claim(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.claim(conversation_id, staff=staff, now=now)


def _take_over(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    if "sure" not in request.form:
        raise Refused("Nothing was done: tick that you answer from now on.")
    desk.take_over(conversation_id, _number("seen_owner"), staff=staff, now=now)


def _release(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.release(conversation_id, staff=staff, now=now)
    flash("Back in the line: everybody sees it under Waiting.")


def _hand_to(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    colleague = _number("colleague")
    if colleague is None:
        raise Refused("Choose a colleague first.")
    desk.hand_to(conversation_id, colleague, staff=staff, now=now)
    flash(f"{services().store.accounts.names().get(colleague, 'Your colleague')} has it now.")


def _snooze(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.snooze(conversation_id, _until(), staff=staff, now=now)
    flash("Snoozed: it comes back by itself, or when they write.")


def _until() -> datetime:
    """Read when to wake. Without script the field holds the school's local time. Raises Refused."""
    written = request.form.get("until") or request.form.get("at", "")
    try:
        until = datetime.fromisoformat(written)
        return until if until.tzinfo else until.replace(tzinfo=school_zone())
    except ValueError:
        raise Refused("Choose a day and a time.") from None


def _resolve(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    outcome = request.form.get("outcome", "")
    if outcome not in set(HandoffOutcome):
        raise Refused("Choose how it ended.")
    found = HandoffOutcome(outcome)
    desk.resolve(conversation_id, found, ask_rating="ask_rating" in request.form, staff=staff, now=now)
    flash(f"Resolved: {OUTCOMES[found].lower()}.", f"undo-{conversation_id}")


def _back_to_bot(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.back_to_bot(conversation_id, staff=staff, now=now)
    flash("The bot answers again.", f"undo-{conversation_id}")


def _reopen(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.reopen(conversation_id, staff=staff, now=now)


def _reply(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.reply(conversation_id, _text(), _submission(), staff=staff, now=now)


def _hold(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.hold(conversation_id, _text(), _submission(), staff=staff, now=now)


def _cancel_held(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.cancel_held(conversation_id, _number("held") or 0, staff=staff, now=now)


def _send_template(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    wanted = request.form.get("template", "")
    template = next((one for one in services().channel.templates() if one.sid == wanted), None)
    if template is None:
        raise Refused("This template is not approved any more: choose another one.")
    values = {name: request.form.get(f"value-{name}", "").strip() for name in template.samples}
    if not all(values.values()):
        raise Refused("Fill in every value of the template.")
    desk.send_template(
        conversation_id,
        Template(template.sid, values),
        template.filled(values),
        _submission(),
        staff=staff,
        now=now,
    )


def _retry(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.retry(conversation_id, _number("message") or 0, staff=staff, now=now)


def _note(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.note(conversation_id, _text(), staff=staff, now=now)


def _label(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.label(conversation_id, request.form.get("label", ""), staff=staff, now=now)


def _unlabel(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.unlabel(conversation_id, request.form.get("label", ""), staff=staff, now=now)


def _mark_unread(desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    desk.mark_unread(conversation_id, staff=staff, now=now)


def _faq(_desk: Desk, conversation_id: int, staff: Staff, now: datetime) -> None:
    store = services().store
    names = list(store.accounts.names().values())
    try:
        store.faq_drafts.suggest(conversation_id, _number("message") or 0, staff_id=staff.id, names=names, now=now)
    except NoSuchDraft as error:
        raise Refused(str(error)) from None
    flash("Suggested as an FAQ: editors find it on the Knowledge page.")


def _text() -> str:
    return request.form.get("text", "")


def _submission() -> str:
    """Return the mark of the form. Raises Refused: without it a second click would send twice."""
    submission = request.form.get("submission", "")
    if not submission:
        raise Refused("The form was not complete: load the page again.")
    return submission


def _number(field: str) -> int | None:
    return request.form.get(field, None, type=int)


ACTIONS: Final[Mapping[str, Action]] = {
    "claim": _claim,
    "take_over": _take_over,
    "release": _release,
    "hand_to": _hand_to,
    "snooze": _snooze,
    "resolve": _resolve,
    "back_to_bot": _back_to_bot,
    "reopen": _reopen,
    "reply": _reply,
    "hold": _hold,
    "cancel_held": _cancel_held,
    "send_template": _send_template,
    "retry": _retry,
    "note": _note,
    "label": _label,
    "unlabel": _unlabel,
    "faq": _faq,
    "mark_unread": _mark_unread,
}
"""Every action by the last part of its address."""
