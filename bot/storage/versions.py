"""Versions of the knowledge: which one all processes serve, which there were, and the files of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from bot.errors import BotError
from bot.storage.database import Database, insert_if_new
from bot.storage.knowledge_tables import knowledge_folders, knowledge_publications, knowledge_versions
from bot.storage.tables import messages

KEPT: Final = 50
"""Versions that are kept even if they never answered anybody."""
_FOLDERS_FORGOTTEN_AFTER: Final = timedelta(days=90)
_SLOW_TURN: Final = timedelta(minutes=1)
"""A message that came just before a change is answered from the version before it."""


class NoSuchVersion(BotError):
    """No version of that name is kept, or more than one."""


class How(StrEnum):
    """Why a version came to be served."""

    FOLDER = "folder"  # a folder was changed
    PUBLISHED = "published"  # by command, whatever was served before
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Publication:
    """From `at` on, `version` is served; `by` names a person or a machine. A later one has a higher `number`."""

    number: int
    version: str
    at: datetime
    by: str
    how: How


@dataclass(frozen=True, slots=True)
class Kept:
    """One version: how much of what it holds, and when it was served last."""

    counts: Mapping[str, int]
    made_at: datetime
    last: Publication

    @property
    def version(self) -> str:
        return self.last.version


_publications: Final = knowledge_publications.c
_served: Final = select(knowledge_publications).order_by(_publications.id.desc()).limit(1)
_by_editors: Final = _publications.how != How.BACK


class Versions:
    """Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def served(self) -> Publication | None:
        """Tell what all processes are to serve; None if nothing was ever published."""
        with self._database.reading() as connection:
            return _served_now(connection)

    def packed(self, version: str) -> bytes:
        """Return the files of a version. Raises NoSuchVersion."""
        with self._database.reading() as connection:
            found = connection.scalar(
                select(knowledge_versions.c.packed).where(knowledge_versions.c.version == version)
            )
        if found is None:
            raise NoSuchVersion(f"There is no version {version} any more: `bot knowledge versions` lists those kept.")
        return bytes(found)

    def kept(self) -> list[Kept]:
        """Return all versions that are kept, the one served last first."""
        last = select(func.max(_publications.id)).group_by(_publications.version)
        with self._database.reading() as connection:
            rows = connection.execute(
                select(knowledge_publications, knowledge_versions.c.counts, knowledge_versions.c.made_at)
                .join(knowledge_versions, knowledge_versions.c.version == _publications.version)
                .where(_publications.id.in_(last))
                .order_by(_publications.id.desc())
            ).all()
        return [Kept(row.counts, row.made_at, _publication(row)) for row in rows]

    def find(self, beginning: str) -> str:
        """Return the name of the version that begins so. Raises NoSuchVersion."""
        found = [one.version for one in self.kept() if one.version.startswith(beginning)]
        if len(found) != 1:
            wrong = f"{len(found)} versions begin with {beginning}" if found else f"No version begins with {beginning}"
            raise NoSuchVersion(f"{wrong}: `bot knowledge versions` lists those kept.")
        return found[0]

    def before(self, version: str) -> str:
        """Return the version that editors published before this one. Raises NoSuchVersion if it was the first."""
        newest = select(func.max(_publications.id)).where(_publications.version == version, _by_editors)
        with self._database.reading() as connection:
            found = connection.scalar(
                select(_publications.version)
                .where(_publications.id < newest.scalar_subquery(), _publications.version != version, _by_editors)
                .order_by(_publications.id.desc())
                .limit(1)
            )
        if found is None:
            raise NoSuchVersion("There is no earlier version to go back to: `bot knowledge versions` lists those kept.")
        return str(found)

    def has_seen(self, place: str, version: str) -> bool:
        """Whether the folder at that place held this version when it was looked at last."""
        with self._database.reading() as connection:
            return _seen(connection, place) == version

    def offer(
        self, place: str, version: str, packed: bytes, counts: Mapping[str, int], *, by: str, now: datetime
    ) -> bool:
        """Publish what the folder at a place holds, if that is news; whether it was.

        It is if nobody ever published it, or if the folder was changed to it, and nobody has published the same change
        from another copy of the folder before. An old copy, on a machine that starts again, is no news.
        """
        with self._database.writing() as connection:
            is_new = _add(connection, version, packed, counts, now=now)
            before = _seen(connection, place)
            changed = before is not None and before != version and not _follows(connection, version, before)
            is_news = is_new or changed
            if is_news:
                _publish(connection, version, How.FOLDER, by=by, now=now)
            connection.execute(
                insert_if_new(connection, knowledge_folders).values(place=place, version=version, seen_at=now)
            )
            connection.execute(
                update(knowledge_folders).where(knowledge_folders.c.place == place).values(version=version, seen_at=now)
            )
        return is_news

    def publish(self, version: str, packed: bytes, counts: Mapping[str, int], *, by: str, now: datetime) -> None:
        """Have all processes serve this, whatever they serve now."""
        with self._database.writing() as connection:
            _add(connection, version, packed, counts, now=now)
            _publish(connection, version, How.PUBLISHED, by=by, now=now)

    def go_back(self, version: str, *, by: str, now: datetime) -> None:
        """Have all processes serve a version again that is kept, until a folder changes."""
        with self._database.writing() as connection:
            _publish(connection, version, How.BACK, by=by, now=now)

    def tidy(self, now: datetime) -> None:
        """Remove versions beyond the last `KEPT` that answered no message still stored, and folders long gone."""
        for one in self.kept()[KEPT:]:
            with self._database.writing() as connection:
                served = _served_now(connection)
                if served and served.version != one.version and not _has_answered(connection, one):
                    connection.execute(delete(knowledge_versions).where(knowledge_versions.c.version == one.version))
        with self._database.writing() as connection:
            gone = knowledge_folders.c.seen_at < now - _FOLDERS_FORGOTTEN_AFTER
            connection.execute(delete(knowledge_folders).where(gone))


def changes(one: Kept, kept: Sequence[Kept]) -> dict[str, int]:
    """Tell how much a version has more (or less) of than the one made before it, by what is counted."""
    earlier = [other for other in kept if other.made_at < one.made_at]
    before = max(earlier, key=lambda other: other.made_at).counts if earlier else {}
    differences = {name: number - before.get(name, 0) for name, number in one.counts.items()}
    return {name: number for name, number in differences.items() if number}


def _served_now(connection: Connection) -> Publication | None:
    row = connection.execute(_served).one_or_none()
    return _publication(row) if row else None


def _publication(row: Row[Any]) -> Publication:
    return Publication(row.id, row.version, row.at, row.by, How(row.how))


def _add(connection: Connection, version: str, packed: bytes, counts: Mapping[str, int], *, now: datetime) -> bool:
    """Whether the version was not there. Whoever adds or publishes the same one waits until this transaction ends."""
    added = insert_if_new(connection, knowledge_versions).values(
        version=version, packed=packed, counts=dict(counts), made_at=now
    )
    is_new = connection.scalar(added.returning(knowledge_versions.c.version)) is not None
    connection.execute(
        select(knowledge_versions.c.version).where(knowledge_versions.c.version == version).with_for_update()
    )
    return is_new


def _publish(connection: Connection, version: str, how: How, *, by: str, now: datetime) -> None:
    connection.execute(insert(knowledge_publications).values(version=version, at=now, by=by, how=how))


def _seen(connection: Connection, place: str) -> str | None:
    """What a folder held when it was looked at last. Who writes has locked the version, so nobody changes it now."""
    found: str | None = connection.scalar(select(knowledge_folders.c.version).where(knowledge_folders.c.place == place))
    return found


def _follows(connection: Connection, version: str, before: str) -> bool:
    """Whether editors have put `version` in the place of `before` already."""
    return _newest(connection, version) > _newest(connection, before)


def _newest(connection: Connection, version: str) -> int:
    """The number of the last time that editors published a version, 0 if they never did."""
    of_version = (_publications.version == version) & _by_editors
    return connection.scalar(select(func.max(_publications.id)).where(of_version)) or 0


def _has_answered(connection: Connection, one: Kept) -> bool:
    own = select(func.min(_publications.at)).where(_publications.version == one.version)
    after = select(func.min(_publications.at)).where(_publications.id > one.last.number)
    said = messages.c.decision["knowledge"].as_string() == one.version
    begins, ends = connection.scalar(own), connection.scalar(after)
    if begins is None or ends is None:
        return False
    return bool(connection.scalar(select(exists().where(messages.c.at.between(begins, ends + _SLOW_TURN), said))))
