"""Makes a comparison file of a page in the school's comparison format.

A page is read into pieces (`blocks`, `markup`), the pieces into what the page says (`outline`), that into values for
the file (`drafting`), and the values into its text (`writing`). Every text is made of the page's own words, and what
is not sure is marked for the editor.
"""

from bot.importing.blocks import Page, blocks_of_text
from bot.importing.draft import Draft
from bot.importing.drafting import draft_of
from bot.importing.fetching import PageUnavailable, Source, source_of
from bot.importing.markup import is_markup, page_of_markup
from bot.importing.off_topic import now_answered, without_lines
from bot.importing.outline import NoComparison, Outline, outline_of
from bot.importing.writing import MARK, course_lines, written

__all__ = [
    "MARK",
    "Draft",
    "NoComparison",
    "Outline",
    "PageUnavailable",
    "Source",
    "course_lines",
    "draft_of",
    "now_answered",
    "outline_of",
    "page_of",
    "source_of",
    "without_lines",
    "written",
]


def page_of(source: Source) -> Page:
    """Read a saved page, be it HTML or its plain text."""
    if is_markup(source.text):
        return page_of_markup(source.text, source.address)
    return Page(blocks_of_text(source.text), source.address)
