"""What can be asked, and how people ask it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.core.knowledge.parts import File, Id, Phrases


class About(StrEnum):
    """What a topic asks about; decides where its answer is written."""

    SIDE = "side"  # under `answers` of each side of a comparison
    COMPARISON = "comparison"  # under `answers` of the comparison
    PATH = "path"  # under `paths` of the comparison
    COURSE = "course"  # the course itself, in courses.yaml
    COURSES = "courses"  # the list of courses
    COMPARISONS = "comparisons"  # the list of comparisons
    SCHOOL = "school"  # under `answers` in school.yaml
    STAFF = "staff"  # not in the knowledge: a person answers
    TALK = "talk"  # steers the conversation
    FAQ = "faq"  # a question of its own, with its answer beside it; not for topic files


class Topic(File):
    """knowledge/topics/<topic>.yaml: one thing that can be asked, and how people ask it."""

    topic: Id
    about: About
    title: Annotated[str, Field(min_length=1, max_length=20, description="on buttons and in headings")]
    heading: Annotated[str, Field(max_length=60, description="above the answer, {side} is filled in")] = ""
    offers: Annotated[
        tuple[Id, ...], Field(max_length=3, description="topics offered after the answer, the likeliest first")
    ] = ()
    phrases: Phrases


class OffTopic(File):
    """knowledge/off_topic.yaml: what people also write and the bot must not answer from its pages."""

    phrases: Phrases
