"""Buttons and lists as Twilio's Content API wants them: a content for each shape of a menu, filled in as it is sent.

Titles, ids and texts may be values of a content, but no value may hold a line end. So a content keeps how the lines of
a menu stand, with a value for each, and a few dozen of them serve all menus in all languages. A name tells a content's
kind and holds a hash of all of it, so that it is found again at Twilio and never has to be changed.
"""

import hashlib
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

from bot.core.messages import (
    BUTTON_LIMIT,
    BUTTON_TITLE_LIMIT,
    CHOICE_ID_LIMIT,
    MENU_TEXT_LIMIT,
    ROW_DESCRIPTION_LIMIT,
    ROW_LIMIT,
    ROW_TITLE_LIMIT,
    Reply,
)
from bot.errors import BotError

QUICK_REPLY: Final = "twilio/quick-reply"
LIST_PICKER: Final = "twilio/list-picker"
TEXT: Final = "twilio/text"
PAGE: Final = 500
KEPT_SECONDS: Final = 300.0
"""How long the list of contents is taken as true."""
ASK_AGAIN_SECONDS: Final = 30.0
"""How long menus go out as numbered text after Twilio did not answer."""

_VERSION: Final = "v1"
_OURS: Final = re.compile(r"bot-(quick-reply|list-picker)-\d+-v\d+-[0-9a-f]{12}")
_VALUES: Final = 100
_GAPS: Final = re.compile(r"(\n+ *)")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """What one menu needs at Twilio: the content, and the values that make this menu of it."""

    name: str
    types: Mapping[str, Any]
    values: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """The content as it is made. Its samples are what a place says that gets no value, which never happens."""
        samples = dict.fromkeys(self.values, "text")
        return {"friendly_name": self.name, "language": "en", "variables": samples, "types": dict(self.types)}

    @property
    def variables(self) -> str:
        """The values as they go with a message."""
        return json.dumps(self.values, ensure_ascii=False)


def is_ours(name: str) -> bool:
    """Whether a content of this name was made by this program."""
    return _OURS.fullmatch(name) is not None


def content_of(reply: Reply) -> Content | None:
    """Return what a reply needs to go out with taps; None if it has no choices, or does not fit WhatsApp's limits."""
    if not _fits(reply):
        return None
    places = _Places()
    body = "".join(part if _GAPS.fullmatch(part) else places.new(part) for part in _GAPS.split(reply.text.strip()))
    choices: list[dict[str, str]]
    if reply.buttons:
        choices = [
            {"type": "QUICK_REPLY", "title": places.new(one.title), "id": places.new(one.id)} for one in reply.buttons
        ]
        kind, title, types = "quick-reply", "title", {QUICK_REPLY: {"body": body, "actions": choices}}
    else:
        choices = [
            # WhatsApp's lists want a description; the title says it where there is none.
            {
                "item": places.new(row.title),
                "id": places.new(row.id),
                "description": places.new(row.description or row.title),
            }
            for row in reply.rows
        ]
        picker = {"body": body, "button": places.new(reply.label), "items": choices}
        kind, title, types = "list-picker", "item", {LIST_PICKER: picker}
    if len(places.values) > _VALUES or not all(places.values.values()):
        return None
    numbered = [f"{number}. {one[title]}" for number, one in enumerate(choices, start=1)]
    types[TEXT] = {"body": "\n".join([body, "", *numbered])}
    made_of = hashlib.sha256(json.dumps(types, sort_keys=True).encode()).hexdigest()[:12]
    return Content(f"bot-{kind}-{len(choices)}-{_VERSION}-{made_of}", types, places.values)


class Contents:
    """The contents that our account has at Twilio, asked for once in a while. Safe for many threads.

    They are kept in memory only: Twilio alone knows what is there, also when somebody deletes one in its console.
    """

    def __init__(self, client: Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._until = 0.0

    def sid_of(self, content: Content) -> str:
        """Return the id of a content at Twilio, empty if it cannot be used now. Raises nothing.

        One that is missing is made, but only for an account that `bot twilio setup` was run for.
        """
        with self._lock:
            try:
                if self._clock() >= self._until:
                    self._known = {name: sid for name, sid in listed(self._client).items() if is_ours(name)}
                    self._until = self._clock() + KEPT_SECONDS
                if self._known and content.name not in self._known:
                    self._known[content.name] = make(self._client, content)
            except (BotError, TwilioException, requests.RequestException, ValueError) as error:
                log.warning("menus go out as numbered text for a while: Twilio's contents, %s", type(error).__name__)
                self._known, self._until = {}, self._clock() + ASK_AGAIN_SECONDS
            return self._known.get(content.name, "")

    def look_again(self) -> None:
        """Ask Twilio anew before the next menu: it does not know a content that we believed it has."""
        with self._lock:
            self._until = 0.0


def listed(client: Client) -> dict[str, str]:
    """Return all contents of the account, ids by name; of equal names the oldest. Raises as the client does."""
    contents = client.content.v1.contents.list(page_size=PAGE)
    return {
        content.friendly_name or "": content.sid or ""
        for content in sorted(contents, key=lambda one: (str(one.date_created), one.sid or ""), reverse=True)
    }


def make(client: Client, content: Content) -> str:
    """Make a content and return its id. Raises as the client does."""
    asked = ContentList.ContentCreateRequest(content.as_json())
    return client.content.v1.contents.create(content_create_request=asked).sid or ""


class _Places:
    """Numbers the values of a content in the order in which they are asked for."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def new(self, value: str) -> str:
        """Return the place of a value. Tabs and long gaps are not allowed in one."""
        name = str(len(self.values) + 1)
        self.values[name] = " ".join(value.split())
        return f"{{{{{name}}}}}"


def _fits(reply: Reply) -> bool:
    choices = reply.buttons or reply.rows
    if not choices or reply.plain or reply.template or len(reply.text) > MENU_TEXT_LIMIT:
        return False
    most, longest = (BUTTON_LIMIT, BUTTON_TITLE_LIMIT) if reply.buttons else (ROW_LIMIT, ROW_TITLE_LIMIT)
    return (
        len(choices) <= most
        and all(len(one.title) <= longest and len(one.id) <= CHOICE_ID_LIMIT for one in choices)
        and all(len(row.description) <= ROW_DESCRIPTION_LIMIT for row in reply.rows)
        and len(reply.label) <= BUTTON_TITLE_LIMIT
        # WhatsApp refuses two that look or answer the same.
        and len({one.title for one in choices}) == len({one.id for one in choices}) == len(choices)
    )
