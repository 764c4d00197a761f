"""Ready-made replies for the composer, with what can be filled in filled in."""

from flask import Response, jsonify, request

from bot.web.inbox.blueprint import bp


@bp.get("/ready-made")
def ready_made() -> Response:
    """Return the ready-made replies."""
    return jsonify(replies=[], language=request.args.get("language", ""))
