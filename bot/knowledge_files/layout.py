"""Which files a knowledge folder has, and where they lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from bot.core.knowledge import (
    CannedReplies,
    Comparison,
    Courses,
    Faqs,
    KnowledgeTests,
    Language,
    Lines,
    OffTopic,
    School,
    Source,
    Topic,
    Translation,
)

SUFFIX: Final = ".yaml"
_READ_BY_MISTAKE: Final = frozenset({SUFFIX, ".yml"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: `folder` holds any number of them; without a folder it is one file at the top."""

    source: Source
    model: type[BaseModel]
    folder: str = ""

    @property
    def file(self) -> str:
        """The path of a file of this kind, for people."""
        return f"{self.folder}/<name>{SUFFIX}" if self.folder else f"{self.source}{SUFFIX}"

    @property
    def schema_line(self) -> str:
        """The first line of such a file; editing programs check and complete what is typed with its help."""
        return f"# yaml-language-server: $schema={'../' if self.folder else ''}schemas/{self.source}.json"


KINDS: Final = (
    Kind(Source.SCHOOL, School),
    Kind(Source.COURSES, Courses),
    Kind(Source.FAQS, Faqs),
    Kind(Source.LANGUAGE, Language),
    Kind(Source.OFF_TOPIC, OffTopic),
    Kind(Source.CANNED_REPLIES, CannedReplies),
    Kind(Source.TOPIC, Topic, "topics"),
    Kind(Source.COMPARISON, Comparison, "comparisons"),
    Kind(Source.LINES, Lines, "lines"),
    Kind(Source.TRANSLATION, Translation, "translations"),
    Kind(Source.TEST, KnowledgeTests, "tests"),
)


def kind_of(file: str) -> Kind | None:
    """Tell the kind of a file by its path inside the folder; None if no file belongs there."""
    folder, _, name = file.rpartition("/")
    if not (name.endswith(SUFFIX) and file.isprintable()):  # what cannot be printed cannot be reported either
        return None
    return next((kind for kind in KINDS if kind.folder == folder and (folder or kind.file == name)), None)


def yaml_files(directory: Path) -> list[str]:
    """List the paths inside the folder of all YAML files at the top and one level below, sorted.

    Hidden files are left out: editing programs keep copies and locks of that kind beside the file.

    Raises OSError if the folder cannot be read.
    """
    level = [path for path in directory.iterdir() if not path.name.startswith(".")]
    for folder in [path for path in level if path.is_dir()]:
        level += [path for path in folder.iterdir() if not path.name.startswith(".")]
    # Only regular files: opening a named pipe would wait for ever.
    files = [path for path in level if path.suffix in _READ_BY_MISTAKE and path.is_file()]
    return sorted(path.relative_to(directory).as_posix() for path in files)
