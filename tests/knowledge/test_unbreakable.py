"""Whatever editors do to a file, they get findings or a folder, and never an exception of Python."""

import os
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.core.knowledge import Key
from bot.knowledge_files import KnowledgeError, inspect, load
from bot.knowledge_files.layout import yaml_files
from bot.knowledge_files.yaml_positions import Value, parse
from tests.knowledge.editing import GOOD, EditedFolder

# Time depends on the machine, and a folder may be used again: every example writes the file anew.
lenient = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
files = st.sampled_from(yaml_files(GOOD))
signs = st.sampled_from("{}[]\"':#|~\t\n\x00\u2028\ufeff")
words = st.sampled_from(["  ", ": ", "- ", "? ", "&a", "*a", ">-", "<<: ", "!!map ", "---\n", "\n...\n", "%YAML 1.2\n"])
plain = st.sampled_from(["1", "1e9", "0x1F", "9:30", "2026-13-45", "yes", "null"])
loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the same scanner as in the program, another builder
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=6,
)


def survives(folder: Path) -> None:
    """The findings and the outcome of loading tell the same."""
    findings = inspect(folder)
    if all(finding.warning for finding in findings):
        load(folder)
    else:
        with pytest.raises(KnowledgeError) as caught:
            load(folder)
        assert list(caught.value.findings) == findings
    assert all(finding.line >= 1 and finding.column >= 1 and finding.message and finding.hint for finding in findings)


def changed(folder: EditedFolder, file: str, content: bytes) -> None:
    folder.write(file, content)
    try:
        survives(folder.path)
    finally:
        folder.write(file, (GOOD / file).read_bytes())


@lenient
@given(file=files, content=st.binary(max_size=200))
def test_any_bytes_as_a_file_are_survived(folder: EditedFolder, file: str, content: bytes) -> None:
    changed(folder, file, content)


@lenient
@given(file=files, content=st.text(max_size=200))
def test_any_text_as_a_file_is_survived(folder: EditedFolder, file: str, content: str) -> None:
    changed(folder, file, content.encode())


@lenient
@given(file=files, data=st.data())
def test_any_slip_of_the_fingers_is_survived(folder: EditedFolder, file: str, data: st.DataObject) -> None:
    text = (GOOD / file).read_text("utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 20, len(text))))
        text = text[:start] + data.draw(signs | words | plain) + text[end:]
    changed(folder, file, text.encode())


def replaced(value: object, key: Key, new: object) -> object:
    """The same value with another one at the place of the key."""
    if not key:
        return new
    if isinstance(value, dict):
        return {name: replaced(inner, key[1:], new) if name == key[0] else inner for name, inner in value.items()}
    assert isinstance(value, list)
    return [replaced(inner, key[1:], new) if number == key[0] else inner for number, inner in enumerate(value)]


@lenient
@given(file=files, data=st.data())
def test_any_value_in_the_place_of_another_is_survived(folder: EditedFolder, file: str, data: st.DataObject) -> None:
    tree = parse((GOOD / file).read_text("utf-8"))
    key = data.draw(st.sampled_from([key for key in tree.places if key]))
    value = replaced(tree.value, key, data.draw(values))
    changed(folder, file, yaml.safe_dump(value, allow_unicode=True).encode())


def as_texts(value: Value) -> object:
    """The same with every text, number and nothing as YAML's plainest reader gives it."""
    if isinstance(value, dict):
        return {str(key): as_texts(inner) for key, inner in value.items()}
    return [as_texts(inner) for inner in value] if isinstance(value, list) else value or ""


@lenient
@given(text=st.text(alphabet=st.sampled_from("ab {}[]:-\n\"'#&*!|>?,%@`"), max_size=60))
def test_what_is_read_is_what_another_reader_of_yaml_reads(text: str) -> None:
    tree = parse(text)
    if not tree.faults:
        assert as_texts(tree.value) == as_texts(yaml.load(text, loader))


@lenient
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Cn", "Nd", "Zl", "Zp"]), max_size=60))
def test_what_is_read_is_what_was_written(text: str) -> None:
    assume("\ufeff" not in text)
    tree = parse(yaml.safe_dump({"key": text}, allow_unicode=True))
    assert (tree.value, tree.faults) == ({"key": text}, ())


@pytest.mark.parametrize("name", [b"\xff\xfe", b"two\nlines", b"\x1b[2J"])
def test_a_name_that_cannot_be_printed_is_told_with_question_marks(folder: EditedFolder, name: bytes) -> None:
    (folder.path / "topics" / os.fsdecode(name + b".yaml")).write_text("topic: x\n")
    (finding,) = inspect(folder.path)
    assert (finding.code, finding.file.isprintable()) == ("file-unexpected", True)
    assert re.fullmatch(r"topics/.*\?.*\.yaml", finding.file)
