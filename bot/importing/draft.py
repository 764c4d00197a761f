"""A comparison file in the making: values in the order of the file, and notes for the editor beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.core.checks.texts import message_length
from bot.core.knowledge import About, Answer, Course, Folder, Key
from bot.core.messages import MENU_TEXT_LIMIT
from bot.importing.shortening import fitted

POINT_LIMIT: Final = 300
CUT: Final = "the page says more here than fits on a phone"


@dataclass(slots=True)
class Draft:
    """What a page becomes.

    id: name of the file without .yaml.
    content: the values of the comparison file.
    notes: what the editor should check, by place; () is the file as a whole.
    courses: courses of the page that courses.yaml does not have yet, by id.
    """

    id: str
    content: dict[str, Any]
    notes: dict[Key, list[str]] = field(default_factory=dict)
    courses: Mapping[str, Course] = field(default_factory=dict)

    def note(self, key: Key, text: str) -> None:
        """Ask the editor to look at a place. `text` ends "please check: ..."."""
        self.notes.setdefault(key, []).append(text)


def topics_about(folder: Folder, *about: About) -> list[str]:
    """The topics whose answer stands in this kind of place."""
    return [name for name, topic in folder.topics.items() if topic.content.about in about]


class Answering:
    """Writes answers of one place, only such as a topic of the folder asks for."""

    def __init__(self, draft: Draft, folder: Folder, key: Key, *, about: About, side: str = "") -> None:
        self.answers: dict[str, Any] = {}
        self._draft, self._folder, self._key, self._side = draft, folder, key, side
        self._asked = topics_about(folder, about)

    def add(self, topic: str, text: str, *points: str, doubt: str = "") -> None:
        """Write the answer of a topic, cut to what fits; nothing if there is nothing to say."""
        text, points = capitalised(text), tuple(capitalised(point) for point in points if point)
        if topic not in self._asked or not (text or points):
            return
        key = (*self._key, topic)
        topic_content = self._folder.topics[topic].content
        heading = (topic_content.heading or topic_content.title).replace("{side}", self._side)
        limit = MENU_TEXT_LIMIT - message_length(Answer(), heading) - 1
        short, kept = fitted(text, points, limit=limit, point_limit=POINT_LIMIT)
        if (short, kept) != (text, points):
            self._draft.note(key, CUT)
        if doubt:
            self._draft.note(key, doubt)
        self.answers[topic] = short if not kept else list(kept) if not short else {"text": short, "points": list(kept)}

    def finished(self) -> dict[str, Any]:
        """The answers in the order of the topics, after telling the editor which are missing."""
        missing = [topic for topic in self._asked if topic not in self.answers]
        if missing:
            self._draft.note(self._key, f"the page says nothing for {', '.join(missing)}")
        return self.answers


def capitalised(text: str) -> str:
    """With a capital letter at the beginning, but for words with capitals of their own such as iOS."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.islower() else text
