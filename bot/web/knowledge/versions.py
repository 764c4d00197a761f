"""The section of the versions: which one answers learners, and what each of the last ones changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.core.amounts import more_or_less
from bot.storage.versions import How, Kept, changes
from bot.web.context import services
from bot.web.inbox.reader import Reader

_SHOWN: Final = 10
_REASONS: Final = {How.FOLDER: "by a change on", How.PUBLISHED: "published by", How.BACK: "gone back to by"}


@dataclass(frozen=True, slots=True)
class Versions:
    """The last versions, the one served first.

    changes: version -> what is more or less than in the one before. differs: why the folder here is not what is served.
    """

    kept: list[Kept]
    changes: Mapping[str, str]
    reasons: Mapping[How, str]
    differs: str


def versions(reader: Reader) -> Versions | None:
    """Return the last versions; None if nothing was ever published."""
    kept = reader.store.versions.kept()
    if not kept:
        return None
    shown = kept[:_SHOWN]
    told = {one.version: more_or_less(changes(one, kept)) or "other words" for one in shown}
    return Versions(shown, told, _REASONS, services().serving.differs)
