"""From entries to what a learner reads on the phone."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.core.catalogue import COURSE, Entry, Knowledge
from bot.core.hours import is_open, next_opening
from bot.core.knowledge import About, Lines, Words
from bot.core.memory import Choice
from bot.core.messages import (
    BUTTON_LIMIT,
    BUTTON_TITLE_LIMIT,
    MENU_TEXT_LIMIT,
    ROW_DESCRIPTION_LIMIT,
    ROW_LIMIT,
    ROW_TITLE_LIMIT,
    TEXT_LIMIT,
    Button,
    Reply,
    Row,
)
from bot.core.review import oldest_past
from bot.core.wording import Wording

_SENTENCE_END: Final = re.compile(r"(?<=[.!?।])\s+")


class Writer:
    """Writes replies in one language; entries that are not translated come as they are."""

    def __init__(self, knowledge: Knowledge, language: str) -> None:
        self._knowledge = knowledge
        self.language = language
        self.wording = Wording(knowledge, language)
        self.lines: Lines = knowledge.lines.get(language) or knowledge.lines[knowledge.school.language]

    def line(self, text: str) -> str:
        """One of the bot's own lines with the names that belong to this school filled in."""
        titles = [self.wording.comparison(comparison) for comparison in self._knowledge.comparisons]
        return text.replace("{school}", self._knowledge.school.name).replace("{comparisons}", ", ".join(titles))

    def answer(self, topic: str, side: str | None, comparison: str | None, *, on: date | None = None) -> str | None:
        """What the knowledge says about a topic; None if it holds nothing.

        on: the day on which it is sent, so that what was reviewed too long before says so; None: as it is written.
        """
        about = self._knowledge.topics[topic].about
        if about is About.COMPARISONS:
            return self._list_of_comparisons()
        entries = self._entries(topic, side, comparison)
        if about is About.COURSES:
            text: str | None = self._list_of_courses()
        elif about is About.SIDE and side is None:
            text = self._all_sides(entries)
        else:
            text = next((self._written(entry, comparison) for entry in entries), None)
        return f"{text}\n\n{line}" if text and on and (line := self._as_of(entries, on)) else text

    def _entries(self, topic: str, side: str | None, comparison: str | None) -> list[Entry]:
        """The entries of which an answer is made."""
        knowledge = self._knowledge
        about = knowledge.topics[topic].about
        if about is About.COURSES:
            found = [knowledge.find(COURSE, course, None) for course in knowledge.courses]
        elif about is About.SIDE and side is None:
            among = comparison or next(iter(knowledge.comparisons))
            found = [knowledge.find(topic, one, among) for one in (None, *knowledge.sides[among])]
        else:
            found = [knowledge.find(topic, side, comparison)]
        return [entry for entry in found if entry is not None]

    def _as_of(self, entries: Sequence[Entry], on: date) -> str:
        """How old the answer is, if a review of it holds no more; empty otherwise."""
        day = oldest_past(entries, on, self._knowledge.school.review_after_days)
        if day is None:
            return ""
        return self.lines.as_of.replace("{month}", self.lines.months[day.month - 1]).replace("{year}", str(day.year))

    def _written(self, entry: Entry, comparison: str | None) -> str:
        if entry.topic == COURSE and entry.side is not None:
            return self._course(entry.side, entry.comparison or comparison)
        return _written(self.wording.answer(entry), self.wording.heading(entry))

    def _all_sides(self, entries: Sequence[Entry]) -> str | None:
        """The sides one below the other, under what the comparison says of all of them."""
        if all(entry.side is None for entry in entries):
            return None
        return "\n\n".join(
            self._written(entry, None) if entry.side else _written(self.wording.answer(entry), "") for entry in entries
        )

    def _course(self, course_id: str, comparison: str | None) -> str:
        course = self._knowledge.courses[course_id]
        line = self.lines.course if course.url else self.lines.course_page
        page = self._knowledge.comparisons[comparison].url if comparison else self._knowledge.school.url
        return (
            line.replace("{course}", self.wording.course(course_id))
            .replace("{suits}", self.wording.suits(course_id))
            .replace("{url}", str(course.url or page))
        )

    def _list_of_courses(self) -> str:
        listed = [
            f"- *{self.wording.course(course)}*: {self.wording.suits(course)}" for course in self._knowledge.courses
        ]
        return "\n".join([self.line(self.lines.courses), *listed])

    def _list_of_comparisons(self) -> str:
        listed = [
            f"- {self.wording.comparison(comparison)}\n  {content.url}"
            for comparison, content in self._knowledge.comparisons.items()
        ]
        return "\n".join([self.line(self.lines.comparisons), *listed])

    def promise(self, now: datetime) -> str:
        """What staff will do, as honestly as the opening hours allow."""
        school = self._knowledge.school
        if not school.hours:
            return self.lines.promise
        if is_open(school, now):
            return self.lines.promise_open
        opening = next_opening(school, now)
        if opening is None:
            return self.lines.promise
        days = (opening.date() - now.astimezone(opening.tzinfo).date()) // timedelta(days=1)
        day = {0: self.lines.today, 1: self.lines.tomorrow}.get(days, self.lines.weekdays[opening.weekday()])
        when = self.lines.opening.replace("{day}", day).replace("{time}", f"{opening:%H:%M}")
        return self.lines.promise_closed.replace("{opening}", when)

    def promised_at(self, now: datetime) -> datetime | None:
        """The time that `promise` names, in the school's time zone; None if it names none."""
        school = self._knowledge.school
        return None if not school.hours or is_open(school, now) else next_opening(school, now)

    def moment(self, at: datetime) -> str:
        """A point in time (aware) as the school's clock and calendar show it."""
        local = at.astimezone(ZoneInfo(self._knowledge.school.timezone))
        return (
            self.lines.moment.replace("{weekday}", self.lines.weekdays[local.weekday()])
            .replace("{day}", str(local.day))
            .replace("{month}", self.lines.months[local.month - 1])
            .replace("{time}", f"{local:%H:%M}")
        )

    def ahead(self, count: int) -> str:
        """How many are before a learner in the line; empty if nobody is."""
        line = self.lines.ahead_one if count == 1 else self.lines.ahead
        return line.replace("{count}", str(count)) if count else ""

    def label(self, choice: Choice) -> str:
        """The title of a choice for a button: topic and side as far as 20 characters reach."""
        title = self.wording.title(choice.topic)
        if choice.side:
            full = f"{title}: {self.wording.short(choice.side)}"
            return full if len(full) <= BUTTON_TITLE_LIMIT else title
        return title


def quoted(text: str, limit: int) -> str:
    """A learner's words on one line of at most `limit` characters, without the marks that would make them bold."""
    plain = " ".join(text.replace("*", "").split())
    return plain if len(plain) <= limit else f"{plain[: limit - 1].rstrip()}…"


def _written(answer: Words, heading: str) -> str:
    points = "\n".join(f"- {point}" for point in answer.points)
    body = "\n".join(part for part in (answer.text, points) if part)
    return f"*{heading}*\n{body}" if heading else body


def with_buttons(text: str, titles: Sequence[tuple[str, str]]) -> Reply:
    """A bubble with up to three buttons, given as (id, title); without them if the text is too long for a menu."""
    if len(text) > MENU_TEXT_LIMIT:
        return Reply(text=text)
    return Reply(text=text, buttons=tuple(Button(choice, title) for choice, title in titles[:BUTTON_LIMIT]))


def with_rows(text: str, rows: Sequence[tuple[str, str, str]], *, label: str) -> Reply:
    """A bubble with a list of up to ten rows, given as (id, title, description), that opens by a button."""
    return Reply(
        text=text,
        label=label,
        rows=tuple(
            Row(choice, _cut(title, ROW_TITLE_LIMIT), _cut(description, ROW_DESCRIPTION_LIMIT))
            for choice, title, description in rows[:ROW_LIMIT]
        ),
    )


def menu(text: str, titles: Sequence[tuple[str, str]], *, label: str) -> Reply:
    """A bubble with choices, given as (id, title): up to three as buttons, more as a list that opens by `label`."""
    if len(titles) <= BUTTON_LIMIT or len(text) > MENU_TEXT_LIMIT:
        return with_buttons(text, titles)
    return with_rows(text, [(choice, title, "") for choice, title in titles], label=label)


def _cut(text: str, limit: int) -> str:
    """The text, or as many whole words of it as fit with an ellipsis behind them."""
    if len(text) <= limit:
        return text
    whole = text[:limit] if text[limit - 1] == " " else text[: limit - 1].rsplit(" ", 1)[0]
    return whole.rstrip(" ,;:.") + "…"


def bubbles(reply: Reply) -> tuple[Reply, ...]:
    """The reply in bubbles of at most 1,600 characters; buttons and rows go with the last one."""
    texts = split(reply.text, TEXT_LIMIT)
    return (*(Reply(text=text) for text in texts[:-1]), replace(reply, text=texts[-1]))


def split(text: str, limit: int) -> list[str]:
    """Cut a text into pieces of at most `limit` characters, at a paragraph, else a line, a sentence, a word.

    Nothing but white space at the cuts is lost. At least one piece, which may be empty.
    """
    pieces: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = _last_break(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest]


def _last_break(text: str, limit: int) -> int:
    for mark in ("\n\n", "\n"):
        if (cut := text.rfind(mark, 1, limit + 1)) > 0:
            return cut
    sentences = [match.start() for match in _SENTENCE_END.finditer(text, 0, limit + 1)]
    if sentences:
        return sentences[-1]
    space = text.rfind(" ", 1, limit + 1)
    return space if space > 0 else limit
