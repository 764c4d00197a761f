"""Voice notes where a program turns speech into text: the reply waits for the words, and the words are answered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision, Status
from bot.core.dialogue import decide
from bot.core.memory import Burst
from bot.core.messages import MENU_TEXT_LIMIT, TEXT_LIMIT, Inbound, Kind, Outcome
from bot.core.replies import Writer, quoted

WAIT: Final = timedelta(seconds=25)
"""How long the reply to a voice note waits for what was said in it."""
_LONGEST_QUOTE: Final = 200

Rule = Callable[..., Decision]


def waiting_for_words(rule: Rule) -> Rule:
    """Return a rule that decides like the given one, but holds back what it says to a voice note.

    Whatever the learner writes next lets it go.
    """

    def decide_with_patience(
        conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime
    ) -> Decision:
        decision = rule(conversation, inbound, knowledge, now=now)
        if not _may_wait(decision, conversation, inbound):
            return decision
        # Without words there is nothing for what follows to be joined to.
        burst = Burst(text="", before=conversation.memory.model_copy(update={"burst": None}))
        return replace(decision, memory=decision.memory.model_copy(update={"burst": burst}), wait=WAIT)

    return decide_with_patience


def _may_wait(decision: Decision, conversation: Conversation, inbound: Inbound) -> bool:
    return (
        inbound.kind is Kind.AUDIO
        and inbound.media is not None
        and not inbound.text.strip()
        and inbound.written_at is None
        and conversation.status is Status.BOT
        and decision.outcome is Outcome.ANSWERED
        and bool(decision.replies)
    )


def decide_heard(conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
    """Decide on the words of a voice note like on any text, and say first what was heard: a program may mishear.

    inbound: the voice note with its words as `text`.
    """
    decision = decide(conversation, replace(inbound, kind=Kind.TEXT, media=None), knowledge, now=now)
    if not decision.replies:
        return decision
    first, *others = decision.replies
    line = Writer(knowledge, decision.memory.language).lines.heard
    text = f"{line.replace('{words}', quoted(inbound.text, _LONGEST_QUOTE))}\n\n{first.text}"
    if len(text) > (MENU_TEXT_LIMIT if first.buttons or first.rows else TEXT_LIMIT):
        return decision
    return replace(decision, replies=(replace(first, text=text), *others))
