"""The knowledge files as typed values: one model per kind of file.

What editors may write is exactly what these models accept. `bot.knowledge_files` reads the folder into a
`Folder`, `bot.core.checks` finds what only shows when all files are seen together, and `bot.core.catalogue`
makes of it what the bot answers from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, PlainSerializer, Strict, WithJsonSchema

from bot.core.messages import TEXT_LIMIT
from bot.core.moments import Day, TimeOfDay

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", description="small letters, digits, _ and -")]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Url = Annotated[HttpUrl, PlainSerializer(str)]
Phrases = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z]+$")], tuple[Line, ...]],
    Field(description="how people ask, by language or way of writing: en, hinglish, hi"),
]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


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


class Topic(_File):
    """knowledge/topics/<topic>.yaml: one thing that can be asked, and how people ask it."""

    topic: Id
    about: About
    title: Annotated[str, Field(min_length=1, max_length=20, description="on buttons and in headings")]
    heading: Annotated[str, Field(max_length=60, description="above the answer, {side} is filled in")] = ""
    offers: Annotated[
        tuple[Id, ...], Field(max_length=3, description="topics offered after the answer, the likeliest first")
    ] = ()
    phrases: Phrases


class OffTopic(_File):
    """knowledge/off_topic.yaml: what people also write and the bot must not answer from its pages."""

    phrases: Phrases


class Answer(_File):
    """What the bot says: a text, a list of points, or a text above a list."""

    text: str = ""
    points: tuple[Line, ...] = ()


def _answer_from_short_forms(value: object) -> object:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, list):
        return {"points": value}
    return value


_POINTS_SCHEMA: Final = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 300}, "minItems": 1}
FlexibleAnswer = Annotated[
    Answer,
    BeforeValidator(_answer_from_short_forms),
    WithJsonSchema(
        {
            "description": "a text, a list of points, or both: {text, points}",
            "anyOf": [
                {"type": "string", "minLength": 1},
                _POINTS_SCHEMA,
                {
                    "type": "object",
                    "properties": {"text": {"type": "string", "minLength": 1}, "points": _POINTS_SCHEMA},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ],
        },
        mode="validation",
    ),
]
Answers = Annotated[dict[Id, FlexibleAnswer], Field(description="topic: what the bot says")]


class Side(_File):
    """One option of a comparison."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    short: Annotated[str, Field(min_length=1, max_length=12, description="on buttons")]
    names: Annotated[tuple[Line, ...], Field(description="other names and nicknames, in every script")] = ()
    course: Annotated[Id | None, Field(description="the course in courses.yaml that teaches it")] = None
    signs: Annotated[
        tuple[Line, ...],
        Field(description="words for work, tools and tastes that speak for this side; never shown to learners"),
    ] = ()
    answers: Answers


class Path(_File):
    """A goal that a learner may state, and the side or course it leads to."""

    side: Annotated[Id, Field(description="a side of this comparison or a course")]
    phrases: Phrases
    people: Annotated[
        Phrases,
        Field(default_factory=dict, description="how people tell of themselves who should go this way, without asking"),
    ]
    answer: FlexibleAnswer


class Faq(_File):
    """A question of its own with its answer. A side's id in braces, such as {mlops}, stands for its every name."""

    topic: Id
    title: Annotated[str, Field(min_length=1, max_length=20)]
    offers: Annotated[tuple[Id, ...], Field(max_length=3)] = ()
    phrases: Phrases
    answer: FlexibleAnswer


class Comparison(_File):
    """knowledge/comparisons/<id>.yaml: two or more sides, what is said of each and of all together."""

    title: Annotated[str, Field(min_length=1, max_length=72)]
    short: Annotated[str, Field(min_length=1, max_length=20, description="on buttons")]
    url: Url
    updated: Day
    sides: Annotated[dict[Id, Side], Field(min_length=2)]
    answers: Answers
    paths: tuple[Path, ...] = ()
    faqs: tuple[Faq, ...] = ()


class Course(_File):
    """One course. `suits` ends the sentence "for learners who want ..."."""

    name: Annotated[str, Field(min_length=1, max_length=24)]
    short: Annotated[str, Field(min_length=1, max_length=12, description="on buttons")]
    names: tuple[Line, ...] = ()
    suits: Annotated[str, Field(min_length=1, max_length=300)]
    url: Url | None = None


class Courses(_File):
    """knowledge/courses.yaml: the courses of the school in the order in which they are listed."""

    courses: Annotated[dict[Id, Course], Field(min_length=1)]


class Faqs(_File):
    """knowledge/faqs.yaml: questions that belong to no comparison."""

    faqs: tuple[Faq, ...] = ()


class Weekday(StrEnum):
    """Days as written in `hours`, in the order of `datetime.weekday()`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Opening(_File):
    """When staff are there on one day. `closes` before `opens` means after midnight."""

    opens: TimeOfDay
    closes: TimeOfDay


class School(_File):
    """knowledge/school.yaml: the school itself."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    url: Url
    timezone: Annotated[str, Field(description="such as Asia/Kolkata")]
    language: Annotated[
        str,
        Field(pattern=r"^[a-z]+$", description="of the bot's sentences where the learner's is not known, such as en"),
    ]
    hours: Annotated[
        dict[Weekday, Opening], Field(description="days that are missing are closed; none: not known")
    ] = {}
    holidays: tuple[Day, ...] = ()
    ratings: Annotated[
        bool, Strict(), Field(description="whether learners may be asked how it was once staff are done")
    ] = True
    answers: Answers


class Language(_File):
    """knowledge/language.yaml: how words are typed, so that all spellings of a word count as one."""

    spellings: dict[str, tuple[str, ...]]
    abbreviations: dict[str, str]
    fillers: Annotated[tuple[str, ...], Field(description="carry nothing of what is asked")]
    likes: Annotated[tuple[str, ...], Field(description="like, love, pasand")]
    dislikes: Annotated[tuple[str, ...], Field(description="hate, boring, darr")]
    negations_before: Annotated[tuple[str, ...], Field(description="not, never: stand before what they turn round")]
    negations_after: Annotated[tuple[str, ...], Field(description="nahi, mat: stand behind what they turn round")]
    contrasts: Annotated[tuple[str, ...], Field(description="but, lekin: a new thought begins")]
    less_after: Annotated[tuple[str, ...], Field(description="over, rather than: what follows is liked less")]
    less_before: Annotated[tuple[str, ...], Field(description="se zyada: what stands before is liked less")]
    ordinals: Annotated[dict[str, tuple[str, ...]], Field(description="positions in order: first, second, ...")]
    numbers: Annotated[dict[str, tuple[str, ...]], Field(description="numbers in words from one: two, do, no 2")]
    counters: Annotated[tuple[str, ...], Field(description="number, option: a number beside them is that of a choice")]
    picking: Annotated[tuple[str, ...], Field(description="i want, chahiye: around a number that picks a choice")]
    other: Annotated[tuple[str, ...], Field(description="the option that is not in focus")]
    both: Annotated[tuple[str, ...], Field(description="all options at once")]
    joiners: Annotated[tuple[str, ...], Field(description="may join two questions: and also, aur")]
    repeats: Annotated[tuple[str, ...], Field(description="and, what about, wala: with a name the same again")]
    openers: Annotated[tuple[str, ...], Field(description="hello, good morning: a question may follow them")]
    transliteration: "Transliteration"


class Transliteration(_File):
    """A script that writes vowels as signs on consonants, letter by letter in Latin."""

    letters: dict[str, str]
    vowels: dict[str, str]
    signs: dict[str, str]
    virama: str
    inherent: str
    digits: dict[str, str]


class Lines(_File):
    """knowledge/lines/<language>.yaml: the bot's own sentences. Placeholders in braces are filled in."""

    greeting: Annotated[str, Field(description="{school} {comparisons}")]
    menu: Annotated[str, Field(description="{school} {comparisons}")]
    thanks: str
    goodbye: str
    stopped: str
    started: str
    erase_question: str
    erase_yes: Annotated[str, Field(max_length=20)]
    erase_no: Annotated[str, Field(max_length=20)]
    erased: Annotated[str, Field(description="{receipt}: a number that proves the erasure")]
    not_erased: str
    alright: Annotated[str, Field(description="after a plain no")]
    back_to_bot: str
    promise_open: Annotated[str, Field(description="staff are there now")]
    promise_closed: Annotated[str, Field(description="{opening}: when staff are back")]
    promise: Annotated[str, Field(description="opening hours are not known")]
    opening: Annotated[str, Field(description="{day} {time}")]
    today: str
    tomorrow: str
    weekdays: Annotated[tuple[str, ...], Field(min_length=7, max_length=7, description="Monday first")]
    still_waiting: str
    ahead_one: Annotated[str, Field(description="one other learner waits for staff and came before")]
    ahead: Annotated[str, Field(description="{count}: how many others wait and came before")]
    way_back: Annotated[str, Field(description="how to go on without staff")]
    rating_question: Annotated[str, Field(description="after staff are done; the answer is a number from 1 to 5")]
    rated: Annotated[str, Field(description="after the number")]
    for_staff: Annotated[str, Field(description="{question}: a matter that only staff can answer")]
    not_held: Annotated[str, Field(description="{question}: nothing is known about this; what is known follows")]
    which: Annotated[str, Field(description="asks which of the choices was meant")]
    which_comparison: str
    not_understood: Annotated[str, Field(description="{comparisons}")]
    not_understood_again: str
    flood: Annotated[str, Field(description="once, to who writes so much that the bot stops answering for a while")]
    course: Annotated[str, Field(description="{course} {suits} {url}")]
    course_page: Annotated[
        str, Field(description="{course} {suits} {url}: the same when the course has no address of its own yet")
    ]
    courses: Annotated[str, Field(description="above the list of courses")]
    comparisons: Annotated[str, Field(description="above the list of comparisons")]
    person: Annotated[str, Field(max_length=20, description="button: talk to a person")]
    menu_button: Annotated[str, Field(max_length=20)]
    received: Annotated[dict[str, str], Field(description="by kind: image, audio, video, document, ...")]


class CannedReply(_File):
    """One reply that staff pick by typing / and its shortcut. `text` is by language; see `bot.core.canned`."""

    shortcut: Id
    text: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z]+$")], Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]],
        Field(min_length=1, description="by language: en, hi; {name} {staff} {school} {url} {course:ID} {page:ID}"),
    ]


class CannedReplies(_File):
    """knowledge/canned_replies.yaml: replies that staff need often, in the order in which they are offered."""

    replies: tuple[CannedReply, ...] = ()


class Source(StrEnum):
    """The kinds of files."""

    TOPIC = "topic"
    COMPARISON = "comparison"
    COURSES = "courses"
    FAQS = "faqs"
    SCHOOL = "school"
    LANGUAGE = "language"
    LINES = "lines"
    OFF_TOPIC = "off_topic"
    CANNED_REPLIES = "canned_replies"


Key = tuple[str | int, ...]
"""Where something stands inside a file: ("sides", "ml", "answers", "tools") or ("phrases", "en", 3)."""

ContentT_co = TypeVar("ContentT_co", bound=_File, covariant=True)


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
    off_topic: Document[OffTopic]
    canned_replies: Document[CannedReplies]


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
