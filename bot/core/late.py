"""Messages that reached us long after they were written, because we were away."""

from datetime import datetime, timedelta
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision, Status
from bot.core.dialogue import DELETE_DATA, START, STOP
from bot.core.flood import decide_unless_flooded
from bot.core.messages import Inbound, Outcome
from bot.core.turn import Turn

LATE_AFTER: Final = timedelta(hours=1)
"""Age from which the bot leaves a message to staff. An answer within the hour still belongs to its question; later the
learner has gone on, has perhaps called, and a person has to see what is wanted now."""
LATE: Final = "late"

_STEERING: Final = (STOP, START, DELETE_DATA)


def decide_missed(conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
    """Decide as always, but leave what was written long ago to staff; the learner is told once that they answer.

    STOP, START and "erase my data" are obeyed at any age.
    """
    turn = Turn(conversation, inbound, knowledge, now)
    is_late = inbound.written_at is not None and now - inbound.written_at > LATE_AFTER
    steers = inbound.opt_out or conversation.memory.confirming or turn.topic in _STEERING
    if not is_late or steers or conversation.opted_out:
        return decide_unless_flooded(conversation, inbound, knowledge, now=now)
    match conversation.status:
        case Status.WAITING:
            return turn.note("")
        case Status.BOT:
            turn.note_question()
            promise = turn.writer.promise(now)
            return turn.hand_over(LATE, turn.writer.line(f"{promise} {turn.lines.way_back}"), promise)
        case _:
            return turn.silent(Outcome.HANDED_OVER, "with_staff")
