"""Recognising the names of sides and courses before anything else is compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.knowledge import Comparison, Courses
from bot.core.text import Lexicon, Wordings

SIDE: Final = "xsidex"
"""The word that stands for the name of the first side named, in phrases as in messages."""
OTHER: Final = "xsidey"
"""The word that stands for the name of any further side."""
TERM: Final = "xtermx"
"""The word that stands for any tool, skill or activity, in phrases as in messages."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A side named in words[start:end]."""

    side: str
    start: int
    end: int


class Names:
    """All names of all sides and courses. A name of two words wins over one of a single word inside it."""

    def __init__(self, comparisons: Iterable[Comparison], courses: Courses, lexicon: Lexicon) -> None:
        self._sides: dict[tuple[str, ...], str] = {}
        for course_id, course in courses.courses.items():
            self._add(course_id, course.names, "", lexicon)
        for comparison in comparisons:
            for side_id, side in comparison.sides.items():
                role = side.name.split()[-1] if " " in side.name else ""
                self._add(side_id, (side.name, side.short, *side.names), role, lexicon)
        self._wordings = Wordings(self._sides)

    @property
    def sides(self) -> Mapping[tuple[str, ...], str]:
        """Name, as canonical words -> side."""
        return self._sides

    def _add(self, side: str, names: Iterable[str], role: str, lexicon: Lexicon) -> None:
        """Every name also counts with the side's role word behind it: `mle` as well as `mle engineer`."""
        for name in names:
            words = tuple(lexicon.words(name))
            forms = {words, (*words[:-1], f"{words[-1]}s")}
            if role and role.casefold() not in words:
                forms |= {(*words, *lexicon.words(role)), (*words, *lexicon.words(f"{role}s"))}
            for form in forms | {("".join(form),) for form in forms}:
                self._sides.setdefault(form, side)

    @property
    def words(self) -> frozenset[str]:
        """Every word that occurs in a name."""
        return frozenset(word for name in self._sides for word in name)

    def find(self, words: Sequence[str]) -> list[Mention]:
        """The sides named in a message, in order of mention."""
        return [Mention(self._sides[tuple(words[start:end])], start, end) for start, end in self._wordings.find(words)]


def stand_ins(sides: Sequence[str]) -> list[str]:
    """SIDE or OTHER for each mention of a side, in the order of mention."""
    return [SIDE if side == sides[0] else OTHER for side in sides]


def masked(words: Sequence[str], spans: Mapping[tuple[int, int], str]) -> list[str]:
    """The words with each span (start, end) replaced by one other word. Spans do not overlap."""
    result: list[str] = []
    position = 0
    for (start, end), word in sorted(spans.items()):
        result.extend(words[position:start])
        result.append(word)
        position = end
    result.extend(words[position:])
    return result
