"""What learners wrote, as it is replayed."""

from datetime import timedelta

from bot.core.conversation import Status
from bot.core.messages import Outcome
from bot.core.replaying import Turn
from bot.core.staff import Role
from bot.desk import Desk
from bot.storage import Store
from tests.storage.world import ANN, KNOWLEDGE, NOW, execute, intake, message

BOB = "whatsapp:+919800000002"


def turns(store: Store) -> list[Turn]:
    return [turn for talk in store.talks.since(None) for turn in talk.turns]


def test_talks_are_whole_and_in_order(store: Store) -> None:
    for number, sender in enumerate([ANN, BOB, ANN]):
        intake(store).receive(message(f"SM{number}", f"question {number}", sender=sender, name="Asha"), now=NOW)
    ann, bob = store.talks.since(None)
    assert [turn.inbound.text for turn in ann.turns] == ["question 0", "question 2"]
    assert [(turn.outcome, turn.inbound.name) for turn in bob.turns] == [(Outcome.ANSWERED, "Asha")]


def test_only_what_was_written_since_is_read(store: Store) -> None:
    for day in range(3):
        intake(store).receive(message(f"SM{day}", f"day {day}"), now=NOW + timedelta(days=day))
    (talk,) = store.talks.since(NOW + timedelta(days=1))
    assert [turn.inbound.text for turn in talk.turns] == ["day 1", "day 2"]


def test_who_was_erased_is_left_out(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    intake(store).receive(message("SM2", "erase my data"), now=NOW)
    assert not turns(store)


def test_each_turn_knows_who_had_the_conversation_before_it(store: Store) -> None:
    said = ["Hello", "a person please", "is anybody there", "back to the bot", "Hello"]
    for minute, text in enumerate(said):
        intake(store).receive(message(f"SM{minute}", text), now=NOW + timedelta(minutes=minute))
    assert [turn.status for turn in turns(store)] == [
        Status.BOT,
        Status.BOT,
        Status.WAITING,
        Status.WAITING,
        Status.BOT,
    ]


def test_what_staff_have_taken_is_open(store: Store) -> None:
    asha = store.accounts.add("asha@example.org", "Asha", Role.AGENT, now=NOW)
    intake(store).receive(message("SM1", "a person please"), now=NOW)
    conversation = next(store.talks.since(None)).conversation
    desk = Desk(store, knowledge=lambda: KNOWLEDGE, wake=lambda: None)
    desk.claim(conversation, staff=asha, now=NOW + timedelta(minutes=1))
    intake(store).receive(message("SM2"), now=NOW + timedelta(minutes=2))
    assert turns(store)[-1].status is Status.OPEN


def test_more_conversations_than_are_read_at_once_all_come_once(store: Store, database_url: str) -> None:
    for number in range(1, 4):
        intake(store).receive(message(f"SM{number}", sender=f"whatsapp:+91980000000{number}"), now=NOW)
    # Room for more than two pages between the first and the last, and nothing in most of it.
    execute(
        database_url,
        "INSERT INTO learners (name, opted_out, created_at) SELECT name, opted_out, created_at"
        " FROM learners, (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
        " SELECT i FROM n) AS many",
    )
    execute(
        database_url,
        "INSERT INTO conversations (learner_id, status, memory, last_inbound_at, created_at)"
        " SELECT id, 'bot', '{}', created_at, created_at FROM learners WHERE id > 3",
    )
    intake(store).receive(message("SM9", sender="whatsapp:+919800000009"), now=NOW)
    assert [len(talk.turns) for talk in store.talks.since(None)] == [1, 1, 1, 1]
