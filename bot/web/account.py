"""What members of staff do with their own account: choose a password, sign out everywhere."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from bot.core.staff import Right, Staff
from bot.errors import BotError
from bot.storage.accounts import LOCAL_EMAIL
from bot.storage.passwords import SHORTEST, PasswordTooShort
from bot.web.context import services
from bot.web.sign_in import HOME, TooManyAttempts, begin_session, check_password, current_staff, needs

bp = Blueprint("account", __name__)


class PasswordsDiffer(BotError):
    """The new password was typed in two ways."""


class LinkIsGone(BotError):
    """The one-time link opens nothing any more."""


# One-time links


@bp.get("/login/<token>")
def open_link(token: str) -> BaseResponse:
    """Show the page on which somebody chooses a password; a program that looks into mails uses no link up.

    The link of the local account signs in at once: it stands in the terminal of whoever runs the program.
    """
    now = datetime.now(UTC)
    owner = _owner_of(token, now=now)
    if owner.email == LOCAL_EMAIL and services().settings.is_local:
        return _use_link(token, None, now=now)
    return _link_page(owner)


@bp.post("/login/<token>")
def use_link(token: str) -> BaseResponse:
    """Use a link up: set the password that was chosen, and sign in."""
    now = datetime.now(UTC)
    owner = _owner_of(token, now=now)
    try:
        return _use_link(token, _new_password(), now=now)
    except (PasswordTooShort, PasswordsDiffer) as error:
        return _link_page(owner, str(error), HTTPStatus.UNPROCESSABLE_ENTITY)


def _owner_of(token: str, *, now: datetime) -> Staff:
    owner = services().store.accounts.link_owner(token, now=now)
    if owner is None:
        raise _gone()
    return owner


def _use_link(token: str, password: str | None, *, now: datetime) -> BaseResponse:
    owner = services().store.accounts.use_link(token, password=password, now=now)
    if owner is None:
        raise _gone()
    begin_session(owner, now=now)
    return redirect(HOME, HTTPStatus.SEE_OTHER)


def _gone() -> LinkIsGone:
    return LinkIsGone(
        "This link was used, is older than a day, or a newer one took its place: ask for a new one"
        " (`bot staff password` prints it)."
    )


def _link_page(owner: Staff, problem: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(render_template("choose_password.html", owner=owner, shortest=SHORTEST, problem=problem), status)


# The page of one's own account


@bp.get("/account")
@needs(Right.INBOX)
def page() -> Response:
    """Show one's own account."""
    return _page()


@bp.post("/account/password")
@needs(Right.INBOX)
def change_password() -> BaseResponse:
    """Change one's own password; every other session ends. Wrong guesses at the current one count as at sign-in."""
    staff, accounts, now = current_staff(), services().store.accounts, datetime.now(UTC)
    try:
        if accounts.find(staff.email).has_password and not check_password(
            staff.email, request.form.get("current", ""), now=now
        ):
            return _page("The current password is not right.", HTTPStatus.UNPROCESSABLE_ENTITY)
        accounts.set_password(staff.id, _new_password())
    except TooManyAttempts as error:
        return _page(str(error), HTTPStatus.TOO_MANY_REQUESTS, error.headers)
    except (PasswordTooShort, PasswordsDiffer) as error:
        return _page(str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    begin_session(staff, now=now)
    return redirect("/account?done=password", HTTPStatus.SEE_OTHER)


@bp.post("/account/sign-out-everywhere")
@needs(Right.INBOX)
def sign_out_everywhere() -> BaseResponse:
    """End all sessions of this person, this one too."""
    services().store.accounts.close_sessions(current_staff().id)
    return redirect("/login", HTTPStatus.SEE_OTHER)


def _page(problem: str = "", status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    account = services().store.accounts.find(current_staff().email)
    done = request.args.get("done") == "password"
    page = render_template("account.html", account=account, shortest=SHORTEST, problem=problem, done=done)
    return Response(page, status, headers)


def _new_password() -> str:
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise PasswordsDiffer("The two new passwords are not the same: type them again.")
    return password
