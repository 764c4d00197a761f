"""The blueprint of the knowledge pages, and who reads them."""

from datetime import UTC, datetime
from typing import Final

from flask import Blueprint

from bot.core.staff import Right
from bot.web.context import services
from bot.web.inbox.reader import Reader
from bot.web.sign_in import current_staff, staff_only

bp: Final = Blueprint("knowledge", __name__, url_prefix="/knowledge")
staff_only(bp, Right.KNOWLEDGE)


def reader() -> Reader:
    """Return who asks, with the knowledge that is served at this moment."""
    return Reader(current_staff(), datetime.now(UTC), services().store, services().intake.knowledge)
