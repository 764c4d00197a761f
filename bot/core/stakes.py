"""What a reply costs the learner, counted in questions asked back, and from that the reply that is worth giving.

The bot does not know what was meant, it has probabilities. A reply is judged by the loss that it brings on average;
how sure is sure enough follows from that and is written down nowhere. Probabilities are 0 to 1 throughout.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

WRONG: Final = 5.0
"""Something else is answered: the school would rather be asked back five times."""
QUESTION: Final = 1.0
"""One more message before the answer: to tap a choice, to ask again what was left out, to wait for staff."""
CHOICE: Final = QUESTION / 3
"""To read one choice. The three that fit are as much work as the tap itself."""
AGAIN: Final = (2 * QUESTION + WRONG) / 2
"""Nothing was understood: half of the learners say it again, twice the work of a tap, half leave without an answer."""


class Reply(StrEnum):
    """What can be done with a message that asks one thing."""

    ANSWER = "answer"
    ASK = "ask"
    REFUSE = "refuse"


def best_reply(likeliest: float, choices: Sequence[float], off_topic: float) -> Reply:
    """The reply of least expected loss, the first of `Reply` among equals.

    likeliest: probability of what would be answered. choices: of what would be offered. off_topic: of none of all this.
    """
    losses = {
        Reply.ANSWER: answering(likeliest),
        Reply.ASK: asking(choices, off_topic),
        Reply.REFUSE: refusing(off_topic),
    }
    return min(losses, key=lambda reply: losses[reply])


def answering(probability: float) -> float:
    """Expected loss of an answer, or of several of which this is the least certain."""
    return WRONG * (1 - probability)


def asking(choices: Sequence[float], off_topic: float) -> float:
    """Expected loss of asking which of the choices was meant; whoever misses theirs has to say it again."""
    missing = 1 - sum(choices) - off_topic
    return QUESTION + CHOICE * len(choices) + AGAIN * max(0.0, missing)


def refusing(off_topic: float) -> float:
    """Expected loss of saying that nothing was understood, which is all that an off-topic message deserves."""
    return AGAIN * (1 - off_topic)


def worth_offering(probability: float) -> bool:
    """Whether one more choice saves more than it costs to read."""
    return AGAIN * probability > CHOICE


def worth_adding(probability: float) -> bool:
    """Whether one part of a message is to be answered as a question of its own, or left for the learner to repeat."""
    return answering(probability) <= QUESTION * probability


def worth_interrupting(probability: float) -> bool:
    """Whether to answer a learner who waits for a person, who will otherwise read the message."""
    return answering(probability) <= QUESTION
