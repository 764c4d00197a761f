"""The web application: webhooks, health pages, and the pages for people."""

import logging
from http import HTTPStatus
from typing import Final

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from bot.channels import TemplatesUnavailable
from bot.channels.files import MediaGone, MediaRefused, MediaUnavailable
from bot.channels.twilio.inbound import UnreadableForm
from bot.core.insights import BadPeriod
from bot.errors import BotError
from bot.settings import kept_secret
from bot.storage import StorageUnavailable
from bot.storage.accounts import ABSOLUTE_END
from bot.web import (
    account,
    doctor,
    health,
    inbox,
    inbox_media,
    insights,
    knowledge,
    ledger,
    metrics,
    sign_in,
    simulator,
    webhooks,
)
from bot.web.answers import sentence
from bot.wiring import Services

_log = logging.getLogger(__name__)

BODY_LIMIT: Final = 64 * 1024
"""Bytes in one request. A message of 1,600 characters with all its parameters has about 10 kB."""

STATUS_OF: Final[dict[type[BotError], HTTPStatus]] = {
    UnreadableForm: HTTPStatus.BAD_REQUEST,
    webhooks.NotFromTwilio: HTTPStatus.FORBIDDEN,
    webhooks.WrongAccount: HTTPStatus.FORBIDDEN,
    sign_in.NotAllowed: HTTPStatus.FORBIDDEN,
    account.LinkIsGone: HTTPStatus.GONE,
    BadPeriod: HTTPStatus.BAD_REQUEST,
    metrics.NotForYou: HTTPStatus.FORBIDDEN,
    insights.NoSuchTable: HTTPStatus.NOT_FOUND,
    MediaGone: HTTPStatus.NOT_FOUND,
    MediaRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    MediaUnavailable: HTTPStatus.BAD_GATEWAY,
    TemplatesUnavailable: HTTPStatus.BAD_GATEWAY,
    StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What an expected failure means in HTTP; one that is not listed is our fault (500)."""

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class _Sessions(SecureCookieSessionInterface):
    """Sessions of people. Twilio has none, and to open one takes as long as a look into the database."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith(webhooks.PREFIX) else super().open_session(app, request)


def create_app(services: Services) -> Flask:
    """Build the application around its services; nothing else is read from outside.

    Raises SettingsError if no secret key is set and none can be kept.
    """
    app = Flask(__name__)
    settings = services.settings
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        SECRET_KEY=settings.secret_key or kept_secret(),
        PERMANENT_SESSION_LIFETIME=ABSOLUTE_END,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=(settings.public_base_url or "").startswith("https://"),
        SESSION_REFRESH_EACH_REQUEST=False,
        # A token is good for as long as the session: an inbox stays open all day.
        WTF_CSRF_TIME_LIMIT=None,
        # Behind a proxy that keeps the host's name to itself, comparing it with the referrer would refuse every form.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = _Sessions()
    app.extensions["bot"] = services
    # What Twilio calls is signed, and refuses other sites by itself with the local channel.
    CSRFProtect(app).exempt(webhooks.bp)
    app.register_blueprint(webhooks.bp)
    app.register_blueprint(health.bp)
    app.register_blueprint(metrics.bp)
    app.register_blueprint(sign_in.bp)
    app.register_blueprint(account.bp)
    app.register_blueprint(inbox.bp)
    app.register_blueprint(inbox_media.bp)
    app.register_blueprint(insights.bp)
    app.register_blueprint(knowledge.bp)
    app.register_blueprint(doctor.bp)
    app.register_blueprint(ledger.bp)
    if settings.oidc is not None:
        # Not above: its libraries take a third of the time in which all else is imported, and few schools need it.
        from bot.web import single_sign_on  # noqa: PLC0415

        single_sign_on.register(app, settings.oidc)
    if settings.twilio is None:
        app.register_blueprint(simulator.bp)
    app.register_error_handler(BotError, _answer_expected_failure)
    app.register_error_handler(HTTPException, _answer_in_a_sentence)
    app.register_error_handler(sign_in.NotSignedIn, sign_in.ask_to_sign_in)
    app.register_error_handler(CSRFError, _answer_stale_page)
    app.after_request(_protect)
    return app


def _answer_expected_failure(error: BotError) -> Response:
    status = next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), None)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        # The reason names hosts and users: it goes to the log, not to whoever asks.
        _log.warning("a request could not be carried out: %s", error)
        return sentence("The database does not answer: try again in a moment.", status, {"Retry-After": "5"})
    if status is None:
        _log.error("a failure that no page expects", exc_info=error)
    return sentence(str(error), status or HTTPStatus.INTERNAL_SERVER_ERROR)


def _answer_stale_page(_error: CSRFError) -> Response:
    return sentence(
        "This page was open for too long, or you have signed in again since, so nothing was done: go back, load the"
        " page again, and send it once more.",
        HTTPStatus.BAD_REQUEST,
    )


def _answer_in_a_sentence(error: HTTPException) -> BaseResponse:
    response = BaseResponse.force_type(error.get_response())
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        answer = sentence(error.description or error.name, response.status_code)
        response.set_data(answer.get_data())
        response.headers["Content-Type"] = answer.headers["Content-Type"]
    return response


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
