"""Tables of figures, and how they leave for spreadsheets."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Cell = str | int | float | None

_BOM: Final = "\ufeff"  # by it spreadsheets know that the file is in UTF-8
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their columns. `name` stands in addresses, `title` is read by people. None: there is no figure."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def as_csv(tables: Sequence[Table]) -> str:
    """Write tables one below the other, each with its title unless there is only one."""
    text = io.StringIO(_BOM)
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, lineterminator="\r\n")
    for number, table in enumerate(tables):
        if number:
            writer.writerow(())
        if len(tables) > 1:
            writer.writerow((_harmless(table.title),))
        writer.writerow(_harmless(column) for column in table.columns)
        writer.writerows((_harmless(cell) for cell in row) for row in table.rows)
    return text.getvalue()


def _harmless(cell: Cell) -> Cell:
    """Keep a spreadsheet from reading a text as a formula, which could send away what else stands in the file."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
