"""The store as a whole: its address, its health, and a database that comes and goes."""

from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from bot.channels import NotProcessed, Outgoing, Sent
from bot.core.conversation import Decision
from bot.intake import Intake
from bot.storage import BadDatabaseUrl, Queue, StorageUnavailable, Store
from bot.storage.database import parse_url
from tests.storage.processes import receive_before_and_after_a_fork, run_together
from tests.storage.world import (
    ANN,
    KNOWLEDGE,
    MUTE,
    NOW,
    Recorder,
    deliver_all,
    delivery,
    execute,
    intake,
    message,
    outgoing_of,
    thread_of,
)

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_address_of_a_server_is_understood(scheme: str) -> None:
    url = parse_url(f"{scheme}://user:pa%40ss@host:5433/bot?sslmode=require")
    assert (url.drivername, url.password, url.port, url.query["sslmode"]) == (
        "postgresql+psycopg",
        "pa@ss",
        5433,
        "require",
    )


@pytest.mark.parametrize("url", ["", "bot.db", "mysql://user:s3cret@host/bot", "sqlite://", "sqlite:///:memory:"])
def test_any_other_address_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="write sqlite:///FILE or postgresql://") as failure:
        Store(url)
    assert "s3cret" not in str(failure.value)


def test_delivery_is_not_alive_before_its_first_beat(store: Store) -> None:
    assert store.last_beat() is None
    for moment in (NOW, NOW + MINUTE):
        store.beat(now=moment)
    assert store.last_beat() == NOW + MINUTE


class Busy(Recorder):
    def send(self, outgoing: Outgoing) -> Sent:
        raise NotProcessed("Too many requests.")


def test_the_queue_tells_since_when_a_message_could_have_left(store: Store) -> None:
    assert store.outbox.queue() == Queue(0, None)
    intake(store).receive(message("SM1", "menu"), now=NOW)
    intake(store).receive(message("SM2", sender=f"{ANN}2"), now=NOW + MINUTE)
    assert store.outbox.queue() == Queue(3, NOW)
    delivery(store, Recorder()).run_once(NOW)
    assert store.outbox.queue() == Queue(2, NOW)


def test_messages_behind_one_that_is_tried_again_do_not_look_forgotten(store: Store) -> None:
    intake(store).receive(message("SM1", "menu"), now=NOW)
    delivery(store, Busy()).run_once(NOW + MINUTE)
    queue = store.outbox.queue()
    assert queue.depth == 2
    assert queue.oldest_due_at is not None
    assert queue.oldest_due_at > NOW + MINUTE


def test_a_thread_can_be_read_from_where_one_stopped(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    came, goes = thread_of(store)
    assert store.thread(came.conversation_id, after_id=came.id) == [goes]


def test_times_come_back_as_they_went_in_whatever_their_zone(store: Store) -> None:
    in_india = datetime(2026, 11, 23, 15, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    intake(store).receive(message("SM1"), now=in_india)
    came = thread_of(store)[0]
    assert (came.at, came.at.tzinfo) == (in_india, UTC)


def test_a_time_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="without zone"):
        intake(store).receive(message("SM1"), now=datetime(2026, 11, 23))  # noqa: DTZ001
    assert thread_of(store) == []


def test_texts_in_any_script_come_back_as_they_went_in(store: Store) -> None:
    text = "एमएल इंजीनियर 👩‍💻 'quoted' %s \\ {}"
    intake(store).receive(message("SM1", text, name="आन"), now=NOW)
    assert thread_of(store)[0].text == text


def test_a_file_that_may_not_be_written_is_named_and_nothing_is_kept(sqlite_url: str) -> None:
    file = sqlite_url.removeprefix("sqlite:///")
    with closing(Store(f"sqlite:///file:{file}?mode=ro&uri=true")) as store:
        with pytest.raises(StorageUnavailable, match="attempt to write a readonly database"):
            intake(store).receive(message("SM1"), now=NOW)
        assert thread_of(store) == []


def test_a_server_that_turned_read_only_is_named_and_nothing_is_kept(postgresql_url: str) -> None:
    execute(postgresql_url, f"ALTER DATABASE {database_of(postgresql_url)} SET default_transaction_read_only = on")
    with closing(Store(postgresql_url)) as store:
        with pytest.raises(StorageUnavailable, match="read-only transaction"):
            intake(store).receive(message("SM1"), now=NOW)
        assert thread_of(store) == []


def database_of(url: str) -> str:
    return str(parse_url(url).database)


def cut_all_connections(url: str) -> None:
    execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid != pg_backend_pid()",
    )


def test_after_a_restart_of_the_server_the_next_message_is_taken(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as store:
        intake(store).receive(message("SM1"), now=NOW)
        cut_all_connections(postgresql_url)
        assert intake(store).receive(message("SM2"), now=NOW)


def test_a_connection_that_breaks_halfway_leaves_nothing_half_done(postgresql_url: str) -> None:
    def rule(*_: object, **__: object) -> Decision:
        cut_all_connections(postgresql_url)
        return MUTE

    with closing(Store(postgresql_url)) as store:
        with pytest.raises(StorageUnavailable):
            Intake(store, KNOWLEDGE, wake=lambda: None, rule=rule).receive(message("SM1"), now=NOW)
        assert store.conversation_of(ANN) is None
        assert intake(store).receive(message("SM1"), now=NOW)


def test_the_words_of_learners_are_in_no_error(postgresql_url: str) -> None:
    execute(postgresql_url, "ALTER TABLE messages DROP COLUMN author")
    with closing(Store(postgresql_url)) as store, pytest.raises(StorageUnavailable) as failure:
        intake(store).receive(message("SM1", "my salary is private"), now=NOW)
    assert "salary" not in f"{failure.value} {failure.value.__cause__}"


def test_parent_and_child_of_a_fork_both_take_messages(store: Store, database_url: str) -> None:
    assert run_together(receive_before_and_after_a_fork, (database_url,)) == [0]
    assert len(outgoing_of(store)) == 4
    assert deliver_all(store, Recorder()) == 4
