"""Who writes without a pause is told so once and then left alone: the bot, its bill and the others have rest."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.conversation import Action, Conversation, Decision
from bot.core.dialogue import decide
from bot.core.messages import Inbound, Outcome, Reply
from bot.core.replies import Writer

LIMIT: Final = 20
SECONDS: Final = 60
"""More than so many messages in so many seconds are a flood; it ends when no message is too many for as long."""
FLOOD: Final = "flood"


def decide_unless_flooded(
    conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime
) -> Decision:
    """Decide like `decide`, but answer nothing in a flood.

    What steers the conversation is obeyed: STOP and START, the wish for a person, "erase my data". All else is stored
    like any message, so staff see it.
    """
    decision = decide(conversation, inbound, knowledge, now=now)
    if decision.erase:
        return decision  # nothing of the learner is kept
    written_at = inbound.written_at or now  # what was fetched late came in at one moment, yet was not written so
    second, before = int(written_at.timestamp()), conversation.memory
    recent = tuple(at for at in before.arrivals if 0 <= second - at < SECONDS)
    arrivals = (*recent, second)[-LIMIT:]
    if len(recent) < LIMIT:
        return replace(decision, memory=decision.memory.model_copy(update={"arrivals": arrivals}))
    marks = {"arrivals": arrivals, "flooded_at": second}
    if _steers(decision, conversation):
        return replace(decision, memory=decision.memory.model_copy(update=marks))
    if decision.outcome is not Outcome.ANSWERED:
        return replace(decision, replies=(), memory=decision.memory.model_copy(update=marks))
    goes_on = before.flooded_at is not None and 0 <= second - before.flooded_at < SECONDS
    language = decision.memory.language
    return Decision(
        replies=() if goes_on else (Reply(Writer(knowledge, language).lines.flood),),
        outcome=Outcome.IGNORED,
        reason=FLOOD,
        status=decision.status,
        memory=before.model_copy(update=marks | {"at": now, "language": language}),
        opted_out=decision.opted_out,
        action=Action.FALLBACK,
        why=decision.why,
    )


def _steers(decision: Decision, conversation: Conversation) -> bool:
    """Whether the message changes whose turn it is, or what may be sent or kept."""
    after = (decision.status, decision.opted_out, decision.memory.confirming)
    return after != (conversation.status, conversation.opted_out, conversation.memory.confirming)
