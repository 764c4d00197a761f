"""The page of the whole knowledge."""

from flask import render_template

from bot.web.knowledge.blueprint import bp, reader
from bot.web.knowledge.sections import SECTIONS


@bp.get("")
def page() -> str:
    """Show every section that has something to show."""
    asking = reader()
    shown = [(section, contents) for section in SECTIONS if (contents := section.contents(asking)) is not None]
    return render_template("knowledge/page.html", sections=shown, version=asking.knowledge.version)
