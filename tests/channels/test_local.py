from datetime import UTC, datetime

from bot.channels import Outgoing
from bot.channels.local import LocalChannel
from bot.core.messages import Reply

OUTGOING = Outgoing(message_id=1, to="whatsapp:+919876543210", reply=Reply("Hello"), queued_at=datetime.now(UTC))


def test_every_message_gets_an_id_of_its_own() -> None:
    channel = LocalChannel()
    assert channel.send(OUTGOING).sid != channel.send(OUTGOING).sid


def test_nothing_is_found_because_nothing_left() -> None:
    assert LocalChannel().find(OUTGOING) is None
