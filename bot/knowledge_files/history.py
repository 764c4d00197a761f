"""A knowledge folder as it was at an earlier commit, read from git without touching a file."""

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Final

from bot.errors import BotError
from bot.knowledge_files.contents import Contents
from bot.knowledge_files.layout import SUFFIX, kind_of

_PATIENCE_SECONDS: Final = 60


class NoSuchRevision(BotError):
    """Git does not know what the folder held then."""


def contents_at(directory: Path, revision: str) -> Contents:
    """Return what the folder held at a git revision, such as `HEAD`, `main~3` or `v1.2`.

    Raises NoSuchRevision if git is missing, the folder is in no repository or it was not there at that revision.
    """
    if revision.startswith("-"):
        raise NoSuchRevision(f"{revision} is no git revision: name a commit, a branch or a tag.")
    try:
        # Inside a folder, git archives just this folder, with paths that begin in it.
        done = subprocess.run(  # noqa: S603 - no shell, and the revision cannot be an option
            ["git", "archive", "--format=tar", revision],  # noqa: S607 - whichever git the editor uses
            cwd=directory,
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoSuchRevision(f"git cannot be run ({error}): install it, or name a folder instead.") from error
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise NoSuchRevision(
            f"{directory} at {revision} cannot be read from git ({reason[-1]}): "
            "name a commit, a branch, a tag, or a folder with the earlier files."
        )
    files = _unpacked(done.stdout)
    known = {file: content for file, content in files.items() if kind_of(file) is not None}
    if not known:
        raise NoSuchRevision(f"{directory} had no knowledge files at {revision}: name a later one.")
    return Contents(known, strangers=tuple(files.keys() - known.keys()))


def _unpacked(archive: bytes) -> dict[str, bytes]:
    """The YAML files of an archive, by path; sorted, as the version is made from them in that order."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {
            member.name: stream.read()
            for member in tar
            if member.isfile() and member.name.endswith(SUFFIX) and (stream := tar.extractfile(member)) is not None
        }
    return dict(sorted(files.items()))
