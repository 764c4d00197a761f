"""What the tests of storage, intake and delivery have in common: people, a rule, and an outside world that records."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from bot.channels import Outgoing, Sender, Sent
from bot.core.catalogue import Knowledge
from bot.core.conversation import Action, Answered, Brief, Conversation, Decision, Memory, Status
from bot.core.messages import Button, Inbound, Kind, Outcome, Reply
from bot.delivery import Delivery
from bot.intake import Intake
from bot.notify import Notifier
from bot.storage import Direction, Store, StoredMessage
from bot.storage.database import make_engine

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ANN = "whatsapp:+919800000001"
SCHOOL = "whatsapp:+14155238886"


class _Version:
    version = "knowledge-1"
    promise = "Somebody will answer."
    topics = ()

    def link_in(self, text: str) -> None: ...


KNOWLEDGE = cast("Knowledge", _Version())  # all that intake asks of it, and the rule below asks nothing


MUTE = Decision(
    replies=(),
    outcome=Outcome.IGNORED,
    reason="mute",
    status=Status.BOT,
    memory=Memory(),
    opted_out=False,
    action=Action.FALLBACK,
)


def message(sid: str, text: str = "Hello", *, sender: str = ANN, **more: Any) -> Inbound:
    return Inbound(sid, sender, SCHOOL, Kind.TEXT, text, **more)


def rule(conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
    """Obey the words below; answer anything else with itself."""
    said = Decision(
        replies=(Reply(f"You wrote: {inbound.text}"),),
        outcome=Outcome.ANSWERED,
        reason="answered",
        status=conversation.status,
        memory=conversation.memory,
        opted_out=conversation.opted_out,
        action=Action.ANSWER,
        answers=(Answered("tools", "mlops", "a/tools/mlops", 0.9),),
    )
    match inbound.text:
        case "STOP":
            return replace(said, replies=(Reply("Stopped."),), opted_out=True)
        case "START":
            return replace(said, opted_out=False)
        case "erase my data":
            return replace(said, replies=(Reply("Erased."),), erase=True, status=Status.BOT)
        case "a person please" | "is anybody there":
            brief = Brief(conversation.name, "asked", inbound.text, ("tools",), ("tools",), "", "", "en", "today")
            return replace(said, outcome=Outcome.HANDED_OVER, status=Status.WAITING, brief=brief)
        case "back to the bot":
            return replace(said, status=Status.BOT)
        case "menu":
            return replace(said, replies=(Reply("Choose", buttons=(Button("fees", "Fees"),)), Reply("or ask")))
        case "I lean to mlops":
            return replace(said, memory=conversation.memory.model_copy(update={"preference": "mlops"}))
        case "which one?":
            return replace(said, replies=(Reply(str(conversation.memory.preference)),))
        case "a fault":
            raise ZeroDivisionError(inbound.text)
    return said


def intake(store: Store, wake: Callable[[], None] = lambda: None) -> Intake:
    return Intake(store, KNOWLEDGE, wake=wake, rule=rule)


@dataclass
class Recorder:
    """A channel whose provider takes everything and writes it down, one line for each message."""

    sent: list[Outgoing] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, outgoing: Outgoing) -> Sent:
        with self.lock:
            self.sent.append(outgoing)
        return Sent(f"OUT{outgoing.message_id}")

    def find(self, outgoing: Outgoing) -> Sent | None:
        return None

    @property
    def texts(self) -> list[str]:
        return [outgoing.reply.text for outgoing in self.sent]


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Make all calls at the same moment, each in a thread of its own; return their results in order."""
    barrier = threading.Barrier(len(calls))

    def call(one: Callable[[], object]) -> object:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def thread_of(store: Store, address: str = ANN) -> list[StoredMessage]:
    conversation = store.conversation_of(address)
    return store.thread(conversation.id) if conversation else []


def outgoing_of(store: Store, address: str = ANN) -> list[StoredMessage]:
    return [stored for stored in thread_of(store, address) if stored.direction is Direction.OUT]


def delivery(store: Store, channel: Sender, notifier: Notifier | None = None) -> Delivery:
    return Delivery(store, channel, notifier or Notifier((), inbox_base_url=None), rng=random.Random(7))


def deliver_all(store: Store, channel: Sender, now: datetime = NOW) -> int:
    """Deliver until nothing is due; return how many messages were looked at."""
    worker = delivery(store, channel)
    looked_at = 0
    while worker.run_once(now):
        looked_at += 1
    return looked_at


def index_all(store: Store) -> None:
    """Let the chore go on until the search has an index of all texts and of nothing that was erased."""
    for _ in range(100):
        if store.search_index.keep_up():
            return
    raise AssertionError("something is not indexed")


def execute(database_url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement beside the store; return its rows if it has any."""
    engine = make_engine(database_url)
    with engine.begin() as connection:
        result = connection.exec_driver_sql(statement)
        rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows
