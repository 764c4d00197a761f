"""Voice notes whose words are still to be found out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from bot.core.conversation import Decision
from bot.core.messages import Inbound, Kind, Media, MessageState
from bot.storage.database import Database
from bot.storage.records import Author, Direction, decision_payload
from bot.storage.revisions import touch
from bot.storage.tables import conversations, messages


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """One voice note. inbound: as it came, without name and recipient."""

    message_id: int
    inbound: Inbound
    media: Media


class Voice:
    """Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_note(self, *, since: datetime, but: Collection[int]) -> VoiceNote | None:
        """Return the oldest voice note that came after `since`, without those whose ids are given; None if none did."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(messages)
                .join(conversations, conversations.c.id == messages.c.conversation_id)
                .where(
                    messages.c.at > since,
                    messages.c.kind == Kind.AUDIO,
                    messages.c.direction == Direction.IN,
                    messages.c.text == "",
                    messages.c.id.not_in(but),
                    messages.c.payload["transcript"].as_string().is_(None),
                    messages.c.payload["media", "url"].as_string().is_not(None),
                    conversations.c.erased_at.is_(None),
                )
                .order_by(messages.c.id)
                .limit(1)
            ).one_or_none()
        if row is None:
            return None
        media = Media(**row.payload["media"])
        inbound = Inbound(row.sid, row.address, "", Kind.AUDIO, media=media, written_at=row.at)
        return VoiceNote(row.id, inbound, media)


def keep_words(connection: Connection, message_id: int, words: str) -> bool:
    """Keep the words of a voice note; False if they are known or the message is gone. The caller holds the learner."""
    row = connection.execute(
        select(messages.c.payload, messages.c.conversation_id).where(messages.c.id == message_id)
    ).one_or_none()
    if row is None or "transcript" in row.payload:
        return False
    touch(connection, row.conversation_id)
    heard = row.payload | {"transcript": words}
    connection.execute(update(messages).where(messages.c.id == message_id).values(payload=heard))
    return True


def take_back(connection: Connection, message_id: int, *, now: datetime) -> bool:
    """Take back the reply to a message as long as it is held back; False if there is none any more."""
    taken = connection.execute(
        delete(messages).where(
            messages.c.in_reply_to == message_id,
            messages.c.author == Author.BOT,
            messages.c.state == MessageState.QUEUED,
            messages.c.attempts == 0,
            messages.c.due_at > now,
        )
    )
    return bool(taken.rowcount)


def amend(
    connection: Connection, message_id: int, decision: Decision, knowledge_version: str, *, now: datetime
) -> None:
    """Replace what became of a message."""
    connection.execute(
        update(messages)
        .where(messages.c.id == message_id)
        .values(
            outcome=decision.outcome,
            reason=decision.reason,
            decision=decision_payload(decision, knowledge_version),
            changed_at=now,
        )
    )
