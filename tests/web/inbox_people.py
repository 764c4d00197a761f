"""Learners and staff around the inbox, for tests of its pages."""

from datetime import UTC, datetime, timedelta
from itertools import count

from bot.core.messages import Inbound
from bot.wiring import Services
from tests.storage.world import message

_SIDS = count()


def writes(services: Services, text: str, *, learner: int = 1, ago: timedelta = timedelta(0), **more: object) -> int:
    """A learner writes; return the id of the conversation. The address ends in their number."""
    address = f"whatsapp:+9198000001{learner:02}"
    given: dict[str, object] = {"name": f"Learner {learner}"} | more
    inbound: Inbound = message(f"IN{next(_SIDS)}", text, sender=address, **given)
    services.intake.receive(inbound, now=datetime.now(UTC) - ago)
    conversation = services.store.conversation_of(address)
    assert conversation is not None
    return conversation.id


def waits(services: Services, *, learner: int = 1, ago: timedelta = timedelta(0), **more: object) -> int:
    """A learner asks for a person; return the id of the conversation."""
    return writes(services, "person", learner=learner, ago=ago, **more)
