"""Writes a draft as the text of a YAML file, with comments where the editor should look."""

import json
import re
import textwrap
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from bot.core.knowledge import Key, Source
from bot.importing.draft import Draft
from bot.knowledge_files.layout import KINDS

MARK: Final = "# please check:"

_WIDTH: Final = 118
_STEP: Final = "  "
_SAFE: Final = re.compile(r"[A-Za-z][\w ,.()/+'&%-]*[\w.)%]|[A-Za-z]")
_OTHER_MEANING: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})


def written(draft: Draft) -> str:
    """The text of the comparison file."""
    schema = next(kind.schema_line for kind in KINDS if kind.source is Source.COMPARISON)
    return "\n".join([schema, *_comments(draft, (), ""), *_mapping(draft, draft.content, (), "")]) + "\n"


def course_lines(course_id: str, values: dict[str, Any]) -> list[str]:
    """One course as lines below `courses:` of courses.yaml."""
    return [f"{_STEP}{course_id}:", *_mapping(Draft("", {}), values, (), _STEP * 2)]


def _comments(draft: Draft, key: Key, indent: str) -> Iterator[str]:
    for note in draft.notes.get(key, ()):
        lines = textwrap.wrap(f"{MARK} {note}", _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
        yield f"{indent}{lines[0]}"
        yield from (f"{indent}#   {line}" for line in lines[1:])


def _mapping(draft: Draft, values: dict[str, Any], key: Key, indent: str) -> Iterator[str]:
    for name, value in values.items():
        place = (*key, name)
        yield from _comments(draft, place, indent)
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _mapping(draft, value, place, indent + _STEP)
        elif isinstance(value, list):
            yield f"{indent}{name}:"
            yield from _list(draft, value, place, indent + _STEP)
        else:
            yield from _scalar(f"{indent}{name}:", value, indent + _STEP)


def _list(draft: Draft, values: list[Any], key: Key, indent: str) -> Iterator[str]:
    for number, value in enumerate(values):
        if isinstance(value, dict):
            place = (*key, number)
            first, *rest = _mapping(draft, value, place, indent + _STEP)
            yield f"{indent}- {first.strip()}"
            yield from rest
        else:
            yield from _scalar(f"{indent}-", value, indent + _STEP)


def _scalar(head: str, value: str | date, indent: str) -> Iterator[str]:
    """A value behind its key or dash; long texts are folded below it, texts of several lines stand as they are."""
    text = str(value)
    if "\n" in text:
        yield f"{head} |-"
        yield from (f"{indent}{line}".rstrip() for line in text.split("\n"))
    elif len(head) + len(text) + 3 > _WIDTH and "  " not in text:
        yield f"{head} >-"
        yield from textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    else:
        yield f"{head} {text if _is_plain(value) else json.dumps(text, ensure_ascii=False)}"


def _is_plain(value: str | date) -> bool:
    if isinstance(value, date):
        return True
    return _SAFE.fullmatch(value) is not None and value.casefold() not in _OTHER_MEANING
