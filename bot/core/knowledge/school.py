"""The school: its name, its hours, and the replies that its staff need often."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, Strict

from bot.core.knowledge.parts import Answers, File, Id, Sourced, Url
from bot.core.messages import TEXT_LIMIT
from bot.core.moments import Day, TimeOfDay


class Weekday(StrEnum):
    """Days as written in `hours`, in the order of `datetime.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Opening(File):
    """When staff are there on one day. `closes` before `opens` means after midnight."""

    opens: TimeOfDay
    closes: TimeOfDay


class School(Sourced):
    """knowledge/school.yaml: the school itself."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    url: Url
    timezone: Annotated[str, Field(description="such as Asia/Kolkata")]
    language: Annotated[
        str,
        Field(pattern=r"^[a-z]+$", description="of the bot's sentences where the learner's is not known, such as en"),
    ]
    hours: dict[Weekday, Opening] = Field(
        default_factory=dict, description="days that are missing are closed; none: not known"
    )
    holidays: tuple[Day, ...] = ()
    ratings: Annotated[
        bool, Strict(), Field(description="whether learners may be asked how it was once staff are done")
    ] = True
    review_after_days: Annotated[
        int,
        Strict(),
        Field(description="how long a review holds; an answer that is older is told with the month of its review"),
    ] = 365
    answers: Answers


class CannedReply(File):
    """One reply that staff pick by typing / and its shortcut. `text` is by language; see `bot.core.canned`."""

    shortcut: Id
    text: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z]+$")], Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]],
        Field(min_length=1, description="by language: en, hi; {name} {staff} {school} {url} {course:ID} {page:ID}"),
    ]


class CannedReplies(File):
    """knowledge/canned_replies.yaml: replies that staff need often, in the order in which they are offered."""

    replies: tuple[CannedReply, ...] = ()
