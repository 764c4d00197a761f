"""The desk: what staff do with conversations. Every action is one transaction: all of it is kept, or nothing."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.channels import without_controls
from bot.core import desk as rules
from bot.core.catalogue import Knowledge
from bot.core.conversation import Status
from bot.core.desk import Deed, HandoffOutcome, Refused
from bot.core.messages import Reply, Template
from bot.core.replies import Writer, bubbles
from bot.core.staff import Staff
from bot.storage import Store
from bot.storage.desk import DeskTransaction

_LINE_ENDS: Final = re.compile(r"\r\n?")


class Desk:
    """Actions of staff, from any number of threads and processes at once.

    Each raises Refused, with a sentence for the one who tried, or StorageUnavailable; nothing was changed then.
    `staff` is who acts, `now` aware UTC. A `submission` is the mark of a form, unique for ever: sent twice, it acts
    once and gives the same result.

    knowledge: gives the newest knowledge.
    wake: called after something was queued. Must not fail.
    """

    def __init__(self, store: Store, *, knowledge: Callable[[], Knowledge], wake: Callable[[], None]) -> None:
        self._store = store
        self._knowledge = knowledge
        self._wake = wake

    # Who has the conversation

    def claim(self, conversation_id: int, *, staff: Staff, now: datetime) -> None:
        """Take a conversation that nobody has, from the line or from the bot. Who has it already keeps it."""
        with self._store.desk(conversation_id) as tx:
            rules.check_free(tx.situation, staff)
            if tx.situation.owner_id is None:
                self._take(tx, staff, now)
                tx.record(Deed.CLAIMED, staff.id, now=now)

    def take_over(self, conversation_id: int, seen_owner: int | None, *, staff: Staff, now: datetime) -> None:
        """Take a conversation from `seen_owner`, unless it has changed hands since that was seen."""
        with self._store.desk(conversation_id) as tx:
            rules.check_seen(tx.situation, staff, seen_owner)
            if tx.situation.owner_id != staff.id:
                self._take(tx, staff, now)
                tx.record(Deed.TAKEN_OVER, staff.id, now=now, seen_owner=seen_owner or 0)

    def release(self, conversation_id: int, *, staff: Staff, now: datetime) -> None:
        """Put a conversation of one's own back into the line."""
        with self._store.desk(conversation_id) as tx:
            rules.check_owner(tx.situation, staff)
            tx.give(Status.WAITING, owner_id=None)
            tx.record(Deed.RELEASED, staff.id, now=now)

    def hand_to(self, conversation_id: int, colleague_id: int, *, staff: Staff, now: datetime) -> None:
        """Give a conversation of one's own to a colleague."""
        with self._store.desk(conversation_id) as tx:
            rules.check_owner(tx.situation, staff)
            if tx.name_of(colleague_id, enabled=True) is None:
                raise Refused("This colleague cannot sign in any more: choose somebody else.")
            tx.give(Status.OPEN, owner_id=colleague_id)
            tx.record(Deed.HANDED_ON, staff.id, now=now, to=colleague_id)

    def snooze(self, conversation_id: int, until: datetime, *, staff: Staff, now: datetime) -> None:
        """Put a conversation of one's own aside until a time (aware), or until the learner writes."""
        rules.check_until(until, now)
        with self._store.desk(conversation_id) as tx:
            rules.check_owner(tx.situation, staff)
            tx.give(Status.SNOOZED, owner_id=staff.id, snoozed_until=until)
            tx.record(Deed.SNOOZED, staff.id, now=now, until=until.isoformat())

    def resolve(
        self, conversation_id: int, outcome: HandoffOutcome, *, ask_rating: bool = False, staff: Staff, now: datetime
    ) -> None:
        """End the handoff and give the conversation back to the bot.

        ask_rating: ask the learner how it was, if that is switched on and they were not asked for a week.
        """
        knowledge = self._knowledge()
        with self._store.desk(conversation_id) as tx:
            rules.check_with_staff(tx.situation)
            rules.check_free(tx.situation, staff)
            tx.end_handoff(outcome, staff.id, now=now)
            tx.give(Status.BOT, owner_id=None)
            asks = ask_rating and knowledge.school.ratings and rules.asks_for_rating(tx.situation, now)
            memory = rules.settled(tx.situation.memory, asks_for_rating=asks)
            if asks:
                tx.ask_rating(Writer(knowledge, memory.language).lines.rating_question, now=now)
            tx.remember(memory)
            tx.record(Deed.RESOLVED, staff.id, now=now, outcome=outcome)
        if asks:
            self._wake()

    def back_to_bot(self, conversation_id: int, *, staff: Staff, now: datetime) -> None:
        """Give the conversation back to the bot without a word to the learner."""
        self.resolve(conversation_id, HandoffOutcome.RETURNED_TO_BOT, staff=staff, now=now)

    def reopen(self, conversation_id: int, *, staff: Staff, now: datetime) -> None:
        """Take a resolved conversation up again: its last handoff goes on."""
        with self._store.desk(conversation_id) as tx:
            rules.check_resolved(tx.situation)
            brief = tx.reopen_handoff()
            if brief is None:
                raise Refused("This conversation never was with staff: claim it.")
            tx.take_handoff(staff.id, now=now)
            tx.give(Status.OPEN, owner_id=staff.id)
            tx.remember(rules.reopened(tx.situation.memory, brief))
            tx.record(Deed.REOPENED, staff.id, now=now)

    def _take(self, tx: DeskTransaction, staff: Staff, now: datetime) -> None:
        seen = tx.situation
        if seen.status is Status.BOT:
            brief = rules.brief_for_own_accord(seen, tx.last_question(), self._preference(seen.memory.preference))
            tx.begin_handoff(brief, now=now)
            tx.remember(rules.reopened(seen.memory, brief))
        tx.take_handoff(staff.id, now=now)
        tx.give(Status.OPEN, owner_id=staff.id)

    def _preference(self, side: str | None) -> str:
        """The side that the learner leans to, by name; empty if editors have taken it out of the knowledge."""
        knowledge = self._knowledge()
        if side is None or not (side in knowledge.roles or side in knowledge.courses):
            return ""
        return knowledge.name(side)

    # What the learner gets

    def reply(self, conversation_id: int, text: str, submission: str, *, staff: Staff, now: datetime) -> int:
        """Queue a reply, in several bubbles if it is long; return the id of the first."""
        text = _cleaned(text)
        rules.check_text(text, rules.REPLY_LIMIT)
        with self._store.desk(conversation_id) as tx:
            if (before := tx.submitted(submission)) is not None:
                return before
            rules.check_owner(tx.situation, staff)
            rules.check_wanted(tx.situation)
            rules.check_window(tx.situation, now)
            queued = tx.queue(bubbles(Reply(text)), staff_id=staff.id, submission=submission, now=now)
            tx.record(Deed.REPLIED, staff.id, now=now, message=queued)
        self._wake()
        return queued

    def send_template(
        self, conversation_id: int, template: Template, text: str, submission: str, *, staff: Staff, now: datetime
    ) -> int:
        """Queue an approved template, which may leave at any time; return its id. `text`: what the learner reads."""
        rules.check_text(text, rules.REPLY_LIMIT)
        with self._store.desk(conversation_id) as tx:
            if (before := tx.submitted(submission)) is not None:
                return before
            rules.check_owner(tx.situation, staff)
            rules.check_wanted(tx.situation)
            reply = Reply(_cleaned(text), template=template)
            queued = tx.queue([reply], staff_id=staff.id, submission=submission, now=now)
            tx.record(Deed.TEMPLATE_SENT, staff.id, now=now, message=queued)
        self._wake()
        return queued

    def retry(self, conversation_id: int, message_id: int, *, staff: Staff, now: datetime) -> int:
        """Queue a message that failed once more; return the id of the copy, the same one however often it is asked."""
        submission = f"retry-{message_id}"
        with self._store.desk(conversation_id) as tx:
            if (before := tx.submitted(submission)) is not None:
                return before
            rules.check_owner(tx.situation, staff)
            message = tx.message(message_id)
            if message is None:
                raise Refused("This message does not exist any more.")
            rules.check_retry(message.state, message.error_code)
            rules.check_wanted(tx.situation)
            if message.reply.template is None:
                rules.check_window(tx.situation, now)
            queued = tx.queue_again(message, staff_id=staff.id, submission=submission, now=now)
            tx.record(Deed.RETRIED, staff.id, now=now, message=message_id)
        self._wake()
        return queued

    def hold(self, conversation_id: int, text: str, submission: str, *, staff: Staff, now: datetime) -> None:
        """Keep a reply until the learner writes again; it leaves by itself then."""
        text = _cleaned(text)
        rules.check_text(text, rules.REPLY_LIMIT)
        with self._store.desk(conversation_id) as tx:
            if not tx.hold(text, staff_id=staff.id, submission=submission, now=now):
                return
            rules.check_owner(tx.situation, staff)
            rules.check_wanted(tx.situation)
            rules.check_window_closed(tx.situation, now)
            tx.record(Deed.HELD, staff.id, now=now)

    def cancel_held(self, conversation_id: int, held_id: int, *, staff: Staff, now: datetime) -> None:
        """Take a held reply back."""
        with self._store.desk(conversation_id) as tx:
            rules.check_free(tx.situation, staff)
            if not tx.cancel_held(held_id):
                raise Refused("This reply is not waiting any more: it has left or was taken back.")
            tx.record(Deed.HELD_CANCELLED, staff.id, now=now)

    # What only staff see

    def note(self, conversation_id: int, text: str, *, staff: Staff, now: datetime) -> None:
        """Write a note for colleagues."""
        text = _cleaned(text).strip()
        rules.check_text(text, rules.NOTE_LIMIT)
        with self._store.desk(conversation_id) as tx:
            if tx.note(text, staff_id=staff.id, now=now):
                tx.record(Deed.NOTED, staff.id, now=now)

    def label(self, conversation_id: int, label: str, *, staff: Staff, now: datetime) -> None:
        """Put a label on; its letters become small, and several blanks one."""
        label = _as_label(label)
        rules.check_text(label, rules.LABEL_LIMIT)
        with self._store.desk(conversation_id) as tx:
            if tx.label(label):
                tx.record(Deed.LABELLED, staff.id, now=now)

    def unlabel(self, conversation_id: int, label: str, *, staff: Staff, now: datetime) -> None:
        """Take a label off."""
        with self._store.desk(conversation_id) as tx:
            if tx.unlabel(_as_label(label)):
                tx.record(Deed.UNLABELLED, staff.id, now=now)

    def mark_read(self, conversation_id: int, message_id: int, *, staff: Staff) -> None:
        """Note that somebody has read up to a message. Never goes back."""
        self._store.attention.mark_read(conversation_id, staff.id, message_id)

    def mark_unread(self, conversation_id: int, *, staff: Staff, now: datetime) -> None:
        """Let the learner's last message count as new again for this member of staff."""
        with self._store.desk(conversation_id) as tx:
            if tx.mark_unread(staff.id):
                tx.record(Deed.MARKED_UNREAD, staff.id, now=now)

    def here(self, conversation_id: int, *, typing: bool, staff: Staff, now: datetime) -> None:
        """Note that somebody has the conversation on the screen, and whether they are writing to the learner."""
        self._store.attention.here(conversation_id, staff.id, typing=typing, now=now)


def _cleaned(text: str) -> str:
    """The text as typed, without what browsers and databases do to or refuse of it."""
    return without_controls(_LINE_ENDS.sub("\n", text))


def _as_label(label: str) -> str:
    return " ".join(without_controls(label).lower().split())
