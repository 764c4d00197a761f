"""What a file holds against what it may hold: pydantic's findings in plain words, each with its place."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.core.knowledge import Answer, Key, Words
from bot.core.nearest import suggestion
from bot.knowledge_files.yaml_mistakes import Fault, Place
from bot.knowledge_files.yaml_positions import Value

_LONGEST_SHOWN: Final = 40
_KEY_MARK: Final = "[key]"
"""Stands in pydantic's location of an error behind a key of a mapping if the key itself is wrong."""

_TEXT: Final = "a text"
_MAPPING: Final = "keys with values"
_LIST: Final = "a list"
_EXPECTED: Final = {
    "string_type": _TEXT,
    "tuple_type": _LIST,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "url_type": "an address",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "date_type": "a day such as 2026-05-12",
    "time_type": "a time such as 09:30",
}
_FORMAT_HINTS: Final = {
    "^[a-z]+$": "Use small letters a to z only, such as en.",
    "^[a-z][a-z0-9_-]*$": "Use small letters, digits, _ and -, with a letter first.",
}


def explain_all(
    model: type[BaseModel], data: Value, error: ValidationError, places: Mapping[Key, Place]
) -> list[Fault]:
    """Turn every finding of pydantic about `data`, the content of one file, into a fault with its place."""
    found = []
    for details in error.errors(include_url=False):
        key = _key(details["loc"], data)
        found.append(Fault(nearest_place(key, places), *_explanation(details)(model, key, details)))
    return list(dict.fromkeys(found))


def nearest_place(key: Key, places: Mapping[Key, Place]) -> Place:
    """Find the place of a key, or of the nearest one around it."""
    while key and key not in places:
        key = key[:-1]
    return places.get(key, Place(1, 1))


def naming(key: Key) -> str:
    """Name a key in a sentence: `"title"`, or `entry 3 of "names"`."""
    if not key:
        return "the file"
    last = key[-1]
    return f'entry {last + 1} of "{key[-2]}"' if isinstance(last, int) and len(key) > 1 else f'"{_short(str(last))}"'


def _key(location: Key, data: Value) -> Key:
    """Keep those steps of pydantic's location that exist in the file; an answer's short forms lack some."""
    key: list[str | int] = []
    for step in location:
        inner = _at(data, step)
        if inner:
            key.append(step)
            data = inner[0]
    return tuple(key)


def _at(data: Value, step: str | int) -> list[Value]:
    if isinstance(data, dict) and step in data:
        return [data[step]]
    if isinstance(data, list) and isinstance(step, int):
        return data[step : step + 1]
    return []


_Words = tuple[str, str, str]
"""Code, message and hint."""


def _explanation(details: ErrorDetails) -> Callable[[type[BaseModel], Key, ErrorDetails], _Words]:
    kind, in_key = details["type"], _KEY_MARK in details["loc"]
    if kind == "missing":
        return _missing
    if kind in ("extra_forbidden", "invalid_key") or (kind == "enum" and in_key):
        return _unknown_key
    if kind in ("string_too_long", "too_long"):
        return _too_long
    if kind in ("string_too_short", "too_short"):
        return _too_short
    if kind in _EXPECTED or not isinstance(details["input"], str):
        return _wrong_type
    return _wrong_form


def _missing(_model: type[BaseModel], key: Key, details: ErrorDetails) -> _Words:
    return "key-missing", f'"{details["loc"][-1]}" is missing{_inside(key)}', "Add this key with its value."


def _unknown_key(model: type[BaseModel], key: Key, details: ErrorDetails) -> _Words:
    known = _enum_words(details) if details["type"] == "enum" else _known_keys(model, key[:-1])
    deeper = [name for name in known if key[-1] in _known_keys(model, (*key[:-1], name))]
    hint = _inside_of(deeper[0], str(key[-1])) if deeper else suggestion(str(key[-1]), known)
    return "key-unknown", f"{naming(key)} is not a key{_inside(key[:-1])}", hint


def _inside_of(name: str, key: str) -> str:
    """Tell that a key belongs one level deeper, where a text may stand alone without it."""
    return f'It belongs inside "{name}": write {name} with a colon, and below it, indented, text and {key}.'


def _too_long(_model: type[BaseModel], key: Key, details: ErrorDetails) -> _Words:
    actual, limit = _lengths(details, "max_length")
    if isinstance(details["input"], str):
        message = f"{naming(key)} is too long: {actual} characters, at most {limit} are allowed"
    else:
        message = f"{naming(key)} has too many entries: {actual}, at most {limit} are allowed"
    return "value-too-long", message, "Shorten it."


def _too_short(_model: type[BaseModel], key: Key, details: ErrorDetails) -> _Words:
    actual, limit = _lengths(details, "min_length")
    too_few = f"{naming(key)} has too few entries: {actual}, at least {limit} are needed"
    message = too_few if actual else f"{naming(key)} is empty"
    return "value-too-short", message, "Fill it in."


def _lengths(details: ErrorDetails, limit: str) -> tuple[int, int]:
    context, value = details["ctx"], details["input"]
    return len(value.strip()) if isinstance(value, str) else context["actual_length"], context[limit]


def _wrong_type(_model: type[BaseModel], key: Key, details: ErrorDetails) -> _Words:
    value, expected = details["input"], _EXPECTED.get(details["type"], _TEXT)
    if _KEY_MARK in details["loc"]:
        hint = "Put it in double quotes." if expected == _TEXT else "Write the number without quotes."
        return "value-type", f'the key "{value}" must be {expected}', hint
    if details.get("ctx", {}).get("class_name") in (Answer.__name__, Words.__name__):
        expected = "a text or a list of points"
    got, hint = _what_stands_there(value, expected)
    if expected == _LIST and isinstance(value, str) and key and isinstance(key[-1], int):
        hint = "A list inside a list has brackets of its own: [[...]]."
    return "value-type", f"{naming(key)} expects {expected}, got {got}", hint


def _what_stands_there(value: Value, expected: str) -> tuple[str, str]:
    match value:
        case None:
            return "nothing", "Write a value behind the colon or dash; put a text that begins with # in double quotes."
        case bool():
            hint = "Without quotes yes, no, on, off, true and false mean true or false: put the word in double quotes."
            return ("true" if value else "false"), hint
        case int() | float():
            return f"the number {value}", "Put it in double quotes." if _TEXT in expected else "Write it in that form."
        case list():
            hint = "Write keys with colons, not dashes." if expected == _MAPPING else "Write one value, without dashes."
            return "a list", hint
        case dict():
            return "keys with values", _hint_for_mapping(value, expected)
    if expected == _LIST:
        return "a text", "Put each entry on a line of its own, behind a dash."
    return "a text", "Put each key below it, indented."


def _hint_for_mapping(value: dict[str | int, Value], expected: str) -> str:
    if expected == _LIST:
        return "Put a dash before each entry."
    if list(value.values()) == [None]:
        return "Put a text that begins with { or ? in double quotes."
    return "Put a text that has a colon and a space in it in double quotes."


def _wrong_form(_model: type[BaseModel], key: Key, details: ErrorDetails) -> _Words:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "enum":
        hint = suggestion(details["input"], _enum_words(details))
    elif kind.startswith("url"):
        hint = "Write the whole address, such as https://example.org/page."
    elif kind == "value_error":
        hint = str(context["error"])
    else:
        hint = _FORMAT_HINTS.get(context.get("pattern", ""), "Compare with a file that works.")
    shown = f'"{_short(details["input"])}"'
    if _KEY_MARK in details["loc"]:
        return "value-format", f"the key {shown} is not of the right form", hint
    return "value-format", f"{naming(key)} is not of the right form: {shown}", hint


def _enum_words(details: ErrorDetails) -> list[str]:
    """Take the words of an enumeration out of pydantic's "'side', 'path' or 'course'"."""
    return [word.strip(" '") for word in details["ctx"]["expected"].replace(" or ", ",").split(",")]


def _inside(key: Key) -> str:
    return f" in {naming(key)}" if key else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _known_keys(model: type[BaseModel], key: Key) -> list[str]:
    """List the keys that the model allows at a place; none if the place is no mapping of fixed keys."""
    kind: object = model
    for step in key:
        kind = _inner(kind, step)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _inner(kind: object, step: str | int) -> object:
    """Tell the type of what lies one step below a type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _bare(kind.model_fields[str(step)].annotation) if step in kind.model_fields else None
    arguments = get_args(kind)
    if not arguments:
        return None
    return _bare(arguments[0] if get_origin(kind) is tuple else arguments[-1])


def _bare(annotation: object) -> object:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
