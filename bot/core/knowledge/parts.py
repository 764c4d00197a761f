"""What every kind of file is made of: ids, lines, phrases and answers."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, PlainSerializer, WithJsonSchema

from bot.core.moments import Day

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", description="small letters, digits, _ and -")]

Line = Annotated[str, Field(min_length=1, max_length=300)]

Url = Annotated[HttpUrl, PlainSerializer(str)]

Phrases = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z]+$")], tuple[Line, ...]],
    Field(description="how people ask, by language or way of writing: en, hinglish, hi"),
]


class File(BaseModel):
    """What is read from a file: fixed once read, and no key that nothing reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Sourced(File):
    """What was taken from somewhere, and held against that on some day; both count for all that is written inside."""

    source: Annotated[Url | None, Field(description="the address where this stands")] = None
    reviewed: Annotated[Day | None, Field(description="the day on which this was last held against its source")] = None


class Words(File):
    """What the bot says: a text, a list of points, or a text above a list."""

    text: str = ""
    points: tuple[Line, ...] = ()


class Answer(Words, Sourced):
    """What the bot says, and where that was taken from."""


def _answer_from_short_forms(value: object) -> object:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, list):
        return {"points": value}
    return value


_POINTS_SCHEMA: Final = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 300}, "minItems": 1}


def _flexible(description: str, further: dict[str, Any]) -> WithJsonSchema:
    properties = {"text": {"type": "string", "minLength": 1}, "points": _POINTS_SCHEMA, **further}
    both = {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}
    schema = {"description": description, "anyOf": [{"type": "string", "minLength": 1}, _POINTS_SCHEMA, both]}
    return WithJsonSchema(schema, mode="validation")


FlexibleAnswer = Annotated[
    Answer,
    BeforeValidator(_answer_from_short_forms),
    _flexible(
        "a text, a list of points, or both: {text, points}, where source and reviewed may stand too",
        {
            "source": {"type": "string", "format": "uri", "minLength": 1, "maxLength": 2083},
            "reviewed": {"type": "string", "format": "date"},
        },
    ),
]

FlexibleWords = Annotated[
    Words,
    BeforeValidator(_answer_from_short_forms),
    _flexible("a text, a list of points, or both: {text, points}", {}),
]

Answers = Annotated[dict[Id, FlexibleAnswer], Field(description="topic: what the bot says")]
