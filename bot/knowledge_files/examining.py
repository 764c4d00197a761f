"""Everything that an editor should know about a folder, tests and all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.core import checks
from bot.core.catalogue import Knowledge
from bot.core.checks import conflicts, rehearsals, reviews
from bot.core.knowledge import Folder, Problem
from bot.core.rehearsal import rehearse
from bot.knowledge_files.contents import Contents, read_contents
from bot.knowledge_files.reading import Finding, scan_contents


def _reviewed(folder: Folder, now: datetime) -> list[Problem]:
    # Whoever writes lives hours ahead of UTC.
    return [*reviews.due(folder, now.date()), *reviews.ahead(folder, now.date() + timedelta(days=1))]


@dataclass(frozen=True)
class Examined:
    """A folder as an editor has left it.

    findings: sorted by place.
    knowledge: ready to answer; None if an error hinders it, and then no test was run.
    """

    folder: Folder
    findings: tuple[Finding, ...]
    knowledge: Knowledge | None


def examine(directory: Path, *, now: datetime) -> Examined:
    """Check a folder as `bot.knowledge_files.inspect` does and, once it can answer, run its tests. Never raises.

    Phrases that the bot cannot tell apart are told then, too.

    now: aware UTC; by it reviews are due, and learners write at that time in tests that name no day.
    """
    return examine_contents(read_contents(directory), now=now)


def examine_contents(contents: Contents, before: Knowledge | None = None, *, now: datetime) -> Examined:
    """Check files that were taken from a folder before, as `examine` does.

    before: a knowledge that is nearly the same; it changes nothing but the time.
    """
    reading = scan_contents(contents)
    problems = [*checks.problems(reading.folder, broken=reading.broken), *_reviewed(reading.folder, now)]
    findings = [*reading.findings, *map(reading.finding, problems)]
    knowledge = None
    if all(finding.warning for finding in findings):
        knowledge = Knowledge(reading.folder, before)
        failed = rehearsals.failed(rehearse(knowledge, reading.folder.tests, now=now))
        findings.extend(map(reading.finding, [*failed, *conflicts.problems(knowledge, reading.folder)]))
    return Examined(reading.folder, tuple(sorted(findings)), knowledge)
