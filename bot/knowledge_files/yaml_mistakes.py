"""What is wrong with a text that is not YAML, in the words of somebody who edits sentences, not syntax."""

import re
from typing import Final, NamedTuple, Protocol

from yaml.error import MarkedYAMLError


class Place(NamedTuple):
    """Line and column of a character, both counted from 1."""

    line: int
    column: int


class AnyMark(Protocol):
    """What the marks of PyYAML's two loaders have in common."""

    line: int
    column: int


class Fault(NamedTuple):
    """One problem inside one file."""

    place: Place
    code: str
    message: str
    hint: str


QUOTE_IT: Final = "Put the whole text in double quotes."

_VALUE: Final = re.compile(r"\s*+(?:- ++)*+(?:[^\s\"'#{\[:][^\"'#{\[:]*+: ++)?+(?=\S)")
"""Everything on a line before its value: dashes, and a key with its colon. Possessive, so that no line takes long."""
_KEY: Final = re.compile(r"\s*(?:- +)*[\w-]+:")
_RESERVED: Final = frozenset("@`%*&!|>?")
_CURLY: Final = frozenset("\u2018\u2019\u201c\u201d\u201e\u00ab")
_MOST_LINES_OF_A_TEXT: Final = 20


def explain(text: str, error: MarkedYAMLError) -> Fault:
    """Say where the reader stumbled, what the likely mistake is and how to mend it."""
    lines = text.splitlines()
    stumbled = mark_place(error.problem_mark)
    began = mark_place(error.context_mark) if error.context_mark else stumbled
    line = lines[stumbled.line - 1] if stumbled.line <= len(lines) else ""
    problem = error.problem or ""
    if "unexpected end" in problem and "quoted scalar" in (error.context or ""):
        return _open_quote(began)
    if "tab" in problem or "\\t" in problem:
        return tab(stumbled)
    if "mapping values" in problem:
        is_key = _KEY.fullmatch(line[: stumbled.column])
        return _colon_or_indentation(stumbled, line) if is_key else _colon(stumbled, line)
    if "sequence entries" in problem:
        hint = "Put each entry on a line of its own below the key, behind a dash."
        return Fault(stumbled, "yaml-syntax", "a list cannot begin on the line of its key", hint)
    if "escape" in problem:
        message = "a backslash in double quotes begins a special sign, and this one does not exist"
        return Fault(stumbled, "yaml-syntax", message, "Double the backslash.")
    return (
        _value_fault(lines, stumbled)
        or _missing_colon(lines, began, problem)
        or _open_bracket(lines, began, error.context or "")
        or _indentation(stumbled, problem)
        or Fault(stumbled, "yaml-syntax", f"this cannot be read: {problem}", "Compare the line with its neighbours.")
    )


def tab(place: Place) -> Fault:
    """Name the fault of a line that is indented with a tab."""
    return Fault(
        place, "yaml-tab", "a tab stands where only spaces may stand", "Replace the tab by two spaces for each level."
    )


def wide_space(place: Place) -> Fault:
    """Name the fault of a line that is indented with spaces of another kind, as copied from a web page."""
    hint = "Delete the spaces before this line and type them anew."
    return Fault(place, "yaml-tab", "a space of another kind stands here, where only plain spaces may stand", hint)


def both_versions(place: Place) -> Fault:
    """Name the fault of a merge that git could not do by itself."""
    message = "git left two versions of these lines here, as both were changed"
    hint = "Keep the lines that are right, and delete the others and the marks <<<<<<<, ======= and >>>>>>>."
    return Fault(place, "yaml-syntax", message, hint)


def mark_place(mark: AnyMark | None) -> Place:
    """Turn a mark of PyYAML, which counts from 0, into a place."""
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _open_quote(place: Place) -> Fault:
    hint = "Close the quote at the end of the text; a quote inside a text is doubled ('') or, in double quotes, \\\"."
    return Fault(place, "yaml-syntax", "the quote that opens here is not closed", hint)


def _colon(place: Place, line: str) -> Fault:
    head = _VALUE.match(line)
    if head is not None and line[head.end()] in _CURLY:
        message = f"{line[head.end()]} is no quote for YAML, and the text has a colon and a space in it"
        return Fault(place, "yaml-syntax", message, f'{QUOTE_IT} Those of the keyboard are straight: ".')
    return Fault(place, "yaml-syntax", "a text without quotes has a colon and a space in it", QUOTE_IT)


def _colon_or_indentation(place: Place, line: str) -> Fault:
    """`  key: value` below a text: the key stands too deep, unless the line was meant to go on with the text."""
    start = len(line) - len(line.lstrip()) + 1
    message = "this line is indented deeper than the line before allows"
    hint = "Bring it in line with the keys beside it; if it belongs to the text above, put that whole text in quotes."
    return Fault(Place(place.line, start), "yaml-syntax", message, hint)


def _value_fault(lines: list[str], stumbled: Place) -> Fault | None:
    """Find a value that begins with a quote or a sign of YAML, on the line of the stumble or, for quotes, above it."""
    for number in range(min(stumbled.line, len(lines)), max(stumbled.line - _MOST_LINES_OF_A_TEXT, 0), -1):
        line = lines[number - 1]
        head = _VALUE.match(line)
        if head is None:
            continue
        place, value = Place(number, head.end() + 1), line[head.end() :]
        if value[0] in "\"'":
            fault = _quote_fault(place, value)
            if fault or number < stumbled.line:
                return fault
        elif number == stumbled.line and (value[0] in _RESERVED or _is_bracket_then_text(value)):
            message = f"a text without quotes begins with {value[0]}"
            return Fault(place, "yaml-syntax", message, QUOTE_IT)
    return None


def _quote_fault(place: Place, value: str) -> Fault | None:
    """`"abc`, or `'it's`; None if the quoted text ends where the line does."""
    quote = value[0]
    closing = re.match(r'"(?:[^"\\]|\\.)*"' if quote == '"' else r"'(?:[^']|'')*'", value)
    if closing is None:
        return _open_quote(place)
    rest = value[closing.end() :].strip()
    if not rest or rest.startswith(("#", ":", ",", "]", "}")):
        return None
    end = Place(place.line, place.column + closing.end() - 1)
    hint = "Put the whole text in quotes; a quote inside it is doubled ('') or, in double quotes, written as \\\"."
    return Fault(end, "yaml-syntax", "the quote that opens this text is closed before the text ends", hint)


def _is_bracket_then_text(value: str) -> bool:
    closing = {"{": "}", "[": "]"}.get(value[0])
    return closing is not None and not re.search(rf"\{closing}\s*(?:#.*)?$", value)


def _missing_colon(lines: list[str], began: Place, problem: str) -> Fault | None:
    if "could not find expected ':'" not in problem or began.line > len(lines):
        return None
    if re.match(r"\s*-[^\s-]", lines[began.line - 1]):
        return Fault(began, "yaml-syntax", "there is no space behind the dash", "Put a space between dash and text.")
    hint = "Write the key, a colon, a space and the value; or indent the line if it belongs to the text above."
    return Fault(began, "yaml-syntax", "this line has no key with a colon and a space behind it", hint)


def _open_bracket(lines: list[str], began: Place, context: str) -> Fault | None:
    if "flow" not in context or began.line > len(lines):
        return None
    bracket = lines[began.line - 1][began.column - 1 : began.column]
    message = f"the {bracket} that opens here does not close as a list or mapping"
    return Fault(began, "yaml-syntax", message, f"Put a text that begins with {bracket} in double quotes.")


def _indentation(place: Place, problem: str) -> Fault | None:
    if "expected" not in problem:
        return None
    message = "this line does not fit the lines above it: wrong indentation, or a dash or colon missing or too many"
    return Fault(place, "yaml-syntax", message, "Line it up with the entries it belongs to, two spaces for each level.")
