"""Erased means gone: the words at once, every row as soon as the confirmation has left."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels import NotProcessed, Outgoing, Sent
from bot.core.messages import DeliveryReport, MessageState
from bot.storage import Store
from bot.storage.inbox import Filters, View
from bot.storage.tables import metadata
from tests.storage.world import ANN, NOW, Recorder, deliver_all, delivery, execute, intake, message, thread_of

BSUID = "whatsapp:IN.ann"
TRACES = ("ann", "9800000001", "mlops", "person", "salary", "advert", "api.twilio.com")


@pytest.fixture
def erased(store: Store) -> Store:
    """A learner who said and did all sorts of things, and then asked to be forgotten."""
    said = ["my salary?", "I lean to mlops", "a person please", "menu", "a fault", "STOP", "START", "erase my data"]
    for number, text in enumerate(said):
        inbound = message(f"SM{number}", text, name="Ann", aliases=(ANN, BSUID), source="an advert")
        intake(store).receive(inbound, now=NOW)
    return store


def everything(database_url: str) -> str:
    """All that is in any column of any table but their fixed words."""
    rows = [execute(database_url, f"SELECT * FROM {table}") for table in metadata.tables]
    return str(rows).lower()


def test_the_words_are_gone_before_the_confirmation_leaves(erased: Store, database_url: str) -> None:
    left = everything(database_url).replace(f"'{ANN}'", "", 1)  # where the confirmation goes
    assert [trace for trace in TRACES if trace in left] == []
    assert erased.conversation_of(ANN) is None


def test_nothing_but_the_confirmation_leaves(erased: Store) -> None:
    phone = Recorder()
    deliver_all(erased, phone)
    assert (phone.texts, phone.sent[0].to) == (["Erased."], ANN)


def test_no_row_is_left_once_the_confirmation_has_left(erased: Store, database_url: str) -> None:
    deliver_all(erased, Recorder())
    erased.tidy(now=NOW)
    kept = {table for table in metadata.tables if execute(database_url, f"SELECT * FROM {table}")}
    assert kept == {"erased_messages", "to_forget", "erasure_receipts"}
    erased.tidy(now=NOW + timedelta(days=2))
    assert not execute(database_url, "SELECT * FROM erased_messages")


class Busy:
    def send(self, outgoing: Outgoing) -> Sent:
        raise NotProcessed("Too many requests.")

    def find(self, outgoing: Outgoing) -> Sent | None:
        return None


def test_the_rows_wait_for_a_confirmation_that_is_tried_again(erased: Store) -> None:
    delivery(erased, Busy()).run_once(NOW)
    erased.tidy(now=NOW)
    phone = Recorder()
    deliver_all(erased, phone, NOW + timedelta(minutes=1))
    assert phone.texts == ["Erased."]


def test_who_writes_again_is_a_new_learner(erased: Store) -> None:
    intake(erased).receive(message("SM20", "which one?"), now=NOW)
    conversation = erased.conversation_of(ANN)
    assert conversation is not None
    assert (conversation.name, conversation.memory.preference) == ("", None)
    deliver_all(erased, Recorder())
    erased.tidy(now=NOW)
    assert [stored.text for stored in thread_of(erased)] == ["which one?", "None"]


@pytest.mark.parametrize("sid", ["SM0", "SM7"])
def test_a_repeated_webhook_of_an_erased_message_changes_nothing(erased: Store, sid: str) -> None:
    assert not intake(erased).receive(message(sid, "erase my data"), now=NOW)
    assert erased.conversation_of(ANN) is None
    intake(erased).receive(message("SM20"), now=NOW)
    assert not intake(erased).receive(message(sid, "erase my data"), now=NOW)
    assert len(thread_of(erased)) == 2


def test_a_repeated_sid_erases_nothing_whatever_it_would_mean_now(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    before = thread_of(store)
    assert not intake(store).receive(message("SM1", "erase my data"), now=NOW)
    assert thread_of(store) == before


def test_a_late_report_on_the_confirmation_leaves_nothing_for_long(erased: Store, database_url: str) -> None:
    phone = Recorder()
    deliver_all(erased, phone)
    erased.tidy(now=NOW)
    report = DeliveryReport(f"OUT{phone.sent[0].message_id}", MessageState.DELIVERED)
    erased.record_report(report, now=NOW)
    erased.tidy(now=NOW + timedelta(days=2))
    assert not execute(database_url, "SELECT * FROM delivery_reports")


def test_the_words_are_not_in_the_files_of_sqlite_either(sqlite_url: str, tmp_path: Path) -> None:
    store = Store(sqlite_url)
    for number, text in enumerate(["my SALARY?", "a person please", "erase my data"]):
        intake(store).receive(message(f"SM{number}", text, name="Annabella"), now=NOW)
    assert not store.inbox.cards(View.OPEN, Filters(query="salary"), 1)
    deliver_all(store, Recorder())
    store.tidy(now=NOW)
    left = b"".join(file.read_bytes() for file in tmp_path.glob("bot.db*"))
    store.close()
    assert [trace for trace in (b"Annabella", b"SALARY", b"salary", b"9800000001") if trace in left] == []
