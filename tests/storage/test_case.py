"""What staff read of one conversation: its thread, page by page, and all that stands beside it."""

from datetime import datetime, timedelta

import pytest

from bot.core.conversation import Status
from bot.core.desk import HandoffOutcome
from bot.storage import Author, Store
from bot.storage.inbox import Case, Onlooker, Thread
from bot.storage.inbox.case import links_in
from tests.at_desk import ASHA, RAVI, desk, hire
from tests.storage.world import ANN, NOW, Recorder, deliver_all, intake, message


def minutes(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


def case_of(store: Store) -> Case:
    case = store.inbox.case(1, ASHA.id)
    assert case is not None
    return case


def ids(thread: Thread) -> list[int]:
    return [message.id for message in thread.messages]


@pytest.fixture
def waiting(store: Store, database_url: str) -> Store:
    """A learner who asked something and now waits; messages 1 to 4."""
    hire(database_url)
    for number, text in enumerate(("which tools?", "a person please")):
        intake(store).receive(message(f"SM{number}", text, name="Ann"), now=minutes(number))
    return store


@pytest.fixture
def long(store: Store) -> Store:
    """A conversation with the messages 1 to 20."""
    for number in range(10):
        intake(store).receive(message(f"SM{number}", f"question {number}"), now=minutes(number))
    return store


# The thread


def test_the_newest_messages_come_in_order(long: Store) -> None:
    thread = long.inbox.messages(1, limit=3)
    assert (ids(thread), thread.has_older, thread.has_newer) == ([18, 19, 20], True, False)


def test_all_messages_come_where_there_are_few(long: Store) -> None:
    thread = long.inbox.messages(1, limit=20)
    assert (ids(thread), thread.has_older, thread.has_newer) == ([*range(1, 21)], False, False)


def test_older_messages_come_before_a_message(long: Store) -> None:
    thread = long.inbox.messages(1, before_id=4, limit=2)
    assert (ids(thread), thread.has_older, thread.has_newer) == ([2, 3], True, True)
    assert not long.inbox.messages(1, before_id=4, limit=3).has_older


def test_newer_messages_come_after_a_message(long: Store) -> None:
    thread = long.inbox.messages(1, after_id=17, limit=2)
    assert (ids(thread), thread.has_older, thread.has_newer) == ([18, 19], True, True)
    assert not long.inbox.messages(1, after_id=17, limit=3).has_newer


@pytest.mark.parametrize(
    ("around", "expected", "more"),
    [(10, [9, 10, 11, 12], (True, True)), (1, [1, 2, 3], (False, True)), (20, [19, 20], (True, False))],
)
def test_a_message_comes_with_those_around_it(
    long: Store, around: int, expected: list[int], more: tuple[bool, bool]
) -> None:
    thread = long.inbox.messages(1, around=around, limit=4)
    assert (ids(thread), (thread.has_older, thread.has_newer)) == (expected, more)


def test_a_quoted_message_is_found_on_whatever_page_it_is(long: Store) -> None:
    deliver_all(long, Recorder())
    intake(long).receive(message("SM20", "what does that mean?", quoted_sid="OUT2"), now=minutes(20))
    quote = long.inbox.messages(1, limit=2).quotes["OUT2"]
    assert (quote.message_id, quote.text, quote.author) == (2, "You wrote: question 0", Author.BOT)


def test_a_message_of_somebody_else_cannot_be_quoted(long: Store) -> None:
    stranger = message("SM20", "what?", sender="whatsapp:+15550001", quoted_sid="SM3")
    intake(long).receive(stranger, now=minutes(20))
    assert long.inbox.messages(2).quotes == {}


def test_a_message_is_read_from_its_own_conversation_only(long: Store) -> None:
    intake(long).receive(message("SM20", "hello", sender="whatsapp:+15550001"), now=minutes(20))
    own = long.inbox.message(2, 21)
    assert own is not None
    assert own.text == "hello"
    assert long.inbox.message(1, 21) is None


def test_a_reply_says_who_of_the_staff_wrote_it(waiting: Store) -> None:
    desk(waiting).claim(1, staff=ASHA, now=minutes(5))
    desk(waiting).reply(1, "Hello Ann", "form-1", staff=ASHA, now=minutes(6))
    last = waiting.inbox.messages(1).messages[-1]
    assert (last.author, last.staff_id, last.text) == (Author.STAFF, ASHA.id, "Hello Ann")


# What stands beside it


def test_a_case_tells_who_waits_since_when_and_why(waiting: Store) -> None:
    case = case_of(waiting)
    assert case.handoff is not None
    assert (case.conversation.status, case.conversation.name, case.number) == (Status.WAITING, "Ann", ANN[9:])
    assert (case.handoff.opened_at, case.brief.reason, case.brief.question) == (minutes(1), "asked", "a person please")
    assert (case.addresses, case.owner_id, case.read_up_to) == ((ANN,), None, 0)


def test_the_last_question_is_what_the_learner_said_last(waiting: Store) -> None:
    desk(waiting).claim(1, staff=ASHA, now=minutes(5))
    intake(waiting).receive(message("SM5", "and the fees?"), now=minutes(6))
    intake(waiting).receive(message("SM6", ""), now=minutes(7))
    assert case_of(waiting).last_question == "and the fees?"


def test_a_conversation_of_the_bot_has_a_brief_too(store: Store) -> None:
    intake(store).receive(message("SM1", "I lean to mlops", name="Ann"), now=NOW)
    case = case_of(store)
    assert (case.handoff, case.brief.name, case.brief.question) == (None, "Ann", "I lean to mlops")
    assert case.brief.preference == "mlops"


def test_earlier_handoffs_stand_newest_first(waiting: Store) -> None:
    for number, outcome in enumerate((HandoffOutcome.ENROLLED, HandoffOutcome.WILL_THINK)):
        desk(waiting).claim(1, staff=ASHA, now=minutes(10 * number + 5))
        desk(waiting).resolve(1, outcome, staff=ASHA, now=minutes(10 * number + 6))
    case = case_of(waiting)
    assert case.handoff is None
    assert [handoff.outcome for handoff in case.earlier] == ["will_think", "enrolled"]


def test_notes_labels_held_replies_and_marks_are_there(waiting: Store) -> None:
    at_desk = desk(waiting)
    at_desk.label(1, "vip", staff=ASHA, now=NOW)
    at_desk.note(1, "Call her first", staff=RAVI, now=minutes(3))
    at_desk.claim(1, staff=ASHA, now=minutes(5))
    at_desk.hold(1, "Good morning", "form-1", staff=ASHA, now=minutes(60 * 48))
    at_desk.mark_read(1, 3, staff=ASHA)
    case = case_of(waiting)
    assert (case.labels, case.read_up_to) == (("vip",), 3)
    assert [(note.staff_id, note.text, note.at) for note in case.notes] == [(RAVI.id, "Call her first", minutes(3))]
    assert [(held.staff_id, held.text) for held in case.held] == [(ASHA.id, "Good morning")]


def test_links_are_those_that_were_sent_newest_first_each_once_and_five_at_most(store: Store) -> None:
    for order, page in enumerate((1, 2, 3, 4, 5, 6, 3)):
        intake(store).receive(message(f"SM{order}", f"see https://example.org/{page}, please"), now=minutes(order))
    assert case_of(store).links == tuple(f"https://example.org/{page}" for page in (3, 6, 5, 4, 2))


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Read https://a.example/b?c=d&e=f.", ("https://a.example/b?c=d&e=f",)),
        ("(see http://a.example)", ("http://a.example",)),
        ("*https://a.example/x* https://a.example/x", ("https://a.example/x",)),
        ("https://hi.example/कोर्स!", ("https://hi.example/कोर्स",)),
        ("httpx and https:// alone", ()),
    ],
)
def test_a_link_ends_where_the_sentence_goes_on(text: str, links: tuple[str, ...]) -> None:
    assert links_in([text]) == links


def test_activities_tell_who_did_what_in_order(waiting: Store) -> None:
    desk(waiting).claim(1, staff=ASHA, now=minutes(5))
    desk(waiting).hand_to(1, RAVI.id, staff=ASHA, now=minutes(6))
    activities = waiting.inbox.activities(1)
    assert [(one.action, one.staff_id, one.at) for one in activities] == [
        ("claimed", ASHA.id, minutes(5)),
        ("handed_on", ASHA.id, minutes(6)),
    ]


def test_who_looks_and_who_types_is_known_for_a_short_time(waiting: Store) -> None:
    desk(waiting).here(1, typing=False, staff=ASHA, now=minutes(5))
    desk(waiting).here(1, typing=True, staff=RAVI, now=minutes(5))
    here = waiting.inbox.here
    assert here(1, now=minutes(5)) == [Onlooker(RAVI.id, types=True), Onlooker(ASHA.id, types=False)]
    assert here(1, now=minutes(5) + timedelta(seconds=11))[1] == Onlooker(RAVI.id, types=False)
    assert here(1, now=minutes(6)) == []


def test_there_is_no_case_of_a_conversation_that_is_not_there(store: Store) -> None:
    assert store.inbox.case(1, ASHA.id) is None
    assert store.inbox.messages(1) == Thread((), {}, has_older=False, has_newer=False)
