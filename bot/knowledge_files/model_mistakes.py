"""What a file holds against what it may hold: pydantic's findings in plain words, each with its place."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.core.knowledge import Key
from bot.core.nearest import suggestion
from bot.knowledge_files.yaml_mistakes import QUOTE_IT, Fault, Place

_LONGEST_SHOWN: Final = 40
_KEY_MARK: Final = "[key]"
"""Ends the location of an error in a mapping's key, pydantic's way."""

_EXPECTED: Final = {
    "string_type": "a text",
    "tuple_type": "a list",
    "dict_type": "a mapping (keys with values)",
    "model_type": "a mapping (keys with values)",
    "model_attributes_type": "a mapping (keys with values)",
    "url_type": "an address",
    "int_type": "a whole number",
}
_LENGTHS: Final = {
    "string_too_long": ("value-too-long", "is too long: {actual} characters, at most {max_length} are allowed"),
    "too_long": ("value-too-long", "holds too much: {actual} entries, at most {max_length} are allowed"),
    "string_too_short": ("value-too-short", "is empty"),
    "too_short": ("value-too-short", "holds too little: {actual} entries, at least {min_length} are needed"),
}


def explain_all(model: type[BaseModel], data: Any, error: ValidationError, places: Mapping[Key, Place]) -> list[Fault]:
    """Every finding of pydantic about `data`, the content of one file, as a fault with its place."""
    found = []
    for details in error.errors(include_url=False):
        key = _key(details["loc"], data)
        found.append(_fault(model, key, details, nearest_place(key, places)))
    return list(dict.fromkeys(found))


def nearest_place(key: Key, places: Mapping[Key, Place]) -> Place:
    while key and key not in places:
        key = key[:-1]
    return places.get(key, Place(1, 1))


def _key(location: Key, data: Any) -> Key:
    """The location in the file: without pydantic's own steps and those of an answer's short forms."""
    key: list[str | int] = []
    for step in location:
        if isinstance(data, Mapping) and step in data:
            key.append(step)
            data = data[step]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            key.append(step)
            data = data[step]
    return tuple(key)


def _fault(model: type[BaseModel], key: Key, details: ErrorDetails, place: Place) -> Fault:
    kind, location, value = details["type"], details["loc"], details["input"]
    context = details.get("ctx", {})
    in_key = location[-1] == _KEY_MARK or _KEY_MARK in location
    if kind == "extra_forbidden":
        return _unknown_key(place, key, _known_keys(model, key[:-1]))
    if kind == "missing":
        return Fault(place, "key-missing", f'"{location[-1]}" is missing{_inside(key)}', "Add it.")
    if kind == "enum" and in_key:
        return _unknown_key(place, key, _words(context))
    if kind == "enum" and isinstance(value, str):
        known = _words(context)
        message = f"{naming(key)} is {_shown(value)}, which is not one of the words allowed here"
        return Fault(place, "value-format", message, suggestion(value, known))
    if kind in _LENGTHS:
        code, words = _LENGTHS[kind]
        actual = context.get("actual_length", len(str(value).strip()))
        return Fault(place, code, f"{naming(key)} {words.format(**{**context, 'actual': actual})}", _length_hint(code))
    if in_key and not isinstance(value, str):
        return Fault(place, "value-type", f'the key "{value}" is not a text', "Put it in double quotes.")
    if kind in _EXPECTED or not isinstance(value, str):
        return _wrong_type(place, key, _EXPECTED.get(kind, "a text"), value)
    return Fault(place, "value-format", f"{naming(key)} is {_shown(value)}, which does not fit", _format_hint(details))


def _unknown_key(place: Place, key: Key, known: list[str]) -> Fault:
    name = str(key[-1])
    return Fault(place, "key-unknown", f'"{name[:_LONGEST_SHOWN]}" is not a key{_inside(key[:-1])}', suggestion(name, known))


def _words(context: Mapping[str, Any]) -> list[str]:
    """The words of an enumeration, out of pydantic's "'side', 'path' or 'course'"."""
    return [word.strip(" '") for word in context["expected"].replace(" or ", ",").split(",")]


def _wrong_type(place: Place, key: Key, expected: str, value: Any) -> Fault:
    got, hint = _type_words(value, expected)
    return Fault(place, "value-type", f"{naming(key)} expects {expected}, got {got}", hint)


def _type_words(value: Any, expected: str) -> tuple[str, str]:
    if value is None:
        return "nothing", "Write a value behind the colon or dash; put a text that begins with # in double quotes."
    if isinstance(value, bool):
        hint = "Without quotes yes, no, on, off, true and false mean true or false: put the word in double quotes."
        return f"{str(value).lower()}", hint
    if isinstance(value, int | float):
        return f"the number {value}", "Put it in double quotes."
    if isinstance(value, list):
        return "a list", "Write a single value without a dash."
    if isinstance(value, str):
        return "text", "Write each entry on a line of its own, behind a dash." if "list" in expected else "Indent its keys below it."
    if list(value.values()) == [None]:
        return "a mapping", "A text that begins with { must stand in double quotes."
    return "a mapping", f"If it is a text with a colon in it: {QUOTE_IT[0].lower()}{QUOTE_IT[1:]}"


def _length_hint(code: str) -> str:
    return "Shorten it." if code == "value-too-long" else "Fill it in."


def _format_hint(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "string_pattern_mismatch":
        if context.get("pattern") == "^[a-z]+$":
            return "Use small letters a to z only."
        return "Use small letters, digits, _ and -, with a letter first."
    if kind.startswith("url"):
        return "Write the whole address, such as https://example.org/page."
    if kind == "value_error":
        return str(context["error"])
    return "Compare with a file that works."


def naming(key: Key) -> str:
    """How a sentence speaks of a key: `"title"`, or `entry 3 of "names"`."""
    if not key:
        return "the file"
    last = key[-1]
    if isinstance(last, int) and len(key) > 1:
        return f'entry {last + 1} of "{key[-2]}"'
    return f'"{last}"'


def _inside(key: Key) -> str:
    return f" in {naming(key)}" if key else ""


def _shown(value: str) -> str:
    return f'"{value}"' if len(value) <= _LONGEST_SHOWN else f'"{value[:_LONGEST_SHOWN]}..."'


def _known_keys(model: type[BaseModel], key: Key) -> list[str]:
    """The keys that the model allows at a place; none if the place is no mapping of fixed keys."""
    kinds: list[Any] = [model]
    for step in key:
        kinds = [inner for kind in kinds for inner in _inner(kind, step)]
    return [name for kind in kinds if _is_model(kind) for name in kind.model_fields]


def _inner(kind: Any, step: str | int) -> Iterator[Any]:
    """The types that a value below `kind` may have."""
    if _is_model(kind):
        if step in kind.model_fields:
            yield from _plain(kind.model_fields[str(step)].annotation)
        return
    arguments = get_args(kind)
    if arguments:
        yield from _plain(arguments[0] if get_origin(kind) is tuple else arguments[-1])


def _plain(kind: Any) -> Iterator[Any]:
    """The types that an annotation allows, without what only constrains them."""
    if get_origin(kind) is Annotated:
        yield from _plain(get_args(kind)[0])
    else:
        yield kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
