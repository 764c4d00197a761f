"""A page as a flat list of pieces in the order in which they are read, whatever it was saved as."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from bot.importing.format import NUMBERED, is_invitation

_MOST_WORDS_OF_TITLE: Final = 25
_BULLET: Final = re.compile(r"^(?:[•‣▪◦●○*\u2013\u2014-]|\d{1,2}[.)])\s+")
_SENTENCE_ENDS: Final = (".", "!", ":", "।")


class Kind(StrEnum):
    """What a piece is to the eye."""

    TITLE = "title"  # a heading, a label, a question
    TEXT = "text"  # sentences
    POINT = "point"  # one entry of a list
    ROW = "row"  # one row of a table
    LINK = "link"  # an invitation to go on to another page


@dataclass(frozen=True, slots=True)
class Block:
    """One piece. `level` is 1 to 6 for a heading of HTML and else 0; `cells` is for rows, `address` for links."""

    kind: Kind
    text: str
    level: int = 0
    cells: tuple[str, ...] = ()
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What is read from a page. `address` and `updated` are None where the page does not tell."""

    blocks: tuple[Block, ...]
    address: str | None = None
    updated: date | None = None


def cleaned(text: str) -> str:
    """One line of plain characters: no control characters, no double spaces."""
    normal = unicodedata.normalize("NFC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in normal if unicodedata.category(c) != "Cf").split())


def block_of_line(text: str) -> Block:
    """Tell by its look what a line is that nothing else tells about."""
    if bullet := _BULLET.match(text):
        return Block(Kind.POINT, text[bullet.end() :])
    if is_invitation(text):
        return Block(Kind.LINK, text)
    is_title = not text.endswith(_SENTENCE_ENDS) and len(text.split()) <= _MOST_WORDS_OF_TITLE
    return Block(Kind.TITLE if is_title else Kind.TEXT, text)


def blocks_of_text(text: str) -> tuple[Block, ...]:
    """Read plain text as a browser saves or copies it."""
    return tuple(numbered(block for line in _lines(text) for block in _blocks_of_line(line)))


def numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """Make a point of what follows a number that stands alone."""
    counted = False
    for block in blocks:
        if NUMBERED.fullmatch(block.text):
            counted = True
            continue
        yield Block(Kind.POINT, block.text) if counted and block.kind in (Kind.TITLE, Kind.TEXT) else block
        counted = False


def _lines(text: str) -> Iterator[str]:
    """The lines, those put together again that were broken in the middle of a sentence."""
    held = ""
    for line in [*text.splitlines(), ""]:
        goes_on = held and line[:1].islower() and not held.endswith(_SENTENCE_ENDS) and "\t" not in held
        if goes_on:
            held = f"{held} {line}"
            continue
        if held.strip():
            yield held
        held = line


def _blocks_of_line(line: str) -> Iterator[Block]:
    cells = tuple(cleaned(cell) for cell in re.split(r"\t|\s*\|\s*", line.strip().strip("|")))
    if len(cells) > 1 and all(re.fullmatch("[-: ]*", cell) for cell in cells):
        return  # the line below the head of a table
    if len([cell for cell in cells if cell]) > 1:
        yield Block(Kind.ROW, cleaned(line), cells=cells)
    elif text := cleaned(line):
        yield block_of_line(text)
