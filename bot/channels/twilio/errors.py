"""What Twilio's error codes mean to staff: what happened and what to do, in one sentence each."""

from typing import Final

SEND_AGAIN: Final = frozenset({20003, 20429, 63018, 21611, 30001})
"""Codes of requests that were certainly not carried out and may be repeated: too busy, or our credentials are wrong."""

OF_CONTENTS: Final = frozenset(
    {20404, 21654, 21655, 21656, 21658, 63005, 63013, 63021, 63027, 63028, 63030, 63040, 63041, 63042}
)
"""Codes that are about buttons, lists and templates: a plain text may pass where they were met."""

_OUTSIDE_WINDOW: Final = "The learner last wrote more than 24 hours ago: send an approved template, or wait for them."
_BAD_ADDRESS: Final = "This address cannot be written to: ask the learner for another way to reach them."
_TEMPLATE: Final = "WhatsApp does not take this template: look at its state in the Twilio console."
_MEDIA: Final = "The file could not be delivered: send it smaller or in another format, or send a link."
_BUSY: Final = "Too many messages were waiting at Twilio: send it again in a few minutes."

_SENTENCES: Final = {
    14107: "The bot and this address answered each other too quickly and Twilio stopped it: write again in a minute.",
    20003: "Twilio refuses our credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.",
    20429: "Twilio was too busy with our requests: send it again in a few minutes.",
    21211: _BAD_ADDRESS,
    21408: "Sending to this country is not allowed for our account: allow it in the Twilio console.",
    21610: "The learner has opted out: nothing may be sent until they write START.",
    21611: _BUSY,
    21614: _BAD_ADDRESS,
    21617: "The text is longer than 1,600 characters: send it in shorter parts.",
    21654: "The menu or template of this message does not exist at Twilio: run bot twilio setup.",
    21655: "The menu or template of this message does not exist at Twilio: run bot twilio setup.",
    21656: "The values for the template cannot be read: report this message to whoever runs the bot.",
    21658: "The text for the template is too long: send it in shorter parts.",
    30001: _BUSY,
    30007: "The message was filtered as spam: write it in other words, without short links.",
    30008: "It was not delivered and nobody says why: try once more, then another way.",
    30410: "WhatsApp did not answer in time, so the learner may have it: ask before you send it again.",
    63003: "This number is not on WhatsApp: reach the learner another way.",
    63005: _TEMPLATE,
    63007: "Our number is not a WhatsApp sender of this account: check TWILIO_WHATSAPP_FROM.",
    63013: "WhatsApp refused the content as against its rules: write it in other words, without long gaps.",
    63014: "The learner has blocked us or such messages: do not write again.",
    63015: "The learner has not joined the WhatsApp sandbox or their three days are over: they have to join again.",
    63016: _OUTSIDE_WINDOW,
    63018: "Our number reached WhatsApp's sending limit: send it again later.",
    63019: _MEDIA,
    63020: "The WhatsApp business account is not linked to Twilio yet: accept the invitation in Meta's business pages.",
    63021: (
        "WhatsApp finds the content invalid, often because it is too long (1,024 characters in a template with all its"
        " values): send it shorter."
    ),
    63024: _BAD_ADDRESS,
    63027: _TEMPLATE,
    63028: _TEMPLATE,
    63032: "WhatsApp keeps this learner in an experiment without business messages: reach them another way.",
    63033: "The learner has blocked us: do not write again.",
    63034: _MEDIA,
    63037: _MEDIA,
    63038: "Our account reached its number of messages for today: send it again tomorrow.",
    63040: _TEMPLATE,
    63041: _TEMPLATE,
    63042: _TEMPLATE,
    63049: "Meta held this marketing template back: wait until the learner writes, then answer freely.",
    63051: "WhatsApp has locked our number: whoever runs the bot has to register it again.",
}


def sentence(code: int) -> str:
    """Return what staff should know about an error code; codes we do not know point to Twilio's page about them."""
    known = _SENTENCES.get(code)
    return known or f"Twilio could not deliver it: see https://www.twilio.com/docs/api/errors/{code}."


def is_known(code: int) -> bool:
    """Whether we have a sentence of our own for an error code."""
    return code in _SENTENCES
