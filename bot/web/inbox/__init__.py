"""The inbox: the pages on which staff take handoffs, answer, and give back."""

from bot.web.inbox import actions, live, pages, ready_made
from bot.web.inbox.blueprint import bp

__all__ = ["actions", "bp", "live", "pages", "ready_made"]
