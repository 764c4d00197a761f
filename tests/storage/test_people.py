"""A person is found by whatever they are known by, gets all that is held, and is erased for good."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels import Outgoing, Sent
from bot.storage import Store
from bot.storage.people import NobodyFound, SeveralFound
from bot.storage.tables import metadata
from tests.storage.test_erasure import everything
from tests.storage.world import ANN, NOW, Recorder, deliver_all, execute, intake, message

BEN = "whatsapp:+449800000001"


@pytest.mark.parametrize(
    "spelling",
    [ANN, "+91 98000 00001", "+91-98000-00001", "0091 9800000001", "919800000001", "098000 00001", "९८०००००००१", " 1 "],
)
def test_a_person_is_found_in_any_spelling(store: Store, spelling: str) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    found = store.people.find(spelling)
    assert (found.learner_id, found.ending, found.messages) == (1, "0001", 2)


def test_a_person_is_found_by_a_scoped_id(store: Store) -> None:
    intake(store).receive(message("SM1", sender="whatsapp:IN.ann"), now=NOW)
    assert store.people.find("whatsapp:IN.ann").ending == ""


def test_a_number_without_its_country_may_be_that_of_two(store: Store) -> None:
    for sid, sender in (("SM1", ANN), ("SM2", BEN)):
        intake(store).receive(message(sid, sender=sender), now=NOW)
    with pytest.raises(SeveralFound, match="The learners 1, 2 have such a number"):
        store.people.find("9800000001")
    assert store.people.find("+449800000001").learner_id == 2


@pytest.mark.parametrize("nobody", ["+91 98000 00002", "+1 9800000001", "2", "", "Ann", "whatsapp:IN.ann"])
def test_nobody_else_is_found(store: Store, nobody: str) -> None:
    intake(store).receive(message("SM1", name="Ann"), now=NOW)
    with pytest.raises(NobodyFound, match="Nothing is held of such a person"):
        store.people.find(nobody)


def full(store: Store, database_url: str) -> None:
    """Ann, with something of hers in every table that can hold anything of a learner."""
    for sid, text in (("SM1", "my salary?"), ("SM2", "a person please")):
        intake(store).receive(message(sid, text, name="Ann", source="an advert"), now=NOW)
    moment = "'2026-11-23 09:30:00+00:00'"
    audit = "INSERT INTO audit_log (at, staff_id, conversation_id, action, details) VALUES"
    held = "INSERT INTO held_replies (conversation_id, staff_id, submission, text, at) VALUES"
    drafted = "INSERT INTO faq_drafts (conversation_id, message_id, staff_id, question, reply, at) VALUES"
    asked = "INSERT INTO reminders (conversation_id, asked_by, words, choice, at, wanted_at) VALUES"
    refused = "INSERT INTO quarantine (received_at, target, address, signature, body, size, sender, reason) VALUES"
    for statement in (
        f"INSERT INTO notes (conversation_id, staff_id, text, at) VALUES (1, 7, 'a-note', {moment})",
        f"{drafted} (1, 2, 7, 'a-question', 'a-drafted-reply', {moment})",
        f"{asked} (1, 1, 'a-reminder', '', {moment}, {moment})",
        "INSERT INTO labels (conversation_id, label) VALUES (1, 'a-label')",
        f"{held} (1, 7, 'mark', 'a-held-reply', {moment})",
        "INSERT INTO reads (staff_id, conversation_id, message_id) VALUES (7, 1, 1)",
        f"INSERT INTO presence (conversation_id, staff_id, seen_at) VALUES (1, 7, {moment})",
        f"""{audit} ({moment}, 7, 1, 'noted', '{{"colleague": 8}}')""",
        f"{refused} ({moment}, '/w', 'https://bot', 'sig', 'Body=a-refused-form', 19, '{ANN}', 'wrong')",
    ):
        execute(database_url, statement)


def test_an_export_has_what_every_table_holds(store: Store, database_url: str) -> None:
    full(store, database_url)
    held = json.dumps(store.people.export(store.people.find(ANN), now=NOW))
    told = ("Ann", ANN, "my salary?", "You wrote: my salary?", "mlops", "an advert", "2026-11-23T09:30:00+00:00")
    kept = (
        "a-note",
        "a-label",
        "a-held-reply",
        "a-question",
        "a-drafted-reply",
        "a-reminder",
        "noted",
        "a-refused-form",
        "notices_to_staff",
    )
    assert [words for words in told + kept if words not in held] == []


def test_no_table_that_points_to_a_learner_is_forgotten(store: Store, database_url: str) -> None:
    full(store, database_url)
    held = store.people.export(store.people.find(ANN), now=NOW)
    parts = {name for name, rows in held.items() if isinstance(rows, list)}
    pointing = {table for table in metadata.tables.values() if "conversation_id" in table.c}
    # One part for each of them but the copy that search reads; notices and refused requests point in other ways.
    assert len(parts) == len(pointing) - 1 + 2
    assert all(held[part] for part in parts)


def test_an_export_tells_nothing_of_others(store: Store, database_url: str) -> None:
    full(store, database_url)
    intake(store).receive(message("SM9", "somebody else's words", name="Ben", sender=BEN), now=NOW)
    held = json.dumps(store.people.export(store.people.find(ANN), now=NOW))
    assert not any(words in held for words in ("else's words", "Ben", BEN))


def test_an_erased_person_is_nowhere_and_has_a_receipt(store: Store, database_url: str) -> None:
    full(store, database_url)
    receipt = store.people.erase(store.people.find(ANN), now=NOW)
    left = everything(database_url)
    traces = ("ann", "9800000001", "salary", "advert", "a-note", "a-label", "a-held", "refused-form")
    assert [trace for trace in traces if trace in left] == []
    assert store.people.erased_on(f" {receipt.lower()} ") == NOW.date()
    with pytest.raises(NobodyFound):
        store.people.find(ANN)
    assert deliver_all(store, Recorder()) == 0


def test_a_receipt_leads_to_nothing_but_its_day(store: Store, database_url: str) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    receipt = store.people.erase(store.people.find(ANN), now=NOW)
    ((number, day),) = execute(database_url, "SELECT * FROM erasure_receipts")
    assert (number, str(day)) == (receipt, "2026-11-23")
    with pytest.raises(NobodyFound, match="No erasure has such a number"):
        store.people.erased_on("AAAA-AAAA")


def test_whoever_is_erased_by_two_at_once_gets_one_receipt(store: Store, database_url: str) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    person = store.people.find(ANN)
    store.people.erase(person, now=NOW)
    with pytest.raises(NobodyFound, match="just been erased"):
        store.people.erase(person, now=datetime(2026, 11, 24, tzinfo=UTC))
    assert len(execute(database_url, "SELECT * FROM erasure_receipts")) == 1


def test_a_message_that_was_on_its_way_while_it_was_erased_is_forgotten_too(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)

    class Slow(Recorder):
        def send(self, outgoing: Outgoing) -> Sent:
            store.people.erase(store.people.find(ANN), now=NOW)
            return super().send(outgoing)

    deliver_all(store, Slow())
    claimed = store.forgetting.claim(now=NOW, lease=timedelta(minutes=1), limit=9)
    assert {one.sid for one in claimed} == {"SM1", "OUT2"}
