"""A whole knowledge folder as one run of bytes, to be kept beside the answers that were given from it."""

import json
import zlib
from typing import Any, Final

from bot.errors import BotError
from bot.knowledge_files.contents import Contents

_LEVEL: Final = 6
_LARGEST: Final = 64 * 1024 * 1024
"""Bytes that unpack at most, a hundred times the folder of today."""


class BadPack(BotError):
    """What was kept is damaged."""


def pack(contents: Contents) -> bytes:
    """Pack the files, comments and layout included. All of them must be UTF-8, as those of a checked folder are."""
    texts = {file: content.decode() for file, content in contents.files.items()}
    return zlib.compress(json.dumps(texts, ensure_ascii=False, sort_keys=True).encode(), _LEVEL)


def unpack(packed: bytes, version: str) -> Contents:
    """Give the files back that were packed under this version.

    Raises BadPack if they are not exactly these.
    """
    try:
        contents = Contents({file: text.encode() for file, text in _texts(packed).items()})
    except (zlib.error, ValueError, AttributeError):
        contents = None
    if contents is None or contents.version != version:
        raise BadPack(f"Version {version} of the knowledge is damaged: serve another one.")
    return contents


def _texts(packed: bytes) -> dict[str, Any]:
    unpacking = zlib.decompressobj()
    texts: dict[str, Any] = json.loads(unpacking.decompress(packed, _LARGEST))
    return texts
