"""WhatsApp's marks as HTML: the one place that turns a message's text into something a browser may show."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import Final

from markupsafe import Markup, escape

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END: Final = re.compile(r"\r\n?|[\u2028\u2029]")
_FENCE: Final = re.compile(r"```(.+?)```", re.DOTALL)
_LINE: Final = re.compile(r"(?P<quote>> ?)|(?P<ul>[-*•] +)(?=\S)|(?P<ol>(?P<number>\d{1,3})\. +)(?=\S)")
_MARKED: Final = {"*": Markup("<strong>{}</strong>"), "_": Markup("<em>{}</em>"), "~": Markup("<s>{}</s>")}
# Direction marks end an address: they could make a browser show another address than the one it opens.
_LINK: Final = r"https?://\w[^\s<>\"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]*"
_AFTER_LINK: Final = ".,;:!?*_~…"


def whatsapp_html(text: str) -> Markup:
    """Return a message's text as HTML that is safe whoever wrote it.

    Knows `*bold*`, `_italic_`, `~strike~`, `` `code` ``, text between three back-ticks, lines that begin with `> `,
    `- `, `* ` or `1. `, and bare http(s) addresses. Everything else is shown as typed. The result consists of block
    elements only (`p`, `pre`, `blockquote`, `ul`, `ol`); it is empty for a text without visible characters.
    """
    text = _CONTROL.sub("", _LINE_END.sub("\n", text))
    html: list[Markup] = []
    end = 0
    for fence in _FENCE.finditer(text):
        if "\n" in fence[1] and fence[1].strip():
            html += _blocks(text[end : fence.start()])
            html.append(Markup("<pre>{}</pre>").format(fence[1].strip("\n")))
            end = fence.end()
    html += _blocks(text[end:])
    return Markup("").join(html)


def _blocks(text: str) -> Iterator[Markup]:
    """Yield the paragraphs, quotes and lists of a text whose fences have been taken out."""
    for kind, lines in groupby(text.split("\n"), key=_kind):
        match kind:
            case "p":
                yield Markup("<p>{}</p>").format(_rows(lines))
            case "quote":
                yield Markup("<blockquote>{}</blockquote>").format(_rows(_content(line) for line in lines))
            case "ul":
                yield Markup("<ul>{}</ul>").format(Markup("").join(map(_item, lines)))
            case "ol":
                yield Markup("<ol>{}</ol>").format(Markup("").join(map(_item, lines)))


def _kind(line: str) -> str:
    """Return `quote`, `ul`, `ol`, `p`, or an empty text for a line without visible characters."""
    if not line.strip():
        return ""
    match = _LINE.match(line)
    return (match.lastgroup or "p") if match else "p"


def _content(line: str) -> str:
    return _LINE.sub("", line, count=1)


def _rows(lines: Iterable[str]) -> Markup:
    return Markup("<br>").join(map(_inline, lines))


def _item(line: str) -> Markup:
    number = re.match(r"\d+", line)
    # The number as typed: a list that goes on after a paragraph must not begin at 1 again.
    opening = Markup('<li value="{}">').format(int(number[0])) if number else Markup("<li>")
    return opening + _inline(_content(line)) + Markup("</li>")


@cache
def _spans(marks: str) -> re.Pattern[str]:
    """Return the pattern of everything special inside a line, where `marks` are the marks that still count.

    A mark counts only where it hugs its words and touches no other word, so `2*3*4` and `snake_case` stay as typed.
    """
    marked = [rf"(?<!\w){re.escape(m)}(?=[^\s{re.escape(m)}]).*?(?<=\S){re.escape(m)}(?!\w)" for m in marks]
    return re.compile("|".join([r"```[^`]+```", r"`[^`]+`", _LINK, *marked]), re.IGNORECASE)


def _inline(line: str, marks: str = "*_~") -> Markup:
    html: list[Markup] = []
    end = 0
    for span in _spans(marks).finditer(line):
        html += escape(line[end : span.start()]), _span(span[0], marks)
        end = span.end()
    html.append(escape(line[end:]))
    return Markup("").join(html)


def _span(text: str, marks: str) -> Markup:
    mark = text[0]
    if mark == "`":
        return Markup("<code>{}</code>").format(text.strip("`"))
    if mark in _MARKED:
        # A mark cannot hold itself; this also bounds the depth for hostile texts.
        return _MARKED[mark].format(_inline(text[1:-1], marks.replace(mark, "")))
    link = _without_tail(text)
    anchor = Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(link)
    return anchor + _inline(text[len(link) :], marks)


def _without_tail(link: str) -> str:
    """Return an address without the punctuation that belongs to the sentence around it."""
    while link[-1] in _AFTER_LINK or (link[-1] == ")" and link.count(")") > link.count("(")):
        link = link[:-1]
    return link
