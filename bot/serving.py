"""Which knowledge this process answers from: what its folder came to hold, and what all processes agreed on.

A change of the folder is checked, built and published in a thread of its own; until then, and if it cannot be served,
the version before it answers. What all processes serve stands in the database and is looked at every second.
"""

import hashlib
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.core.catalogue import Knowledge
from bot.core.knowledge import Folder
from bot.errors import BotError
from bot.knowledge_files import Contents, Finding, KnowledgeError, checked, read_contents
from bot.knowledge_files.layout import yaml_files
from bot.knowledge_files.older import brought_up
from bot.knowledge_files.packing import BadPack, pack, unpack
from bot.storage import StorageUnavailable, Store
from bot.storage.versions import Publication

FINDINGS_TOLD: Final = 5
"""The first problems of a broken edit are enough to begin with; `bot knowledge check` has all."""
TIDY_EVERY: Final = timedelta(days=1)
_LOOK_SECONDS: Final = 0.2
"""Between two looks at the folder. A change counts once two looks have seen the same."""
_ASK_EVERY: Final = timedelta(seconds=1)
"""Between two looks at the version that all processes serve."""
_TROUBLE_SECONDS: Final = 2.0

log = logging.getLogger(__name__)

Look = tuple[tuple[str, int, int, int, int], ...] | str
"""Every file with what changes when it is saved; for a folder that cannot be read, why."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An edit that cannot be served. `findings` are its errors, sorted by place."""

    findings: tuple[Finding, ...]
    since: datetime

    def sentences(self) -> list[str]:
        """The first problems, each with file, line and what to do."""
        return [f"{finding}. {finding.hint}".rstrip() for finding in self.findings[:FINDINGS_TOLD]]


class Serving:
    """One process's knowledge. Its methods are for one thread at a time; what it says of itself is for any.

    place: names the folder among those of all machines.
    """

    def __init__(self, store: Store, directory: Path) -> None:
        self._store = store
        self._directory = directory
        self.place: Final = f"{socket.gethostname()}:{directory.resolve()}"
        self._folder: Folder | None = None
        self._seen: Look = ()
        self._handled: Look | None = None
        self._asked_at = datetime.min.replace(tzinfo=UTC)
        self._unusable: VersionUnusable | None = None
        self.knowledge: Knowledge | None = None
        self.broken: Broken | None = None
        self.served: Publication | None = None

    def begin(self, now: datetime) -> Knowledge:
        """Return the knowledge to start with: the folder's if it is news, else what all processes serve.

        Raises WrongRevision, StorageUnavailable, or KnowledgeError if there is neither.
        """
        self._store.check()
        self._handled = self._seen = look(self._directory)
        built = self._take_folder(now)
        self.served = self._store.versions.served()
        if self.served is not None:
            built = self._load(self.served.version, built) or built
        if built is None and self._folder is not None:
            built = Knowledge(self._folder)
        if built is None:
            raise KnowledgeError(self.broken.findings if self.broken else ())
        self.knowledge = built
        if self.differs:
            log.warning("%s", self.differs)
        return built

    def run(self, stop: threading.Event, adopt: Callable[[Knowledge], None]) -> None:
        """Keep up with the folder and the other processes until `stop` is set; `adopt` is given each newer version."""
        while not stop.wait(_LOOK_SECONDS):
            try:
                newer = self.step(datetime.now(UTC))
            except StorageUnavailable as error:
                log.warning("the knowledge waits for the database: %s", error)
            except Exception:
                log.exception("the knowledge stays as it is after a fault")
            else:
                if newer is not None:
                    adopt(newer)
                continue
            stop.wait(_TROUBLE_SECONDS)

    def step(self, now: datetime) -> Knowledge | None:
        """Look at the folder, and once a second at what all serve; return the knowledge to answer from if it changed.

        Raises StorageUnavailable; the next step tries again.
        """
        built = None
        found = look(self._directory)
        if found == self._seen and found != self._handled:
            built = self._take_folder(now)
            if look(self._directory) != found:
                self._seen = ()  # saved again while it was read
                return None
            self._handled = found
        self._seen = found
        if built is None and abs(now - self._asked_at) < _ASK_EVERY:  # `abs`: clocks are set back
            return None
        self._asked_at = now
        served = self._store.versions.served()
        self.served = served
        if served is None or self.knowledge is None or served.version == self.knowledge.version:
            self._unusable = None
            return None
        newer = self._load(served.version, built)
        if newer is not None:
            log.info("version %s of the knowledge answers instead of %s", newer.version, self.knowledge.version)
            self.knowledge = newer
        return newer

    @property
    def differs(self) -> str:
        """That the folder here is not what is served, by whom and how to change it; empty if it is."""
        served, folder = self.served, self._folder
        if served is None or folder is None or served.version == folder.version:
            return ""
        return (
            f"The knowledge folder here holds version {folder.version}, and version {served.version} is served since "
            f"{served.at:%Y-%m-%d %H:%M} UTC: `bot knowledge versions` tells why, `bot knowledge publish` serves the "
            "folder."
        )

    @property
    def unusable(self) -> str:
        """Why this process does not answer from the version that is to be served; empty if it does."""
        return str(self._unusable or "")

    @property
    def trouble(self) -> str:
        """Stands for what staff are told of the last edit and of the version to be served; empty if all is well."""
        told = [*(self.broken.sentences() if self.broken else ()), self.unusable]
        text = "\n".join(filter(None, told))
        return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""

    def warnings(self) -> list[str]:
        """Everything that editors should know of, in sentences; the bot answers nevertheless."""
        found = [text for text in (self.unusable, self.differs) if text]
        if self.broken is not None and self.knowledge is not None:
            sentences = " ".join(self.broken.sentences())
            found.insert(0, f"The last edit cannot be served, version {self.knowledge.version} answers: {sentences}")
        return found

    def _take_folder(self, now: datetime) -> Knowledge | None:
        """Check the folder and publish it if it is news; return what was built for that."""
        contents = read_contents(self._directory)
        try:
            self._folder = folder = checked(contents)
        except KnowledgeError as error:
            self._report(contents, error, now)
            return None
        if self.broken is not None:
            self._store.knowledge_faults.mended(self.place)
            self.broken = None
            log.info("the knowledge folder is in order again")
        if self._store.versions.has_seen(self.place, contents.version):
            return None
        knowledge = Knowledge(folder, self.knowledge)  # before others are sent there
        self._store.versions.offer(
            self.place, contents.version, pack(contents), counts(folder), by=socket.gethostname(), now=now
        )
        return knowledge

    def _report(self, contents: Contents, error: KnowledgeError, now: datetime) -> None:
        errors = tuple(finding for finding in error.findings if not finding.warning)
        self.broken = Broken(errors, now)
        log.error(
            "the knowledge folder cannot be served, the last good version answers: %s", " ".join(map(str, errors))
        )
        self._store.knowledge_faults.report(self.place, contents.version, self.broken.sentences(), now=now)

    def _load(self, version: str, built: Knowledge | None) -> Knowledge | None:
        """Make a version ready to answer; None if this program cannot, which `unusable` then explains."""
        if self._unusable is not None and self._unusable.version == version:
            return None
        try:
            if built is not None and built.version == version:
                knowledge = built
            elif self._folder is not None and self._folder.version == version:
                knowledge = Knowledge(self._folder, self.knowledge)
            else:
                folder, taken = kept_folder(self._store, version, read_contents(self._directory))
                knowledge = Knowledge(folder, self.knowledge)
                if taken:
                    log.warning("version %s of the knowledge: %s", version, taken)
        except VersionUnusable as error:
            self._unusable = error
            log.error("%s", error)
            return None
        self._unusable = None
        return knowledge


class VersionUnusable(BotError):
    """A version that was kept does not fit this program, or is damaged."""

    def __init__(self, version: str, reason: str) -> None:
        self.version = version
        super().__init__(
            f"Version {version} of the knowledge cannot be served here: {reason}. Serve another with "
            "`bot knowledge back VERSION`, or the folder with `bot knowledge publish`."
        )


def kept_folder(store: Store, version: str, current: Contents) -> tuple[Folder, str]:
    """Read a version that was kept; it takes a third of making it ready to answer.

    current: files that this program is content with. Sentences of the bot that are younger than the version come from
      there; which ones, the second value says, empty if none.

    Raises NoSuchVersion, VersionUnusable with the reason, or StorageUnavailable.
    """
    packed = store.versions.packed(version)
    try:
        contents, taken = brought_up(unpack(packed, version), current)
        return replace(checked(contents), version=version), taken
    except KnowledgeError as error:
        first = next(finding for finding in error.findings if not finding.warning)
        reason = f"it was made for another version of the program ({first})"
    except BadPack:
        reason = "it is damaged in the database"
    raise VersionUnusable(version, reason)


def counts(folder: Folder) -> dict[str, int]:
    """How much a folder holds of what editors count."""
    comparisons = [document.content for document in folder.comparisons.values()]
    faqs = [*folder.faqs.content.faqs, *(faq for comparison in comparisons for faq in comparison.faqs)]
    phrases = [
        *(topic.content.phrases for topic in folder.topics.values()),
        *(path.phrases for comparison in comparisons for path in comparison.paths),
        *(faq.phrases for faq in faqs),
    ]
    return {
        "comparisons": len(comparisons),
        "topics": len(folder.topics),
        "questions": len(faqs),
        "courses": len(folder.courses.content.courses),
        "phrases": sum(len(written) for spoken in phrases for written in spoken.values()),
    }


def look(directory: Path) -> Look:
    """Tell what the folder looks like without reading its files: enough to see that one was saved."""
    seen = []
    try:
        for file in yaml_files(directory):
            status = (directory / file).stat()
            seen.append((file, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))
    except OSError as error:
        return error.strerror or str(error)
    return tuple(seen)
