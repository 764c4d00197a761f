"""Changes of YAML files by inserting lines: comments, layout and all other bytes stay as they are."""

import difflib
import json
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from bot.core.knowledge import Answer, Faq, Key
from bot.errors import BotError
from bot.knowledge_files.yaml_positions import LOADER, parse

_Content = dict[str, Any]

_WIDTH: Final = 118
_STEP: Final = 2
_LINE_END: Final = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])?")
_BREAKS: Final = ("\n", "\r", "\x85", "\u2028", "\u2029")
_MARK: Final = "\ufeff"
"""Some editing programs put it in front of a file."""


class PatchRefused(BotError):
    """The text cannot be changed without touching what is not to be touched."""


def with_phrases(text: str, key: Key, language: str, phrases: Sequence[str]) -> str:
    """Return a file with phrases added at the end of a language's list, which is made if there is none.

    key: what has the phrases: () for a topic file, ("faqs", 2) for the third question of its own.

    Raises PatchRefused.
    """

    def insert(value: _Content) -> None:
        _phrases(value, key).setdefault(language, []).extend(phrases)

    body = text.removeprefix(_MARK)
    node = _node(_root(body), (*key, "phrases"))
    if not isinstance(node, MappingNode):
        raise PatchRefused("There are no phrases by language where some are to be added: write the first one by hand.")
    held = next((value for name, value in node.value if name.value == language), None)
    if held is None:
        new = _with_language(body, node, language, phrases)
    elif isinstance(held, SequenceNode):
        new = _with_items(body, held, phrases)
    else:
        raise PatchRefused(f'Behind "{language}" stands no list: write the first phrase by hand.')
    return _checked(text, new, insert)


def with_faq(text: str, faq: Faq) -> str:
    """Return a file with a question of its own added at the end of its `faqs`, which are made if there are none.

    Raises PatchRefused.
    """

    def insert(value: _Content) -> None:
        value["faqs"] = [*(value.get("faqs") or []), parse("\n".join(_faq(faq, 0))).value[0]]  # type: ignore[index]

    body = text.removeprefix(_MARK)
    root = _root(body)
    pair = next(((name, value) for name, value in root.value if name.value == "faqs"), None)
    if pair is None:
        column = root.start_mark.column
        new = _inserted(body, _end(body, root), [" " * column + "faqs:", *_faq(faq, column + _STEP)])
    elif isinstance(pair[1], SequenceNode) and pair[1].value:
        new = _with_entry(body, pair[1], faq)
    else:
        name, held = pair
        lines = _faq(faq, name.start_mark.column + _STEP)
        # An empty list in brackets gives way; a comment behind it stays.
        start, end = name.end_mark.index + 1, held.end_mark.index
        body = body[:start] + body[end:] if isinstance(held, SequenceNode) else body
        new = _inserted(body, _line_end(body, start), lines)
    return _checked(text, new, insert)


def unified_diff(file: str, old: str, new: str) -> str:
    """Return the change of one file as `git apply` takes it. `file` is its path seen from where that will run."""
    # Git ends a name at a space unless a tab follows it.
    end = "\t" if " " in file else ""
    lines = difflib.unified_diff(_lines(old), _lines(new), f"a/{file}{end}", f"b/{file}{end}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """The lines as git counts them, with their ends."""
    return re.findall("[^\n]*\n|[^\n]+", text)


def _root(text: str) -> MappingNode:
    tree = parse(text)
    if tree.faults:
        fault = tree.faults[0]
        raise PatchRefused(f"Line {fault.place.line} has to be mended first: {fault.message}.")
    root = yaml.compose(text, LOADER)
    if not isinstance(root, MappingNode) or root.flow_style:
        raise PatchRefused("The file does not hold keys on lines of their own: compare with a file that works.")
    return root


def _node(node: Node, key: Key) -> Node | None:
    for step in key:
        if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, MappingNode) and (found := [value for name, value in node.value if name.value == step]):
            node = found[0]
        else:
            return None
    return node


def _phrases(value: _Content, key: Key) -> dict[str, list[str]]:
    inner: Any = value
    for step in (*key, "phrases"):
        inner = inner[step]
    return cast("dict[str, list[str]]", inner)


def _with_items(text: str, held: SequenceNode, phrases: Sequence[str]) -> str:
    if held.flow_style:
        return _in_brackets(text, held, ", ".join(map(_quoted, phrases)))
    indent = " " * held.start_mark.column
    return _inserted(text, _end(text, held), [f"{indent}- {_scalar(phrase)}" for phrase in phrases])


def _with_language(text: str, node: MappingNode, language: str, phrases: Sequence[str]) -> str:
    if node.flow_style:
        return _in_brackets(text, node, f"{language}: [{', '.join(map(_quoted, phrases))}]")
    column, step = node.start_mark.column, _STEP
    for name, value in node.value:
        if isinstance(value, SequenceNode) and not value.flow_style:
            step = value.start_mark.column - name.start_mark.column
    lines = [f"{' ' * (column + step)}- {_scalar(phrase)}" for phrase in phrases]
    return _inserted(text, _end(text, node), [f"{' ' * column}{language}:", *lines])


def _with_entry(text: str, held: SequenceNode, faq: Faq) -> str:
    if held.flow_style:
        raise PatchRefused('The entries of "faqs" stand in brackets: put each on lines of its own, behind a dash.')
    lines = _faq(faq, held.start_mark.column)
    between = text[_end(text, held.value[-2]) : held.value[-1].start_mark.index] if len(held.value) > 1 else ""
    apart = [""] if between.lstrip(" ").startswith(("\n", "\r")) else []
    return _inserted(text, _end(text, held), [*apart, *lines])


def _in_brackets(text: str, node: CollectionNode, entry: str) -> str:
    if not node.value:
        start = node.start_mark.index + 1
        return text[:start] + entry + text[start:]
    last = node.value[-1]
    end = (last[1] if isinstance(node, MappingNode) else last).end_mark.index
    return f"{text[:end]}, {entry}{text[end:]}"


def _end(text: str, node: Node) -> int:
    """Where the last line of a node is over, with its line break."""
    # A collection without brackets ends, to YAML, behind all comments that follow it.
    while isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, MappingNode) else last
    end = node.end_mark.index
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        written = text[node.start_mark.index : end]
        if "+" in written.partition("\n")[0]:  # empty lines at its end belong to it
            return end if written.endswith(_BREAKS) else _line_end(text, end)
        end = node.start_mark.index + len(written.rstrip())
    return _line_end(text, end)


def _line_end(text: str, index: int) -> int:
    found = _LINE_END.match(text, index)
    return found.end() if found else index


def _inserted(text: str, index: int, lines: Sequence[str]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    block = newline.join(lines)
    is_unended = not text[:index].endswith(_BREAKS)
    return text[:index] + (newline + block if is_unended else block + newline) + text[index:]


def _checked(text: str, new: str, insert: Callable[[_Content], None]) -> str:
    """Hold that the file says what it said and the insertion, nothing else."""
    expected, got = cast("_Content", parse(text.removeprefix(_MARK)).value), parse(new)
    insert(expected)
    if got.faults or got.value != expected:
        reason = got.faults[0].message if got.faults else "the layout around the place is not of the usual form"
        raise PatchRefused(f"This cannot be inserted ({reason}): change the file by hand.")
    return text[: len(text) - len(text.removeprefix(_MARK))] + new


# How values are written


def _faq(faq: Faq, column: int) -> list[str]:
    """The lines of an entry whose dash stands in this column (from 0)."""
    inner = column + _STEP
    entry = [f"topic: {_scalar(faq.topic)}", f"title: {_scalar(faq.title)}"]
    if faq.offers:
        entry.append(f"offers: [{', '.join(faq.offers)}]")
    entry += _answer(faq.answer, inner)
    entry.append("phrases:")
    for language, phrases in faq.phrases.items():
        entry.append(f"  {language}:")
        entry += [f"    - {_scalar(phrase)}" for phrase in phrases]
    return [f"{' ' * column}- {entry[0]}", *(f"{' ' * inner}{line}" if line else "" for line in entry[1:])]


def _answer(answer: Answer, column: int) -> list[str]:
    points = [f"- {_scalar(point)}" for point in answer.points]
    if not answer.points:
        return _text("answer", answer.text, column)
    if not answer.text:
        return ["answer:", *(f"  {point}" for point in points)]
    text = _text("text", answer.text, column + _STEP)
    return [
        "answer:",
        *(f"  {line}" if line else "" for line in text),
        "  points:",
        *(f"    {line}" for line in points),
    ]


def _text(name: str, text: str, column: int) -> list[str]:
    """A text behind its key: on one line, else folded, else line by line if it has lines of its own."""
    lines = [" ".join(line.split()) for line in text.strip().split("\n")]
    if len(lines) > 1:
        return [f"{name}: |-", *(f"  {line}" if line else "" for line in lines)]
    if len(written := f"{name}: {_scalar(lines[0])}") + column <= _WIDTH:
        return [written]
    width = max(_WIDTH - column - _STEP, 40)
    folded = textwrap.wrap(lines[0], width, break_long_words=False, break_on_hyphens=False)
    return [f"{name}: >-", *(f"  {line}" for line in folded)]


def _scalar(text: str) -> str:
    """A text as it is if YAML reads it as that, else in double quotes."""
    item, entry = parse(f"- {text}"), parse(f"key: {text}")
    is_plain = item == parse(f"- {_quoted(text)}") and (entry.value, entry.faults) == ({"key": text}, ())
    return text if is_plain and "\n" not in text else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
