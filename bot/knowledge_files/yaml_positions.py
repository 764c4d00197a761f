"""Safe YAML with the place of every key and item.

Only what a knowledge file needs is understood: mappings, lists, texts and plain numbers. Aliases, anchors, tags and
deep nesting are refused while reading, before anything is built from them. Dates and times stay text: YAML's own
idea of `09:30` is the number 570.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentEndEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from bot.core.knowledge import Key
from bot.knowledge_files.yaml_mistakes import Fault, Place, explain, tab

MAX_DEPTH: Final = 12
"""Levels of nesting. The deepest place a knowledge file needs is a point of an answer, at level 6."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one is missing where PyYAML was built without libyaml

_UNSEEN: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_TAB: Final = re.compile(r"^[ ]*\t[ \t]*(?=\S)", re.MULTILINE)
_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
_YES: Final = frozenset({"yes", "on", "true"})
_NO: Final = frozenset({"no", "off", "false"})
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,15}")
_DECIMAL: Final = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{0,15}")


class Tree(NamedTuple):
    """What one file says. `value` is None if it could not be read; `places` knows every key and list item."""

    value: Any
    places: Mapping[Key, Place]
    faults: tuple[Fault, ...]


class _Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def parse(text: str) -> Tree:
    """Read one YAML document. Never raises: what is wrong with the text stands in `faults`."""
    fault = _unreadable(text)
    if fault:
        return Tree(None, {}, (fault,))
    builder = _Builder(_Loader(text))
    try:
        value = builder.document()
    except _Refused as refusal:
        return Tree(None, {}, (*builder.faults, refusal.fault))
    except yaml.MarkedYAMLError as error:
        return Tree(None, {}, (*builder.faults, explain(text, error)))
    return Tree(value, builder.places, tuple(builder.faults))


def _unreadable(text: str) -> Fault | None:
    unseen = _UNSEEN.search(text)
    if unseen:
        message = f"there is a character here that cannot be seen (U+{ord(unseen[0]):04X})"
        return Fault(_place_in(text, unseen.start()), "yaml-syntax", message, "Delete it and type the text anew.")
    tabs = _TAB.search(text)
    return tab(_place_in(text, tabs.end() - 1)) if tabs else None


def _place_in(text: str, position: int) -> Place:
    return Place(text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


def _place(event: Event) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


class _Builder:
    """Builds plain values from YAML's events, one document in all."""

    def __init__(self, loader: Any) -> None:
        self._next = loader.get_event
        self.places: dict[Key, Place] = {}
        self.faults: list[Fault] = []

    def document(self) -> Any:
        """The value of the document; None if there is none. Raises what PyYAML raises, and _Refused."""
        event = self._next()
        while isinstance(event, StreamStartEvent):
            event = self._next()
        if isinstance(event, StreamEndEvent):
            return None
        first = self._next()
        self.places[()] = _place(first)
        value = self._value(first, ())
        event = self._next()
        while isinstance(event, DocumentEndEvent):
            event = self._next()
        if not isinstance(event, StreamEndEvent):
            message = "a second document begins here"
            raise _Refused(Fault(_place(event), "yaml-syntax", message, "Delete the line with the three dashes."))
        return value

    def _value(self, event: Event, key: Key) -> Any:
        self._refuse_what_is_not_plain(event, len(key))
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if isinstance(event, SequenceStartEvent):
            return self._list(key)
        return self._mapping(key)

    def _refuse_what_is_not_plain(self, event: Event, depth: int) -> None:
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
            message = f"{'*' if isinstance(event, AliasEvent) else '&'}{event.anchor} is a reference of YAML"
            hint = "Write the text out; put a text that begins with * or & in double quotes."
            raise _Refused(Fault(_place(event), "yaml-alias", message, hint))
        tag = getattr(event, "tag", None)
        if tag is not None:
            hint = "Delete it; put a text that begins with ! in double quotes."
            raise _Refused(Fault(_place(event), "yaml-tag", f"{tag} is a type tag of YAML", hint))
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels are nested here"
            raise _Refused(Fault(_place(event), "yaml-too-deep", message, "Compare with a file that works."))

    def _scalar(self, event: ScalarEvent) -> None | bool | int | float | str:
        text: str = event.value
        if not event.implicit[0]:
            return text
        return _plain(text)

    def _list(self, key: Key) -> list[Any]:
        items: list[Any] = []
        event = self._next()
        while not isinstance(event, CollectionEndEvent):
            place = (*key, len(items))
            self.places[place] = _place(event)
            items.append(self._value(event, place))
            event = self._next()
        return items

    def _mapping(self, key: Key) -> dict[str | int, Any]:
        entries: dict[str | int, Any] = {}
        event = self._next()
        while not isinstance(event, CollectionEndEvent):
            name = self._key(event, key)
            inner = (*key, name)
            if name in entries:
                message = f'"{name}" stands here twice, first in line {self.places[inner].line}'
                hint = "Keep one of the two, or put both values under one key."
                self.faults.append(Fault(_place(event), "yaml-duplicate-key", message, hint))
                self._value(self._next(), (*key, f"{name} again"))
            else:
                self.places[inner] = _place(event)
                entries[name] = self._value(self._next(), inner)
            event = self._next()
        return entries

    def _key(self, event: Event, around: Key) -> str | int:
        value = self._value(event, (*around, ""))
        if isinstance(value, str) or type(value) is int:
            return value
        word = event.value if isinstance(event, ScalarEvent) else ""
        what = f'the key "{word}" is not a text' if word else "a key must be a text"
        self.faults.append(Fault(_place(event), "value-type", what, "Put it in double quotes."))
        return word


def _plain(text: str) -> None | bool | int | float | str:
    """What YAML makes of a text without quotes."""
    if text in _NOTHING:
        return None
    word = text.lower()
    if word in _YES or word in _NO:
        return word in _YES
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
