"""A replay of many conversations at once, on all processors, and its sum."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.amounts import counted
from bot.core.catalogue import Knowledge
from bot.core.replaying import Compared, Talk, Verdict, replay
from bot.processors import on_all

_AT_ONCE: Final = 100
"""Messages that one process is given together: enough to make handing them over cheap, few enough to show progress."""
_WORTH_A_PROCESS: Final = 500
"""Fewer messages are done before another process would be ready."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found.

    counts: how many messages have each verdict; all verdicts are there.
    differences: every message that is not the same, in the order of its id.
    """

    counts: Mapping[Verdict, int]
    differences: tuple[Compared, ...]

    @property
    def reworded(self) -> list[Compared]:
        """Those which the same entries answer as before, in other words."""
        return [one for one in self.differences if one.reworded]

    @property
    def reworded_entries(self) -> list[str]:
        """The ids of the entries with other words, by name."""
        return sorted({entry for one in self.reworded for entry in one.reworded})

    @property
    def others(self) -> list[Compared]:
        """What an editor has to look at: lost ones first, then changed and better ones."""
        order = [Verdict.LOST, Verdict.CHANGED, Verdict.BETTER]
        return sorted((one for one in self.differences if not one.reworded), key=lambda one: order.index(one.verdict))

    def lost(self, accepted: Collection[int]) -> list[Compared]:
        """The messages that have lost their answer, but for those with these ids."""
        return [one for one in self.differences if one.verdict is Verdict.LOST and one.message not in accepted]

    def __str__(self) -> str:
        """Say it in one sentence: `312 same, 4 better, 2 changed, 1 lost its answer`, and what was just reworded."""
        changed = self.counts[Verdict.CHANGED] - len(self.reworded)
        lost = self.counts[Verdict.LOST]
        told = (
            f"{self.counts[Verdict.SAME]:,} same, {self.counts[Verdict.BETTER]:,} better, {changed:,} changed, "
            f"{lost:,} lost {'its answer' if lost == 1 else 'their answers'}"
        )
        if not self.reworded:
            return told
        entries, messages = len(self.reworded_entries), len(self.reworded)
        return f"{told}; new wording: {counted(entries, 'entry', 'entries')}, {counted(messages, 'message')}"


def replay_all(
    talks: Sequence[Talk],
    old: Knowledge,
    new: Knowledge,
    *,
    processes: int | None = None,
    progress: Callable[[int], None] = lambda _messages: None,
) -> Replay:
    """Replay all talks, in as many processes as there are processors unless told otherwise.

    progress: called with the number of messages that were just done. No thread may run when this is called.
    """
    found: list[Compared] = []
    counts: Counter[Verdict] = Counter()
    few = sum(len(talk.turns) for talk in talks) < _WORTH_A_PROCESS
    results = on_all(_compared, (old, new), list(_portions(talks)), processes=1 if few else processes)
    for done, differences in results:
        counts.update(done)
        found.extend(differences)
        progress(done.total())
    every = {verdict: counts[verdict] for verdict in Verdict}
    return Replay(every, tuple(sorted(found, key=lambda one: one.message)))


def _portions(talks: Iterable[Talk]) -> Iterator[list[Talk]]:
    portion: list[Talk] = []
    for talk in talks:
        portion.append(talk)
        if sum(len(one.turns) for one in portion) >= _AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def _compared(
    knowledges: tuple[Knowledge, Knowledge], talks: Iterable[Talk]
) -> tuple[Counter[Verdict], list[Compared]]:
    old, new = knowledges
    counts: Counter[Verdict] = Counter()
    differences = []
    for talk in talks:
        for one in replay(talk, old, new):
            counts[one.verdict] += 1
            if one.verdict is not Verdict.SAME:
                differences.append(one)
    return counts, differences
