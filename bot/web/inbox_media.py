"""The files that learners sent, opened through us: fetched by the channel, of a kind that we have checked."""

from io import BytesIO
from typing import Final

from flask import Blueprint, Response, send_file

from bot.channels.files import MediaGone
from bot.core.staff import Right
from bot.web.context import services
from bot.web.sign_in import staff_only

bp: Final = Blueprint("inbox_media", __name__)
staff_only(bp, Right.INBOX)

_HEADERS: Final = {
    # Kept for a while, so that a thread that is drawn anew does not fetch its pictures again.
    "Cache-Control": "private, max-age=3600",
    # Whatever a stranger's file turns out to be, it runs nothing and knows nothing of this site.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


@bp.get("/inbox/<int:conversation_id>/media/<int:message_id>")
def media(conversation_id: int, message_id: int) -> Response:
    """Send the file of a message; a browser shows pictures, sounds and videos, and saves everything else.

    Raises MediaGone, MediaRefused or MediaUnavailable.
    """
    message = services().store.inbox.message(conversation_id, message_id)
    if message is None or message.media is None:
        raise MediaGone("This message has no file.")
    file = services().channel.fetch(message.media)
    response = send_file(
        BytesIO(file.content),
        mimetype=file.content_type,
        as_attachment=not file.shown,
        download_name=f"{message.kind}-{message.id}{file.ending}",
        conditional=True,
    )
    response.headers.update(_HEADERS)
    return response
