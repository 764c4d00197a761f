"""What the bot keeps in mind of a conversation."""

from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

FADES_AFTER: Final = timedelta(days=1)
"""After this pause "and for the other one?" refers to nothing any more."""


class Choice(BaseModel):
    """Something that was offered. Its id says all of it, so that a tap on an old menu still does what it said.

    answer: `question.choice` if it answers a question of the path finder.
    title: what it was called, for a learner who types it.
    """

    model_config = ConfigDict(frozen=True)

    topic: str
    side: str | None = None
    comparison: str | None = None
    answer: str = ""
    title: str = ""

    @property
    def id(self) -> str:
        """`topic|side|comparison`, with empty places where there is none; an answer stands behind it: `|answer`."""
        plain = f"{self.topic}|{self.side or ''}|{self.comparison or ''}"
        return f"{plain}|{self.answer}" if self.answer else plain

    @classmethod
    def from_id(cls, choice: str) -> "Choice | None":
        """The choice behind an id, None if it is not one of ours."""
        parts = choice.split("|")
        if len(parts) not in (3, 4) or not parts[0] or (parts[3:] and "." not in parts[3]):
            return None
        return cls(topic=parts[0], side=parts[1] or None, comparison=parts[2] or None, answer="".join(parts[3:]))


class Given(BaseModel):
    """One thing that a learner has said for or against a side.

    question: id of the question that it answers, empty for what was said before the path finder began.
    choice: id of the choice that was taken, empty if it was said in own words or left out.
    said: the learner's words, shortened. side: what they speak for, None if for no side.
    """

    model_config = ConfigDict(frozen=True)

    question: str = ""
    choice: str = ""
    said: str = ""
    side: str | None = None


class Finder(BaseModel):
    """How far the path finder has come. asking: its question is open; otherwise it was left or has ended.

    missed: the last message was no answer that could be placed.
    """

    model_config = ConfigDict(frozen=True)

    comparison: str
    given: tuple[Given, ...] = ()
    asking: bool = True
    missed: bool = False


class Wish(BaseModel):
    """A wish to be reminded whose time is asked for. choice: what it is about as `Choice.id`, empty if unknown."""

    model_config = ConfigDict(frozen=True)

    words: str
    choice: str = ""


class Burst(BaseModel):
    """Messages whose reply waits for the rest of them, see `bot.core.bursts`. before: the memory when they began.

    text: empty for a voice note, whose reply waits for its words, see `bot.core.voice`.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    before: "Memory"


class Memory(BaseModel):
    """The state that follow-ups lean on. Stored as JSON; unknown keys of another version are dropped.

    comparison, topic, side: what the last answer was about; side None means all sides.
    order: sides in the order in which they came up, for "the second one".
    compared: the last reply told of all sides, so "the second one" is a side and no choice.
    choices: what the last reply offered, for a typed number.
    misses: how many messages in a row were not understood.
    confirming: the question whether to erase everything is open.
    rating: the question how it was with staff is open.
    asked, answered: what the learner wanted and what the bot could tell since the last handoff, for its brief.
    reason, promise: why the present handoff began and what the learner was told then.
    preference: the side that the learner leans to.
    language: what the learner writes in, or has asked to read; empty as long as it is not known.
    language_wished: the learner has asked for this language, so writing in another does not change it.
    introduced: the learner has read who answers here.
    at: time of the last message, aware UTC.
    arrivals: seconds since 1970 of the last messages, see `bot.core.flood`.
    told: what the learner has said for a side, last words last.
    reminding: the wish for a reminder whose time is asked for, None if none is.
    reminders: when the reminders are due that were asked for, aware UTC; some may have left.
    finder: how far the path finder has come, None before it has begun.
    flooded_at: when the last one came that was too many, in seconds since 1970.
    burst: what the learner has begun to say and perhaps not finished.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    comparison: str | None = None
    topic: str | None = None
    side: str | None = None
    order: tuple[str, ...] = ()
    compared: bool = False
    choices: tuple[Choice, ...] = ()
    misses: int = 0
    confirming: bool = False
    rating: bool = False
    asked: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    reason: str = ""
    promise: str = ""
    preference: str | None = None
    language: str = ""
    language_wished: bool = False
    source: str = ""
    introduced: bool = False
    at: datetime | None = None
    arrivals: tuple[int, ...] = ()
    flooded_at: int | None = None
    finder: Finder | None = None
    told: tuple[Given, ...] = ()
    reminding: Wish | None = None
    reminders: tuple[datetime, ...] = ()
    burst: Burst | None = None

    def recalled(self, now: datetime) -> "Memory":
        """The memory as far as it has not faded by `now`."""
        if self.at is None or now - self.at < FADES_AFTER:
            return self
        faded = {"comparison", "topic", "side", "order", "compared", "choices", "misses", "confirming", "reminding"}
        left = self.finder and self.finder.model_copy(update={"asking": False})
        return Memory(**{name: value for name, value in self if name not in {*faded, "finder"}}, finder=left)
