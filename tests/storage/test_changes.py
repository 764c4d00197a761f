"""Open inboxes hear of every change, also of those that were begun before others and ended after them."""

import threading
from contextlib import closing
from functools import partial

from sqlalchemy import text

from bot.storage import Store, migrate
from bot.storage.database import make_engine
from bot.storage.revisions import touch
from tests.at_desk import ASHA, desk, hire
from tests.storage.world import ANN, NOW, Recorder, at_once, deliver_all, execute, intake, message

WRITERS = 8
CHANGES = 50


def told(store: Store, cursor: int) -> list[int]:
    """Which conversations are said to have changed since the cursor."""
    return sorted(conversation_id for conversation_id, _revision in store.inbox.changes(cursor)[1])


def add_learners(store: Store, number: int) -> None:
    for each in range(1, number + 1):
        intake(store).receive(message(f"SM{each}", sender=f"whatsapp:+1555000{each}"), now=NOW)


def revisions_in(database_url: str) -> dict[object, object]:
    return {row[0]: row[1] for row in execute(database_url, "SELECT id, revision FROM conversations")}


def test_the_first_call_gives_a_cursor_and_nothing_else(store: Store) -> None:
    add_learners(store, 2)
    cursor, changes = store.inbox.changes()
    assert (cursor > 0, changes) == (True, [])


def test_only_what_has_changed_is_told(store: Store, database_url: str) -> None:
    hire(database_url)
    add_learners(store, 3)
    cursor, _ = store.inbox.changes()
    assert store.inbox.changes(cursor) == (cursor, [])
    desk(store).claim(2, staff=ASHA, now=NOW)
    reached, changes = store.inbox.changes(cursor)
    assert changes == [(2, revisions_in(database_url)[2])]
    assert told(store, reached) == []


def test_a_change_between_the_cursor_and_the_reading_is_told(store: Store, database_url: str) -> None:
    hire(database_url)
    add_learners(store, 1)
    cursor, _ = store.inbox.changes()
    desk(store).note(1, "between", staff=ASHA, now=NOW)
    seen = store.inbox.case(1, ASHA.id)
    assert seen is not None
    assert store.inbox.changes(cursor)[1] == [(1, seen.revision)]


def test_an_erasure_is_told_so_that_the_card_can_go(store: Store) -> None:
    add_learners(store, 1)
    intake(store).receive(message("SMa"), now=NOW)
    cursor, _ = store.inbox.changes()
    intake(store).receive(message("SMb", "erase my data"), now=NOW)
    assert told(store, cursor) == [2]


def test_after_an_erased_learner_is_removed_the_next_changes_are_told(store: Store) -> None:
    add_learners(store, 2)
    for number in range(5):
        intake(store).receive(message(f"SMa{number}"), now=NOW)
    intake(store).receive(message("SMb", "erase my data"), now=NOW)
    deliver_all(store, Recorder())
    cursor, _ = store.inbox.changes()
    store.tidy(now=NOW)
    assert store.conversation_of(ANN) is None
    intake(store).receive(message("SMc", sender="whatsapp:+15550001"), now=NOW)
    assert 1 in told(store, cursor)


def test_a_slow_transaction_is_told_although_a_quick_one_was_told_before(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as inbox_of:
        add_learners(inbox_of, 2)
        engine = make_engine(postgresql_url)
        cursor, _ = inbox_of.inbox.changes()
        with engine.connect() as slow:
            slow.execute(text("SELECT pg_current_xact_id()"))
            touch(slow, 1)
            intake(inbox_of).receive(message("SMx", sender="whatsapp:+15550002"), now=NOW)
            cursor, changes = inbox_of.inbox.changes(cursor)
            assert [number for number, _revision in changes] == [2]
            slow.commit()
        engine.dispose()
        assert 1 in told(inbox_of, cursor)


def test_every_last_revision_is_seen_while_many_write(store: Store, database_url: str) -> None:
    add_learners(store, WRITERS)
    cursor, _ = store.inbox.changes()
    seen: dict[int, int] = {}
    done = threading.Event()

    def write(number: int) -> None:
        for change in range(CHANGES):
            # Each conversation has two writers, so that they also wait for each other.
            sender = f"whatsapp:+1555000{(number + change % 2) % WRITERS + 1}"
            intake(store).receive(message(f"SM-{number}-{change}", sender=sender), now=NOW)

    def read() -> None:
        reached, is_last = cursor, False
        while not is_last:
            is_last = done.is_set()
            reached, changes = store.inbox.changes(reached)
            seen.update(changes)

    reader = threading.Thread(target=read)
    reader.start()
    at_once(*(partial(write, number) for number in range(WRITERS)))
    done.set()
    reader.join()
    assert seen == revisions_in(database_url)


# A backup comes back


def test_a_cursor_ahead_of_the_counter_is_told_everything(store: Store) -> None:
    add_learners(store, 2)
    reached, changes = store.inbox.changes(1 << 40)
    assert sorted(number for number, _revision in changes) == [1, 2]
    assert told(store, reached) == []


def test_revisions_from_another_server_are_forgotten_by_an_upgrade(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as store:
        add_learners(store, 2)
        execute(postgresql_url, f"UPDATE conversations SET revision = {1 << 40} WHERE id = 1")
        before = revisions_in(postgresql_url)
        cursor, _ = store.inbox.changes()
        assert told(store, cursor) == [1]
        migrate(postgresql_url)
        assert revisions_in(postgresql_url) == before | {1: 0}
        assert told(store, cursor) == []
