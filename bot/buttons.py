"""Buttons for a website that lead into the chat."""

from html import escape
from typing import Final

from bot.core.links import Link

_LOOK: Final = (
    "display:inline-block;padding:.6em 1em;border-radius:.5em;background:#0b6457;color:#fff;text-decoration:none"
)


def button(link: Link, number: str) -> str:
    """Return a link in HTML that needs nothing else on the page. `number`: as in `Link.address`."""
    return f'<a href="{escape(link.address(number))}" style="{_LOOK}">Ask on WhatsApp: {escape(link.title)}</a>'
