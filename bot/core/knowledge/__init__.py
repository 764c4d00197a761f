"""The knowledge files as typed values: one model per kind of file.

What editors may write is exactly what these models accept. `bot.knowledge_files` reads the folder into a
`Folder`, `bot.core.checks` finds what only shows when all files are seen together, and `bot.core.catalogue`
makes of it what the bot answers from.
"""

from bot.core.knowledge.comparisons import (
    Comparison,
    Course,
    Courses,
    Faq,
    Faqs,
    FinderChoice,
    FinderQuestion,
    Path,
    Side,
)
from bot.core.knowledge.folder import Document, Folder, Key, Problem, Source
from bot.core.knowledge.language import Appointments, Language, Transliteration
from bot.core.knowledge.lines import Lines
from bot.core.knowledge.parts import Answer, Answers, FlexibleAnswer, Id, Line, Phrases, Sourced, Url, Words
from bot.core.knowledge.school import CannedReplies, CannedReply, Opening, School, Weekday
from bot.core.knowledge.tests import KnowledgeTests, Step
from bot.core.knowledge.topics import About, OffTopic, Topic
from bot.core.knowledge.translations import TranslatedComparison, TranslatedQuestion, Translation

__all__ = [
    "About",
    "Answer",
    "Answers",
    "Appointments",
    "CannedReplies",
    "CannedReply",
    "Comparison",
    "Course",
    "Courses",
    "Document",
    "Faq",
    "Faqs",
    "FinderChoice",
    "FinderQuestion",
    "FlexibleAnswer",
    "Folder",
    "Id",
    "Key",
    "KnowledgeTests",
    "Language",
    "Line",
    "Lines",
    "OffTopic",
    "Opening",
    "Path",
    "Phrases",
    "Problem",
    "School",
    "Side",
    "Source",
    "Sourced",
    "Step",
    "Topic",
    "TranslatedComparison",
    "TranslatedQuestion",
    "Translation",
    "Transliteration",
    "Url",
    "Weekday",
    "Words",
]
