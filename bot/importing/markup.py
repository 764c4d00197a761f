"""Reads saved HTML: what a visitor reads, without menus, scripts and cookie banners."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import CData, NavigableString

from bot.importing.blocks import Block, Kind, Page, block_of_line, cleaned, numbered
from bot.importing.dates import day_in

_NOISE: Final = ("script", "style", "noscript", "template", "svg", "nav", "aside", "form", "iframe", "footer", "dialog")
_BANNER: Final = re.compile(r"cookie|consent|newsletter|popup|modal|breadcrumb|chat-?widget", re.IGNORECASE)
_HEADING: Final = re.compile("h[1-6]")
_TITLES: Final = frozenset({"dt", "summary", "caption"})
_INLINE: Final = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
    }
)
_CELL: Final = ("td", "th")


def is_markup(text: str) -> bool:
    """Whether a saved page is HTML and not its plain text."""
    return (
        re.search(r"<(?:!doctype html|html|head|body|main|article|div|section|h1)\b", text, re.IGNORECASE) is not None
    )


def page_of_markup(markup: str, address: str | None = None) -> Page:
    """Read HTML, however broken. `address` is where it was fetched, for what the page does not tell itself."""
    soup = BeautifulSoup(markup, "html5lib")  # it mends broken pages as browsers do
    own = _canonical(soup, address)
    stamp = soup.find("time", attrs={"datetime": True}) or soup.find("meta", property="article:modified_time")
    told = str(stamp.get("datetime") or stamp.get("content")) if isinstance(stamp, Tag) else ""
    for noise in soup.find_all(_NOISE):
        noise.decompose()
    for tag in [tag for tag in soup.find_all(_is_banner) if tag.name not in ("html", "body", "main")]:
        tag.decompose()
    root = soup.find("main") or soup.body or soup
    if soup.h1 and not root.find("h1"):
        root = soup.body or soup
    return Page(tuple(numbered(_blocks(root, own))), own, day_in(told))


def _is_banner(tag: Tag) -> bool:
    names = [*tag.get_attribute_list("class"), tag.get("id")]
    return bool(_BANNER.search(" ".join(str(name) for name in names if name)))


def _canonical(soup: BeautifulSoup, address: str | None) -> str | None:
    link, shared = soup.find("link", rel="canonical"), soup.find("meta", property="og:url")
    for found in (link and link.get("href"), shared and shared.get("content")):
        full = urljoin(address or "", str(found or ""))
        if _is_address(full):
            return full
    return address


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _blocks(tag: Tag, base: str | None) -> Iterator[Block]:
    """Go through what is inside a tag; text that stands loose between blocks is one line."""
    loose: list[str | Tag] = []
    for child in tag.children:
        if isinstance(child, Tag):
            if child.name == "br" or not _is_inline(child):
                yield from _line(loose, base)
                loose = []
                yield from _block(child, base)
            else:
                loose.append(child)
        elif type(child) in (NavigableString, CData):  # comments and declarations are strings too
            loose.append(str(child))
    yield from _line(loose, base)


def _is_inline(tag: Tag) -> bool:
    return tag.name in _INLINE and all(_is_inline(inner) for inner in tag.find_all(recursive=False))


def _block(tag: Tag, base: str | None) -> Iterator[Block]:
    if tag.name == "tr":
        cells = tuple(_text(cell) for cell in tag.find_all(_CELL))
        if any(cells):
            yield Block(Kind.ROW, " ".join(cells), cells=cells)
    elif _HEADING.fullmatch(tag.name) or tag.name in _TITLES:
        level = int(tag.name[1]) if _HEADING.fullmatch(tag.name) else 0
        yield from _first_as(Block(Kind.TITLE, "", level), tag, base)
    elif tag.name == "li" and _begins_with_text(tag):
        yield from _first_as(Block(Kind.POINT, "", address=_target(tag, base)), tag, base)
    else:
        yield from _blocks(tag, base)


def _first_as(kind: Block, tag: Tag, base: str | None) -> Iterator[Block]:
    """What is in a tag, its first piece being of this kind. More follows where the tag was never closed."""
    pieces = _blocks(tag, base)
    for first in pieces:
        yield dataclasses.replace(kind, text=first.text)
        break
    yield from pieces


def _begins_with_text(tag: Tag) -> bool:
    for child in tag.children:
        if isinstance(child, Tag):
            return _is_inline(child) or child.name == "p"
        if isinstance(child, NavigableString) and child.strip():
            return True
    return False


def _line(loose: list[str | Tag], base: str | None) -> Iterator[Block]:
    """One line of text and inline tags; what is nothing but a link keeps its address."""
    pieces = [piece for piece in loose if isinstance(piece, Tag) or piece.strip()]
    if len(pieces) > 1 and all(isinstance(piece, Tag) for piece in pieces):
        for piece in pieces:  # a label and its value stand in tags of their own, side by side
            yield from _line([piece], base)
        return
    text = cleaned("".join(piece if isinstance(piece, str) else piece.get_text() for piece in loose))
    if not text:
        return
    found = block_of_line(text)
    links = [piece for piece in loose if isinstance(piece, Tag)]
    if found.kind is Kind.LINK and links:
        yield Block(Kind.LINK, text, address=_target(links[0], base))
    else:
        yield found


def _target(tag: Tag, base: str | None) -> str | None:
    link = tag if tag.name == "a" else tag.find("a")
    href = link.get("href") if isinstance(link, Tag) else None
    try:
        full = urljoin(base or "", str(href or ""))
    except ValueError:
        return None
    return full if _is_address(full) else None


def _text(tag: Tag) -> str:
    # Words of two blocks inside a cell or heading must not run together; inline ones stay as they are.
    for inner in tag.find_all(lambda inner: inner.name not in _INLINE):
        inner.insert_before(" ")
        inner.insert_after(" ")
    return cleaned(tag.get_text())
