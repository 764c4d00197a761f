"""Ready-made replies for the composer, filled in for one learner and the one who writes."""

from typing import Final

from flask import Response, jsonify, request

from bot.core import canned
from bot.web.inbox.blueprint import bp
from bot.web.inbox.pages import reader

_INITIALS: Final = 2


@bp.get("/ready-made")
def ready_made() -> Response:
    """Return the ready-made replies in the language of the conversation, in the order of the knowledge."""
    who = reader()
    knowledge = who.knowledge
    case = who.store.inbox.case(request.args.get("conversation", 0, type=int), who.staff.id)
    learner, language = (case.conversation.name, case.brief.language) if case else ("", "")
    replies = canned.ready(
        knowledge.canned_replies,
        languages=(language, knowledge.school.language),
        values={
            "name": _first(learner),
            "staff": who.staff.name,
            "school": knowledge.school.name,
            "url": str(knowledge.school.url),
        },
        courses=knowledge.courses,
    )
    return jsonify(replies=[{"shortcut": reply.shortcut, "text": reply.text} for reply in replies])


def _first(name: str) -> str:
    """Return how one greets somebody; an initial that stands first is not a name."""
    first = name.strip().partition(" ")[0]
    return first if len(first) > _INITIALS else name
