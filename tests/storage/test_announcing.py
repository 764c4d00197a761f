"""Telling other processes that something was queued; only PostgreSQL can."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from bot.storage import Store
from tests.storage.world import execute
from tests.test_delivery import wait_until

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
)


@contextmanager
def listening(store: Store) -> Iterator[threading.Event]:
    heard, stop = threading.Event(), threading.Event()
    listener = threading.Thread(target=store.listen, args=(heard.set, stop))
    listener.start()
    yield heard
    stop.set()
    listener.join()


def is_heard(by: threading.Event, announcer: Store) -> bool:
    announcer.announce()
    return by.wait(0.05)


def test_a_process_hears_others_but_not_itself(postgresql_url: str) -> None:
    with (
        closing(Store(postgresql_url)) as ours,
        closing(Store(postgresql_url)) as theirs,
        listening(ours) as we,
        listening(theirs) as they,
    ):
        wait_until(lambda: is_heard(they, ours))
        assert not we.is_set()
        wait_until(lambda: is_heard(we, theirs))


def test_announcements_go_on_after_the_connection_was_cut(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as ours, closing(Store(postgresql_url)) as theirs:
        with listening(theirs) as heard:
            wait_until(lambda: is_heard(heard, ours))
        execute(postgresql_url, CUT)
        with listening(theirs) as heard:
            wait_until(lambda: is_heard(heard, ours))


def test_a_closed_store_announces_again_when_it_is_used_again(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as ours, closing(Store(postgresql_url)) as theirs, listening(theirs) as heard:
        wait_until(lambda: is_heard(heard, ours))
        ours.close()
        heard.clear()
        wait_until(lambda: is_heard(heard, ours))
