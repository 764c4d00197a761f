"""What a learner points at before any word is read: a message of ours that they quote, or the advert they came by."""

from collections.abc import Mapping
from datetime import datetime

from bot.core.catalogue import Knowledge
from bot.core.knowledge import About
from bot.core.memory import Choice, Memory
from bot.core.messages import Reply


def after_quote(
    memory: Memory, reply: Reply, answer: Mapping[str, str | None], knowledge: Knowledge, *, now: datetime
) -> Memory:
    """The memory as if a reply had just been read: what it answered is the subject, what it offered is on offer.

    answer: topic, side and entry of what was answered last with the reply, as decisions keep it; empty if nothing was.
    now: aware UTC.
    """
    offered = [(one.id, one.title) for one in reply.buttons] + [(one.id, one.title) for one in reply.rows]
    known = [(choice, title) for name, title in offered if (choice := Choice.from_id(name))]
    choices = tuple(choice.model_copy(update={"title": title}) for choice, title in known)
    changes: dict[str, object] = {"choices": choices, "at": now, "misses": 0}
    topic, side = answer.get("topic"), answer.get("side")
    if topic in knowledge.topics:
        comparison = (answer.get("entry") or "").partition("/")[0]
        changes |= {
            "topic": topic,
            "side": side,
            "comparison": comparison if comparison in knowledge.comparisons else None,
            "compared": side is None and knowledge.topics[topic].about in (About.SIDE, About.COMPARISON),
        }
    return memory.model_copy(update=changes)


def after_advert(memory: Memory, source: str, knowledge: Knowledge) -> Memory:
    """The memory of somebody new who came by an advert: the sides that it names are what they have in mind."""
    sides = tuple(dict.fromkeys(mention.side for mention in knowledge.names.find(knowledge.read(source))))
    return memory.model_copy(update={"order": sides, "side": sides[0] if len(sides) == 1 else None})
