"""Learners, staff, Twilio and the clock do anything in any order, and both sums of the ledger hold after each step."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot.channels import MaybeSent, NotProcessed, Outgoing, Rejected, Sent
from bot.core.desk import HandoffOutcome, Refused
from bot.core.messages import DeliveryReport, Inbound, Kind, Media, MessageState, Template
from bot.core.staff import Staff
from bot.data_protection import Retention
from bot.delivery import FURTHEST, LEASE
from bot.desk import Desk
from bot.intake import Intake
from bot.storage import Author, Store
from bot.storage.people import NobodyFound
from bot.storage.records import Claimed
from tests.at_desk import ASHA, MEERA, RAVI, by, desk, hire
from tests.core.talking import real_knowledge
from tests.storage.world import NOW, SCHOOL, deliver_all, delivery, outgoing_of

EVER: Final = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
HOUR: Final = timedelta(hours=1)
STAFF: Final = st.sampled_from([ASHA, RAVI, MEERA])
WHO: Final = st.sampled_from([0, 1])
TEXTS: Final = st.sampled_from(
    [
        "tools for mlops",
        "fees?",
        "talk to a person",
        "BOT",
        "4",
        "",
        "STOP",
        "START",
        "erase my data",
        "yes",
        "x" * 5000,
    ]
)
WELL: Final = Sent("OUT")
ATTEMPTS: Final = st.just(WELL) | st.sampled_from(
    [NotProcessed("busy"), Rejected("63016", "No."), Rejected("21610", "Stopped."), MaybeSent("lost"), OSError()]
)
STATES: Final = st.sampled_from([state for state in MessageState if state is not MessageState.QUEUED])
_numbers: Final = count()


class Provider:
    """Twilio as it is in one step: one answer to all that is sent, and one to all look-ups."""

    def __init__(self, answer: Sent | Exception, *, knows: bool) -> None:
        self._answer = answer
        self._knows = knows

    def send(self, outgoing: Outgoing) -> Sent:
        if isinstance(self._answer, Exception):
            raise self._answer
        return Sent(sid_of(outgoing.message_id))

    def find(self, outgoing: Outgoing) -> Sent | None:
        if isinstance(self._answer, OSError):
            raise self._answer
        return Sent(sid_of(outgoing.message_id)) if self._knows else None


def sid_of(message_id: int) -> str:
    return f"OUT{message_id}"


class AnyOrder(RuleBasedStateMachine):
    """Two learners, three colleagues, two workers, and a clock that may be set."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.learners = [f"whatsapp:+9196{next(_numbers):08}" for _ in range(2)]
        self.received: list[Inbound] = []
        self.slow: list[Claimed] = []

    def take_in(self, inbound: Inbound) -> None:
        Intake(self.store, real_knowledge(), wake=lambda: None).receive(inbound, now=self.now)
        self.received.append(inbound)

    def attempt(self, who: int, act: Callable[[Desk, int], object]) -> None:
        """Act on the conversation, if there is one and it may be done."""
        conversation = self.store.conversation_of(self.learners[who])
        if conversation is not None:
            with suppress(Refused):
                act(desk(self.store), conversation.id)

    # Learners

    @rule(who=WHO, text=TEXTS)
    def write(self, who: int, text: str) -> None:
        self.take_in(Inbound(f"IN{next(_numbers)}", self.learners[who], SCHOOL, Kind.TEXT, text))

    @rule(who=WHO, choice=st.sampled_from(["fees", "person", "nothing we know", "tools"]))
    def tap(self, who: int, choice: str) -> None:
        self.take_in(Inbound(f"IN{next(_numbers)}", self.learners[who], SCHOOL, Kind.CHOICE, choice, choice=choice))

    @rule(who=WHO, kind=st.sampled_from([kind for kind in Kind if kind not in (Kind.TEXT, Kind.CHOICE)]))
    def send_a_file(self, who: int, kind: Kind) -> None:
        media = Media("https://api.twilio.com/file", "image/png")
        self.take_in(Inbound(f"IN{next(_numbers)}", self.learners[who], SCHOOL, kind, media=media))

    @rule(who=WHO, late=st.sampled_from([HOUR / 2, 3 * HOUR, 30 * HOUR]))
    def write_while_we_were_away(self, who: int, late: timedelta) -> None:
        inbound = Inbound(
            f"IN{next(_numbers)}", self.learners[who], SCHOOL, Kind.TEXT, "fees?", written_at=self.now - late
        )
        self.take_in(inbound)

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        if self.received:
            self.take_in(data.draw(st.sampled_from(self.received)))

    # Staff

    @rule(who=WHO, staff=STAFF)
    def claim(self, who: int, staff: Staff) -> None:
        self.attempt(who, lambda desk, case: desk.claim(case, staff=staff, now=self.now))

    @rule(who=WHO, staff=STAFF)
    def release(self, who: int, staff: Staff) -> None:
        self.attempt(who, lambda desk, case: desk.release(case, staff=staff, now=self.now))

    @rule(who=WHO, staff=STAFF, outcome=st.sampled_from(HandoffOutcome), ask=st.booleans())
    def resolve(self, who: int, staff: Staff, outcome: HandoffOutcome, ask: bool) -> None:  # noqa: FBT001
        self.attempt(who, lambda desk, case: desk.resolve(case, outcome, ask_rating=ask, staff=staff, now=self.now))

    @rule(who=WHO, staff=STAFF)
    def reopen(self, who: int, staff: Staff) -> None:
        self.attempt(who, lambda desk, case: desk.reopen(case, staff=staff, now=self.now))

    @rule(who=WHO, staff=STAFF)
    def snooze(self, who: int, staff: Staff) -> None:
        self.attempt(who, lambda desk, case: desk.snooze(case, self.now + HOUR, staff=staff, now=self.now))

    @rule(who=WHO, staff=STAFF)
    def say(self, who: int, staff: Staff) -> None:
        form = f"s{next(_numbers)}"
        self.attempt(who, lambda desk, case: desk.reply(case, "Hello", form, staff=staff, now=self.now))
        self.attempt(who, lambda desk, case: desk.hold(case, "later", f"h{form}", staff=staff, now=self.now))

    @rule(who=WHO, staff=STAFF)
    def send_a_template(self, who: int, staff: Staff) -> None:
        form, template = f"t{next(_numbers)}", Template("HX1", {"1": "Ann"})
        self.attempt(
            who, lambda desk, case: desk.send_template(case, template, "Hi Ann", form, staff=staff, now=self.now)
        )

    @rule(who=WHO, staff=STAFF)
    def retry(self, who: int, staff: Staff) -> None:
        for stored in by(self.store, Author.STAFF, self.learners[who]):
            again = partial(Desk.retry, message_id=stored.id, staff=staff, now=self.now)
            self.attempt(who, again)

    # Delivery and what the provider says of it

    @rule(answer=ATTEMPTS, knows=st.booleans(), steps=st.integers(1, 4))
    def deliver(self, answer: Sent | Exception, steps: int, knows: bool) -> None:  # noqa: FBT001
        worker = delivery(self.store, Provider(answer, knows=knows))
        while steps and worker.run_once(self.now):
            steps -= 1

    @rule()
    def deliver_all(self) -> None:
        deliver_all(self.store, Provider(WELL, knows=True), self.now)

    @rule()
    def take_and_be_slow(self) -> None:
        if claimed := self.store.outbox.claim(now=self.now, lease=LEASE):
            self.slow.append(claimed)

    @rule(answer=ATTEMPTS)
    def be_done_at_last(self, answer: Sent | Exception) -> None:
        if self.slow:
            claimed = self.slow.pop(0)
            outbox = self.store.outbox
            match answer:
                case Sent():
                    report = DeliveryReport(sid_of(claimed.message_id), MessageState.SENT)
                    outbox.sent(claimed, report, now=self.now)
                case Rejected():
                    outbox.failed(claimed, answer.code, str(answer), now=self.now)
                case NotProcessed():
                    outbox.queue_again(claimed, due_at=self.now, reason="busy", now=self.now)
                case _:
                    outbox.in_doubt(claimed, "lost", look_up_at=self.now + HOUR, now=self.now)

    @rule(data=st.data(), state=STATES, ahead=st.integers(0, 2))
    def report(self, data: st.DataObject, state: MessageState, ahead: int) -> None:
        """Of a message that was sent, is on its way, or is not even queued yet; in any order, any number of times."""
        ids = [stored.id for learner in self.learners for stored in outgoing_of(self.store, learner)]
        chosen = data.draw(st.sampled_from(ids)) if ids else 0
        code = "63016" if state is MessageState.FAILED else ""
        self.store.record_report(
            DeliveryReport(
                sid_of(chosen + ahead),
                state,
                code,
                "",
            ),
            now=self.now,
        )

    # The clock, and what it does

    @rule(step=st.sampled_from([timedelta(minutes=1), HOUR, 25 * HOUR, timedelta(days=9), -HOUR]))
    def time_passes(self, step: timedelta) -> None:
        self.now += step
        self.store.wake_snoozed(now=self.now)
        self.store.raise_promises(now=self.now)
        self.store.outbox.mend_times(furthest=FURTHEST, now=self.now)
        self.store.tidy(now=self.now)

    @rule(who=WHO)
    def erase(self, who: int) -> None:
        with suppress(NobodyFound):
            self.store.people.erase(self.store.people.find(self.learners[who]), now=self.now)

    @rule(days=st.sampled_from([1, 7]))
    def purge(self, days: int) -> None:
        Retention(self.store, days).run(self.now)

    @invariant()
    def both_sums_hold(self) -> None:
        for side, one in self.store.ledger.sums(*EVER).items():
            assert one.difference == 0, (side, one.parts, self.store.ledger.unproven(side, *EVER))


def test_whatever_happens_both_sums_of_the_ledger_hold(store: Store, database_url: str) -> None:
    hire(database_url)
    machine = type("Machine", (AnyOrder,), {"store": store})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
