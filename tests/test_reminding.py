"""Reminders reach the learner once, inside the window or by a template with their consent, or else staff."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest

from bot.channels import ApprovedTemplate, Channel, TemplatesUnavailable
from bot.core.catalogue import Knowledge
from bot.core.conversation import Status
from bot.core.memory import Choice
from bot.core.reminders import TEMPLATE
from bot.data_protection import Retention
from bot.reminding import LATE_AFTER, REASON, Reminding
from bot.storage import Store
from tests.at_desk import writes
from tests.core.talking import real_knowledge
from tests.storage.world import ANN, NOW, Recorder, at_once, deliver_all, execute, outgoing_of, thread_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def template(language: str = "en", *values: str) -> ApprovedTemplate:
    samples = dict.fromkeys(values or ("1",), "the course")
    text = f"{language}: you asked us: {{{{1}}}}. Reply."
    return ApprovedTemplate(f"HX{language}", TEMPLATE, language, text, samples)


@dataclass
class Approved:
    """A channel that has these templates, or cannot say."""

    found: Sequence[ApprovedTemplate] = ()
    away: bool = False
    asked: int = field(default=0)

    def templates(self) -> Sequence[ApprovedTemplate]:
        self.asked += 1
        if self.away:
            raise TemplatesUnavailable("Twilio does not answer.")
        return self.found


def reminding(store: Store, approved: Approved | None = None) -> Reminding:
    return Reminding(store, cast("Channel", approved or Approved()), knowledge=real_knowledge)


def outcomes(database_url: str) -> list[object]:
    return [outcome for (outcome,) in execute(database_url, "SELECT outcome FROM reminders ORDER BY id")]


def test_a_reminder_inside_the_window_comes_once_at_its_time_with_its_subject_a_tap_away(store: Store) -> None:
    writes(store, "SM1", "tools of mlops?")
    writes(store, "SM2", "remind me in 3 hours about these")
    deliver_all(store, Recorder())
    approved = Approved()
    for late in (timedelta(), 3 * HOUR - timedelta(minutes=1), 3 * HOUR, 3 * HOUR, 5 * HOUR):
        reminding(store, approved).run(NOW + late)
    deliver_all(store, phone := Recorder(), NOW + 5 * HOUR)
    (reminder,) = phone.sent
    assert reminder.reply.text == 'Here is your reminder. You had written: "remind me in 3 hours about these"'
    (button,) = reminder.reply.buttons
    assert Choice.from_id(button.id) == Choice(topic="tools", side="mlops", comparison="mlops-engineer-vs-ml-engineer")
    assert approved.asked == 0


def test_a_reminder_of_what_only_staff_know_offers_nothing_else(store: Store) -> None:
    writes(store, "SM1", "tools of mlops?")
    writes(store, "SM2", "remind me in 3 hours about the fees")
    deliver_all(store, Recorder())
    reminding(store).run(NOW + 3 * HOUR)
    deliver_all(store, phone := Recorder(), NOW + 3 * HOUR)
    assert not phone.sent[0].reply.buttons


def test_outside_the_window_it_leaves_by_the_template_of_the_learner_s_language(store: Store) -> None:
    writes(store, "SM1", "मुझे 3 दिन बाद याद दिला देना")
    deliver_all(store, Recorder())
    reminding(store, Approved([template("en"), template("hi")])).run(NOW + 3 * DAY)
    deliver_all(store, phone := Recorder(), NOW + 4 * DAY)
    (sent,) = phone.sent
    assert sent.reply.template is not None
    assert (sent.reply.template.sid, sent.reply.template.variables) == ("HXhi", {"1": "मुझे 3 दिन बाद याद दिला देना"})
    assert sent.reply.text == "hi: you asked us: मुझे 3 दिन बाद याद दिला देना. Reply."


def test_the_consent_stays_on_record_with_words_time_and_message(store: Store, database_url: str) -> None:
    writes(store, "SM1", "remind me in 3 days")
    reminding(store, Approved([template()])).run(NOW + 3 * DAY)
    asked, _, sent = thread_of(store)
    assert sent.in_reply_to == asked.id
    (row,) = execute(database_url, "SELECT asked_by, words, outcome, due_at FROM reminders")
    assert row == (asked.id, "remind me in 3 days", "sent", None)


@pytest.mark.parametrize("found", [[], [template("fr")], [template("en", "1", "2")]])
def test_without_a_template_that_fits_staff_see_to_it(
    store: Store, database_url: str, found: list[ApprovedTemplate]
) -> None:
    writes(store, "SM1", "remind me in 3 days about fees")
    reminding(store, Approved(found)).run(NOW + 3 * DAY)
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    assert conversation.status is Status.WAITING
    handoff = store.open_handoff(conversation.id)
    assert handoff is not None
    assert (handoff.reason, handoff.brief.question) == (REASON, "remind me in 3 days about fees")
    assert store.notices.claim(now=NOW + 3 * DAY, lease=HOUR) is not None
    assert outcomes(database_url) == ["left_to_staff"]


def test_while_staff_have_the_conversation_no_second_handoff_begins(store: Store, database_url: str) -> None:
    writes(store, "SM1", "remind me in 3 days")
    writes(store, "SM2", "i want to talk to a person")
    reminding(store).run(NOW + 3 * DAY)
    assert execute(database_url, "SELECT count(*) FROM handoffs") == [(1,)]
    assert outcomes(database_url) == ["left_to_staff"]


def test_a_reminder_that_comes_far_too_late_is_left_to_staff(store: Store, database_url: str) -> None:
    writes(store, "SM1", "remind me in 2 hours")
    reminding(store, Approved([template()])).run(NOW + 2 * HOUR + LATE_AFTER + HOUR)
    assert outcomes(database_url) == ["left_to_staff"]


def test_when_templates_cannot_be_asked_for_it_waits_and_then_leaves(store: Store) -> None:
    writes(store, "SM1", "remind me in 3 days")
    writes(store, "SM2", "remind me in 4 days")
    deliver_all(store, Recorder())
    approved = Approved([template()], away=True)
    reminding(store, approved).run(NOW + 3 * DAY)
    assert approved.asked == 1
    approved.away = False
    reminding(store, approved).run(NOW + 3 * DAY + timedelta(minutes=10))
    deliver_all(store, phone := Recorder(), NOW + 3 * DAY + HOUR)
    assert phone.texts == ["en: you asked us: remind me in 3 days. Reply."]


def test_a_reminder_that_meets_a_fault_waits_and_the_others_leave(store: Store) -> None:
    writes(store, "SM1", "remind me in 2 hours about tools")
    writes(store, "SM2", "remind me in 3 hours about projects")
    deliver_all(store, Recorder())
    faults = iter([True])

    def knowledge() -> Knowledge:
        if next(faults, False):
            raise ZeroDivisionError
        return real_knowledge()

    worker = Reminding(store, cast("Channel", Approved()), knowledge=knowledge)
    worker.run(NOW + 3 * HOUR)
    deliver_all(store, phone := Recorder(), NOW + 3 * HOUR)
    assert ["projects" in text for text in phone.texts] == [True]
    worker.run(NOW + 4 * HOUR)
    deliver_all(store, phone, NOW + 4 * HOUR)
    assert ["tools" in text for text in phone.texts] == [False, True]


@pytest.mark.parametrize("said", ["STOP", "cancel reminder"])
def test_what_is_withdrawn_never_leaves(store: Store, database_url: str, said: str) -> None:
    writes(store, "SM1", "remind me in 3 hours")
    writes(store, "SM2", said)
    if said == "STOP":
        writes(store, "SM3", "START")
    reminding(store).run(NOW + 3 * HOUR)
    assert [stored.text for stored in outgoing_of(store) if "reminder. You had" in stored.text] == []
    assert outcomes(database_url) == ["withdrawn"]


def test_who_stopped_at_the_provider_gets_none_although_nobody_told_us_in_time(store: Store, database_url: str) -> None:
    writes(store, "SM1", "remind me in 3 hours")
    execute(database_url, "UPDATE learners SET opted_out = true")
    reminding(store).run(NOW + 3 * HOUR)
    assert outcomes(database_url) == ["withdrawn"]


def test_many_processes_send_it_once(store: Store) -> None:
    writes(store, "SM1", "remind me in 3 hours")
    at_once(*[lambda: reminding(store).run(NOW + 3 * HOUR) for _ in range(6)])
    assert sum("reminder. You had" in stored.text for stored in outgoing_of(store)) == 1


def test_a_reminder_that_waits_outlasts_the_retention_and_nothing_else_does(store: Store, database_url: str) -> None:
    writes(store, "SM1", "remind me in 30 days")
    deliver_all(store, Recorder())
    Retention(store, 7).run(NOW + 20 * DAY)
    assert not thread_of(store)
    reminding(store, Approved([template()])).run(NOW + 30 * DAY)
    deliver_all(store, phone := Recorder(), NOW + 30 * DAY)
    assert len(phone.sent) == 1
    assert phone.sent[0].to == ANN
    Retention(store, 7).run(NOW + 50 * DAY)
    assert execute(database_url, "SELECT count(*) FROM reminders") == [(0,)]
    assert store.conversation_of(ANN) is None


def test_no_message_is_ever_sent_unasked(store: Store) -> None:
    """A talk of all kinds, then half a year in which every piece of periodic work has its turn each day."""
    said = ["hi", "tools of mlops?", "find my path", "remind me in 40 days", "i want to talk to a person", "BOT", "bye"]
    for number, text in enumerate(said):
        writes(store, f"SM{number}", text)
    deliver_all(store, Recorder())
    sent_by_then = len(outgoing_of(store))
    phone = Recorder()
    for day in range(1, 180):
        now = NOW + day * DAY
        reminding(store, Approved([template()])).run(now)
        store.wake_snoozed(now=now)
        store.raise_promises(now=now)
        deliver_all(store, phone, now)
        store.tidy(now=now)
    assert phone.texts == ["en: you asked us: remind me in 40 days. Reply."]
    assert len(outgoing_of(store)) == sent_by_then + 1
