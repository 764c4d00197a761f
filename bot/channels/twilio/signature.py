"""Whether a webhook request really comes from Twilio."""

from collections.abc import Sequence
from enum import StrEnum

from twilio.request_validator import RequestValidator, compare
from werkzeug.datastructures import MultiDict

HEADER = "X-Twilio-Signature"


class Signature(StrEnum):
    """Result of the check."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"


def check(url: str, form: MultiDict[str, str], signature: str | None, *, tokens: Sequence[str]) -> Signature:
    """Check a form-encoded request.

    url: what Twilio called, path and query exactly as sent, without a fragment.
    form: all parameters received; one missing or changed makes the signature wrong.
    signature: the header's value, None if there was none.
    tokens: any of them may have signed; several while tokens rotate.
    """
    if not signature:
        return Signature.MISSING
    return Signature.GOOD if any(_has_signed(token, url, form, signature) for token in tokens) else Signature.WRONG


def _has_signed(token: str, url: str, form: MultiDict[str, str], signature: str) -> bool:
    validator = RequestValidator(token)
    # The validator itself always tries the address with its port and without, which takes twice as long.
    as_called = compare(validator.compute_signature(url, form), signature)
    return as_called or bool(validator.validate(url, form, signature))
