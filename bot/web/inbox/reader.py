"""Who reads the inbox, when, and what words they need: asked for once in a request."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.core.catalogue import OFF_TOPIC, Knowledge
from bot.core.links import SOURCE
from bot.core.staff import Staff
from bot.storage import Store
from bot.web.inbox import words


@dataclass(frozen=True)
class Reader:
    """A member of staff at a moment (aware UTC), with the store and the knowledge that the pages are made from."""

    staff: Staff
    now: datetime
    store: Store
    knowledge: Knowledge

    @cached_property
    def names(self) -> dict[int, str]:
        """The name of every member of staff there ever was."""
        return self.store.accounts.names()

    @cached_property
    def colleagues(self) -> list[Staff]:
        """All who can sign in, without the reader."""
        return [colleague for colleague in self.store.accounts.colleagues() if colleague.id != self.staff.id]

    @cached_property
    def labels(self) -> list[str]:
        """Every label that some conversation has."""
        return self.store.inbox.all_labels()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of the school."""
        return ZoneInfo(self.knowledge.school.timezone)

    def name_of(self, staff_id: int | None) -> str:
        """Return the name of a member of staff; `You` for the reader, empty for nobody."""
        if staff_id is None:
            return ""
        return "You" if staff_id == self.staff.id else self.names.get(staff_id, "A former colleague")

    def whom(self, staff_id: int | None) -> str:
        """Return the same for the middle of a sentence: `you`."""
        return "you" if staff_id == self.staff.id else self.name_of(staff_id)

    def topic(self, topic: str) -> str:
        """Return the title of a topic; the topic itself if the knowledge has it no more."""
        if topic == OFF_TOPIC:
            return "Off-topic"
        known = self.knowledge.topics.get(topic)
        return known.title if known else words.plain(topic)

    def side(self, side: str) -> str:
        """Return the name of a side or a course; the word itself if the knowledge has it no more."""
        known = side in self.knowledge.roles or side in self.knowledge.courses
        return self.knowledge.name(side) if known else side

    def about(self, topic: str, side: str | None) -> str:
        """Name what was asked: `Tools: MLOps Engineer`."""
        return f"{self.topic(topic)}: {self.side(side)}" if side else self.topic(topic)

    def reason(self, reason: str) -> str:
        """Say why a conversation was handed over."""
        return words.reason(reason) or self.topic(reason)

    def source(self, source: str) -> str:
        """Say where a conversation came from: `Link: Tools: MLOps Engineer`, or the advertisement's headline."""
        link = self.knowledge.links.get(source.removeprefix(SOURCE)) if source.startswith(SOURCE) else None
        return f"Link: {link.title}" if link else source

    def clock(self, at: datetime) -> str:
        """Return the time of day by the school's clock."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """Name the day of a moment by the school's calendar."""
        return words.day(at, self.now, self.zone)

    def when(self, at: datetime) -> str:
        """Return the time of day, with the day if it is not today."""
        day = self.day(at)
        return self.clock(at) if day == "Today" else f"{day}, {self.clock(at)}"
