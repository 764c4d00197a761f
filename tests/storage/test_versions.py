"""Which version of the knowledge all processes serve, and when that changes."""

from datetime import timedelta

import pytest

from bot.storage import Store
from bot.storage.versions import KEPT, How, NoSuchVersion
from tests.storage.world import NOW, at_once, execute, intake, message

COUNTS = {"phrases": 3}


def offer(store: Store, version: str, *, place: str = "one:/bot") -> bool:
    return store.versions.offer(place, version, f"files of {version}".encode(), COUNTS, by="ann", now=NOW)


def served(store: Store) -> str:
    found = store.versions.served()
    assert found is not None
    return found.version


def test_nothing_is_served_before_anything_was_published(store: Store) -> None:
    assert store.versions.served() is None


def test_what_nobody_published_yet_is_news(store: Store) -> None:
    assert offer(store, "one")
    assert offer(store, "two", place="two:/bot")
    assert served(store) == "two"
    assert store.versions.packed("two") == b"files of two"


def test_a_folder_that_stays_the_same_is_no_news(store: Store) -> None:
    assert offer(store, "one")
    assert not offer(store, "one")
    assert len(store.versions.kept()) == 1


def test_an_old_machine_that_starts_again_does_not_publish_its_old_folder(store: Store) -> None:
    offer(store, "old", place="old:/bot")
    offer(store, "new", place="new:/bot")
    assert not offer(store, "old", place="old:/bot")
    assert not offer(store, "old", place="another:/bot")
    assert served(store) == "new"


def test_a_folder_that_is_changed_to_what_it_once_was_is_news(store: Store) -> None:
    for version in ("one", "two", "one", "two"):
        assert offer(store, version)
        assert served(store) == version


def test_a_second_copy_of_the_folder_that_gets_the_same_change_later_is_no_news(store: Store) -> None:
    offer(store, "one", place="first")
    offer(store, "one", place="second")
    offer(store, "two", place="first")
    store.versions.go_back("one", by="ann", now=NOW)
    assert not offer(store, "two", place="second")
    assert served(store) == "one"


def test_going_back_holds_until_a_folder_changes(store: Store) -> None:
    offer(store, "one")
    offer(store, "two")
    store.versions.go_back("one", by="ann", now=NOW)
    assert not offer(store, "two")
    assert served(store) == "one"
    assert offer(store, "three")
    assert served(store) == "three"


def test_an_edit_that_is_undone_in_the_folder_after_going_back_and_done_again_counts(store: Store) -> None:
    offer(store, "one")
    offer(store, "two")
    store.versions.go_back("one", by="ann", now=NOW)
    assert offer(store, "one")
    assert offer(store, "two")
    assert served(store) == "two"


def test_going_back_twice_goes_two_versions_back(store: Store) -> None:
    for version in ("one", "two", "three"):
        offer(store, version)
    store.versions.go_back(store.versions.before(served(store)), by="ann", now=NOW)
    assert served(store) == "two"
    assert store.versions.before("two") == "one"
    with pytest.raises(NoSuchVersion, match="no earlier version"):
        store.versions.before("one")


def test_publishing_by_command_wins_over_what_is_served(store: Store) -> None:
    offer(store, "old")
    offer(store, "new")
    store.versions.publish("old", b"", COUNTS, by="ann", now=NOW)
    found = store.versions.served()
    assert found is not None
    assert (found.version, found.how, found.by) == ("old", How.PUBLISHED, "ann")


def test_many_processes_that_see_one_change_publish_it_once(store: Store, database_url: str) -> None:
    offer(store, "one")
    results = at_once(*[lambda place=f"{number % 3}": offer(store, "two", place=place) for number in range(9)])
    assert results.count(True) == 1
    assert execute(database_url, "SELECT count(*) FROM knowledge_publications") == [(2,)]


def test_a_change_back_that_many_copies_see_at_once_is_published_once(store: Store, database_url: str) -> None:
    for version in ("one", "two"):
        for place in "abcd":
            offer(store, version, place=place)
    results = at_once(*[lambda place=place: offer(store, "one", place=place) for place in "abcd"])
    assert results.count(True) == 1
    assert served(store) == "one"


def test_a_version_is_found_by_its_beginning(store: Store) -> None:
    offer(store, "abc1")
    offer(store, "abd2")
    assert store.versions.find("abd") == "abd2"
    with pytest.raises(NoSuchVersion, match="2 versions begin with ab"):
        store.versions.find("ab")
    with pytest.raises(NoSuchVersion, match="No version begins with x"):
        store.versions.find("x")


def test_old_versions_go_unless_they_are_served_or_answered_a_stored_message(store: Store) -> None:
    offer(store, "knowledge-1")  # the one that `world` answers from
    intake(store).receive(message("SM1"), now=NOW + timedelta(seconds=1))
    offer(store, "unused")
    for number in range(KEPT):
        store.versions.offer("one:/bot", f"v{number}", b"", COUNTS, by="ann", now=NOW + timedelta(minutes=number + 1))
    store.versions.tidy(NOW)
    names = [one.version for one in store.versions.kept()]
    assert "unused" not in names
    assert names[-1] == "knowledge-1"
    assert len(names) == KEPT + 1


def test_the_version_that_is_served_stays_however_old_it_is(store: Store) -> None:
    for number in range(KEPT + 3):
        offer(store, f"v{number}")
    store.versions.go_back("v0", by="ann", now=NOW)
    store.versions.tidy(NOW)
    assert served(store) == "v0"
    assert "v1" not in {one.version for one in store.versions.kept()}


# What cannot be served

LEASE = timedelta(minutes=5)
LATER = NOW + timedelta(seconds=10)


def test_the_same_broken_edit_is_told_of_once_however_many_processes_see_it(store: Store) -> None:
    faults = store.knowledge_faults
    at_once(*[lambda: faults.report("one:/bot", "broken", ["faqs.yaml:3:1: ..."], now=NOW) for _ in range(6)])
    claimed = [fault for fault in at_once(*[lambda: faults.claim(now=LATER, lease=LEASE) for _ in range(6)]) if fault]
    assert len(claimed) == 1
    fault = faults.claim(now=LATER + LEASE, lease=LEASE)  # whoever had it died
    assert fault is not None
    faults.record(fault, {"a"}, due_at=None)
    faults.report("two:/bot", "broken", ["faqs.yaml:3:1: ..."], now=LATER)
    assert faults.claim(now=LATER + 9 * LEASE, lease=LEASE) is None


def test_staff_hear_nothing_of_an_edit_that_is_mended_while_it_is_saved(store: Store) -> None:
    faults = store.knowledge_faults
    faults.report("one:/bot", "broken", ["faqs.yaml:3:1: ..."], now=NOW)
    assert faults.claim(now=LATER - timedelta(seconds=1), lease=LEASE) is None
    faults.mended("one:/bot")
    assert faults.claim(now=LATER, lease=LEASE) is None
