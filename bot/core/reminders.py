"""Reminders: the only messages that are sent unasked at their time, because they were asked for before it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.core.appointments import Calendar
from bot.core.catalogue import Knowledge
from bot.core.conversation import Decision, Reminder
from bot.core.knowledge import About
from bot.core.memory import Choice, Wish
from bot.core.messages import Reply
from bot.core.replies import Writer, menu, quoted
from bot.core.turn import Turn, knows
from bot.core.understanding import understand

REMINDER: Final = "reminder"
WITHDRAW_REMINDERS: Final = "withdraw_reminders"
"""Topics by which reminders are asked for and taken back. Without files of them there are none."""

TEMPLATE: Final = "reminder"
"""Name of the template by which reminders leave once the window has closed. It has one value, the learner's words."""
FURTHEST_DAYS: Final = 60
"""A wish that is older than this is no consent any more that anybody remembers."""
_MOST: Final = 5
"""How many may wait for one learner."""
_LONGEST_WORDS: Final = 200
_DAYS: Final = "days."
_ABOUT_NOTHING: Final = frozenset({About.TALK, About.STAFF})


def reminded(turn: Turn) -> Decision | None:
    """A wish to be reminded at a time that is said, or that time alone where it was asked for; None if neither."""
    wish, calendar, chosen = turn.memory.reminding, turn.knowledge.calendar, turn.chosen
    turn.remember(reminding=None)
    if calendar is None or REMINDER not in turn.knowledge.topics:
        return None
    if chosen is not None:
        if chosen.topic != REMINDER or not chosen.answer:
            return None
        return _set(turn, _on_day(turn, calendar, chosen.answer), wish or Wish(words=_said(turn)))
    said = calendar.find(turn.words, _local(turn))
    if said is None:
        return None
    asking = turn.knowledge.asking_to_be_reminded.find(said.rest)
    if asking or turn.topic == REMINDER:
        return _set(turn, said.at, Wish(words=_said(turn), choice=_subject(turn, said.rest)))
    if wish is not None and (turn.topic is None or turn.knowledge.says_little(said.rest)):
        return _set(turn, said.at, wish)
    return None


def asked_when(turn: Turn) -> Decision:
    """Ask for the time of a reminder."""
    turn.remember(reminding=Wish(words=_said(turn), choice=_subject(turn, turn.words)))
    buttons = [
        (Choice(topic=REMINDER, answer=f"{_DAYS}{days}"), title)
        for days, title in sorted(turn.lines.reminder_days.items())
    ]
    return turn.say(turn.lines.reminder_when, REMINDER, buttons)


def withdrawn(turn: Turn) -> Decision:
    """Withdraw all reminders that wait."""
    waiting = _waiting(turn)
    turn.remember(reminders=())
    line = turn.lines.reminder_withdrawn if waiting else turn.lines.reminder_none
    return replace(turn.say(line, WITHDRAW_REMINDERS), withdraws_reminders=True)


def as_reply(reminder: Reminder, knowledge: Knowledge, language: str) -> Reply:
    """What the learner gets when the time has come, with what it was about a tap away."""
    writer = Writer(knowledge, language)
    text = writer.lines.reminder.replace("{words}", reminder.words)
    choice = Choice.from_id(reminder.choice) if reminder.choice else None
    if choice is None or not knows(knowledge, choice):
        return Reply(text)
    return menu(text, [(choice.id, writer.label(choice))], label=writer.lines.choose)


def _local(turn: Turn) -> datetime:
    return turn.now.astimezone(ZoneInfo(turn.knowledge.school.timezone))


def _on_day(turn: Turn, calendar: Calendar, answer: str) -> datetime:
    """The usual time of the day that a button names."""
    days = answer.removeprefix(_DAYS)
    number = int(days) if days.isdecimal() else 1
    return calendar.in_days(min(max(number, 1), FURTHEST_DAYS), _local(turn)).astimezone(UTC)


def _said(turn: Turn) -> str:
    return quoted(turn.inbound.text, _LONGEST_WORDS)


def _waiting(turn: Turn) -> tuple[datetime, ...]:
    return tuple(at for at in turn.memory.reminders if at > turn.now)


def _set(turn: Turn, at: datetime, wish: Wish) -> Decision:
    lines, waiting = turn.lines, _waiting(turn)
    if at > turn.now + timedelta(days=FURTHEST_DAYS):
        turn.remember(reminding=wish)
        return turn.say(lines.reminder_too_far.replace("{days}", str(FURTHEST_DAYS)), REMINDER)
    if len(waiting) >= _MOST:
        return turn.say(lines.reminder_too_many.replace("{count}", str(len(waiting))), REMINDER)
    turn.remember(reminders=(*waiting, at))
    decision = turn.say(lines.reminder_set.replace("{moment}", turn.writer.moment(at)), REMINDER)
    return replace(decision, reminder=Reminder(at, wish.words, wish.choice))


def _subject(turn: Turn, words: Sequence[str]) -> str:
    """What a reminder is about: what the words ask beside it, else what was asked last; empty if nothing is known."""
    asking = {at for span in turn.knowledge.asking_to_be_reminded.find(words) for at in range(*span)}
    rest = tuple(word for at, word in enumerate(words) if at not in asking)
    told = rest if turn.knowledge.telling(rest) else ()
    asked = [one for one in understand(told, turn.memory, turn.knowledge).requests if turn.about(one) is not About.TALK]
    if asked:
        first = asked[0]
        held = turn.about(first) is not About.STAFF  # of fees nothing is held that a tap could bring
        return Choice(topic=first.topic, side=first.side, comparison=first.comparison).id if held else ""
    memory = turn.memory
    if memory.topic is None or turn.knowledge.topics[memory.topic].about in _ABOUT_NOTHING:
        return ""
    return Choice(topic=memory.topic, side=memory.side, comparison=memory.comparison).id
