"""A handoff begins once, learns more while it waits, ends when the learner goes back, and staff hear of each."""

from datetime import timedelta

from bot.core.conversation import Status
from bot.storage import Handoff, Store
from bot.storage.records import Notice
from tests.storage.world import ANN, NOW, at_once, intake, message

LEASE = timedelta(minutes=5)


def open_handoff(store: Store) -> Handoff | None:
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    return store.open_handoff(conversation.id)


def notices(store: Store) -> list[Notice]:
    found = []
    while notice := store.notices.claim(now=NOW, lease=LEASE):
        found.append(notice)
    return found


def test_a_handoff_begins_with_its_brief_and_a_notice(store: Store) -> None:
    intake(store).receive(message("SM1", "a person please", name="Ann"), now=NOW)
    handoff = open_handoff(store)
    assert handoff is not None
    assert (handoff.brief.name, handoff.brief.question, handoff.brief.asked) == ("Ann", "a person please", ("tools",))
    assert (handoff.opened_at, handoff.taken_at, handoff.resolved_at) == (NOW, None, None)
    assert [(notice.brief, notice.conversation_id) for notice in notices(store)] == [
        (handoff.brief, handoff.conversation_id)
    ]


def test_a_waiting_handoff_gets_the_new_brief_and_no_second_notice(store: Store) -> None:
    receive = intake(store).receive
    receive(message("SM1", "a person please"), now=NOW)
    receive(message("SM2", "is anybody there"), now=NOW + timedelta(minutes=1))
    handoff = open_handoff(store)
    assert handoff is not None
    assert (handoff.brief.question, handoff.opened_at) == ("is anybody there", NOW)
    assert len(notices(store)) == 1


def test_a_learner_who_goes_back_to_the_bot_ends_the_handoff(store: Store) -> None:
    receive = intake(store).receive
    receive(message("SM1", "a person please"), now=NOW)
    receive(message("SM2", "back to the bot"), now=NOW)
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    assert (conversation.status, open_handoff(store)) == (Status.BOT, None)


def test_each_handoff_has_a_notice_of_its_own(store: Store) -> None:
    receive = intake(store).receive
    for number, text in enumerate(["a person please", "back to the bot", "a person please"]):
        receive(message(f"SM{number}", text), now=NOW)
    assert len(notices(store)) == 2


def test_many_calls_for_a_person_at_once_begin_one_handoff(store: Store) -> None:
    receive = intake(store).receive
    calls = [lambda n=n: receive(message(f"SM{n}", "a person please"), now=NOW) for n in range(10)]
    assert at_once(*calls) == [True] * 10
    assert len(notices(store)) == 1


def test_a_claimed_notice_is_left_alone_until_its_lease_ends(store: Store) -> None:
    intake(store).receive(message("SM1", "a person please"), now=NOW)
    assert store.notices.claim(now=NOW, lease=LEASE)
    assert store.notices.claim(now=NOW + LEASE - timedelta(seconds=1), lease=LEASE) is None
    again = store.notices.claim(now=NOW + LEASE, lease=LEASE)
    assert again is not None
    assert again.attempts == 2
