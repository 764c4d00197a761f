"""What the knowledge must answer and must leave alone: written by editors, held by `bot knowledge check`."""

from typing import Annotated

from pydantic import Field, Strict

from bot.core.conversation import Action, Status
from bot.core.knowledge.parts import File, Id, Line
from bot.core.messages import Kind
from bot.core.moments import Day

Expected = Annotated[tuple[Id, ...], Field(min_length=1, max_length=2, description="[topic] or [topic, side]")]


class Step(File):
    """One message of a learner and what must come of it. What is left out is not judged."""

    learner: Annotated[str, Field(description="what is typed, or the title of what is tapped")] = ""
    kind: Annotated[Kind, Field(description="if it is not a text: image, audio, ...")] = Kind.TEXT
    choice: Annotated[str, Field(description="what is tapped, as topic|side|comparison")] = ""
    after: Annotated[int, Strict(), Field(description="minutes since the message before")] = 0
    action: Annotated[Action | None, Field(description="the kind of the reply")] = None
    answers: Annotated[tuple[Expected, ...] | None, Field(description="all that is answered, in order")] = None
    entry: Annotated[
        str | None,
        Field(description="the entry that answers, such as cook-vs-baker/tools/cook; names the comparison too"),
    ] = None
    says: Annotated[tuple[Line, ...], Field(description="words that the learner reads; capitals matter")] = ()
    hides: Annotated[tuple[Line, ...], Field(description="words that the learner must not read")] = ()
    buttons: Annotated[tuple[Line, ...] | None, Field(description="titles of all buttons, in order")] = None
    silent: Annotated[bool | None, Strict(), Field(description="true: nothing is sent")] = None
    status: Annotated[Status | None, Field(description="who has the conversation afterwards")] = None


class KnowledgeTests(File):
    """knowledge/tests/<name>.yaml: conversations that must go as told, and questions that no entry may answer."""

    day: Annotated[Day | None, Field(description="the day on which all this is said; today if left out")] = None
    dialogues: Annotated[
        dict[Line, tuple[Step, ...]],
        Field(default_factory=dict, description="what is tested: the messages of one new learner"),
    ]
    must_not_answer: Annotated[
        tuple[Line, ...], Field(description="questions of new learners for which no entry may be given as the answer")
    ] = ()
