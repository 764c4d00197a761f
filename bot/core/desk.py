"""What staff may do with a conversation, and when. Pure: nothing is read or written here."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.core import window
from bot.core.conversation import Brief, Status
from bot.core.knowledge import School, Weekday
from bot.core.memory import Memory
from bot.core.messages import TEXT_LIMIT, MessageState
from bot.core.staff import Staff
from bot.errors import BotError

REPLY_LIMIT: Final = 10 * TEXT_LIMIT
"""Characters of one reply: more than ten bubbles nobody reads on a phone."""
NOTE_LIMIT: Final = 4000
LABEL_LIMIT: Final = 40
LONGEST_SNOOZE: Final = timedelta(days=366)
RATING_EVERY: Final = timedelta(days=7)
"""Least time between two questions how it was."""
OWN_ACCORD: Final = "staff"
"""Reason of a handoff that staff began."""

_NINE: Final = time(9)
_HOPELESS: Final = frozenset({"21211", "21614", "21617", "63003", "63013", "63014", "63021", "63024", "63032", "63033"})
"""The provider's codes for what fails again if it is sent again: a wrong number, a learner who has blocked us."""


class HandoffOutcome(StrEnum):
    """How a handoff ended."""

    ENROLLED = "enrolled"
    WILL_THINK = "will_think"
    NOT_REACHED = "not_reached"
    NOT_INTERESTED = "not_interested"
    OFF_TOPIC = "off_topic"
    ANSWERED = "answered"
    RETURNED_TO_BOT = "returned_to_bot"


class Deed(StrEnum):
    """What the log of who did what knows. The last two have no author: the clock did them."""

    CLAIMED = "claimed"
    RELEASED = "released"
    HANDED_ON = "handed_on"
    TAKEN_OVER = "taken_over"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    REPLIED = "replied"
    HELD = "held"
    HELD_CANCELLED = "held_cancelled"
    TEMPLATE_SENT = "template_sent"
    RETRIED = "retried"
    NOTED = "noted"
    LABELLED = "labelled"
    UNLABELLED = "unlabelled"
    MARKED_UNREAD = "marked_unread"
    WOKEN = "woken"
    PROMISE_RAISED = "promise_raised"


class NoticeKind(StrEnum):
    """What staff are told by a notice: that a handoff began, or that the learner was promised an answer by now."""

    HANDOFF = "handoff"
    PROMISE = "promise"


class Refused(BotError):
    """The action is not possible as things stand, and nothing was changed. The sentence is for the one who tried.

    owner_id: who has the conversation, if that is why.
    """

    def __init__(self, sentence: str, *, owner_id: int | None = None) -> None:
        super().__init__(sentence)
        self.owner_id = owner_id


class NoSuchConversation(Refused):
    """There is none with this id, or it was erased."""

    def __init__(self) -> None:
        super().__init__("This conversation does not exist any more: go back to the list.")


@dataclass(frozen=True, slots=True)
class Situation:
    """A conversation as it stands at the moment of an action. Times are aware UTC.

    owner_id, owner_name: who of the staff has it; None and empty if nobody does.
    name: what the learner goes by.
    """

    id: int
    status: Status
    owner_id: int | None
    owner_name: str
    name: str
    opted_out: bool
    memory: Memory
    last_inbound_at: datetime
    rating_asked_at: datetime | None


# Each `check_...` returns if the action may go on and raises Refused if not.


def check_owner(situation: Situation, staff: Staff) -> None:
    """Only who has the conversation may do this."""
    if situation.owner_id is None:
        raise Refused("Nobody has this conversation: claim it first.")
    if situation.owner_id != staff.id:
        raise Refused(f"{situation.owner_name} has this conversation: take it over first.", owner_id=situation.owner_id)


def check_free(situation: Situation, staff: Staff) -> None:
    """Nobody else has the conversation."""
    if situation.owner_id not in (None, staff.id):
        raise Refused(f"{situation.owner_name} has this conversation.", owner_id=situation.owner_id)


def check_seen(situation: Situation, staff: Staff, seen_owner: int | None) -> None:
    """The conversation is still with whom the one who takes it over saw it, or with that one already."""
    if situation.owner_id in (seen_owner, staff.id):
        return
    if situation.owner_id is None:
        raise Refused("Nobody has this conversation any more: claim it.")
    raise Refused(f"Meanwhile {situation.owner_name} has this conversation.", owner_id=situation.owner_id)


def check_with_staff(situation: Situation) -> None:
    """The conversation is not the bot's."""
    if situation.status is Status.BOT:
        raise Refused("The bot has this conversation already.")


def check_resolved(situation: Situation) -> None:
    """The conversation is the bot's."""
    if situation.status is not Status.BOT:
        raise Refused("This conversation is open already.", owner_id=situation.owner_id)


def check_wanted(situation: Situation) -> None:
    """The learner wants to be written to."""
    if situation.opted_out:
        raise Refused("The learner wrote STOP: nothing may be sent until they write START.")


def check_window(situation: Situation, now: datetime) -> None:
    """A text that is sent now arrives."""
    if not window.is_open(situation.last_inbound_at, now):
        raise Refused(
            "The learner's last message is more than 24 hours old: let the reply wait until they write again, or send "
            "an approved template."
        )


def check_window_closed(situation: Situation, now: datetime) -> None:
    """There is a reason to hold a reply back."""
    if window.is_open(situation.last_inbound_at, now):
        raise Refused("The learner has written within 24 hours: send the reply now.")


def check_text(text: str, limit: int) -> None:
    """There are words, and not too many: `limit` in characters."""
    if not text.strip():
        raise Refused("There is no text yet: write something first.")
    if len(text) > limit:
        raise Refused(f"The text has {len(text):,} characters, and at most {limit:,} are possible: shorten it.")


def check_until(until: datetime, now: datetime) -> None:
    """A time (aware) until which a conversation can sleep."""
    if until <= now:
        raise Refused("This time is over: choose a later one.")
    if until - now > LONGEST_SNOOZE:
        raise Refused("This is more than a year away: choose an earlier day.")


def may_retry(state: MessageState | None, error_code: str) -> bool:
    """Whether sending a message once more could end better. What is in doubt may have arrived and is left alone."""
    return state is MessageState.FAILED and error_code not in _HOPELESS


def check_retry(state: MessageState | None, error_code: str) -> None:
    """The message has failed, and not for ever."""
    if state is not MessageState.FAILED:
        raise Refused("This message has not failed: there is nothing to send again.")
    if not may_retry(state, error_code):
        raise Refused("This message would fail again for the same reason: reach the learner another way.")


def asks_for_rating(situation: Situation, now: datetime) -> bool:
    """Whether a learner whose handoff ends now may be asked how it was."""
    asked_at = situation.rating_asked_at
    rested = asked_at is None or now - asked_at >= RATING_EVERY
    return rested and not situation.opted_out and window.is_open(situation.last_inbound_at, now)


def settled(memory: Memory, *, asks_for_rating: bool) -> Memory:
    """What the bot keeps in mind when it gets a conversation back."""
    over = {"asked": (), "answered": (), "reason": "", "promise": "", "choices": (), "misses": 0}
    return memory.model_copy(update={**over, "rating": asks_for_rating})


def reopened(memory: Memory, brief: Brief) -> Memory:
    """What the bot keeps in mind while staff have a conversation that they took by themselves."""
    return memory.model_copy(update={"reason": brief.reason, "promise": brief.promise, "rating": False})


def brief_for_own_accord(situation: Situation, question: str, preference: str) -> Brief:
    """What is known when staff take a conversation from the bot: the learner's last words, the side they lean to."""
    memory = situation.memory
    return Brief(
        name=situation.name,
        reason=OWN_ACCORD,
        question=question,
        asked=memory.asked,
        answered=memory.answered,
        preference=preference,
        source=memory.source,
        language=memory.language,
        promise="",
    )


@dataclass(frozen=True, slots=True)
class Later:
    """Times to sleep until, aware UTC: in an hour, when the next day begins, when the next Monday begins."""

    hour: datetime
    tomorrow: datetime
    monday: datetime


def later(school: School, now: datetime) -> Later:
    """Return the usual times to snooze until. A day begins when the school opens, or at nine by its clock."""
    today = now.astimezone(ZoneInfo(school.timezone)).date()

    def beginning(days: int) -> datetime:
        day = today + timedelta(days=days)
        hours = school.hours.get(list(Weekday)[day.weekday()])
        opens = hours.opens if hours else _NINE
        return datetime.combine(day, opens, ZoneInfo(school.timezone)).astimezone(now.tzinfo)

    return Later(now + timedelta(hours=1), beginning(1), beginning(7 - today.weekday()))
