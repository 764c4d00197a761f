"""Who asks, and what they may: signing in and out, and the checks that pages for staff begin with."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, session
from werkzeug.wrappers import Response as BaseResponse

from bot.core.staff import Right, Staff
from bot.errors import BotError
from bot.storage.attempts import Origins
from bot.web.answers import sentence, wants_page
from bot.web.context import services

HOME: Final = "/inbox"
_TOKEN: Final = "token"  # noqa: S105 - its name in the signed cookie
# Browsers drop tabs and line breaks from addresses and read "\" as "/": "/\t/evil.example" is another site.
_WITHIN_THIS_SITE: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")

_P = ParamSpec("_P")
_R = TypeVar("_R")

bp = Blueprint("sign_in", __name__)


class NotSignedIn(BotError):
    """Nobody is signed in, or not any more."""


class NotAllowed(BotError):
    """The role of this member of staff does not bring the right."""


class TooManyAttempts(BotError):
    """Passwords were wrong too often; `seconds` have to pass."""

    def __init__(self, seconds: int) -> None:
        when = f"{seconds} second{'s'[: seconds != 1]}" if seconds < 60 else f"{math.ceil(seconds / 60)} minutes"
        super().__init__(f"There were too many wrong passwords: try again in {when}.")
        self.headers: Final = {"Retry-After": str(seconds)}


# For the pages of staff


def current_staff() -> Staff:
    """Return who asks. Raises NotSignedIn."""
    staff = signed_in()
    if staff is None:
        raise NotSignedIn("You are signed out: sign in, then try again.")
    return staff


def signed_in() -> Staff | None:
    """Return who asks; None if nobody is signed in. Reads the database once in a request."""
    if "staff" not in g:
        token = session.get(_TOKEN)
        view = current_app.view_functions.get(request.endpoint or "")
        by_hand = not getattr(view, "asked_by_the_page", False)
        now = datetime.now(UTC)
        g.staff = services().store.accounts.signed_in(token, now=now, by_hand=by_hand) if token else None
    found: Staff | None = g.staff
    return found


def staff_only(blueprint: Blueprint, right: Right) -> None:
    """Open every page of a blueprint only to staff with the right."""
    blueprint.before_request(lambda: _check(right))


def needs(right: Right) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Open one view only to staff with the right. Stands below the route."""

    def decorate(view: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(view)
        def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            _check(right)
            return view(*args, **kwargs)

        return checked

    return decorate


def asked_by_the_page(view: Callable[_P, _R]) -> Callable[_P, _R]:
    """Mark a view that an open page asks by itself, so that a forgotten page does not keep somebody signed in."""
    vars(view)["asked_by_the_page"] = True
    return view


def _check(right: Right) -> None:
    staff = current_staff()
    if not staff.may(right):
        raise NotAllowed(f"Your role is {staff.role}, which does not open this: ask an admin.")


def ask_to_sign_in(error: NotSignedIn) -> BaseResponse:
    """Answer a request of nobody: a page leads to the form and from there back, anything else says so."""
    # A script that fetches accepts JSON, events, or anything; whoever says nothing is taken for a person.
    is_page = wants_page() or "Accept" not in request.headers
    if request.method == "GET" and is_page:
        wanted = request.full_path.rstrip("?")
        return redirect(f"/login?{urlencode({'next': wanted})}")
    return sentence(str(error), HTTPStatus.UNAUTHORIZED)


@bp.app_context_processor
def what_every_page_shows() -> dict[str, object]:
    """Return what the frame of all pages needs."""
    # Whoever was found signed in before: a page about a failure must not ask the database, which may have failed.
    found = services()
    return {"school": found.intake.knowledge.school.name, "me": g.get("staff"), "serving": found.serving}


@bp.after_app_request
def keep_out_of_caches(response: Response) -> Response:
    """Leave nothing of the pages for staff on the disk of a shared computer."""
    if "staff" in g or request.path.startswith("/login"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


# Signing in and out


@bp.get("/login")
def form() -> BaseResponse:
    """Show the form, or go on if somebody is signed in already."""
    wanted = within_this_site(request.args.get("next", ""))
    return redirect(wanted) if signed_in() else show_form(wanted)


@bp.post("/login")
def sign_in() -> BaseResponse:
    """Sign in with e-mail and password."""
    email, wanted = request.form.get("email", ""), within_this_site(request.form.get("next", ""))
    now = datetime.now(UTC)
    try:
        staff = check_password(email, request.form.get("password", ""), now=now)
    except TooManyAttempts as error:
        return show_form(wanted, email, str(error), HTTPStatus.TOO_MANY_REQUESTS, error.headers)
    if staff is None:
        return show_form(wanted, email, "E-mail and password do not fit together.", HTTPStatus.UNAUTHORIZED)
    begin_session(staff, now=now)
    return redirect(wanted, HTTPStatus.SEE_OTHER)


@bp.post("/logout")
def sign_out() -> BaseResponse:
    """End this session."""
    if _TOKEN in session:
        services().store.accounts.close_session(session[_TOKEN])
    session.clear()
    return redirect("/login", HTTPStatus.SEE_OTHER)


def begin_session(staff: Staff, *, now: datetime) -> None:
    """Sign somebody in; whatever the browser had before, also a session that somebody else put there, is over."""
    accounts = services().store.accounts
    if _TOKEN in session:
        accounts.close_session(session[_TOKEN])
    session.clear()
    session[_TOKEN] = accounts.open_session(staff.id, now=now)
    session.permanent = True


def check_password(email: str, password: str, *, now: datetime) -> Staff | None:
    """Return whose e-mail and password these are; None if they do not fit.

    Raises TooManyAttempts during a wait, also if the password is right; such an attempt does not count.
    """
    accounts = services().store.accounts
    origins = Origins.of(email, _network_address(), key=str(current_app.secret_key))
    wait = accounts.begin_attempt(origins, now=now)
    if wait is not None:
        raise TooManyAttempts(math.ceil(wait.total_seconds()))
    return accounts.check_password(email, password, origins, begun_at=now)


def within_this_site(wanted: str) -> str:
    """Return a path with its query if that is what is wanted, else where staff begin."""
    return wanted if _WITHIN_THIS_SITE.fullmatch(wanted) else HOME


def show_form(
    wanted: str,
    email: str = "",
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with the form of sign-in, and what is wrong if something is."""
    with_provider = services().settings.oidc is not None
    page = render_template("sign_in.html", wanted=wanted, email=email, problem=problem, single_sign_on=with_provider)
    return Response(page, status, headers)


def _network_address() -> str:
    """Return the address of whoever asks; of IPv6 the part that one household or office has."""
    address = request.remote_addr or ""
    if (services().settings.public_base_url or "").startswith("https://"):
        # Somebody in front of us ends the https, and adds as the last entry whom the connection came from. The
        # entries before it are whatever the client wrote.
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or address
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address
