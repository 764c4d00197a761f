"""Files that learners sent: which kinds staff may open, and whether the bytes are what they are said to be."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.errors import BotError

SIZE_LIMIT: Final = 16 * 1024 * 1024
"""Bytes in one file. WhatsApp through Twilio allows no more."""


class MediaGone(BotError):
    """The file does not exist any more."""


class MediaRefused(BotError):
    """The file may not be opened: it is not where such files are, too large, or not what it is said to be."""


class MediaUnavailable(BotError):
    """The file cannot be had at the moment: opening it again later may work."""


@dataclass(frozen=True, slots=True)
class File:
    """A file whose kind was checked. `content_type` is one of our own list, without parameters.

    ending: the usual one of such files, with its dot.
    shown: a browser shows it in the page; everything else is saved only.
    """

    content: bytes
    content_type: str
    ending: str
    shown: bool


class _Kind(NamedTuple):
    ending: str
    beginning: re.Pattern[bytes] | None = None  # None: no browser renders it, so nothing depends on it


_ISO_MEDIA: Final = re.compile(rb".{4}ftyp", re.DOTALL)
_JPEG: Final = re.compile(rb"\xff\xd8\xff")
_MP3: Final = re.compile(rb"ID3|\xff[\xe0-\xff]")

# What WhatsApp carries. Nothing that can hold a script a browser would run (HTML, SVG, XML) belongs here.
_KINDS: Final = {
    "image/jpeg": _Kind(".jpg", _JPEG),
    "image/png": _Kind(".png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    "image/webp": _Kind(".webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    "audio/3gpp": _Kind(".3gp", _ISO_MEDIA),
    "audio/aac": _Kind(".aac", re.compile(rb"ADIF|\xff[\xf0\xf1\xf8\xf9]")),
    "audio/amr": _Kind(".amr", re.compile(rb"#!AMR")),
    "audio/mp4": _Kind(".m4a", _ISO_MEDIA),
    "audio/mpeg": _Kind(".mp3", _MP3),
    "audio/ogg": _Kind(".ogg", re.compile(rb"OggS")),
    "video/3gpp": _Kind(".3gp", _ISO_MEDIA),
    "video/mp4": _Kind(".mp4", _ISO_MEDIA),
    "application/pdf": _Kind(".pdf"),
    "application/msword": _Kind(".doc"),
    "application/vnd.ms-excel": _Kind(".xls"),
    "application/vnd.ms-powerpoint": _Kind(".ppt"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": _Kind(".pptx"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _Kind(".xlsx"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _Kind(".docx"),
    "text/csv": _Kind(".csv"),
    "text/plain": _Kind(".txt"),
    "text/vcard": _Kind(".vcf"),
    "text/x-vcard": _Kind(".vcf"),
}


def checked(content: bytes, content_type: str) -> File:
    """Return the content as a file of a kind that may be opened.

    content_type: as the keeper of the file names it, parameters and all.

    Raises MediaRefused if it is of another kind, or its first bytes are not those of its kind.
    """
    named = content_type.partition(";")[0].strip().lower()
    kind = _KINDS.get(named)
    if kind is None:
        raise MediaRefused(
            "The learner sent a kind of file that is not opened here: ask for a picture, a PDF or a Word document."
        )
    if kind.beginning is not None and not kind.beginning.match(content):
        raise MediaRefused(
            f"The file is said to be {named} but is something else, so it is not opened: ask the learner to send it"
            " again."
        )
    return File(content, named, kind.ending, shown=kind.beginning is not None)
