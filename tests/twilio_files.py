"""The files that Twilio keeps for one account, and the host on which they really lie."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tests.twilio_forms import ACCOUNT_SID, new_sid

TWILIO: Final = "https://api.twilio.com"
STORE: Final = "/files/"
"""Below this path nobody asks for a password: Twilio sends those who may open a file on to such a place."""


@dataclass(frozen=True)
class FileAnswer:
    """What the host answers to a request for a file."""

    status: int
    content: bytes
    headers: dict[str, str]


class TwilioFiles:
    """Files by path."""

    def __init__(self) -> None:
        self._answers: dict[str, FileAnswer] = {}

    def keep(self, content: bytes, content_type: str, *, path: str | None = None, **headers: str) -> str:
        """Keep a file and return its address. path: where it lies, if not with the messages of the account."""
        path = path or _media_path()
        self._answers[path] = FileAnswer(200, content, {"Content-Type": content_type, **headers})
        return TWILIO + path

    def redirect(self, location: str, *, path: str | None = None) -> str:
        """Return the address of a file that lies somewhere else."""
        path = path or _media_path()
        self._answers[path] = FileAnswer(307, b"", {"Location": location})
        return TWILIO + path

    def forget(self, url: str) -> None:
        del self._answers[urlsplit(url).path]

    def answer(self, path: str) -> FileAnswer | None:
        """Return what lies at a path; None if it is not one of a file."""
        if path.startswith(STORE) or re.fullmatch(r"/2010-04-01/Accounts/AC\w+/Messages/\w+/Media/\w+", path):
            return self._answers.get(path, FileAnswer(404, b"{}", {"Content-Type": "application/json"}))
        return None


def _media_path() -> str:
    return f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{new_sid('MM')}/Media/{new_sid('ME')}"
