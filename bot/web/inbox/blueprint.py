"""The blueprint of the inbox, open to all staff, and how its templates say times."""

from typing import Final
from zoneinfo import ZoneInfo

from flask import Blueprint

from bot.core.staff import Right
from bot.web.context import services
from bot.web.inbox import words
from bot.web.sign_in import staff_only

bp: Final = Blueprint("inbox", __name__, url_prefix="/inbox")
staff_only(bp, Right.INBOX)


def school_zone() -> ZoneInfo:
    """Return the zone of the school, in which times are told where no script tells them in the reader's."""
    return ZoneInfo(services().intake.knowledge.school.timezone)


bp.add_app_template_filter(lambda at: words.full(at, school_zone()), "full")
bp.add_app_template_filter(lambda at: f"{at.astimezone(school_zone()):%Y-%m-%dT%H:%M}", "local_field")
bp.add_app_template_filter(words.initials, "initials")
bp.add_app_template_filter(words.shown_link, "shown_link")
