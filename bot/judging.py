"""What a proposed change of the knowledge would do, found out before anybody takes it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.amounts import counted
from bot.core.catalogue import Knowledge
from bot.core.checks.rehearsals import TEST_FAILED
from bot.core.conflicts import Conflict, conflicts
from bot.core.matching import Sample
from bot.core.replaying import Compared, Talk, Verdict, replay
from bot.knowledge_files.examining import examine_contents
from bot.knowledge_files.proposing import Proposal
from bot.knowledge_files.reading import Finding

MOST_MESSAGES: Final = 1000
"""Messages of learners that a proposal is replayed on: somebody waits for the verdict."""
_MOST_SHOWN: Final = 20


@dataclass(frozen=True)
class Judged:
    """The verdict on a proposal.

    conflicts: phrases that the change brings and others that pull each other's questions.
    findings: what the check finds with the change and did not find without it, tests in the knowledge that fail too.
    replayed: how many messages get the same reply, a better one and so on; empty if an error hinders the change.
    differing: the messages that get another reply, what is lost first, at most 20.
    """

    findings: tuple[Finding, ...]
    replayed: Mapping[Verdict, int]
    differing: tuple[Compared, ...]
    conflicts: tuple[Conflict, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether the change breaks nothing and takes no answer away."""
        is_free = all(finding.warning for finding in self.findings) and not any(one.critical for one in self.conflicts)
        return is_free and not self.replayed.get(Verdict.LOST)

    @property
    def summary(self) -> str:
        """The verdict in one line: `no new problem; 312 same, 4 better, 2 changed, 1 lost its answer`."""
        failed = sum(finding.code == TEST_FAILED for finding in self.findings)
        errors = sum(not finding.warning for finding in self.findings) - failed
        warnings = len(self.findings) - errors - failed
        found = [counted(errors, "new error")] * bool(errors)
        found += [f"{counted(failed, 'test')} of the knowledge {'fails' if failed == 1 else 'fail'}"] * bool(failed)
        found += [counted(warnings, "new warning")] * bool(warnings)
        found += [counted(len(self.conflicts), "conflict")] * bool(self.conflicts)
        checked = ", ".join(found) or "no new problem"
        counts = [f"{number} {_SAID[verdict]}" for verdict in Verdict if (number := self.replayed.get(verdict, 0))]
        return f"{checked}; {', '.join(counts) or 'no messages to replay'}"


_SAID: Final = {
    Verdict.SAME: "same",
    Verdict.BETTER: "better",
    Verdict.CHANGED: "changed",
    Verdict.LOST: "lost an answer",
}
_FIRST: Final = (Verdict.LOST, Verdict.CHANGED, Verdict.BETTER)


def judge(
    proposal: Proposal, old: Knowledge, talks: Iterable[Talk], most: int = MOST_MESSAGES, *, now: datetime
) -> Judged:
    """Check the change, tests and all, and replay messages of the talks on the old knowledge and the new one.

    most: about so many messages are replayed. now: aware UTC.
    """
    examined = examine_contents(proposal.changed, old, now=now)
    new, unchanged = examined.knowledge, examine_contents(proposal.unchanged, old, now=now)
    known = {_said(finding) for finding in unchanged.findings}
    fresh = tuple(finding for finding in examined.findings if _said(finding) not in known)
    if new is None:
        return Judged(fresh, {}, ())
    compared: list[Compared] = []
    for talk in talks:
        if len(compared) >= most:
            break
        compared += replay(talk, old, new)
    differing = sorted(
        (one for one in compared if one.verdict is not Verdict.SAME), key=lambda one: _FIRST.index(one.verdict)
    )
    replayed = Counter(one.verdict for one in compared)
    return Judged(fresh, replayed, tuple(differing[:_MOST_SHOWN]), _conflicts(old, new))


def _conflicts(old: Knowledge, new: Knowledge) -> tuple[Conflict, ...]:
    """The conflicts of which one phrase is new."""
    known = {example.phrase for examples in old.examples.values() for example in examples}
    fresh = [
        Sample(label, place)
        for label, examples in new.examples.items()
        for place, example in enumerate(examples)
        if example.phrase not in known
    ]
    told = conflicts(new, pulls=new.matcher.pulls_near(fresh))
    found = (one for one in told if not {one.first.phrase, one.second.phrase} <= known)
    return tuple(found)[:_MOST_SHOWN]


def _said(finding: Finding) -> tuple[str, str, str]:
    """What a finding says but for its line, which a change above it moves; of a test, that it fails."""
    said = str(finding.line) if finding.code == TEST_FAILED else finding.message
    return finding.file, finding.code, said
