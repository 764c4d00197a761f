"""What learners read in another language than that of the school."""

from typing import Annotated

from pydantic import Field

from bot.core.knowledge.parts import File, FlexibleWords, Id


class TranslatedTopic(File):
    """A topic, or a question of its own. Without a heading of its own it has that of the topic."""

    title: Annotated[str, Field(min_length=1, max_length=20, description="on buttons and in headings")]
    heading: Annotated[str, Field(max_length=60, description="above the answer, {side} is filled in")] = ""


class TranslatedSide(File):
    """The names of a side that are not written the same in this language."""

    name: Annotated[str, Field(max_length=40)] = ""
    short: Annotated[str, Field(max_length=12, description="on buttons")] = ""


class TranslatedCourse(File):
    """The names of a course that are not written the same in this language."""

    name: Annotated[str, Field(max_length=24)] = ""
    short: Annotated[str, Field(max_length=12, description="on buttons")] = ""


class TranslatedChoice(File):
    """An answer to a question of the path finder."""

    title: Annotated[str, Field(min_length=1, max_length=20, description="on buttons")]
    reason: Annotated[str, Field(min_length=1, max_length=120)]


class TranslatedQuestion(File):
    """A question of the path finder. choices: by the id of the choice."""

    text: Annotated[str, Field(min_length=1, max_length=300)]
    choices: dict[Id, TranslatedChoice] = Field(default_factory=dict)


class TranslatedComparison(File):
    """The titles of a comparison that are not written the same in this language."""

    title: Annotated[str, Field(max_length=72)] = ""
    short: Annotated[str, Field(max_length=20, description="on buttons")] = ""
    finder: Annotated[
        dict[Id, TranslatedQuestion], Field(description="the questions of the path finder, by the id of the question")
    ] = Field(default_factory=dict)


class Translation(File):
    """knowledge/translations/<language>.yaml: titles, names and answers in a language; what is missing stays as it is.

    entries: by the id of the entry. Source and review of the entry count for its translation too.
    """

    topics: dict[Id, TranslatedTopic] = Field(default_factory=dict)
    comparisons: dict[Id, TranslatedComparison] = Field(default_factory=dict)
    sides: dict[Id, TranslatedSide] = Field(default_factory=dict)
    courses: dict[Id, TranslatedCourse] = Field(default_factory=dict)
    entries: Annotated[
        dict[str, FlexibleWords],
        Field(description="by entry, such as cook-vs-baker/tools/cook; for a course what it suits"),
    ] = Field(default_factory=dict)
