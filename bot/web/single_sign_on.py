"""Signing in at a provider of OpenID Connect. Only people who are staff here get in; it makes no accounts."""

import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, redirect, request, session, url_for
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from bot.errors import BotError
from bot.settings import OidcSettings
from bot.web.context import services
from bot.web.sign_in import begin_session, show_form, within_this_site

_PATIENCE_SECONDS: Final = 10
_WANTED: Final = "wanted"
_CLIENT: Final = "bot.single_sign_on"

_log = logging.getLogger(__name__)

bp = Blueprint("single_sign_on", __name__)


class NotVerified(BotError):
    """The provider does not vouch for an e-mail of this person."""


def register(app: Flask, oidc: OidcSettings) -> None:
    """Let the application use a provider, which is asked for nothing yet."""
    app.extensions[_CLIENT] = OAuth(app).register(
        "oidc",
        client_id=oidc.client_id,
        client_secret=oidc.client_secret,
        server_metadata_url=f"{oidc.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": _PATIENCE_SECONDS,
        },
    )
    app.register_blueprint(bp)


@bp.get("/login/openid")
def begin() -> Response:
    """Send the browser to the provider."""
    wanted = within_this_site(request.args.get("next", ""))
    session[_WANTED] = wanted
    back = (services().settings.public_base_url or request.host_url.rstrip("/")) + url_for(".finish")
    try:
        answer: Response = _client().authorize_redirect(back)
    except _FAILURES as error:
        return _refuse(error, wanted)
    return answer


@bp.get("/login/openid/done")
def finish() -> Response:
    """Sign in whom the provider sends back, if that is staff."""
    now = datetime.now(UTC)
    wanted = within_this_site(session.pop(_WANTED, ""))
    try:
        email = _verified_email()
    except _FAILURES as error:
        return _refuse(error, wanted)
    staff = services().store.accounts.colleague(email)
    if staff is None:
        return show_form(wanted, problem=f"{email} is not staff here: ask an admin.", status=HTTPStatus.FORBIDDEN)
    begin_session(staff, now=now)
    return redirect(wanted)


def _verified_email() -> str:
    """Return the e-mail that the provider vouches for. Raises one of _FAILURES."""
    client = _client()
    issuer = client.load_server_metadata().get("issuer", "")
    known = {"iss": {"essential": True, "values": [issuer]}, "aud": {"essential": True, "value": client.client_id}}
    oidc = services().settings.oidc
    if oidc is None or issuer.rstrip("/") != oidc.issuer:
        raise NotVerified(f"OIDC_ISSUER is not what the provider calls itself, which is {issuer!r}: correct it.")
    token = client.authorize_access_token(claims_options=known)
    claims = token.get("userinfo") or {}
    if claims and "email" not in claims and "userinfo_endpoint" in client.server_metadata:
        # Some keep the id token short. What they tell there must be of the same person.
        more = client.userinfo(token=token)
        claims = more if more.get("sub") == claims["sub"] else claims
    if claims.get("email_verified") is not True or not isinstance(claims.get("email"), str):
        raise NotVerified("The provider does not say that your e-mail is verified: ask whoever runs it.")
    return str(claims["email"])


def _refuse(error: Exception, wanted: str) -> Response:
    if isinstance(error, NotVerified):
        return show_form(wanted, problem=str(error), status=HTTPStatus.FORBIDDEN)
    _log.warning("single sign-on failed: %s: %s", type(error).__name__, error)
    if isinstance(error, OAuthError):
        # Refused there, or begun in another browser or more than an hour ago.
        return show_form(wanted, problem="The sign-in was not finished: try again.", status=HTTPStatus.FORBIDDEN)
    problem = "Single sign-on does not work at the moment: sign in with your password, or try again later."
    return show_form(wanted, problem=problem, status=HTTPStatus.BAD_GATEWAY)


def _client() -> Any:  # noqa: ANN401 - the library has no types
    return current_app.extensions[_CLIENT]


_FAILURES: Final = (
    NotVerified,
    AuthlibBaseError,
    JoseError,
    requests.RequestException,
    # The library's answers to metadata and keys that are not as they should be.
    RuntimeError,
    ValueError,
)
