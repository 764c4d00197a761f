"""The addresses that stand in the knowledge: where each is written, and whether anything answers there."""

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import requests

from bot.core.knowledge import Document, Folder, Key

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'{}]+")
_AFTER_ADDRESS: Final = ".,;:!?)*_~"
_PATIENCE: Final = 10.0
"""Seconds until a server must have begun to answer."""
_AT_ONCE: Final = 8
_AGENT: Final = {"User-Agent": "Mozilla/5.0 (compatible; admissions-bot link check)"}


def addresses(folder: Folder) -> dict[str, list[str]]:
    """Return every http(s) address in the files with the places (file:line) where it stands, in order."""
    found: dict[str, list[str]] = {}
    for document in _documents(folder):
        for key, text in _texts(document.content.model_dump(mode="json"), ()):
            for match in _ADDRESS.finditer(text):
                places = found.setdefault(match[0].rstrip(_AFTER_ADDRESS), [])
                if (place := document.place(key)) not in places:
                    places.append(place)
    return found


def unanswered(asked: Iterable[str], *, patience: float = _PATIENCE) -> Mapping[str, str]:
    """Ask all addresses, several at once; return those that do not answer, each with why.

    patience: seconds for each connection and each answer.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        every = list(asked)
        reasons = pool.map(lambda address: _fault(address, patience), every)
        return {address: reason for address, reason in zip(every, reasons, strict=True) if reason}


def _fault(address: str, patience: float) -> str:
    """Why an address does not answer; empty if it does. Servers that know no HEAD are asked for the page."""
    fault = ""
    for method in ("HEAD", "GET"):
        try:
            with requests.request(
                method, address, timeout=patience, headers=_AGENT, allow_redirects=True, stream=True
            ) as response:
                if response.ok:
                    return ""
                fault = f"it answers {response.status_code} {response.reason}"
        except requests.Timeout:
            return f"nothing came within {patience:g} seconds"
        except requests.ConnectionError:
            return "the server cannot be reached"
        except requests.RequestException as error:
            return f"it cannot be asked ({type(error).__name__})"
    return fault


def _documents(folder: Folder) -> Iterator[Document[Any]]:
    yield from folder.topics.values()
    yield from folder.comparisons.values()
    yield from (folder.courses, folder.faqs, folder.school)
    yield from folder.lines.values()
    yield folder.canned_replies


def _texts(value: object, key: Key) -> Iterator[tuple[Key, str]]:
    """Every text inside a value, with where it stands."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield from _texts(inside, (*key, name))
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from _texts(inside, (*key, number))
