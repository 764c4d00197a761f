"""What a learner must have read before anything else: who answers here, how to reach a person, how to stop."""

from dataclasses import replace
from typing import Final

from bot.core.conversation import Conversation, Decision, Status
from bot.core.messages import MENU_TEXT_LIMIT, TEXT_LIMIT, Reply
from bot.core.replies import Writer

SAY_IT_THEMSELVES: Final = frozenset({"greeting", "menu"})
_GAP: Final = "\n\n"


def introduced(conversation: Conversation, decision: Decision, writer: Writer, *, talks: bool) -> Decision:
    """The decision with one line below its first reply that says who answers, once in the life of a conversation.

    It shares the bubble: where it would not fit beside the answer and its taps, the next reply carries it.

    talks: the message only steers the conversation ("thanks", STOP), which is no moment to introduce oneself.
    """
    if decision.memory.introduced or not decision.replies:
        return decision
    topics = {answer.topic for answer in decision.answers}
    if topics & SAY_IT_THEMSELVES:
        return _noted(decision, decision.replies)
    if talks or decision.opted_out or decision.erase or conversation.status is not Status.BOT:
        return decision
    *before, last = decision.replies
    text = f"{last.text}{_GAP}{writer.line(writer.lines.introduction)}"
    if len(text) > (MENU_TEXT_LIMIT if last.buttons or last.rows else TEXT_LIMIT):
        return decision
    return _noted(decision, (*before, replace(last, text=text)))


def _noted(decision: Decision, replies: tuple[Reply, ...]) -> Decision:
    return replace(decision, replies=replies, memory=decision.memory.model_copy(update={"introduced": True}))
