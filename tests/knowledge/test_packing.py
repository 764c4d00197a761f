"""A folder that is packed, kept somewhere, and served again."""

import zlib
from pathlib import Path

import pytest

from bot.knowledge_files import checked, read_contents
from bot.knowledge_files.packing import BadPack, pack, unpack
from tests.web.running import SMALL_KNOWLEDGE


def test_what_was_packed_is_the_same_to_the_byte_and_of_the_same_version() -> None:
    contents = read_contents(SMALL_KNOWLEDGE)
    again = unpack(pack(contents), contents.version)
    assert (dict(again.files), again.version) == (dict(contents.files), contents.version)


def test_what_was_packed_gives_the_same_folder_with_the_same_places() -> None:
    contents = read_contents(SMALL_KNOWLEDGE)
    assert checked(unpack(pack(contents), contents.version)) == checked(contents)


def test_a_version_is_the_same_wherever_the_folder_lies(tmp_path: Path) -> None:
    for file, content in read_contents(SMALL_KNOWLEDGE).files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(content)
    assert read_contents(tmp_path).version == read_contents(SMALL_KNOWLEDGE).version


@pytest.mark.parametrize("damaged", [b"", b"no pack", zlib.compress(b"[]"), zlib.compress(b'{"faqs.yaml": "x"}')])
def test_a_damaged_version_is_refused_in_a_sentence(damaged: bytes) -> None:
    with pytest.raises(BadPack, match="Version abc of the knowledge is damaged: serve another one"):
        unpack(damaged, "abc")


def test_a_pack_that_was_cut_short_is_refused() -> None:
    contents = read_contents(SMALL_KNOWLEDGE)
    with pytest.raises(BadPack):
        unpack(pack(contents)[:-200], contents.version)
