"""What the files of a knowledge folder hold at one moment, before anybody has looked into them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from bot.knowledge_files.layout import kind_of, yaml_files

MAX_BYTES: Final = 512 * 1024
"""Size of one file, some twenty times the largest so far."""
_VERSION_LENGTH: Final = 12


@dataclass(frozen=True)
class Contents:
    """The files of one folder.

    files: path inside the folder, with slashes -> what the file holds, cut off just above MAX_BYTES. Sorted by path.
    unreadable: path -> why it could not be read; "." is the folder itself.
    strangers: paths of YAML files that nothing reads, because of their name or place.
    """

    files: Mapping[str, bytes]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    strangers: Iterable[str] = ()

    @cached_property
    def version(self) -> str:
        """The name of the content: the same for the same files, on any machine."""
        seen = hashlib.sha256()
        for file, content in self.files.items():
            seen.update(f"{file}\0{len(content)}\0".encode())
            seen.update(content)
        return seen.hexdigest()[:_VERSION_LENGTH]


def read_contents(directory: Path) -> Contents:
    """Read the files of a folder. Never raises: what cannot be read stands in `unreadable`."""
    files: dict[str, bytes] = {}
    unreadable: dict[str, str] = {}
    try:
        found = yaml_files(directory)
    except OSError as error:
        return Contents({}, {".": error.strerror or str(error)})
    strangers = [file for file in found if kind_of(file) is None]
    for file in found:
        if file in strangers:
            continue
        try:
            with (directory / file).open("rb") as stream:
                files[file] = stream.read(MAX_BYTES + 1)
        except OSError as error:
            unreadable[file] = error.strerror or str(error)
    return Contents(files, unreadable, tuple(strangers))
