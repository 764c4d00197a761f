"""After an edit, what the edit left alone is kept: the bot must answer as if all had been built anew."""

import shutil
from pathlib import Path

import pytest

from bot.core.catalogue import Knowledge
from bot.knowledge_files import load, read
from tests.web.running import SMALL_KNOWLEDGE

ASKED = ("how do I register", "which tools does a cook use", "a kitchen gadget", "hello there", "something else")


def ranked(knowledge: Knowledge) -> list[object]:
    return [knowledge.matcher.rank(knowledge.comparable(knowledge.read(text))) for text in ASKED]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("school.yaml", "Fill in the form on our page.", "Write to us."),
        ("topics/tools.yaml", "phrases:\n  en:\n", "phrases:\n  en:\n    - kitchen gadget\n"),
        ("language.yaml", "spellings:", "spellings:\n  gadget: [thingamajig]"),
    ],
)
def test_an_edited_folder_answers_as_if_it_was_built_anew(tmp_path: Path, file: str, old: str, new: str) -> None:
    folder = shutil.copytree(SMALL_KNOWLEDGE, tmp_path / "knowledge")
    before = load(folder)
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert ranked(Knowledge(read(folder), before)) == ranked(load(folder))


def test_an_edit_of_an_answer_keeps_the_matcher() -> None:
    before = load(SMALL_KNOWLEDGE)
    assert Knowledge(read(SMALL_KNOWLEDGE), before).matcher is before.matcher
