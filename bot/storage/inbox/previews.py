"""A message in a line or two. The text is cut in the database: lists need no more than its beginning."""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Row, func

from bot.core.messages import Kind
from bot.storage.inbox.values import Preview
from bot.storage.records import Author

_LENGTH: Final = 120


def preview_columns(messages: FromClause, prefix: str = "") -> tuple[ColumnElement[Any], ...]:
    """What `preview_of` needs of a message, under names that begin with the prefix."""
    return (
        messages.c.id.label(f"{prefix}message_id"),
        func.substr(messages.c.text, 1, _LENGTH).label(f"{prefix}text"),
        messages.c.author.label(f"{prefix}author"),
        messages.c.kind.label(f"{prefix}kind"),
    )


def preview_of(row: Row[Any], prefix: str = "") -> Preview:
    """Return the message of a row that has `preview_columns`."""
    found = row._mapping
    return Preview(
        found[f"{prefix}message_id"],
        found[f"{prefix}text"],
        Author(found[f"{prefix}author"]),
        Kind(found[f"{prefix}kind"]),
    )
