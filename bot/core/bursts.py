"""People write one thought in several messages: "hi", "i wanted to ask", "about mlops". Such a burst is answered once.

What is not finished is decided like anything else, but its reply waits for the rest. If the rest comes in time, all of
it is decided as one message, on what was remembered before its first one, and that reply takes the place of the other.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.conversation import Action, Conversation, Decision, Status
from bot.core.dialogue import GREETING, MENU
from bot.core.knowledge import About
from bot.core.memory import Burst, Memory
from bot.core.messages import Inbound, Kind, Outcome
from bot.core.text import asks

WAIT: Final = timedelta(seconds=1.5)
"""How long the reply to something unfinished waits for the rest."""
_FRAGMENT_WORDS: Final = 4
"""What is not understood is taken for a piece of something only up to so many words."""
_UNDERSTOOD: Final = (Action.ANSWER, Action.HANDOFF)
_OPENINGS: Final = (GREETING, MENU)

Rule = Callable[..., Decision]


def in_bursts(rule: Rule) -> Rule:
    """Return a rule that decides like the given one, but on the messages of a burst together.

    A conversation whose memory holds a burst must have its reply still held: the caller takes it out of the memory
    otherwise, and lets the held reply go unless the decision `joins` it.
    """

    def decide_in_bursts(
        conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime
    ) -> Decision:
        burst = conversation.memory.burst
        if burst is None or not burst.text or conversation.status is not Status.BOT or not _is_typed(inbound):
            alone = conversation
            if burst is not None:
                alone = replace(conversation, memory=conversation.memory.model_copy(update={"burst": None}))
            return _held(rule(alone, inbound, knowledge, now=now), alone, inbound, knowledge)
        before = replace(conversation, memory=_before(burst, conversation.memory))
        whole = replace(inbound, text=f"{burst.text} {inbound.text}")
        decision = rule(before, whole, knowledge, now=now)
        last = rule(before, inbound, knowledge, now=now)
        if _stands_alone(last, decision, before):
            return replace(last, joins=_may_join(last))
        return _held(replace(decision, joins=_may_join(decision)), before, whole, knowledge)

    return decide_in_bursts


def _before(burst: Burst, memory: Memory) -> Memory:
    """What was remembered before the burst; its messages count all the same for who writes without a pause."""
    kept = {"arrivals": memory.arrivals, "flooded_at": memory.flooded_at, "rating": False}
    return burst.before.model_copy(update=kept)


def _stands_alone(last: Decision, whole: Decision, before: Conversation) -> bool:
    """Whether the last message decides for itself: "STOP" behind "hi", or a question behind what nobody understands."""
    if _steers(last, before):
        return True
    return last.action in _UNDERSTOOD and whole.action not in _UNDERSTOOD


def _steers(decision: Decision, conversation: Conversation) -> bool:
    after = (decision.status, decision.opted_out, decision.memory.confirming)
    return decision.erase or after != (conversation.status, conversation.opted_out, False)


def _may_join(decision: Decision) -> bool:
    """Whether its reply can stand for those before it; silence cannot, and STOP withdraws them itself."""
    return bool(decision.replies) and not decision.opted_out and not decision.erase


def _held(decision: Decision, conversation: Conversation, inbound: Inbound, knowledge: Knowledge) -> Decision:
    """The decision, with its reply held back if the message is a fragment."""
    if not _is_fragment(decision, conversation, inbound, knowledge):
        return decision
    burst = Burst(text=inbound.text, before=conversation.memory.model_copy(update={"burst": None}))
    return replace(decision, memory=decision.memory.model_copy(update={"burst": burst}), wait=WAIT)


def _is_fragment(decision: Decision, conversation: Conversation, inbound: Inbound, knowledge: Knowledge) -> bool:
    if not _is_typed(inbound) or not _is_plain(decision, conversation) or asks(inbound.text):
        return False
    if knowledge.link_in(inbound.text) is not None or decision.why is None:
        return False  # a link, or what was offered and has been typed
    words = knowledge.read(inbound.text)
    if knowledge.counting.number(words) is not None:
        return False
    if knowledge.goes_on(words):
        return True
    read_as = knowledge.topics.get(decision.why.candidates[0].topic)
    if read_as is not None and read_as.about is About.TALK and read_as.id not in _OPENINGS:
        return False  # "yes", "thanks", "more"
    return knowledge.says_little(words) or (decision.action not in _UNDERSTOOD and len(words) <= _FRAGMENT_WORDS)


def _is_typed(inbound: Inbound) -> bool:
    """A text that somebody has just typed: no tap, no file, no keyword of the provider, nothing fetched late."""
    return (
        inbound.kind is Kind.TEXT
        and inbound.media is None
        and not inbound.choice
        and not inbound.opt_out
        and inbound.written_at is None
    )


def _is_plain(decision: Decision, conversation: Conversation) -> bool:
    """Whether nothing but a reply follows, so that it can be taken back."""
    return (
        decision.outcome is Outcome.ANSWERED
        and bool(decision.replies)
        and conversation.status is Status.BOT
        and decision.brief is None
        and decision.rating is None
        and decision.reminder is None
        and not decision.withdraws_reminders
        and not _steers(decision, conversation)
        and not conversation.memory.confirming
    )
