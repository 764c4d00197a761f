"""Each mistake that editors make, with the words they are told: see mistakes/*.yaml."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.knowledge.editing import EditedFolder

MISTAKES = [
    pytest.param(mistake, id=mistake["mistake"])
    for file in sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))
    for mistake in yaml.safe_load(file.read_text("utf-8"))
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_to_do(folder: EditedFolder, mistake: dict[str, Any]) -> None:
    if "content" in mistake:
        folder.write(mistake["file"], mistake["content"])
    else:
        folder.edit(mistake["file"], mistake["old"], mistake["new"])
    assert folder.told() == mistake["told"]


def test_the_good_folder_has_no_findings(folder: EditedFolder) -> None:
    assert folder.told() == ""
