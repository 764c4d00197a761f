"""Send the reminders that learners asked for, inside WhatsApp's window as a message, outside it by a template."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot.channels import ApprovedTemplate, Channel, TemplatesUnavailable
from bot.core.catalogue import Knowledge
from bot.core.conversation import Brief
from bot.core.messages import Reply, Template
from bot.core.reminders import TEMPLATE, as_reply
from bot.core.window import is_open
from bot.storage import StorageUnavailable, Store
from bot.storage.due_reminders import DueReminder

LOOK_EVERY: Final = timedelta(seconds=5)
LATE_AFTER: Final = timedelta(hours=12)
"""A reminder that could not leave for so long would come on the wrong day: staff see to it."""
REASON: Final = "reminder"

_AT_A_TIME: Final = 50
_AGAIN_AFTER: Final = timedelta(minutes=5)

log = logging.getLogger(__name__)


class Reminding:
    """Sends what is due. Where that is not possible staff are told, so that no reminder is forgotten."""

    def __init__(self, store: Store, channel: Channel, *, knowledge: Callable[[], Knowledge]) -> None:
        self._store = store
        self._channel = channel
        self._knowledge = knowledge

    def run(self, now: datetime) -> None:
        """Deal with some of the reminders that are due at `now` (aware UTC). Raises StorageUnavailable."""
        for _ in range(_AT_A_TIME):
            due = self._store.due_reminders.first(now=now)
            if due is None:
                return
            try:
                self._deal_with(due, now)
            except StorageUnavailable:
                raise
            except Exception:
                # It must not keep the others waiting; what goes on failing is left to staff in the end.
                log.exception("reminder %d waits after a fault", due.id)
                self._store.due_reminders.put_off(due, now + _AGAIN_AFTER)

    def _deal_with(self, due: DueReminder, now: datetime) -> None:
        if now - due.wanted_at > LATE_AFTER:
            self._leave_to_staff(due, "it is too late", now)
        elif is_open(due.last_inbound_at, now):
            reply = as_reply(due.reminder, self._knowledge(), due.memory.language)
            self._store.due_reminders.send(due, reply, now=now)
        else:
            self._send_by_template(due, now)

    def _send_by_template(self, due: DueReminder, now: datetime) -> None:
        try:
            template = self._template(due.memory.language)
        except TemplatesUnavailable as error:
            log.warning("reminder %d waits: %s", due.id, error)
            self._store.due_reminders.put_off(due, now + _AGAIN_AFTER)
            return
        if template is None:
            self._leave_to_staff(due, f'WhatsApp has approved no template named "{TEMPLATE}" with one value', now)
            return
        (value,) = template.samples
        values = {value: due.reminder.words}
        reply = Reply(template.filled(values), template=Template(template.sid, values))
        self._store.due_reminders.send(due, reply, now=now)

    def _template(self, language: str) -> ApprovedTemplate | None:
        """The template in the learner's language, else in the school's; None if there is none."""
        fitting = {
            template.language.partition("_")[0]: template
            for template in self._channel.templates()
            if template.name == TEMPLATE and len(template.samples) == 1
        }
        return fitting.get(language) or fitting.get(self._knowledge().school.language)

    def _leave_to_staff(self, due: DueReminder, why: str, now: datetime) -> None:
        log.warning("reminder %d is left to staff: %s", due.id, why)
        memory = due.memory
        brief = Brief(
            name=due.name,
            reason=REASON,
            question=due.reminder.words,
            asked=memory.asked,
            answered=memory.answered,
            preference=self._preference(memory.preference),
            source=memory.source,
            language=memory.language,
            promise="",
        )
        self._store.due_reminders.leave_to_staff(due, brief, now=now)

    def _preference(self, side: str | None) -> str:
        knowledge = self._knowledge()
        return knowledge.name(side) if side in knowledge.roles else ""
