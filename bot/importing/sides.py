"""Tells which side of a comparison a piece of its page is about."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.importing.blocks import Block, Kind
from bot.importing.format import plain


@dataclass(frozen=True, slots=True)
class Sides:
    """The names of the sides in the order of the page."""

    names: tuple[str, ...]

    def called(self, text: str) -> str | None:
        """The side whose name this text is, as in "The MLOps Engineer:"."""
        name = plain(text)
        return next((side for side in self.names if name in (plain(side), f"the {plain(side)}")), None)

    def named(self, text: str) -> list[str]:
        """The sides that a text names, in the order in which it does; a name inside a longer one does not count."""
        words = plain(text)
        found: dict[int, str] = {}
        for side in sorted(self.names, key=len, reverse=True):
            for match in re.finditer(rf"(?<!\w){re.escape(plain(side))}(?:s|es)?(?!\w)", words):
                found[match.start()] = side
                words = f"{words[: match.start()]}{'_' * len(match[0])}{words[match.end() :]}"
        return list(dict.fromkeys(found[at] for at in sorted(found)))

    def begun(self, text: str) -> str | None:
        """The side with whose name a sentence begins: "A Data Analyst turns tables into decisions"."""
        words = re.sub(r"^(?:an?|the) ", "", plain(text))
        fitting = [side for side in self.names if f"{words} ".startswith(f"{plain(side)} ")]
        return max(fitting, key=len, default=None)

    def labelled(self, text: str) -> tuple[str, str] | None:
        """Side and rest of "Data Analyst: turns tables into decisions"; None without such a label."""
        label, colon, rest = text.partition(":")
        side = self.called(label) if colon else None
        return (side, rest.strip()) if side and rest.strip() else None

    def split(self, blocks: Iterable[Block]) -> dict[str, list[Block]]:
        """What stands below the name of each side, or behind it on one line. What comes before is not kept."""
        found: dict[str, list[Block]] = {}
        current: list[Block] | None = None
        for block in blocks:
            if labelled := self.labelled(block.text):
                side, rest = labelled
                found.setdefault(side, []).append(Block(block.kind, rest))
            elif side_here := self._begins(block):
                current = found.setdefault(side_here, [])
            elif current is not None:
                current.append(block)
        return found

    def _begins(self, block: Block) -> str | None:
        if side := self.called(block.text.rstrip(":")):
            return side
        named = self.named(block.text) if block.level else []
        return named[0] if len(named) == 1 else None

    def in_header(self, cells: Sequence[str]) -> bool:
        """Whether cells are the head of a table: the names of all sides, in any order."""
        return {self.called(cell) for cell in cells} - {None} == set(self.names)


def is_line(block: Block) -> bool:
    """Whether a piece is a line that stands by itself."""
    return block.kind in (Kind.TITLE, Kind.TEXT)
