"""Staff hear once of each edit that cannot be served, with file and line."""

from datetime import timedelta

import pytest

from bot.fault_notices import FaultTeller
from bot.notify import Notifier
from bot.storage import Store
from bot.storage.knowledge_faults import PATIENCE
from tests.storage.world import NOW, at_once
from tests.test_notify import Staff, staff

__all__ = ["staff"]

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # in Apprise

FINDING = "faqs.yaml:3:1: key-unknown: there is no such key. Delete it."
LATER = NOW + PATIENCE


def teller(store: Store, staff: Staff) -> FaultTeller:
    return FaultTeller(store, Notifier([staff.url], inbox_base_url="https://bot.example.org"))


def test_staff_hear_of_a_broken_edit_once_with_its_place_and_where_to_look(store: Store, staff: Staff) -> None:
    store.knowledge_faults.report("vm:/bot/knowledge", "abc", [FINDING], now=NOW)
    at_once(*[lambda: teller(store, staff).run(LATER) for _ in range(4)])
    (notice,) = staff.notices
    assert notice["title"] == "An edit of the knowledge cannot be served"
    assert notice["message"].splitlines() == [
        FINDING,
        "Until it is mended, the last good version answers. The folder: vm:/bot/knowledge",
        "https://bot.example.org/knowledge",
    ]


def test_the_next_broken_edit_is_told_of_again(store: Store, staff: Staff) -> None:
    for version in ("abc", "def"):
        store.knowledge_faults.report("vm:/bot/knowledge", version, [FINDING], now=NOW)
    teller(store, staff).run(LATER)
    assert len(staff.notices) == 2


def test_a_notice_that_did_not_arrive_is_sent_again_later(store: Store, staff: Staff) -> None:
    store.knowledge_faults.report("vm:/bot/knowledge", "abc", [FINDING], now=NOW)
    staff.status = 503
    teller(store, staff).run(LATER)
    staff.status = 200
    teller(store, staff).run(LATER + timedelta(seconds=30))
    assert staff.notices == []
    teller(store, staff).run(LATER + timedelta(minutes=1))
    teller(store, staff).run(LATER + timedelta(minutes=9))
    assert len(staff.notices) == 1
