"""Every menu that the knowledge can make, for those who look at all of them beforehand."""

from collections.abc import Iterator
from datetime import datetime
from itertools import product

from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation
from bot.core.memory import Choice, Memory
from bot.core.messages import Inbound, Kind, Reply
from bot.core.rehearsal import Learner


def replies_to_taps(knowledge: Knowledge, *, now: datetime) -> Iterator[Reply]:
    """Every bubble that answers a tap, in every language: to a learner who is new, and to one who is not.

    now: aware UTC.
    """
    for language, tap in product(knowledge.lines, _taps(knowledge)):
        learner = Learner(knowledge, now, Conversation(memory=Memory(language=language)))
        for _ in range(2):
            inbound = Inbound("SM", "whatsapp:+0", "whatsapp:+0", Kind.CHOICE, text="?", choice=tap.id)
            yield from learner.write(inbound).replies


def _taps(knowledge: Knowledge) -> Iterator[Choice]:
    for topic in knowledge.topics:
        yield Choice(topic=topic)
        for comparison, sides in knowledge.sides.items():
            for side in (None, *sides, *knowledge.courses):
                yield Choice(topic=topic, side=side, comparison=comparison)
