"""The templates that WhatsApp has approved for our account, and the values that go into one."""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import requests
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.content.v1.content_and_approvals import ContentAndApprovalsInstance

from bot.channels import ApprovedTemplate, Rejected, TemplatesUnavailable
from bot.errors import BotError

KEPT_SECONDS: Final = 300.0
"""How long a list of templates is taken as true. Approval itself takes hours."""
ASK_AGAIN_SECONDS: Final = 30.0
"""How long nobody waits for Twilio again after it did not answer."""

# From the richest on: of several kinds in one content WhatsApp shows the richest. The other kinds hold pictures or
# pages, so that staff would send what they do not see.
_KINDS: Final = ("twilio/call-to-action", "twilio/quick-reply", "twilio/text")
_PAGE: Final = 100
_NO_OBJECT: Final = 21656
_VALUE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Templates:
    """The approved templates, asked for once in a while. Safe for many threads."""

    def __init__(self, client: Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Sequence[ApprovedTemplate] | TemplatesUnavailable = ()
        self._until = 0.0

    def approved(self) -> Sequence[ApprovedTemplate]:
        """Return what is approved and has a text that can be shown, by name and language.

        Raises TemplatesUnavailable.
        """
        with self._lock:
            if self._clock() >= self._until:
                self._ask()
            if isinstance(self._known, TemplatesUnavailable):
                raise TemplatesUnavailable(str(self._known))
            return self._known

    def _ask(self) -> None:
        try:
            contents = self._client.content.v1.content_and_approvals.list(page_size=_PAGE)
            found = [template for content in contents if (template := _template(content)) is not None]
            self._known = sorted(
                found, key=lambda template: (template.name.casefold(), template.language, template.sid)
            )
        except (BotError, TwilioException, requests.RequestException, ValueError) as error:
            self._known = TemplatesUnavailable(
                f"Twilio cannot be asked for templates at the moment ({type(error).__name__}): try again in a minute."
            )
        failed = isinstance(self._known, TemplatesUnavailable)
        self._until = self._clock() + (ASK_AGAIN_SECONDS if failed else KEPT_SECONDS)


def content_variables(variables: Mapping[str, str], rendered: str) -> str:
    """Return the values of a template as Twilio reads them.

    rendered: the text with the values in it; a place left open there would go out with the sample of the template.

    Raises Rejected if a value is missing or empty.
    """
    # WhatsApp refuses line ends, tabs and long gaps inside a value.
    values = {name: " ".join(value.split()) for name, value in variables.items()}
    if not all(values.values()) or _VALUE.search(rendered):
        raise Rejected(str(_NO_OBJECT), "The template was not sent because one of its values is empty: fill in all.")
    return json.dumps(values, ensure_ascii=False)


def _template(content: ContentAndApprovalsInstance) -> ApprovedTemplate | None:
    types: dict[str, Any] = content.types or {}
    approval = content.approval_requests or {}
    kind = next((kind for kind in _KINDS if kind in types), None)
    if kind is None or not types.keys() <= set(_KINDS) or str(approval.get("status", "")).lower() != "approved":
        return None
    text = str(types[kind].get("body", ""))
    given = content.variables or {}
    # Values may also stand in the address of a button, and in the plainer kinds.
    names = dict.fromkeys(_VALUE.findall(text) + _VALUE.findall(json.dumps(types)))
    samples = {name: str(given.get(name, "")) for name in names}
    return ApprovedTemplate(content.sid or "", content.friendly_name or "", content.language or "", text, samples)
