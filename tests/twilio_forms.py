"""What Twilio posts to our webhooks: realistic parameters and real signatures."""

import re
from collections.abc import Mapping
from uuid import uuid4

from twilio.request_validator import RequestValidator

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "fedcba9876543210" * 2
NUMBER = "whatsapp:+14155238886"
LEARNER = "whatsapp:+919876543210"
PUBLIC_BASE_URL = "https://bot.example.org"

MESSAGES = "/webhooks/whatsapp"
FALLBACK = "/webhooks/whatsapp/fallback"
STATUS = "/webhooks/whatsapp/status"


def new_sid(prefix: str = "SM") -> str:
    return prefix + uuid4().hex


def message_form(text: str = "Hi", sender: str = LEARNER, *, name: str = "Asha", **more: str) -> dict[str, str]:
    """The parameters of an inbound WhatsApp message, as Twilio sends them. `more` replaces and adds."""
    sid = more.get("MessageSid", new_sid())
    digits = "".join(re.findall(r"[0-9]+", sender)) if sender.startswith("whatsapp:+") else ""
    form = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": name,
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": digits,
        "SmsStatus": "received",
        "Body": text,
        "To": NUMBER,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }
    return {name: value for name, value in (form | more).items() if value or name == "Body"}


def report_form(sid: str, status: str, *, error_code: int | None = None, to: str = LEARNER) -> dict[str, str]:
    """The parameters of a status callback."""
    form = {
        "ChannelPrefix": "whatsapp",
        "ApiVersion": "2010-04-01",
        "MessageStatus": status,
        "SmsSid": sid,
        "SmsStatus": status,
        "ChannelInstallSid": "XE" + "0" * 32,
        "To": to,
        "From": NUMBER,
        "MessageSid": sid,
        "AccountSid": ACCOUNT_SID,
    }
    if status in ("delivered", "read", "undelivered"):
        form["EventType"] = status.upper()
    if error_code is not None:
        form |= {"ErrorCode": str(error_code), "ChannelStatusMessage": "refused by the channel"}
    return form


def signature(url: str, form: Mapping[str, str], token: str = AUTH_TOKEN) -> str:
    """The value of X-Twilio-Signature."""
    return str(RequestValidator(token).compute_signature(url, dict(form)))
