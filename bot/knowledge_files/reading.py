"""Reads the knowledge folder: each file by itself, to the last problem."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.core.knowledge import (
    CannedReplies,
    Courses,
    Document,
    Faqs,
    Folder,
    Id,
    Key,
    Language,
    OffTopic,
    Problem,
    School,
    Source,
    Topic,
)
from bot.core.nearest import nearest
from bot.knowledge_files.contents import MAX_BYTES, Contents, read_contents
from bot.knowledge_files.layout import KINDS, SUFFIX, Kind, kind_of
from bot.knowledge_files.model_mistakes import explain_all, nearest_place
from bot.knowledge_files.yaml_mistakes import Fault, Place
from bot.knowledge_files.yaml_positions import parse

_TOP: Final = Place(1, 1)
_ID: Final = TypeAdapter(Id)
_LANGUAGE: Final = re.compile(r"[a-z]+")
_EMPTY: Final[Mapping[Source, Any]] = {
    Source.SCHOOL: School.model_construct(name="", timezone="UTC", hours={}, holidays=(), answers={}),
    Source.COURSES: Courses.model_construct(courses={}),
    Source.FAQS: Faqs(),
    Source.LANGUAGE: Language.model_construct(spellings={}),
    Source.OFF_TOPIC: OffTopic(phrases={}),
    Source.CANNED_REPLIES: CannedReplies(),
}
"""Takes the place of a file that is missing or broken, so that the others can still be checked."""
_MAY_BE_MISSING: Final = (Source.TOPIC, Source.LINES, Source.TRANSLATION, Source.CANNED_REPLIES, Source.TEST)
"""Of topics and lines the checks name those that are needed; without translations answers come as they are written,
without canned replies staff just have none, and without tests nothing is tested."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing an editor should mend.

    file: path inside the knowledge folder, with slashes. line, column: from 1.
    code: stable name such as `reference-unknown`, explained in docs/knowledge-problems.md.
    hint: what to do, as one sentence.
    warning: True if the knowledge works nevertheless.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    warning: bool = False

    def __str__(self) -> str:
        """Use the form of compilers, of which editing programs and terminals make a link."""
        mark = " (warning)" if self.warning else ""
        return f"{self.file}:{self.line}:{self.column}: {self.code}: {self.message}{mark}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A folder as far as it could be read.

    folder: the files that are valid by themselves; an empty one for each needed file that is not.
    broken: the kinds of which a file is missing or broken, so that references to them cannot be judged.
    places: by file, where every key stands.
    """

    folder: Folder
    broken: frozenset[Source]
    findings: tuple[Finding, ...]
    places: Mapping[str, Mapping[Key, Place]]

    def finding(self, problem: Problem) -> Finding:
        """Add its place to a problem."""
        place = nearest_place(problem.key, self.places.get(problem.file, {}))
        fault = Fault(place, problem.code, problem.message, problem.hint)
        return _finding(problem.file, fault, warning=problem.warning)


def scan(directory: Path) -> Reading:
    """Read every file of the folder. Never raises because of what the folder holds; `findings` tells all of it."""
    return scan_contents(read_contents(directory))


def scan_contents(contents: Contents) -> Reading:
    """Read files that were taken from a folder before, as `scan` does."""
    scanner = _Scanner(contents)
    scanner.read_all()
    return scanner.reading()


class _Scanner:
    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._findings: list[Finding] = []
        self._broken: set[Source] = set()
        self._places: dict[str, Mapping[Key, Place]] = {}
        self._documents: dict[Source, dict[str, Document[Any]]] = {kind.source: {} for kind in KINDS}

    def reading(self) -> Reading:
        folder = Folder(
            version=self._contents.version,
            topics=self._documents[Source.TOPIC],
            comparisons=self._documents[Source.COMPARISON],
            courses=self._single(Source.COURSES),
            faqs=self._single(Source.FAQS),
            school=self._single(Source.SCHOOL),
            language=self._single(Source.LANGUAGE),
            lines=self._documents[Source.LINES],
            translations=self._documents[Source.TRANSLATION],
            off_topic=self._single(Source.OFF_TOPIC),
            canned_replies=self._single(Source.CANNED_REPLIES),
            tests=self._documents[Source.TEST],
        )
        return Reading(folder, frozenset(self._broken), tuple(sorted(self._findings)), self._places)

    def _single(self, source: Source) -> Document[Any]:
        return self._documents[source].get(source) or Document(f"{source}{SUFFIX}", _EMPTY[source])

    def read_all(self) -> None:
        contents = self._contents
        if "." in contents.unreadable:
            hint = "Check the folder's name and permissions; the setting KNOWLEDGE_DIR names it."
            fault = Fault(_TOP, "folder-unreadable", f"the folder cannot be read: {contents.unreadable['.']}", hint)
            self._report(".", fault)
            self._broken.update(Source)
            return
        for file in contents.strangers:
            self._report_misplaced(file)
        files = sorted({*contents.files, *contents.unreadable})
        for file in files:
            kind = kind_of(file)
            if kind is None:  # packed by a program that knew more kinds of files than this one
                self._report_misplaced(file)
            else:
                self._read(kind, file)
        self._report_missing({*files, *contents.strangers})

    def _read(self, kind: Kind, file: str) -> None:
        faults = list(self._faults_of(kind, file))
        for fault in faults:
            self._report(file, fault)
        if faults:
            self._broken.add(kind.source)

    def _faults_of(self, kind: Kind, file: str) -> Iterator[Fault]:
        """Read one file and keep its document if nothing is wrong with it."""
        if file in self._contents.unreadable:
            message = f"the file cannot be read: {self._contents.unreadable[file]}"
            yield Fault(_TOP, "file-unreadable", message, "Check the permissions of the file.")
            return
        content = self._contents.files[file]
        if len(content) > MAX_BYTES:
            message = f"the file is larger than {MAX_BYTES // 1024} KB"
            yield Fault(_TOP, "file-too-large", message, "Split it, or remove what does not belong there.")
            return
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            yield _not_utf8(content, error)
            return
        self._check_schema_line(kind, file, text)
        yield from self._faults_of_text(kind, file, text)

    def _faults_of_text(self, kind: Kind, file: str, text: str) -> Iterator[Fault]:
        tree = parse(text)
        yield from tree.faults
        for doubt in tree.doubts:
            self._report(file, doubt, warning=True)
        self._places[file] = tree.places
        if tree.value is None:
            if not tree.faults:
                yield Fault(_TOP, "file-empty", "the file is empty", "Fill it in, or delete it if nothing needs it.")
            return
        if not isinstance(tree.value, dict):
            kind_found = "list" if isinstance(tree.value, list) else "text"
            message = f"the file holds a {kind_found} instead of keys with values"
            hint = "Begin each line at the left with a key, a colon and a space; compare with a file that works."
            yield Fault(tree.places[()], "not-a-mapping", message, hint)
            return
        try:
            content = kind.model.model_validate(tree.value)
        except ValidationError as error:
            known = {fault.place for fault in tree.faults}
            faults = explain_all(kind.model, tree.value, error, tree.places)
            yield from (fault for fault in faults if fault.place not in known)
            return
        name = Path(file).stem
        misnamed = _misnamed(kind, name, content, self._contents.files)
        if misnamed:
            yield misnamed._replace(place=tree.places.get(("topic",), _TOP))
        elif not tree.faults:
            lines = {key: place.line for key, place in tree.places.items()}
            self._documents[kind.source][name] = Document(file, content, lines)

    def _check_schema_line(self, kind: Kind, file: str, text: str) -> None:
        first_line = next(iter(text.splitlines()), "")
        if first_line.rstrip() != kind.schema_line:
            message = "the first line does not name the schema, so editing programs cannot help here"
            fault = Fault(_TOP, "schema-line", message, f"Make the first line: {kind.schema_line}")
            self._report(file, fault, warning=True)

    def _report_misplaced(self, file: str) -> None:
        renamed = f"{file.removesuffix('.yml')}{SUFFIX}"
        if kind_of(renamed):
            hint = f"Rename it to {renamed}."
        elif meant := _meant(Path(file)):
            hint = f"Did you mean {meant}? Move it there."
        else:
            hint = f"Files that are read: {', '.join(kind.file for kind in KINDS)}."
        self._report(file, Fault(_TOP, "file-unexpected", "nothing reads a file of this name in this place", hint))

    def _report_missing(self, files: set[str]) -> None:
        kinds_there = {kind_of(file) for file in files}
        for kind in KINDS:
            if kind not in kinds_there and kind.source not in _MAY_BE_MISSING:
                self._broken.add(kind.source)
                hint = "Restore it from the history, or copy the file of another knowledge folder."
                self._report(kind.file, Fault(_TOP, "file-missing", "this file is needed and is not there", hint))

    def _report(self, file: str, fault: Fault, *, warning: bool = False) -> None:
        self._findings.append(_finding(file, fault, warning=warning))


def _meant(file: Path) -> str:
    """The path of a file whose folder, or name at the top, is misspelt; empty if it is like none."""
    if file.parent == Path():
        near = nearest(file.stem, [kind.source for kind in KINDS if not kind.folder])
        return f"{near}{SUFFIX}" if near else ""
    near = nearest(file.parent.as_posix(), [kind.folder for kind in KINDS if kind.folder])
    return f"{near}/{file.stem}{SUFFIX}" if near else ""


def _finding(file: str, fault: Fault, *, warning: bool) -> Finding:
    """Add the file to a fault. A finding is one line for each of its texts, whatever the names and texts it quotes."""
    printable = "".join(character if character.isprintable() else "?" for character in file)
    message, hint = (" ".join(text.splitlines()) for text in (fault.message, fault.hint))
    return Finding(printable, *fault.place, fault.code, message, hint, warning)


def _not_utf8(content: bytes, error: UnicodeDecodeError) -> Fault:
    start = content.rfind(b"\n", 0, error.start) + 1
    column = len(content[start : error.start].decode("utf-8", "replace")) + 1
    place = Place(content.count(b"\n", 0, error.start) + 1, column)
    return Fault(place, "file-not-utf8", "the file is not saved as UTF-8", "Save it again with the encoding UTF-8.")


def _misnamed(kind: Kind, name: str, content: BaseModel, files: Collection[str]) -> Fault | None:
    if isinstance(content, Topic) and content.topic != name:
        message = f'the topic is "{content.topic}", but the file is called "{name}{SUFFIX}"'
        if f"{kind.folder}/{content.topic}{SUFFIX}" in files:
            hint = f"{content.topic}{SUFFIX} is there: delete this file if it is a copy, or give it a topic of its own."
            return Fault(_TOP, "file-name", message, hint)
        return Fault(_TOP, "file-name", message, f"Rename the file to {content.topic}{SUFFIX}.")
    if kind.source in (Source.LINES, Source.TRANSLATION) and not _LANGUAGE.fullmatch(name):
        message = f'the file is called "{name}{SUFFIX}", which is not the code of a language'
        return Fault(_TOP, "file-name", message, f"Use small letters a to z only, such as en{SUFFIX}.")
    if kind.source is Source.COMPARISON and not _is_id(name):
        message = f'the file is called "{name}{SUFFIX}", and its name is the id of the comparison'
        hint = "Use small letters, digits, _ and -, with a letter first, such as data-scientist-vs-data-analyst.yaml."
        return Fault(_TOP, "comparison-id", message, hint)
    return None


def _is_id(name: str) -> bool:
    try:
        _ID.validate_python(name)
    except ValidationError:
        return False
    return True
