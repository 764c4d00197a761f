"""One message in: everything that follows from it is stored at once, or nothing."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from bot.core.conversation import Status
from bot.core.messages import Media, MessageState, Outcome
from bot.storage import Direction, StorageUnavailable, Store
from tests.storage.world import ANN, NOW, execute, intake, message, outgoing_of, thread_of

BSUID = "whatsapp:IN.ann"
BEN = "whatsapp:+919800000002"


def test_a_message_is_stored_with_its_decision_and_its_reply_is_queued(store: Store) -> None:
    assert intake(store).receive(message("SM1", "tools?"), now=NOW)
    came, goes = thread_of(store)
    assert (came.direction, came.sid, came.text, came.outcome) == (Direction.IN, "SM1", "tools?", Outcome.ANSWERED)
    assert came.decision is not None
    assert (came.decision["knowledge"], came.decision["answers"][0]["entry"]) == ("knowledge-1", "a/tools/mlops")
    assert (goes.text, goes.state, goes.in_reply_to) == ("You wrote: tools?", MessageState.QUEUED, came.id)


def test_what_came_with_a_text_is_kept(store: Store) -> None:
    media = Media("https://api.twilio.com/1", "image/jpeg")
    intake(store).receive(message("SM1", media=media, choice="c", quoted_sid="SM0", source="an advert"), now=NOW)
    came = thread_of(store)[0]
    assert (came.media, came.choice, came.quoted_sid, came.source) == (media, "c", "SM0", "an advert")


def test_a_repeated_sid_changes_nothing(store: Store) -> None:
    woken: list[bool] = []
    receive = intake(store, lambda: woken.append(True)).receive
    assert receive(message("SM1"), now=NOW)
    before = (store.conversation_of(ANN), thread_of(store))
    assert not receive(message("SM1", "another text", name="Other"), now=NOW + timedelta(minutes=1))
    assert (store.conversation_of(ANN), thread_of(store)) == before
    assert woken == [True]


def test_a_repeated_sid_from_an_unknown_address_makes_no_learner(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    assert not intake(store).receive(message("SM1", sender=BEN), now=NOW)
    assert store.conversation_of(BEN) is None


def test_two_bubbles_are_queued_in_order_with_their_buttons(store: Store) -> None:
    intake(store).receive(message("SM1", "menu"), now=NOW)
    first, second = outgoing_of(store)
    assert (first.text, [button.title for button in first.reply.buttons]) == ("Choose", ["Fees"])
    assert (second.text, second.reply.buttons) == ("or ask", ())


def test_a_second_address_of_a_known_learner_leads_to_the_same_conversation(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    intake(store).receive(message("SM2", aliases=(ANN, BSUID)), now=NOW)
    intake(store).receive(message("SM3", sender=BSUID, aliases=(BSUID,)), now=NOW)
    assert store.conversation_of(BSUID) == store.conversation_of(ANN)
    assert [stored.sid for stored in thread_of(store) if stored.sid] == ["SM1", "SM2", "SM3"]


def test_a_learner_who_hides_the_number_is_recognised_and_answered_at_the_new_address(store: Store) -> None:
    intake(store).receive(message("SM1", aliases=(ANN, BSUID)), now=NOW)
    intake(store).receive(message("SM2", sender="whatsapp:IN.new", aliases=(BSUID,)), now=NOW)
    claimed = [store.outbox.claim(now=NOW, lease=timedelta(minutes=1)) for _ in range(2)]
    assert [one.to for one in claimed if one] == [ANN]
    assert store.conversation_of("whatsapp:IN.new") == store.conversation_of(ANN)


def test_addresses_of_two_learners_in_one_message_stay_where_they_are(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    intake(store).receive(message("SM2", sender=BEN), now=NOW)
    intake(store).receive(message("SM3", sender=BEN, aliases=(ANN, BEN)), now=NOW)
    assert [stored.sid for stored in thread_of(store, BEN) if stored.sid] == ["SM2", "SM3"]
    assert len(thread_of(store, ANN)) == 2


def test_an_address_may_be_longer_than_a_number(store: Store) -> None:
    address = f"whatsapp:IN.{'a' * 300}"
    intake(store).receive(message("SM1", sender=address), now=NOW)
    assert len(thread_of(store, address)) == 2


def test_the_newest_name_is_kept_when_a_message_has_none(store: Store) -> None:
    for sid, name in (("SM1", "Ann"), ("SM2", "Anna"), ("SM3", "")):
        intake(store).receive(message(sid, name=name), now=NOW)
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    assert (conversation.name, conversation.last_inbound_at) == ("Anna", NOW)


def test_what_the_bot_has_in_mind_is_there_at_the_next_message(store: Store) -> None:
    intake(store).receive(message("SM1", "I lean to mlops"), now=NOW)
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    assert conversation.memory.preference == "mlops"
    intake(store).receive(message("SM2", "which one?"), now=NOW)
    assert outgoing_of(store)[-1].text == "mlops"


def test_a_fault_of_ours_stores_the_message_and_hands_over_with_a_promise(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert intake(store).receive(message("SM1", "a fault"), now=NOW)
    came, goes = thread_of(store)
    handoff = store.open_handoff(came.conversation_id)
    assert goes.text == "Somebody will answer."
    assert (came.text, came.outcome, came.reason) == ("a fault", Outcome.HANDED_OVER, "error")
    assert handoff is not None
    assert (handoff.brief.reason, handoff.brief.question) == ("error", "a fault")
    assert "SM1" in caplog.text


def test_a_fault_while_the_learner_waits_keeps_the_fuller_brief(store: Store) -> None:
    intake(store).receive(message("SM1", "a person please"), now=NOW)
    intake(store).receive(message("SM2", "a fault"), now=NOW)
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    handoff = store.open_handoff(conversation.id)
    assert handoff is not None
    assert (conversation.status, handoff.brief.reason) == (Status.WAITING, "asked")


@pytest.mark.parametrize("memory", ["", "{}x", '{"misses": "many"}'])
def test_a_memory_that_cannot_be_read_starts_anew(store: Store, database_url: str, memory: str) -> None:
    intake(store).receive(message("SM1", "I lean to mlops"), now=NOW)
    execute(database_url, f"UPDATE conversations SET memory = '{memory}'")
    assert intake(store).receive(message("SM2", "which one?"), now=NOW)
    assert outgoing_of(store)[-1].text == "None"


@pytest.mark.parametrize("text", ["Hello", "menu"])
def test_a_message_of_a_known_learner_takes_few_statements(store: Store, text: str) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    with counted_statements() as statements:
        intake(store).receive(message("SM2", text), now=NOW)
    assert len(statements) == 4


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def test_a_database_in_a_missing_folder_is_named_unavailable(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/missing/bot.db")
    with pytest.raises(StorageUnavailable, match="unable to open database file"):
        intake(store).receive(message("SM1"), now=NOW)


def test_a_server_that_is_down_is_named_unavailable(tmp_path: Path) -> None:
    store = Store(f"postgresql://bot@/bot?host={tmp_path}")
    with pytest.raises(StorageUnavailable, match="cannot be used"):
        intake(store).receive(message("SM1"), now=NOW)
