from datetime import UTC, datetime

import pytest

from bot.channels import Outgoing
from bot.channels.files import MediaGone
from bot.channels.local import LocalChannel
from bot.core.messages import Media, Reply

OUTGOING = Outgoing(message_id=1, to="whatsapp:+919876543210", reply=Reply("Hello"), queued_at=datetime.now(UTC))


def test_every_message_gets_an_id_of_its_own() -> None:
    channel = LocalChannel()
    assert channel.send(OUTGOING).sid != channel.send(OUTGOING).sid


def test_nothing_is_found_because_nothing_left() -> None:
    assert LocalChannel().find(OUTGOING) is None


@pytest.mark.parametrize(("name", "content_type"), [("picture.jpg", "image/jpeg"), ("voice-note.ogg", "audio/ogg")])
def test_the_samples_of_the_simulator_can_be_opened(name: str, content_type: str) -> None:
    file = LocalChannel().fetch(Media(f"http://127.0.0.1:8000/static/simulator/{name}", content_type))
    assert file.content_type == content_type
    assert file.shown


@pytest.mark.parametrize("url", ["", "/etc/passwd", "http://example.org/a.jpg", "http://[", "/static/simulator/why.js"])
def test_nothing_else_can_be_opened(url: str) -> None:
    with pytest.raises(MediaGone):
        LocalChannel().fetch(Media(url, "image/jpeg"))


def test_there_are_no_templates_without_whatsapp() -> None:
    assert not LocalChannel().templates()
