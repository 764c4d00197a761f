import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from bot.web.formatting import whatsapp_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "<p>plain</p>"),
        ("*bold*", "<p><strong>bold</strong></p>"),
        ("_italic_", "<p><em>italic</em></p>"),
        ("~gone~", "<p><s>gone</s></p>"),
        ("*_both_*", "<p><strong><em>both</em></strong></p>"),
        ("*a* and *b*", "<p><strong>a</strong> and <strong>b</strong></p>"),
        ("(*a*), *b*!", "<p>(<strong>a</strong>), <strong>b</strong>!</p>"),
        ("*दोनों*", "<p><strong>दोनों</strong></p>"),
        ("run `pip *x*` now", "<p>run <code>pip *x*</code> now</p>"),
        ("run ```pip``` now", "<p>run <code>pip</code> now</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("one\r\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("> said *so*\n> twice", "<blockquote>said <strong>so</strong><br>twice</blockquote>"),
        ("- a\n* b\n• c", "<ul><li>a</li><li>b</li><li>c</li></ul>"),
        ("1. a\n2. b", '<ol><li value="1">a</li><li value="2">b</li></ol>'),
        ("Tools:\n- a\nmore", "<p>Tools:</p><ul><li>a</li></ul><p>more</p>"),
        ("a\n```\nx = *1*\n  y\n```\nb", "<p>a</p><pre>x = *1*\n  y</pre><p>b</p>"),
    ],
)
def test_marks_become_elements(text: str, html: str) -> None:
    assert whatsapp_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "2*3*4",
        "snake_case_name",
        "this * is not bold*",
        "*open",
        "*",
        "**",
        "-5 degrees",
        "1.5 hours",
        "a ~ b ~ c",
        "`",
        "```open",
        "http://",
        "https://...",
        "www.example.org",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_mark_stays_as_typed(text: str) -> None:
    assert whatsapp_html(text) == f"<p>{text}</p>"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00\x07"])
def test_nothing_visible_gives_nothing(text: str) -> None:
    assert whatsapp_html(text) == ""


@pytest.mark.parametrize(
    ("text", "address", "after"),
    [
        ("see https://example.org/a_b_c.", "https://example.org/a_b_c", "."),
        ("(https://example.org/x)", "https://example.org/x", ")"),
        ("https://example.org/x_(y)", "https://example.org/x_(y)", ""),
        ("HTTPS://EXAMPLE.ORG!", "HTTPS://EXAMPLE.ORG", "!"),
    ],
)
def test_an_address_becomes_a_link_without_the_punctuation_around_it(text: str, address: str, after: str) -> None:
    link = f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>{after}</p>'
    assert whatsapp_html(text).endswith(link)


def test_a_direction_mark_ends_an_address() -> None:
    assert 'href="https://example.org/"' in whatsapp_html("https://example.org/\u202egpj.exe")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ('*"onmouseover=x*', "<p><strong>&#34;onmouseover=x</strong></p>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("- <i>", "<ul><li>&lt;i&gt;</li></ul>"),
        ("{0} {} %s", "<p>{0} {} %s</p>"),
    ],
)
def test_hostile_text_is_shown_not_run(text: str, html: str) -> None:
    assert whatsapp_html(text) == html


def test_an_address_cannot_break_out_of_its_attribute() -> None:
    html = whatsapp_html('https://example.org/"onmouseover="alert(1)')
    assert html.startswith('<p><a href="https://example.org/" target=')
    assert "&#34;onmouseover=&#34;" in html


@pytest.mark.parametrize("text", ["*_~" * 600, "*a " * 600, "```" * 600, "> " * 900, "https://" * 200, "x" * 1600])
def test_a_text_made_to_be_slow_or_deep_still_renders(text: str) -> None:
    assert isinstance(whatsapp_html(text), Markup)


class _Tags(HTMLParser):
    """Checks that elements are closed in order, and keeps what a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


ALLOWED = {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}


@settings(max_examples=500)
@given(st.text(st.sampled_from("ab *_~`><-&\"'\n1. :/https"), max_size=80) | st.text(max_size=200))
def test_any_text_gives_closed_elements_and_loses_no_letter(text: str) -> None:
    page = _Tags()
    page.feed(str(whatsapp_html(text)))
    page.close()
    assert page.open == []
    assert page.seen <= ALLOWED
    assert re.findall("[a-z]", page.text) == re.findall("[a-z]", text)
