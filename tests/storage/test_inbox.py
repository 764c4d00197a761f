"""What the lists of the inbox show, in which order, and what a search finds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.core.conversation import Status
from bot.core.desk import HandoffOutcome
from bot.storage import Author, Store
from bot.storage.inbox import Card, Filters, View
from tests.at_desk import ASHA, MEERA, RAVI, desk, hire
from tests.storage.world import NOW, execute, index_all, intake, message

PERSON = "a person please"


def minutes(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


def address_of(number: int) -> str:
    return f"whatsapp:+9198000000{number:02}"


def says(store: Store, number: int, text: str, *, at: int = 0, name: str = "") -> None:
    """Learner `number` writes; the first who writes gets conversation 1, and so on."""
    sid = f"SM-{number}-{at}-{text}"
    intake(store).receive(message(sid, text, sender=address_of(number), name=name), now=minutes(at))


def listed(store: Store, view: View, filters: Filters | None = None, *, reader: int = ASHA.id) -> list[int]:
    return [card.conversation_id for card in store.inbox.cards(view, filters or Filters(), reader)]


def found(store: Store, query: str) -> list[int]:
    return listed(store, View.WAITING, Filters(query=query))


def card_of(store: Store, number: int, *, reader: int = ASHA.id, query: str = "") -> Card:
    cards = [card for view in View for card in store.inbox.cards(view, Filters(query=query), reader)]
    return next(card for card in cards if card.conversation_id == number)


@pytest.fixture
def three(store: Store, database_url: str) -> Store:
    """Three learners who wait, the second one longest, the first one shortest."""
    hire(database_url)
    for number in (1, 2, 3):
        says(store, number, "hello", at=-10, name=f"Ann{number}")
    for at, number in enumerate((2, 3, 1)):
        says(store, number, PERSON, at=at)
    return store


# Lists


def test_waiting_has_the_longest_wait_first(three: Store) -> None:
    says(three, 2, "is anybody there", at=30)
    assert listed(three, View.WAITING) == [2, 3, 1]
    assert card_of(three, 2).waiting_since == minutes(0)


def test_open_has_all_that_wait_or_are_open_last_activity_first(three: Store) -> None:
    desk(three).claim(3, staff=RAVI, now=minutes(5))
    says(three, 2, "still here?", at=6)
    assert listed(three, View.OPEN) == [2, 1, 3]
    assert listed(three, View.WAITING) == [2, 1]


def test_mine_has_only_mine_and_first_what_the_learner_said_last(three: Store) -> None:
    at_desk = desk(three)
    for number in (1, 2, 3):
        at_desk.claim(number, staff=RAVI if number == 2 else ASHA, now=minutes(5))
    says(three, 1, "and the fees?", at=6)
    at_desk.reply(3, "Hello", "form-1", staff=ASHA, now=minutes(7))
    at_desk.mark_read(3, 100, staff=ASHA)
    assert listed(three, View.MINE) == [1, 3]
    assert listed(three, View.MINE, reader=RAVI.id) == [2]


def test_mine_has_what_i_have_read_and_answered_last(three: Store) -> None:
    at_desk = desk(three)
    for number in (1, 3):
        at_desk.claim(number, staff=ASHA, now=minutes(5))
        says(three, number, "and the fees?", at=6)
    at_desk.reply(3, "Hello", "form-1", staff=ASHA, now=minutes(7))
    at_desk.mark_read(3, 100, staff=ASHA)
    says(three, 1, "hm", at=8)
    at_desk.reply(1, "Yes?", "form-2", staff=ASHA, now=minutes(9))
    at_desk.mark_read(1, 100, staff=ASHA)
    assert listed(three, View.MINE) == [1, 3]
    at_desk.mark_unread(3, staff=ASHA, now=minutes(10))
    assert listed(three, View.MINE) == [3, 1]


def test_snoozed_has_the_next_to_wake_first(three: Store) -> None:
    at_desk = desk(three)
    for number, until in ((1, 90), (2, 60), (3, 120)):
        at_desk.claim(number, staff=ASHA, now=minutes(5))
        at_desk.snooze(number, minutes(until), staff=ASHA, now=minutes(6))
    assert listed(three, View.SNOOZED) == [2, 1, 3]
    assert card_of(three, 2).snoozed_until == minutes(60)


def test_resolved_has_the_last_resolved_first_and_how_it_ended(three: Store) -> None:
    at_desk = desk(three)
    for at, number in enumerate((1, 3)):
        at_desk.claim(number, staff=ASHA, now=minutes(5))
        at_desk.resolve(number, HandoffOutcome.ENROLLED, staff=ASHA, now=minutes(6 + at))
    card = card_of(three, 3)
    assert listed(three, View.RESOLVED) == [3, 1]
    assert (card.status, card.outcome, card.waiting_since, card.unread) == (Status.BOT, "enrolled", None, 0)


def test_a_conversation_that_only_the_bot_had_is_in_no_list(three: Store) -> None:
    says(three, 4, "hello", at=20)
    assert [number for view in View for number in listed(three, view) if number == 4] == []


def test_the_counts_are_those_of_the_lists(three: Store) -> None:
    at_desk = desk(three)
    at_desk.claim(1, staff=ASHA, now=minutes(5))
    at_desk.claim(2, staff=ASHA, now=minutes(5))
    at_desk.resolve(2, HandoffOutcome.ANSWERED, staff=ASHA, now=minutes(6))
    for reader in (ASHA.id, RAVI.id):
        assert three.inbox.counts(reader) == {view: len(listed(three, view, reader=reader)) for view in View}


def test_the_pages_of_a_list_make_the_whole_list(three: Store) -> None:
    for number in (1, 2, 3):
        desk(three).claim(number, staff=ASHA, now=minutes(5))
    for view, filters in ((View.MINE, Filters()), (View.OPEN, Filters()), (View.OPEN, Filters(query="ann"))):
        whole = three.inbox.cards(view, filters, ASHA.id)
        pages, place = [], None
        while page := three.inbox.cards(view, filters, ASHA.id, limit=1, after=place):
            pages += page
            place = page[-1].place
        assert pages == whole
        assert len(whole) == 3


@pytest.mark.parametrize("view", [View.WAITING, View.SNOOZED, View.RESOLVED])
def test_the_pages_of_a_list_in_order_of_time_make_the_whole_list_too(three: Store, view: View) -> None:
    at_desk = desk(three)
    for number in (1, 2, 3):
        at_desk.claim(number, staff=ASHA, now=minutes(5))
        if view is View.WAITING:
            at_desk.release(number, staff=ASHA, now=minutes(6))
        elif view is View.SNOOZED:
            at_desk.snooze(number, minutes(60), staff=ASHA, now=minutes(6))
        else:
            at_desk.resolve(number, HandoffOutcome.ANSWERED, staff=ASHA, now=minutes(6))
    whole = three.inbox.cards(view, Filters(), ASHA.id)
    second = three.inbox.cards(view, Filters(), ASHA.id, limit=2, after=whole[0].place)
    assert len(whole) == 3
    assert second == whole[1:]


@pytest.mark.parametrize("place", ["", "x", "[]", "[1]", '["a", "b"]', '{"a": 1}', "[null, null]", "3"])
def test_a_place_that_is_none_begins_the_list_anew(three: Store, place: str) -> None:
    for view in View:
        assert three.inbox.cards(view, Filters(), 1, after=place) == three.inbox.cards(view, Filters(), 1)


# Cards


def test_a_card_tells_who_wrote_last_and_only_the_beginning_of_it(three: Store) -> None:
    desk(three).claim(1, staff=ASHA, now=minutes(5))
    desk(three).reply(1, "Welcome! " * 40, "form-1", staff=ASHA, now=minutes(7))
    card = card_of(three, 1)
    assert card.preview is not None
    assert (card.preview.author, len(card.preview.text), card.last_at) == (Author.STAFF, 120, minutes(7))
    assert (card.name, card.number, card.owner_id, card.reason) == ("Ann1", "+919800000001", ASHA.id, "asked")


def test_a_card_shows_the_phone_number_before_any_other_address(store: Store) -> None:
    aliases = (address_of(1), "whatsapp:IN.AAA")
    intake(store).receive(message("SM1", PERSON, sender="whatsapp:IN.AAA", aliases=aliases), now=NOW)
    intake(store).receive(message("SM2", PERSON, sender="whatsapp:IN.BBB"), now=NOW)
    assert [card_of(store, number).number for number in (1, 2)] == ["+919800000001", "IN.BBB"]


def test_unread_is_counted_for_each_reader_and_no_further_than_ten(three: Store) -> None:
    for at in range(12):
        says(three, 1, "hello?", at=10 + at)
    last = three.inbox.messages(1).messages[-1].id
    assert card_of(three, 1).unread == 10
    desk(three).mark_read(1, last, staff=ASHA)
    assert [card_of(three, 1, reader=reader).unread for reader in (ASHA.id, RAVI.id)] == [0, 10]
    says(three, 1, "hello!", at=40)
    assert card_of(three, 1).unread == 1


def test_labels_stand_on_the_card_in_order(three: Store) -> None:
    for label in ("vip", "fees"):
        desk(three).label(1, label, staff=ASHA, now=NOW)
    assert [card_of(three, number).labels for number in (1, 2)] == [("fees", "vip"), ()]


def test_a_learner_without_messages_has_a_card_still(three: Store, database_url: str) -> None:
    execute(database_url, "DELETE FROM messages WHERE conversation_id = 1")
    card = card_of(three, 1)
    assert (card.preview, card.last_at, card.unread) == (None, None, 0)


# Filters


def test_filters_narrow_a_list(three: Store, database_url: str) -> None:
    desk(three).label(1, "vip", staff=ASHA, now=NOW)
    desk(three).claim(2, staff=MEERA, now=NOW)
    execute(database_url, "UPDATE conversations SET topic = 'fees' WHERE id = 3")
    execute(database_url, "UPDATE handoffs SET reason = 'unknown' WHERE conversation_id = 3")
    assert listed(three, View.OPEN, Filters(label="vip")) == [1]
    assert listed(three, View.OPEN, Filters(owner_id=MEERA.id)) == [2]
    assert listed(three, View.OPEN, Filters(topic="fees")) == [3]
    assert listed(three, View.OPEN, Filters(reason="unknown")) == [3]
    assert listed(three, View.OPEN, Filters(reason="asked", label="vip")) == [1]
    assert listed(three, View.OPEN, Filters(topic="fees", label="vip")) == []


def test_the_filters_offer_what_there_is(three: Store, database_url: str) -> None:
    desk(three).label(1, "vip", staff=ASHA, now=NOW)
    execute(database_url, "UPDATE conversations SET topic = 'fees' WHERE id = 3")
    assert three.inbox.all_labels() == ["vip"]
    assert three.inbox.reasons() == ["asked"]
    assert "fees" in three.inbox.topics()
    assert "" not in three.inbox.topics()


# Search


@pytest.fixture(params=["just said", "indexed"])
def talked(request: pytest.FixtureRequest, store: Store) -> Store:
    says(store, 1, "What are the FEES of the course?", name="Asha Rao")
    says(store, 2, "कोर्स की फीस क्या है", at=1, name="आशा शर्मा")
    says(store, 3, "I have 100% of it, and a_b", at=2, name="John")
    if request.param == "indexed":
        index_all(store)
    return store


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("fees", [1]),
        ("ee", [1]),
        ("course fees", [1]),
        ("Course zebra", []),
        ("फीस", [2]),
        ("की", [2]),
        ("asha", [1]),
        ("RAO as", [1]),
        ("शर्मा", [2]),
        ("100%", [3]),
        ("a_b", [3]),
        ("%", [3]),
        ("_", [3]),
        ("/", []),
        ("you wrote", [3, 2, 1]),
        ("  ", []),
        ("' OR 1=1 --", []),
        ("zebra", []),
    ],
)
def test_a_search_finds_words_and_parts_of_words(talked: Store, query: str, numbers: list[int]) -> None:
    assert found(talked, query) == numbers


@pytest.mark.parametrize(
    "query", ["+91 98000 00002", "919800000002", "98000-00002", "098000 00002", "00002", "(98000) 00002"]
)
def test_a_search_finds_numbers_however_they_are_written(talked: Store, query: str) -> None:
    assert found(talked, query) == [2]


def test_a_search_goes_over_all_conversations_and_shows_the_newest_message_it_found(three: Store) -> None:
    says(three, 4, "the zebra course", at=20)
    says(three, 4, "thanks", at=21)
    card = card_of(three, 4, query="zebra")
    assert card.hit is not None
    assert (card.hit.text, card.status) == ("You wrote: the zebra course", Status.BOT)
    assert card_of(three, 1, query="ann1").hit is None


def test_a_search_can_be_narrowed(talked: Store) -> None:
    desk(talked).label(2, "vip", staff=ASHA, now=NOW)
    assert listed(talked, View.OPEN, Filters(query="you wrote", label="vip")) == [2]


# As a whole


def test_who_was_erased_is_nowhere(three: Store) -> None:
    says(three, 1, "erase my data", at=20)
    assert [number for view in View for number in listed(three, view)].count(1) == 0
    assert (found(three, "ann1"), found(three, "9800000001"), found(three, "hello")) == ([], [], [3, 2])
    assert three.inbox.case(1, ASHA.id) is None
    assert three.inbox.messages(1).messages == ()
    assert three.inbox.counts(ASHA.id)[View.WAITING] == 2


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def statements_of(store: Store) -> list[int]:
    """How many statements each thing takes that a page asks for."""
    inbox, reader = store.inbox, ASHA.id
    calls: list[Callable[[], object]] = [partial(inbox.cards, view, Filters(), reader) for view in View]
    calls += [
        lambda: inbox.cards(View.OPEN, Filters(query="ann", label="vip", reason="asked"), reader),
        lambda: inbox.counts(reader),
        lambda: inbox.case(1, reader),
        lambda: inbox.messages(1),
        lambda: inbox.messages(1, around=1),
        lambda: inbox.activities(1),
        lambda: inbox.changes(1),
    ]
    counts = []
    for call in calls:
        with counted_statements() as statements:
            call()
        counts.append(len(statements))
    return counts


def test_the_number_of_statements_is_the_same_however_much_there_is(three: Store) -> None:
    few = statements_of(three)
    for number in range(4, 30):
        says(three, number, PERSON, at=number, name=f"Ann{number}")
        desk(three).label(number, "vip", staff=ASHA, now=NOW)
    for at in range(20):
        says(three, 1, "https://example.org", at=100 + at)
        desk(three).note(1, f"note {at}", staff=ASHA, now=NOW)
    assert statements_of(three) == few
