import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, insert

from bot.core.conversation import Status
from bot.core.insights import Counted, Origin, Outflow, Passage, Period, Quarter
from bot.core.messages import Kind, MessageState, Outcome
from bot.storage import Author, Direction, Store
from bot.storage.tables import conversations, handoffs, learners, messages
from tests.storage.world import ANN, intake, message

KOLKATA = ZoneInfo("Asia/Kolkata")
DAY = Period(date(2026, 11, 23), date(2026, 11, 23), KOLKATA)
NOON = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def said(store: Store, *rows: dict[str, Any]) -> None:
    """Store messages of one learner, by default questions that the bot answered at noon."""
    usual = {
        "conversation_id": 1,
        "direction": Direction.IN,
        "author": Author.LEARNER,
        "kind": Kind.TEXT,
        "text": "Hello",
        "at": NOON,
        "changed_at": NOON,
        "outcome": Outcome.ANSWERED,
        "state": None,
        "decision": None,
        "staff_id": None,
    }
    with store._database.writing() as connection:
        connection.execute(insert(messages), [usual | row for row in rows])


def passed(store: Store, *passages: Passage) -> None:
    """Store handoffs of one learner."""
    rows = [{name: getattr(one, name) for name in one.__dataclass_fields__} for one in passages]
    with store._database.writing() as connection:
        connection.execute(insert(handoffs), [{"conversation_id": 1, "brief": {}} | row for row in rows])


@pytest.fixture
def store(store: Store) -> Store:
    """With one learner, whose conversation has the id 1."""
    add_learner(store)
    return store


def add_learner(store: Store) -> None:
    with store._database.writing() as connection:
        connection.execute(insert(learners).values(name="Ann", opted_out=False, created_at=NOON))
        about = {"status": Status.BOT, "memory": "{}", "last_inbound_at": NOON, "created_at": NOON}
        connection.execute(insert(conversations).values(learner_id=1, **about))


def topics(*names: str) -> dict[str, Any]:
    return {"decision": {"answers": [{"topic": name, "side": "mlops", "confidence": 0.9} for name in names]}}


def written_by(staff_id: int, at: datetime = NOON) -> dict[str, Any]:
    out = {"direction": Direction.OUT, "author": Author.STAFF, "outcome": None, "state": MessageState.SENT}
    return {**out, "staff_id": staff_id, "at": at}


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Every question that is put to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    engine = store._database._engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_nothing_is_counted_as_nothing(store: Store) -> None:
    assert store.insights.count(DAY) == Counted([], [], [], [], {}, [], 0)


def test_messages_count_by_quarters_of_an_hour(store: Store) -> None:
    quarter = timedelta(minutes=15)
    ignored = {"outcome": Outcome.IGNORED}
    said(store, {}, ignored, {"at": NOON + quarter - INSTANT}, {"at": NOON + quarter}, written_by(1))
    assert store.insights.count(DAY).quarters == [Quarter(NOON, 3, 2), Quarter(NOON + quarter, 1, 1)]


def test_a_day_begins_and_ends_at_midnight_of_the_school(store: Store) -> None:
    start, end = DAY.starts_at, DAY.ends_at
    assert (start.hour, start.minute) == (18, 30)
    moments = [start - INSTANT, start, end - INSTANT, end]
    said(store, *({"at": at} for at in moments), *(written_by(7, at) for at in moments))
    passed(store, *(Passage(at, "asked", resolved_at=at) for at in moments))
    counted = store.insights.count(DAY)
    assert sum(quarter.incoming for quarter in counted.quarters) == 2
    assert [passage.opened_at for passage in counted.passages] == [start, end - INSTANT]
    assert counted.replies == {7: 2}


def test_a_topic_counts_once_in_a_message(store: Store) -> None:
    said(store, topics("tools", "tools"), topics("salary", "tools"), topics(), {})
    said(store, {**topics("fees"), "outcome": Outcome.HANDED_OVER})
    assert store.insights.count(DAY).topics == [("tools", 2), ("salary", 1)]


def test_replies_count_for_who_wrote_them(store: Store) -> None:
    said(store, written_by(1), written_by(2), written_by(1), {**written_by(3), "author": Author.BOT})
    assert store.insights.count(DAY).replies == {1: 2, 2: 1}


def test_what_arrived_counts_by_its_origin_and_what_failed_does_not(store: Store) -> None:
    states = (MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED, MessageState.QUEUED)
    out = {"direction": Direction.OUT, "author": Author.BOT, "outcome": None, "payload": None}
    later = out | {"state": MessageState.READ, "at": DAY.ends_at}
    said(store, *(out | {"state": state} for state in states), later, written_by(1) | {"payload": None})
    said(store, out | {"state": MessageState.DELIVERED, "payload": {"template": {"sid": "HX1", "variables": {}}}})
    counted = store.insights.count(DAY)
    assert sorted(counted.outflows, key=lambda one: one.origin) == [
        Outflow(Origin.BOT, 3, 2),
        Outflow(Origin.STAFF, 1, 0),
        Outflow(Origin.TEMPLATE, 1, 1),
    ]
    assert counted.reached == 1


def test_a_handoff_is_there_if_anything_of_it_happened_in_the_period(store: Store) -> None:
    before, after = DAY.starts_at - timedelta(days=3), DAY.ends_at + timedelta(days=3)
    whole = Passage(before, "asked", NOON, 1, NOON, NOON, 2, "answered", NOON, 5)
    still_open = Passage(before, "asked")
    ended_later = Passage(before, "asked", taken_at=NOON, taken_by=1, resolved_at=after, outcome="answered")
    rated = Passage(before, "asked", resolved_at=before, outcome="answered", rated_at=NOON, rating=1)
    over = Passage(before, "asked", resolved_at=before, outcome="answered", rated_at=before, rating=1)
    passed(store, whole, ended_later, rated, over, Passage(after, "asked", resolved_at=after))
    passed(store, still_open)
    found = store.insights.count(DAY).passages
    assert sorted(found, key=repr) == sorted([whole, still_open, ended_later, rated], key=repr)


def test_what_intake_stores_is_what_is_counted(store: Store) -> None:
    receive = intake(store).receive
    receive(message("1", sender=ANN), now=NOON)
    receive(message("2", "a person please"), now=NOON)
    counted = store.insights.count(DAY)
    assert counted.quarters == [Quarter(NOON, 2, 1)]
    assert counted.topics == [("tools", 1)]
    assert [(passage.reason, passage.opened_at) for passage in counted.passages] == [("asked", NOON)]


def test_the_number_of_statements_does_not_grow(store: Store) -> None:
    with statements(store) as for_nothing:
        store.insights.count(DAY)
    said(store, *([topics("tools"), written_by(1)] * 200))
    passed(store, *(Passage(NOON, "asked", resolved_at=NOON) for _ in range(200)))
    with statements(store) as for_much:
        store.insights.count(replace(DAY, first=date(2026, 1, 1)))
    assert len(for_much) == len(for_nothing) == 6


def test_both_databases_count_the_same(sqlite_url: str, postgresql_url: str) -> None:
    chance = random.Random(7)
    period = Period(date(2026, 3, 1), date(2026, 4, 30), ZoneInfo("Europe/Berlin"))

    def moment() -> datetime:
        return period.starts_at + timedelta(microseconds=chance.randrange(-(10**10), 63 * 86400 * 10**6))

    asked = [topics(*chance.choices(["tools", "salary", "fees"], k=chance.randrange(3))) for _ in range(300)]
    rows = [{**one, "at": moment(), "outcome": chance.choice(list(Outcome))} for one in asked]
    rows += [written_by(chance.randrange(4), moment()) for _ in range(300)]
    passages = [Passage(moment(), "asked", rated_at=moment(), rating=3, resolved_at=moment()) for _ in range(100)]
    counted = []
    for url in (sqlite_url, postgresql_url):
        store = Store(url)
        add_learner(store)
        for row in rows:
            said(store, row)
        passed(store, *passages)
        found = store.insights.count(period)
        counted.append(replace(found, passages=sorted(found.passages, key=repr)))
        store.close()
    assert counted[0] == counted[1]
    assert sum(quarter.incoming for quarter in counted[0].quarters) > 200


def test_a_source_counts_the_conversations_that_came_by_it(store: Store) -> None:
    by_link, by_advertisement = {"payload": {"source": "link tools-1234567"}}, {"payload": {"source": "Summer"}}
    said(store, by_link, by_link, by_advertisement, {"payload": {"choice": "tools||"}}, {"payload": None})
    said(store, by_link | {"at": NOON + timedelta(days=1)})
    assert store.insights.count(DAY).sources == [("Summer", 1), ("link tools-1234567", 1)]


def test_an_entry_counts_the_messages_that_it_answered(store: Store) -> None:
    answered = {"decision": {"answers": [{"topic": "tools", "entry": "a/tools/mlops"}]}}
    said(store, answered, answered, answered | {"outcome": Outcome.HANDED_OVER}, answered | {"at": NOON - timedelta(1)})
    assert store.insights.asked(DAY.starts_at, DAY.ends_at) == {"a/tools/mlops": 2}
