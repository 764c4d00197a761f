"""What Twilio calls: messages that come in, and reports on messages that went out."""

import logging
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from bot.channels import without_controls
from bot.channels.twilio import signature
from bot.channels.twilio.inbound import ADDRESS_LIMIT, read_message, read_report
from bot.channels.twilio.sending import STATUS_PATH
from bot.errors import BotError
from bot.settings import SignatureMode, TwilioSettings
from bot.storage import StorageUnavailable
from bot.storage.quarantine import Refused
from bot.web.context import services

PREFIX: Final = "/webhooks/"
FORM: Final = "application/x-www-form-urlencoded"

_log = logging.getLogger(__name__)

bp = Blueprint("webhooks", __name__)


class NotFromTwilio(BotError):
    """The request is not signed by Twilio, or a page of another site sent it."""


class WrongAccount(BotError):
    """The request is about another account at Twilio."""


@bp.post("/webhooks/whatsapp")
@bp.post("/webhooks/whatsapp/fallback")
def receive() -> Response:
    """Take in one message, once however often it is sent."""
    services().intake.receive(read_message(request.form), now=datetime.now(UTC))
    return _done()


@bp.post(STATUS_PATH)
def report() -> Response:
    """Take in a report on a message that we sent."""
    delivery_report = read_report(request.form)
    if delivery_report is None:
        _log.warning("a report of status %r tells nothing about delivery", request.form.get("MessageStatus", "")[:40])
    else:
        services().store.record_report(delivery_report, now=datetime.now(UTC))
    return _done()


@bp.before_request
def refuse_strangers() -> None:
    """Let nothing through that Twilio did not send; with the local channel, nothing that another site sent.

    Raises RequestEntityTooLarge, UnsupportedMediaType, NotFromTwilio or WrongAccount.
    """
    # A body that comes in chunks names no length; reading it ends at the limit without a word.
    size = len(request.get_data()) if request.content_length is None else request.content_length
    if size >= current_app.config["MAX_CONTENT_LENGTH"]:
        raise RequestEntityTooLarge("The request has 64 kB or more.")
    # The signature of a request of another type does not cover its body.
    if request.mimetype != FORM:
        raise UnsupportedMediaType(f"Send the parameters as {FORM}.")
    settings = services().settings
    if settings.twilio is None:
        _refuse_other_sites()
        return
    _check_signature(settings.twilio, settings.signature_mode)
    if request.form.get("AccountSid") != settings.twilio.account_sid:
        raise WrongAccount("AccountSid is not the account of TWILIO_ACCOUNT_SID: set the webhook at the right account.")


def _check_signature(twilio: TwilioSettings, mode: SignatureMode) -> None:
    target = _target_as_sent()
    url = twilio.public_base_url + target
    header = request.headers.get(signature.HEADER)
    result = signature.check(url, request.form, header, tokens=twilio.tokens)
    if result is signature.Signature.GOOD:
        return
    _log.warning(
        "the signature is %s for %s: compare PUBLIC_BASE_URL with the address set at Twilio, and the auth token",
        result,
        url,
    )
    _keep(target, header or "", result, twilio.account_sid)
    if mode is SignatureMode.ENFORCE:
        raise NotFromTwilio(f"{signature.HEADER} is {result}: this address takes requests from Twilio only.")


def _keep(target: str, header: str, result: signature.Signature, account_sid: str) -> None:
    """Keep the request until the set-up is mended, so that a mistake in it loses no message."""
    refused = Refused(
        target=target,
        address=_address_as_shown(target),
        signature=header,
        # The signature is over what these parameters mean, not over how they are written.
        body=urlencode(list(request.form.items(multi=True))).encode("ascii"),
        sender=without_controls(request.form.get("From", ""))[:ADDRESS_LIMIT],
        reason=result,
    )
    ours = request.form.get("AccountSid") == account_sid
    try:
        if not services().store.quarantine.keep(refused, from_our_account=ours, now=datetime.now(UTC)):
            _log.warning("the request is not kept: the quarantine is full, or was filled too quickly")
    except StorageUnavailable as error:
        _log.warning("the request is not kept: %s", error)


def _address_as_shown(target: str) -> str:
    """Return the address that was called, as far as the proxies on the way tell; for people, as anybody can lie."""
    scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
    host = request.headers.get("X-Forwarded-Host", request.host)
    first = [without_controls(said.partition(",")[0].strip()) for said in (scheme, host)]
    return f"{first[0]}://{first[1]}{target}"


def _refuse_other_sites() -> None:
    """Keep pages of other sites, open in the same browser, from writing to a bot on this machine."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise NotFromTwilio("The request comes from a page of another site.")


def _target_as_sent() -> str:
    """Return path and query with the percent signs as the client wrote them: that is what was signed."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    if raw.startswith("/"):
        return str(raw)
    query = request.environ.get("QUERY_STRING", "")
    return quote(request.root_path + request.path) + (f"?{query}" if query else "")


def _done() -> Response:
    # No body and no type: Twilio would read HTML as TwiML and send plain text to the learner.
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response
