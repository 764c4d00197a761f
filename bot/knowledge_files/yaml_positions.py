"""Safe YAML with the place of every key and item.

Only what a knowledge file needs is understood: mappings, lists, texts and plain numbers. Aliases, anchors, tags and
deep nesting are refused while reading, before anything is built from them. Dates and times stay text: YAML's own
idea of `09:30` is the number 570.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentEndEvent,
    Event,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from bot.core.knowledge import Key
from bot.knowledge_files.yaml_mistakes import (
    QUOTE_IT,
    Fault,
    Place,
    both_versions,
    explain,
    mark_place,
    tab,
    wide_space,
)

MAX_DEPTH: Final = 12
"""Levels of nesting. The deepest place a knowledge file needs is a point of an answer, at level 6."""

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str | int, Value] | None"

# The fast loader is missing where PyYAML was built without libyaml; both give the same events.
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_UNSEEN: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_DIRECTIVE: Final = re.compile(r"^%", re.MULTILINE)
_TAB: Final = re.compile(r"^[ ]*\t[ \t]*(?=\S)", re.MULTILINE)
_WIDE_SPACE: Final = re.compile("^[ ]*[\u00a0\u2000-\u200a\u3000]", re.MULTILINE)
_COMMENT: Final = re.compile(r"\s+#")
_BOTH_VERSIONS: Final = re.compile(r"^(<{7}|={7}|>{7})(?= |$)", re.MULTILINE)
_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
_YES: Final = frozenset({"yes", "on", "true"})
_NO: Final = frozenset({"no", "off", "false"})
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,15}")
_DECIMAL: Final = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{0,15}")


class Tree(NamedTuple):
    """What one file says. `value` is None if it could not be read; `places` knows every key and list item."""

    value: Value
    places: Mapping[Key, Place]
    faults: tuple[Fault, ...]
    doubts: tuple[Fault, ...] = ()
    """What can be read and is hardly meant so."""


class _RefusedError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def parse(text: str) -> Tree:
    """Read one YAML document. Never raises: what is wrong with the text stands in `faults`."""
    fault = _unreadable(text)
    if fault:
        return Tree(None, {}, (fault,))
    builder = _Builder(text)
    try:
        value = builder.document()
    except _RefusedError as refusal:
        return Tree(None, {}, (*builder.faults, refusal.fault))
    except yaml.MarkedYAMLError as error:
        return Tree(None, {}, (*builder.faults, explain(text, error)))
    return Tree(value, builder.places, tuple(builder.faults), tuple(builder.doubts))


def _unreadable(text: str) -> Fault | None:
    unseen = _UNSEEN.search(text)
    if unseen:
        return _unseen_character(_place_in(text, unseen.start()), unseen[0])
    directive = _DIRECTIVE.search(text)
    if directive:
        message = "a line cannot begin with %"
        return Fault(_place_in(text, directive.start()), "yaml-syntax", message, QUOTE_IT)
    both = _BOTH_VERSIONS.search(text)
    if both:
        return both_versions(_place_in(text, both.start()))
    wide = _WIDE_SPACE.search(text)
    if wide:
        return wide_space(_place_in(text, wide.end() - 1))
    tabs = _TAB.search(text)
    return tab(_place_in(text, tabs.end() - 1)) if tabs else None


def _unseen_character(place: Place, character: str) -> Fault:
    message = f"there is a character here that cannot be seen (U+{ord(character):04X})"
    return Fault(place, "yaml-syntax", message, "Delete it and type the text anew.")


def _place_in(text: str, position: int) -> Place:
    return Place(text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


def _place(event: Event) -> Place:
    return mark_place(event.start_mark)


class _Builder:
    """Builds plain values from YAML's events, one document in all."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._next: Callable[[], Event] = LOADER(text).get_event
        self.places: dict[Key, Place] = {}
        self.faults: list[Fault] = []
        self.doubts: list[Fault] = []

    def document(self) -> Value:
        """Build the value of the document, None if there is none. Raises what PyYAML raises, and _RefusedError."""
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
            raise _RefusedError(Fault(_place(event), "yaml-syntax", message, "Delete the line with the three dashes."))
        return value

    def _value(self, event: Event, key: Key) -> Value:
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
            raise _RefusedError(Fault(_place(event), "yaml-alias", message, hint))
        tag = getattr(event, "tag", None)
        if tag is not None:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            hint = "Delete it; put a text that begins with ! in double quotes."
            raise _RefusedError(Fault(_place(event), "yaml-tag", f"{shown} is a type tag of YAML", hint))
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels are nested here"
            raise _RefusedError(Fault(_place(event), "yaml-too-deep", message, "Compare with a file that works."))

    def _scalar(self, event: ScalarEvent) -> str | int | float | bool | None:
        text: str = event.value
        unseen = _UNSEEN.search(text)  # written in double quotes, as "\0": the database refuses some of them
        if unseen:
            self.faults.append(_unseen_character(_place(event), unseen[0]))
        if not event.implicit[0]:
            return text
        if " - " in text:
            self._report_swallowed_item(event)
        if " " in text:
            self._doubt_comment(event)
        return _plain(text)

    def _doubt_comment(self, event: ScalarEvent) -> None:
        """Doubt a comment right behind a sentence: to YAML all from a # on is none of the text."""
        end = mark_place(event.end_mark)
        rest = self._lines[end.line - 1][end.column - 1 :]
        if _COMMENT.match(rest):
            message = "the text ends before the #, as everything behind it is a comment"
            hint = "Put the whole text in double quotes; or the comment on a line of its own."
            self.doubts.append(Fault(Place(end.line, end.column + rest.index("#")), "yaml-comment", message, hint))

    def _report_swallowed_item(self, event: ScalarEvent) -> None:
        """Report an item of a list that is indented too deep: to YAML it goes on with the text above, dash and all."""
        first, last = mark_place(event.start_mark).line, mark_place(event.end_mark).line
        for number, line in enumerate(self._lines[first:last], first + 1):
            if line.lstrip().startswith("- "):
                message = "this entry is indented deeper than the one above and would become part of its text"
                hint = (
                    "Line its dash up with the dash above; or put the whole text above in quotes, if it goes on here."
                )
                place = Place(number, len(line) - len(line.lstrip()) + 1)
                self.faults.append(Fault(place, "yaml-syntax", message, hint))
                return

    def _list(self, key: Key) -> list[Value]:
        items: list[Value] = []
        event = self._next()
        while not isinstance(event, CollectionEndEvent):
            place = (*key, len(items))
            self.places[place] = _place(event)
            items.append(self._value(event, place))
            event = self._next()
        return items

    def _mapping(self, key: Key) -> dict[str | int, Value]:
        entries: dict[str | int, Value] = {}
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
        message = f'the key "{word}" is not a text without quotes' if word else "a key must be a text"
        self.faults.append(Fault(_place(event), "value-type", message, "Put it in double quotes."))
        return word


def _plain(text: str) -> str | int | float | bool | None:
    """Give a text without quotes the type that YAML gives it."""
    if text in _NOTHING:
        return None
    word = text.lower()
    if word in _YES or word in _NO:
        return word in _YES
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
