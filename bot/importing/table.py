"""Reads the table of differences: a table, or what is left of it in plain text, or lists in its place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.importing.blocks import Block, Kind
from bot.importing.format import ROWS, TABLE_CORNERS, plain
from bot.importing.sides import Sides, is_line

_SENTENCES_MEET: Final = re.compile(r"(?<=[.;!?])(?=[^\s.;!?])")
_WORDS_MEET: Final = re.compile(r"(?<=[a-z.)])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Factor:
    """One row: its label, and what it says of each side. `doubt` says what was not clear, as a sentence."""

    label: str
    cells: Mapping[str, str]
    doubt: str = ""


def factors(blocks: Sequence[Block], sides: Sides) -> tuple[Factor, ...]:
    """Read all rows. Of several ways in which a page may write them, the one that finds most is right."""
    ways = (_rows(blocks, sides), _glued(blocks, sides), _lines(blocks, sides), _lists(blocks, sides))
    return max(map(tuple, ways), key=len)


def _rows(blocks: Sequence[Block], sides: Sides) -> Iterator[Factor]:
    """A table whose cells are known. Without a head the columns are taken in the order of the title."""
    rows = [block.cells for block in blocks if block.kind is Kind.ROW]
    header = next((cells for cells in rows if sides.in_header(cells)), None)
    columns = [sides.called(cell) for cell in header] if header else [None, *sides.names]
    doubt = "" if header else "the table has no row with the names, so its columns are taken in the order of the title"
    for cells in rows:
        if cells == header:
            continue
        found = {side: cell for side, cell in zip(columns, cells, strict=False) if side and cell}
        labels = [cell for side, cell in zip(columns, cells, strict=False) if side is None]
        if found:
            yield Factor(labels[0] if labels else "", found, doubt)


def _glued(blocks: Sequence[Block], sides: Sides) -> Iterator[Factor]:
    """Plain text in which the cells of a row stand together without a gap: "Main focusDeploying.Training."."""
    lines = [block.text for block in blocks if is_line(block)]
    heads = {f"{corner}{''.join(map(plain, sides.names))}".replace(" ", "") for corner in TABLE_CORNERS}
    start = next((at for at, line in enumerate(lines) if plain(line).replace(" ", "") in heads), None)
    for line in lines[start + 1 :] if start is not None else ():
        label = _label(line)
        if cells := _cut(line[len(label) :], len(sides.names)):
            doubt = "" if plain(label) in ROWS else "the cells of this row ran together in the text: compare the page"
            yield Factor(label, dict(zip(sides.names, cells, strict=True)), doubt)


def _label(line: str) -> str:
    """The label at the beginning of a row: a known one, or all up to where a small letter meets a capital one."""
    known = [label for label in ROWS if line.casefold().startswith(label) and not line[len(label)].isspace()]
    if known:
        return line[: max(map(len, known))]
    meeting = _WORDS_MEET.search(line)
    return line[: meeting.start()] if meeting else ""


def _cut(text: str, count: int) -> list[str]:
    for meeting in (_SENTENCES_MEET, _WORDS_MEET):
        cells = meeting.split(text)
        if len(cells) == count:
            return cells
    return []


def _lines(blocks: Sequence[Block], sides: Sides) -> Iterator[Factor]:
    """Plain text in which every cell has a line of its own, below the names of the sides."""
    lines = [block.text for block in blocks if is_line(block)]
    size = len(sides.names)
    for at in range(len(lines) - size + 1):
        header = lines[at : at + size]
        if not sides.in_header(header):
            continue
        order = [side for side in map(sides.called, header) if side]
        cells = lines[at + size :]
        for row in range(0, len(cells) - size, size + 1):
            yield Factor(cells[row], dict(zip(order, cells[row + 1 : row + 1 + size], strict=True)))
        return


def _lists(blocks: Sequence[Block], sides: Sides) -> Iterator[Factor]:
    """Lists: a factor above a line for each side, or a side above a line for each factor."""
    found: dict[str, dict[str, str]] = {}
    factor, side = "", None
    for block in blocks:
        label, colon, rest = block.text.partition(":")
        if labelled := sides.labelled(block.text):
            if factor:
                found.setdefault(factor, {})[labelled[0]] = labelled[1]
        elif called := sides.called(block.text.rstrip(":")):
            side = called
        elif side and block.kind is Kind.POINT and colon and rest.strip():
            found.setdefault(label.strip(), {})[side] = rest.strip()
        elif is_line(block) and (block.kind is Kind.TITLE or block.text.endswith(":")):
            factor, side = block.text.rstrip(":"), None
        elif side and factor:
            found.setdefault(factor, {})[side] = block.text
    yield from (Factor(label, cells) for label, cells in found.items() if len(cells) > 1)
