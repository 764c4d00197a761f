"""Twilio's Content API as far as it judges: its published limits, of a content as it is made and as it is sent."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Json = dict[str, Any]

_PLACE = re.compile(r"\{\{(\w+)\}\}")
_ID = 200
_BAD_VALUE = re.compile(r"[\n\r\t]| {5}")


class Refused(Exception):
    """Twilio's answer to a request it does not carry out."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.result: tuple[int, Json | None] = (
            status,
            {
                "code": code,
                "message": message,
                "more_info": f"https://www.twilio.com/docs/errors/{code}",
                "status": status,
            },
        )


def refuse_broken(rules: Iterable[tuple[bool, int, str]]) -> None:
    """Refuse with code and message of the first rule that is broken."""
    for broken, code, message in rules:
        if broken:
            raise Refused(400, code, message)


def check_content(content: Json) -> None:
    """Refuse a content that cannot be made."""
    types = content["types"]
    places = set(_PLACE.findall(json.dumps(types)))
    samples = content.get("variables") or {}
    refuse_broken(
        [
            (not types, 60200, "types may not be empty"),
            (not content.get("language"), 60200, "language is required"),
            (len(places) > 100, 60200, "more than 100 variables"),
            (any(len(place) > 16 for place in places), 60200, "the name of a variable is too long"),
            (not places <= samples.keys(), 60200, "a variable has no sample"),
        ]
    )
    _check_shown(types, 60200)


def filled_in(content: Json, params: Mapping[str, str]) -> Json:
    """Return the kinds of a content with the values of a message in them. Raises Refused."""
    try:
        values = json.loads(params.get("ContentVariables", "{}"))
    except ValueError:
        values = None
    refuse_broken([(not isinstance(values, dict), 21656, "The ContentVariables parameter is invalid")])
    bad = any(not isinstance(one, str) or not one.strip() or _BAD_VALUE.search(one) for one in values.values())
    refuse_broken(
        [
            (bad, 21656, "The ContentVariables parameter is invalid"),
            (any(len(one) > 1600 for one in values.values()), 21658, "A variable exceeded 1600 characters"),
        ]
    )
    given = (content.get("variables") or {}) | values
    shown: Json = _filled(content["types"], given)
    _check_shown(shown, 63021)
    return shown


def _filled(value: Any, given: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _PLACE.sub(lambda mark: str(given.get(mark[1], mark[0])), value)
    if isinstance(value, list):
        return [_filled(one, given) for one in value]
    return {key: _filled(one, given) for key, one in value.items()} if isinstance(value, dict) else value


def _check_shown(types: Json, code: int) -> None:
    text, quick, picker = (types.get(f"twilio/{kind}") for kind in ("text", "quick-reply", "list-picker"))
    if text:
        refuse_broken([(not 0 < len(text["body"]) <= 1600, code, "a text has 1 to 1600 characters")])
    if quick:
        _check_choices(quick, quick["actions"], most=3, title="title", longest=20, code=code)
        strange = any(one.get("type") != "QUICK_REPLY" for one in quick["actions"])
        refuse_broken([(strange, code, "a button is a QUICK_REPLY")])
    if picker:
        _check_choices(picker, picker["items"], most=10, title="item", longest=24, code=code)
        described = all(0 < len(one.get("description") or "") <= 72 for one in picker["items"])
        refuse_broken(
            [
                (not described, code, "a description has 1 to 72 characters"),
                (not 0 < len(picker.get("button") or "") <= 20, code, "the button has 1 to 20 characters"),
            ]
        )


def _check_choices(kind: Json, choices: list[Json], *, most: int, title: str, longest: int, code: int) -> None:
    titles, ids = [one.get(title) or "" for one in choices], [one.get("id") or "" for one in choices]
    filled = not any(_PLACE.search(one) for one in titles)
    refuse_broken(
        [
            (not 0 < len(kind.get("body") or "") <= 1024, code, "a body has 1 to 1024 characters"),
            (not 0 < len(choices) <= most, code, f"1 to {most} choices"),
            (not all(0 < len(one) <= longest for one in titles), code, f"a title has 1 to {longest} characters"),
            (not all(0 < len(one) <= _ID for one in ids), code, f"an id has 1 to {_ID} characters"),
            (filled and len(set(titles)) < len(titles), code, "two choices have the same title"),
            (len(set(ids)) < len(ids), code, "two choices have the same id"),
        ]
    )
