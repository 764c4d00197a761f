"""The questions of learners that got no answer."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select

from bot.core.conversation import Action
from bot.core.messages import Kind, Outcome
from bot.core.unanswered import MOST_QUESTIONS, Asked, InVain
from bot.storage.database import Database
from bot.storage.records import Direction
from bot.storage.tables import conversations, learners, messages

_HOW: Final = {
    Action.FALLBACK: InVain.REFUSED,
    Action.CLARIFY: InVain.ASKED_BACK,
    Action.HANDOFF: InVain.HANDED_OVER,
}


_ACTION: Final = messages.c.decision["action"].as_string()


class Unanswered:
    """Reads only. May raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, moment: datetime | None) -> list[Asked]:
        """Return what was refused, asked back or handed over at or after a moment (aware; None: ever), newest first.

        At most `MOST_QUESTIONS`. What came while a person had the conversation is not among them.
        """
        statement = (
            select(messages.c.text, messages.c.at, _ACTION.label("action"), messages.c.reason, learners.c.name)
            .join(conversations, messages.c.conversation_id == conversations.c.id)
            .join(learners, conversations.c.learner_id == learners.c.id)
            .where(*_wanted(moment))
            .order_by(messages.c.id.desc())
            .limit(MOST_QUESTIONS)
        )
        with self._database.reading() as connection:
            return [
                Asked(row.text, row.at, _HOW[Action(row.action)], row.reason or "", row.name)
                for row in connection.execute(statement)
            ]

    def state(self, moment: datetime | None) -> tuple[int, int]:
        """Return what changes when `since` returns something else: the number of questions, and the newest id."""
        statement = select(func.count(), func.coalesce(func.max(messages.c.id), 0)).where(*_wanted(moment))
        with self._database.reading() as connection:
            number, newest = connection.execute(statement).one()
            return number, newest


def _wanted(moment: datetime | None) -> list[ColumnElement[bool]]:
    wanted = [
        messages.c.direction == Direction.IN,
        messages.c.kind == Kind.TEXT,
        messages.c.outcome != Outcome.IGNORED,
        _ACTION.in_(list(_HOW)),
    ]
    return wanted if moment is None else [*wanted, messages.c.at >= moment]
