"""What is answered: comparisons with their sides, courses, and questions of their own."""

from typing import Annotated

from pydantic import Field

from bot.core.knowledge.parts import Answers, File, FlexibleAnswer, Id, Line, Phrases, Sourced, Url
from bot.core.moments import Day


class Side(File):
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


class Path(File):
    """A goal that a learner may state, and the side or course it leads to."""

    side: Annotated[Id, Field(description="a side of this comparison or a course")]
    phrases: Phrases
    people: Annotated[
        Phrases,
        Field(default_factory=dict, description="how people tell of themselves who should go this way, without asking"),
    ]
    answer: FlexibleAnswer


class FinderChoice(File):
    """One answer to a question of the path finder."""

    id: Id
    title: Annotated[str, Field(min_length=1, max_length=20, description="on buttons")]
    reason: Annotated[
        str, Field(min_length=1, max_length=120, description='told back to the learner: "you like building models"')
    ]
    weights: Annotated[
        dict[Id, Annotated[float, Field(gt=0, le=3)]],
        Field(default_factory=dict, description="side: how much it speaks for it, usually 1; none if for no side"),
    ]
    course: Annotated[
        Id | None, Field(description="a course in courses.yaml for later, named with a side that this speaks for")
    ] = None


class FinderQuestion(File):
    """One question of the path finder."""

    id: Id
    text: Annotated[str, Field(min_length=1, max_length=300)]
    choices: Annotated[tuple[FinderChoice, ...], Field(min_length=2, max_length=3)]


class Faq(File):
    """A question of its own with its answer. A side's id in braces, such as {mlops}, stands for its every name."""

    topic: Id
    title: Annotated[str, Field(min_length=1, max_length=20)]
    offers: Annotated[tuple[Id, ...], Field(max_length=3)] = ()
    phrases: Phrases
    answer: FlexibleAnswer


class Comparison(File):
    """knowledge/comparisons/<id>.yaml: two or more sides, what is said of each and of all together."""

    title: Annotated[str, Field(min_length=1, max_length=72)]
    short: Annotated[str, Field(min_length=1, max_length=20, description="on buttons")]
    url: Annotated[Url, Field(description="the page; the source of every answer here that names no other")]
    updated: Annotated[Day, Field(description="when all this was last reviewed, but for answers that name another day")]
    sides: Annotated[dict[Id, Side], Field(min_length=2)]
    answers: Answers
    paths: tuple[Path, ...] = ()
    finder: Annotated[
        tuple[FinderQuestion, ...],
        Field(
            max_length=5,
            description="the questions of the path finder; without any they are made from the paths and the answers",
        ),
    ] = ()
    faqs: tuple[Faq, ...] = ()


class Course(Sourced):
    """One course. `suits` ends the sentence "for learners who want ..."; its own `url` is its source as well."""

    name: Annotated[str, Field(min_length=1, max_length=24)]
    short: Annotated[str, Field(min_length=1, max_length=12, description="on buttons")]
    names: tuple[Line, ...] = ()
    suits: Annotated[str, Field(min_length=1, max_length=300)]
    url: Url | None = None


class Courses(Sourced):
    """knowledge/courses.yaml: the courses of the school in the order in which they are listed."""

    courses: Annotated[dict[Id, Course], Field(min_length=1)]


class Faqs(Sourced):
    """knowledge/faqs.yaml: questions that belong to no comparison."""

    faqs: tuple[Faq, ...] = ()
