"""The web application: webhooks, health pages, and the pages for people."""

import logging
from http import HTTPStatus
from typing import Final

from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from bot.channels.twilio.inbound import UnreadableForm
from bot.errors import BotError
from bot.settings import kept_secret
from bot.storage import StorageUnavailable
from bot.web import health, simulator, webhooks
from bot.wiring import Services

_log = logging.getLogger(__name__)

BODY_LIMIT: Final = 64 * 1024
"""Bytes in one request. A message of 1,600 characters with all its parameters has about 10 kB."""

STATUS_OF: Final[dict[type[BotError], HTTPStatus]] = {
    UnreadableForm: HTTPStatus.BAD_REQUEST,
    webhooks.NotFromTwilio: HTTPStatus.FORBIDDEN,
    webhooks.WrongAccount: HTTPStatus.FORBIDDEN,
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
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=(settings.public_base_url or "").startswith("https://"),
    )
    app.extensions["bot"] = services
    app.register_blueprint(webhooks.bp)
    app.register_blueprint(health.bp)
    if settings.twilio is None:
        app.register_blueprint(simulator.bp)
    app.register_error_handler(BotError, _answer_expected_failure)
    app.register_error_handler(HTTPException, _answer_in_a_sentence)
    app.after_request(_protect)
    return app


def _answer_expected_failure(error: BotError) -> Response:
    status = next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), None)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        # The reason names hosts and users: it goes to the log, not to whoever asks.
        _log.warning("a request could not be carried out: %s", error)
        sentence = "The database does not answer: try again in a moment."
        return Response(f"{sentence}\n", status, {"Retry-After": "5"}, mimetype="text/plain")
    if status is None:
        _log.error("a failure that no page expects", exc_info=error)
    return Response(f"{error}\n", status or HTTPStatus.INTERNAL_SERVER_ERROR, mimetype="text/plain")


def _answer_in_a_sentence(error: HTTPException) -> BaseResponse:
    response = BaseResponse.force_type(error.get_response())
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        response.set_data(f"{error.description}\n")
        response.mimetype = "text/plain"
    return response


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
