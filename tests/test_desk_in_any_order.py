"""Staff and a learner do anything in any order, and the conversation stays in order."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot.core.conversation import Status
from bot.core.desk import HandoffOutcome, Refused
from bot.core.messages import Template
from bot.core.staff import Staff
from bot.storage import Author, Store
from bot.storage.inbox import Case
from bot.storage.opt_out import STOPPED
from tests.at_desk import ASHA, MEERA, RAVI, by, case_of, desk, hire, writes
from tests.storage.world import NOW, Recorder, deliver_all, outgoing_of

STAFF: Final = st.sampled_from([ASHA, RAVI, MEERA])
TEXTS: Final = st.sampled_from(["tools for mlops", "fees?", "talk to a person", "BOT", "4", "hello", "STOP", "START"])
PAUSES: Final = st.sampled_from([timedelta(minutes=1), timedelta(hours=3), timedelta(days=2)])
ANSWERED_BY_THE_BOT: Final = {"STOP", "START"}
_numbers: Final = count()


class AnyOrder(RuleBasedStateMachine):
    """One learner, three colleagues, and a clock."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.learner = f"whatsapp:+9197{next(_numbers):08}"
        self.phone = Recorder()
        self.write("hello")

    @property
    def case(self) -> Case:
        return case_of(self.store, self.learner)

    def attempt(self, act: Callable[[int], object]) -> None:
        """Act on the conversation. What is refused has changed nothing."""
        before = self.case
        try:
            act(before.conversation.id)
        except Refused:
            assert self.case == before

    @rule(text=TEXTS)
    def write(self, text: str) -> None:
        conversation = self.store.conversation_of(self.learner)
        owned = conversation is not None and self.case.owner_id is not None
        said = len(by(self.store, Author.BOT, self.learner))
        writes(self.store, f"SM{next(_numbers)}", text, now=self.now, sender=self.learner)
        if owned and text not in ANSWERED_BY_THE_BOT:
            assert len(by(self.store, Author.BOT, self.learner)) == said
        if not self.case.conversation.opted_out:
            assert not self.case.held

    @rule(staff=STAFF)
    def claim(self, staff: Staff) -> None:
        self.attempt(lambda case: desk(self.store).claim(case, staff=staff, now=self.now))

    @rule(staff=STAFF, seen=st.sampled_from([None, ASHA.id, RAVI.id]))
    def take_over(self, staff: Staff, seen: int | None) -> None:
        self.attempt(lambda case: desk(self.store).take_over(case, seen, staff=staff, now=self.now))

    @rule(staff=STAFF, colleague=STAFF)
    def hand_on(self, staff: Staff, colleague: Staff) -> None:
        self.attempt(lambda case: desk(self.store).hand_to(case, colleague.id, staff=staff, now=self.now))

    @rule(staff=STAFF)
    def release(self, staff: Staff) -> None:
        self.attempt(lambda case: desk(self.store).release(case, staff=staff, now=self.now))

    @rule(staff=STAFF, pause=PAUSES)
    def snooze(self, staff: Staff, pause: timedelta) -> None:
        self.attempt(lambda case: desk(self.store).snooze(case, self.now + pause, staff=staff, now=self.now))

    @rule(staff=STAFF, outcome=st.sampled_from(HandoffOutcome), ask=st.booleans())
    def resolve(self, staff: Staff, outcome: HandoffOutcome, ask: bool) -> None:  # noqa: FBT001
        at_desk = desk(self.store)
        self.attempt(lambda case: at_desk.resolve(case, outcome, ask_rating=ask, staff=staff, now=self.now))

    @rule(staff=STAFF)
    def reopen(self, staff: Staff) -> None:
        self.attempt(lambda case: desk(self.store).reopen(case, staff=staff, now=self.now))

    @rule(staff=STAFF)
    def say(self, staff: Staff) -> None:
        form = f"s{next(_numbers)}"
        self.attempt(lambda case: desk(self.store).reply(case, "Hello", form, staff=staff, now=self.now))
        self.attempt(lambda case: desk(self.store).hold(case, "later", f"h{form}", staff=staff, now=self.now))

    @rule(staff=STAFF)
    def send_template(self, staff: Staff) -> None:
        form, template = f"t{next(_numbers)}", Template("HX1", {"1": "Ann"})
        self.attempt(
            lambda case: desk(self.store).send_template(case, template, "Hi Ann", form, staff=staff, now=self.now)
        )

    @rule(pause=PAUSES)
    def time_passes(self, pause: timedelta) -> None:
        self.now += pause
        self.store.wake_snoozed(now=self.now)
        self.store.raise_promises(now=self.now)
        deliver_all(self.store, self.phone, self.now)

    @invariant()
    def it_has_an_owner_exactly_while_staff_have_it(self) -> None:
        status = self.case.conversation.status
        assert (self.case.owner_id is not None) == (status in (Status.OPEN, Status.SNOOZED))
        assert (self.case.snoozed_until is not None) == (status is Status.SNOOZED)

    @invariant()
    def a_handoff_is_open_exactly_while_the_bot_does_not_have_it(self) -> None:
        case = self.case
        assert (case.handoff is not None) == (case.conversation.status is not Status.BOT)
        if case.handoff is not None:
            assert case.handoff.outcome is None
            assert case.owner_id is None or case.handoff.taken_at is not None
        assert all(handoff.outcome and handoff.resolved_at for handoff in case.earlier)

    @invariant()
    def nothing_of_staff_waits_to_leave_to_who_wrote_stop(self) -> None:
        if self.case.conversation.opted_out:
            waiting = [one for one in outgoing_of(self.store, self.learner) if one.state == "queued"]
            assert not [one for one in waiting if one.author is Author.STAFF]
            assert all(
                one.error == STOPPED for one in by(self.store, Author.STAFF, self.learner) if one.state == "failed"
            )


def test_whatever_staff_and_learner_do_the_conversation_stays_in_order(store: Store, database_url: str) -> None:
    hire(database_url)
    machine = type("Machine", (AnyOrder,), {"store": store})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
