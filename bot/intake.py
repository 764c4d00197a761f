"""Take in one message: store it, decide and queue the reply, all in one transaction."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.core.catalogue import Knowledge
from bot.core.conversation import RECEIPT, Action, Brief, Conversation, Decision, Status
from bot.core.dialogue import HUMAN, decide
from bot.core.messages import Inbound, Outcome, Reply
from bot.core.pointing import after_quote
from bot.core.voice import decide_heard
from bot.logs import about
from bot.storage import StorageUnavailable, Store
from bot.storage.records import LockedConversation
from bot.storage.transaction import Transaction
from bot.storage.voice import VoiceNote


class Rule(Protocol):
    """How `bot.core.dialogue.decide` is called."""

    def __call__(
        self, conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime
    ) -> Decision:
        """Decide what to do with one message."""
        ...


log = logging.getLogger(__name__)


class Intake:
    """Takes in messages, from any number of threads and processes at once.

    knowledge: what answers are given from; assign a newer one at any time.
    wake: called after each new message, so that its reply leaves at once. Must not fail.
    rule: decides what follows from a message.
    """

    def __init__(self, store: Store, knowledge: Knowledge, *, wake: Callable[[], None], rule: Rule = decide) -> None:
        self._store = store
        self.knowledge = knowledge
        self._wake = wake
        self._rule = rule

    def receive(self, inbound: Inbound, *, now: datetime) -> bool:
        """Store the message and all that follows from it, or nothing; `now` is aware UTC.

        True if the message was new. A repeated one changes nothing.

        Raises StorageUnavailable; nothing was stored then and the same message may be given again.
        """
        with about(trace=inbound.sid):
            with self._store.transaction() as tx:
                is_new = self._take_in(tx, inbound, now=now)
                if not is_new:
                    tx.undo()
            log.info("a message was taken in" if is_new else "a message was here before")
        if is_new:
            self._wake()
        return is_new

    def hear(self, note: VoiceNote, words: str, *, now: datetime) -> None:
        """Keep the words of a voice note, and answer them in place of the reply that waits; without words it leaves.

        Raises StorageUnavailable.
        """
        with about(trace=note.inbound.sid, message_id=note.message_id), self._store.transaction() as tx:
            conversation = tx.lock_conversation(note.inbound, now=now)
            if conversation is None:
                return
            if not words:
                tx.let_go(conversation.id, now=now)
            elif tx.keep_words(note.message_id, words) and tx.take_back(note.message_id, now=now):
                self._answer_heard(tx, conversation, note, words, now=now)
            log.info("a voice note was heard" if words else "a voice note has no words")
        self._wake()

    def _answer_heard(
        self, tx: Transaction, conversation: LockedConversation, note: VoiceNote, words: str, *, now: datetime
    ) -> None:
        burst = conversation.state.memory.burst
        memory = burst.before if burst and not burst.text else conversation.state.memory
        state = replace(conversation.state, memory=memory)
        heard = replace(note.inbound, text=words, written_at=None)
        knowledge = self.knowledge
        decision = _decide(decide_heard, state, heard, knowledge, now=now)
        tx.amend(note.message_id, decision, knowledge.version, now=now)
        if decision.erase:
            decision = _with_receipt(decision, tx.erase(conversation, now=now))
        else:
            _follow(tx, conversation, decision, note.message_id, now=now)
        tx.queue(conversation.id, decision, to=heard.sender, in_reply_to=note.message_id, now=now)

    def _take_in(self, tx: Transaction, inbound: Inbound, *, now: datetime) -> bool:
        conversation = tx.lock_conversation(inbound, now=now)
        if conversation is None:
            return False
        knowledge = self.knowledge
        if (link := knowledge.link_in(inbound.text)) is not None:
            inbound = replace(inbound, source=link.source)
        state, let_go = _with_burst(tx, conversation, now=now)
        state = _with_quote(tx, conversation.id, state, inbound, knowledge, now=now)
        decision = _decide(self._rule, state, inbound, knowledge, now=now)
        message_id = tx.add_inbound(conversation.id, inbound, decision, knowledge.version, now=now)
        if message_id is None:
            return False
        if let_go and decision.joins:
            tx.join(conversation.id, let_go, message_id, now=now)
        if decision.erase:
            decision = _with_receipt(decision, tx.erase(conversation, now=now))
        else:
            holds = _follow(tx, conversation, decision, message_id, now=now)
            if holds and not decision.opted_out and not decision.memory.confirming:
                tx.release_held(conversation.id, to=inbound.sender, now=now)
        tx.queue(conversation.id, decision, to=inbound.sender, in_reply_to=message_id, now=now)
        return True


def _decide(rule: Rule, state: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
    try:
        return rule(state, inbound, knowledge, now=now)
    except StorageUnavailable:
        raise
    except Exception:
        # A fault of ours must not cost the learner the answer: staff give it.
        log.exception("message %s could not be decided and goes to staff", inbound.sid)
        return _to_staff(state, inbound, knowledge.promise)


def _with_burst(
    tx: Transaction, conversation: LockedConversation, *, now: datetime
) -> tuple[Conversation, tuple[int, ...]]:
    """Return the conversation to decide on, and the ids of replies that were held back for the message at hand."""
    state = conversation.state
    if state.memory.burst is None:
        return state, ()
    let_go = tx.let_go(conversation.id, now=now)
    if not let_go:  # the reply has left, so nothing can be added to what it answers
        state = replace(state, memory=state.memory.model_copy(update={"burst": None}))
    return state, let_go


def _with_quote(
    tx: Transaction, conversation_id: int, state: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime
) -> Conversation:
    """Return the conversation with the subject of the message that is quoted; a tap says itself what it asks."""
    found = tx.quoted(conversation_id, inbound.quoted_sid) if inbound.quoted_sid and not inbound.choice else None
    if found is None:
        return state
    answer = found.answers[-1] if found.answers else {}
    return replace(state, memory=after_quote(state.memory, found.reply, answer, knowledge, now=now))


def _with_receipt(decision: Decision, receipt: str) -> Decision:
    return replace(
        decision, replies=tuple(replace(reply, text=reply.text.replace(RECEIPT, receipt)) for reply in decision.replies)
    )


def _to_staff(state: Conversation, inbound: Inbound, promise: str) -> Decision:
    with_bot = state.status is Status.BOT
    brief = Brief(
        name=state.name,
        reason="error",
        question=inbound.text,
        asked=(),
        answered=(),
        preference="",
        source=inbound.source,
        language="",
        promise=promise,
    )
    return Decision(
        replies=(Reply(promise),) if with_bot and not state.opted_out else (),
        outcome=Outcome.HANDED_OVER,
        reason="error",
        status=Status.WAITING if with_bot else state.awake,
        memory=state.memory,
        opted_out=state.opted_out,
        action=Action.HANDOFF,
        brief=brief if with_bot else None,  # an open handoff keeps the fuller brief that it has
    )


def _follow(
    tx: Transaction, conversation: LockedConversation, decision: Decision, message_id: int, *, now: datetime
) -> bool:
    """Store what the decision about a message makes of the conversation.

    True if replies of staff are held back until the learner writes.
    """
    topic = decision.memory.topic or ""
    if topic == HUMAN:
        topic = ""  # whoever asks for a person means what was asked about before
    holds = tx.save_state(conversation, decision, topic)
    if decision.opted_out:
        tx.withdraw_queued(conversation.id, now=now)
    if decision.brief is not None:
        topic = topic or conversation.topic
        tx.hand_over(conversation.id, decision.brief, topic=topic, promised_at=decision.promised_at, now=now)
    elif decision.status is Status.BOT and conversation.state.status is not Status.BOT:
        tx.end_handoff(conversation.id, now=now)
    if decision.rating is not None:
        tx.rate(conversation.id, decision.rating, now=now)
    if decision.withdraws_reminders:
        tx.withdraw_reminders(conversation.id)
    if decision.reminder is not None:
        tx.remind(conversation.id, decision.reminder, asked_by=message_id, now=now)
    return holds
