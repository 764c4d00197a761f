"""The channel of a machine without Twilio credentials: messages are kept for the simulator and leave nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

from bot.channels import ApprovedTemplate, Outgoing, Sent
from bot.channels.files import File, MediaGone, checked
from bot.core.messages import Media

_SAMPLES: Final = Path(__file__).parents[1] / "web" / "static" / "simulator"
_TYPES: Final = {"picture.jpg": "image/jpeg", "voice-note.ogg": "audio/ogg"}


class LocalChannel:
    """Takes every message at once."""

    def send(self, outgoing: Outgoing) -> Sent:  # noqa: ARG002 - of the protocol
        """Give the message an id of its own."""
        return Sent(f"SM{uuid4().hex}")

    def find(self, outgoing: Outgoing) -> Sent | None:  # noqa: ARG002 - of the protocol
        """Find nothing: what was interrupted before its id was stored has gone nowhere."""
        return None

    def show_typing(self, sid: str) -> None:
        """Show nothing: an answer is here at once."""

    def forget(self, sids: Sequence[str]) -> frozenset[str]:
        """Have nothing: what was sent has gone nowhere."""
        return frozenset(sids)

    def fetch(self, media: Media) -> File:
        """Return one of the files that the simulator can send, whatever host its address names.

        Raises MediaGone for everything else.
        """
        name = media.url.rpartition("/")[2]
        if name not in _TYPES:
            raise MediaGone("Without Twilio only the simulator's own picture and voice note can be opened.")
        return checked((_SAMPLES / name).read_bytes(), _TYPES[name])

    def templates(self) -> Sequence[ApprovedTemplate]:
        """Have none: approval is WhatsApp's."""
        return ()
