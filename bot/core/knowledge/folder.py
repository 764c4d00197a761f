"""All files of one knowledge folder together, and what an editor has to mend in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from bot.core.knowledge.comparisons import Comparison, Courses, Faqs
from bot.core.knowledge.language import Language
from bot.core.knowledge.lines import Lines
from bot.core.knowledge.parts import File
from bot.core.knowledge.school import CannedReplies, School
from bot.core.knowledge.tests import KnowledgeTests
from bot.core.knowledge.topics import OffTopic, Topic
from bot.core.knowledge.translations import Translation


class Source(StrEnum):
    """The kinds of files."""

    TOPIC = "topic"
    COMPARISON = "comparison"
    COURSES = "courses"
    FAQS = "faqs"
    SCHOOL = "school"
    LANGUAGE = "language"
    LINES = "lines"
    TRANSLATION = "translation"
    OFF_TOPIC = "off_topic"
    CANNED_REPLIES = "canned_replies"
    TEST = "test"


Key = tuple[str | int, ...]
"""Where something stands inside a file: ("sides", "ml", "answers", "tools") or ("phrases", "en", 3)."""

ContentT_co = TypeVar("ContentT_co", bound=File, covariant=True)


@dataclass(frozen=True, slots=True)
class Document(Generic[ContentT_co]):
    """One file: `file` is its path inside the knowledge folder, `lines` tells where each key stands (from 1)."""

    file: str
    content: ContentT_co
    lines: Mapping[Key, int] = field(default_factory=dict)

    def place(self, key: Key) -> str:
        """`file:line` of a key, or of the nearest one around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return f"{self.file}:{self.lines.get(key, 1)}"


@dataclass(frozen=True, slots=True)
class Folder:
    """All files of one knowledge folder, each valid by itself. `version` names the content."""

    version: str
    topics: Mapping[str, Document[Topic]]
    comparisons: Mapping[str, Document[Comparison]]
    courses: Document[Courses]
    faqs: Document[Faqs]
    school: Document[School]
    language: Document[Language]
    lines: Mapping[str, Document[Lines]]
    translations: Mapping[str, Document[Translation]]
    off_topic: Document[OffTopic]
    canned_replies: Document[CannedReplies]
    tests: Mapping[str, Document[KnowledgeTests]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing an editor should mend.

    code: stable name such as `reference-unknown`; documents and tests use it.
    key: where it stands inside the file.
    hint: what to do, as one sentence.
    warning: True if the knowledge works nevertheless.
    """

    file: str
    key: Key
    code: str
    message: str
    hint: str = ""
    warning: bool = False
