"""The pages of the inbox without script: real forms, three people, on each kind of database."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from bot.core.conversation import Reminder, Status
from bot.core.desk import HandoffOutcome
from bot.storage.inbox import Case
from tests.web.inbox_people import waits, writes
from tests.web.staff_clients import People, Person, forms, people_at

LONG_AGO = timedelta(hours=25)


@pytest.fixture
def people(database_url: str) -> Iterator[People]:
    with people_at(database_url) as people:
        yield people


def case_of(people: People, conversation: int) -> Case:
    case = people.services.store.inbox.case(conversation, people.agent.id)
    assert case is not None
    return case


def texts_of(people: People, conversation: int) -> list[str]:
    return [message.text for message in people.services.store.inbox.messages(conversation).messages]


def words_of(response: TestResponse) -> str:
    """What somebody reads of a page, without its drawings."""
    return " ".join(
        unescape(re.sub(r"<(script|template|dialog)\b.*?</\1>|<[^>]+>", " ", response.text, flags=re.S)).split()
    )


def told(response: TestResponse) -> dict[str, Any]:
    """The answer as the script reads it."""
    assert response.status_code == 200
    return dict(response.json or {})


def claimed(people: People, person: Person, **waiting: object) -> int:
    """A conversation that somebody has taken."""
    conversation = waits(people.services, **waiting)  # type: ignore[arg-type]
    people.services.desk.claim(conversation, staff=person.staff, now=datetime.now(UTC))
    return conversation


def act(person: Person, conversation: int, action: str, **fields: str) -> TestResponse:
    """Fill in the form of an action on the conversation's page."""
    path = f"/inbox/{conversation}?view=mine"
    return person.fill_in(path, f"/inbox/{conversation}/{action}?view=mine", **fields)


def actions_on(person: Person, conversation: int) -> set[str]:
    """Return which actions the page of a conversation offers."""
    actions = [form.action.partition("?")[0] for form in forms(person.get(f"/inbox/{conversation}"))]
    return {action.rpartition("/")[2] for action in actions if action.startswith(f"/inbox/{conversation}/")}


# The list


def test_strangers_are_asked_to_sign_in_and_come_back_to_where_they_wanted(people: People) -> None:
    response = people.stranger.get("/inbox/7?view=open")
    assert response.location == "/login?next=%2Finbox%2F7%3Fview%3Dopen"
    assert people.stranger.post("/inbox/7/claim").status_code == 401


@pytest.mark.parametrize("role", ["agent", "editor", "admin"])
def test_every_role_sees_who_waits_the_longest_wait_first(people: People, role: str) -> None:
    waits(people.services, learner=1, ago=timedelta(minutes=5))
    waits(people.services, learner=2, ago=timedelta(hours=3))
    page = words_of(getattr(people, role).get("/inbox"))
    assert page.index("Learner 2") < page.index("Learner 1")
    assert "Asked for a person" in page
    assert "3 h" in page


def test_the_title_counts_who_waits(people: People) -> None:
    assert "<title>Inbox" in people.agent.get("/inbox").text
    waits(people.services, learner=1)
    waits(people.services, learner=2)
    assert "<title>(2) Inbox" in people.agent.get("/inbox").text


def test_a_learner_without_a_name_is_shown_by_the_end_of_the_number(people: People) -> None:
    waits(people.services, learner=7, name="")
    assert "Learner …0107" in words_of(people.agent.get("/inbox"))


def test_a_window_that_closes_soon_stands_out_and_a_closed_one_says_so(people: People) -> None:
    waits(people.services, learner=1, ago=timedelta(hours=22, minutes=30))
    waits(people.services, learner=2, ago=LONG_AGO)
    page = people.agent.get("/inbox").text
    assert 'class="window soon"' in page
    assert 'class="window closed"' in page


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("waiting", "All caught up"),
        ("mine", "What you claim stands here"),
        ("open", "Nothing is open"),
        ("snoozed", "Snooze what can wait"),
        ("resolved", "can be opened again"),
    ],
)
def test_an_empty_list_says_what_to_do(people: People, view: str, words: str) -> None:
    assert words in words_of(people.agent.get(f"/inbox?view={view}"))


def test_a_search_finds_names_numbers_and_words_in_every_list(people: People) -> None:
    waits(people.services, learner=1, name="Meera Iyer")
    writes(people.services, "bread please", learner=2, name="Ravi")
    assert "Ravi" in words_of(people.agent.get("/inbox?q=bread"))
    assert "Meera" in words_of(people.agent.get("/inbox?q=000101"))
    found = words_of(people.agent.get("/inbox?q=meera"))
    assert "Meera Iyer" in found
    assert "Ravi" not in found


def test_a_search_that_finds_nothing_offers_to_end_it(people: People) -> None:
    page = people.agent.get("/inbox?q=nobody&view=mine")
    assert "Nothing found" in words_of(page)
    assert 'href="/inbox?view=mine"' in page.text


def test_filters_narrow_the_list_and_stay_in_the_links_of_its_cards(people: People) -> None:
    first, second = waits(people.services, learner=1), waits(people.services, learner=2)
    people.services.desk.label(second, "vip", staff=people.agent.staff, now=datetime.now(UTC))
    page = people.agent.get("/inbox?label=vip").text
    assert f"/inbox/{second}?view=waiting&amp;label=vip" in page
    assert f"/inbox/{first}?" not in page


def test_a_long_list_goes_on_by_a_link(people: People) -> None:
    for learner in range(4):
        waits(people.services, learner=learner, ago=timedelta(minutes=learner))
    page = people.agent.get("/inbox?cards=2").text
    assert page.count('class="card') - page.count('class="cards') == 2
    assert "/inbox?view=waiting&amp;cards=52" in page
    assert "Show more" not in people.agent.get("/inbox?cards=52").text


@pytest.mark.parametrize("address", ["?view=nonsense", "?owner=x&cards=-3&messages=x&around=y", "?cards=99999999999"])
def test_an_address_that_makes_no_sense_shows_the_inbox_nevertheless(people: People, address: str) -> None:
    assert people.agent.get(f"/inbox{address}").status_code == 200


def test_a_conversation_that_is_not_there_says_so(people: People) -> None:
    response = people.agent.get("/inbox/4711")
    assert response.status_code == 404
    assert "does not exist any more" in response.text


# The thread and the brief


def test_a_thread_tells_who_said_what_and_why_the_bot_said_it(people: People) -> None:
    writes(people.services, "tools of a baker")
    conversation = waits(people.services)
    page = people.agent.get(f"/inbox/{conversation}")
    assert 'class="bubble learner leads"' in page.text
    assert 'class="bubble bot leads"' in page.text
    assert "Why this answer" in words_of(page)
    assert "Handed over: Asked for a person" in words_of(page)


def test_marks_and_hostile_words_are_shown_as_words(people: People) -> None:
    conversation = waits(people.services, name="<b>Bob</b>")
    writes(people.services, "*bold* <script>alert(1)</script>")
    page = people.agent.get(f"/inbox/{conversation}").text
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert "<b>Bob" not in page


def test_times_are_told_in_the_zone_of_the_school_with_its_name(people: People) -> None:
    conversation = waits(people.services)
    assert re.search(
        r'<time datetime="[^"]+\+00:00" title="[^"]+ IST"', people.agent.get(f"/inbox/{conversation}").text
    )


def test_what_is_new_to_the_reader_stands_below_a_line_once(people: People) -> None:
    conversation = waits(people.services)
    people.agent.get(f"/inbox/{conversation}")
    writes(people.services, "anybody?")
    assert "New messages" in words_of(people.agent.get(f"/inbox/{conversation}"))
    assert "New messages" not in words_of(people.agent.get(f"/inbox/{conversation}"))


def test_to_whom_everything_is_new_no_line_is_shown(people: People) -> None:
    conversation = waits(people.services)
    assert "New messages" not in words_of(people.editor.get(f"/inbox/{conversation}"))


def test_reading_takes_the_mark_off_the_card_for_the_reader_only(people: People) -> None:
    conversation = waits(people.services)
    people.agent.get(f"/inbox/{conversation}")
    assert 'class="badge"' not in people.agent.get("/inbox").text
    assert 'class="badge"' in people.editor.get("/inbox").text


def test_earlier_messages_are_a_link_away(people: People) -> None:
    conversation = waits(people.services)
    for number in range(6):
        writes(people.services, f"number {number}")
    page = people.agent.get(f"/inbox/{conversation}?messages=3")
    assert page.text.count('class="bubble') == 3
    assert f"/inbox/{conversation}?view=waiting&amp;messages=6" in page.text
    assert "Earlier messages" not in people.agent.get(f"/inbox/{conversation}?messages=100").text


def test_a_quoted_message_is_linked_also_where_it_is_far_above(people: People) -> None:
    conversation = waits(people.services)
    first = people.services.store.inbox.messages(conversation).messages[0]
    writes(people.services, "this one", quoted_sid=first.sid)
    assert f'href="#m{first.id}"' in people.agent.get(f"/inbox/{conversation}").text
    far = f'href="/inbox/{conversation}?view=waiting&amp;around={first.id}#m{first.id}"'
    assert far in people.agent.get(f"/inbox/{conversation}?messages=2").text
    assert "To the newest messages" in people.agent.get(f"/inbox/{conversation}?messages=1&around={first.id}").text


def test_the_brief_has_question_labels_notes_and_what_came_before(people: People) -> None:
    conversation = claimed(people, people.agent)
    act(people.agent, conversation, "resolve", outcome=HandoffOutcome.WILL_THINK)
    writes(people.services, "person")
    act(people.agent, conversation, "label", label="VIP  lead")
    act(people.agent, conversation, "note", text="Wants a *call*")
    page = people.editor.get(f"/inbox/{conversation}")
    brief = words_of(page).partition(" Brief ")[2]
    for words in ("Asked for a person", "vip lead", "Wants a call", "Asha Rao", "Will think about it"):
        assert words in brief


def test_the_brief_tells_of_reminders_and_what_became_of_them(people: People) -> None:
    conversation = waits(people.services)
    now = datetime.now(UTC)
    with people.services.store.transaction() as tx:
        tx.remind(conversation, Reminder(now + timedelta(days=3), "in 3 days about <fees>", ""), asked_by=1, now=now)
    brief = words_of(people.agent.get(f"/inbox/{conversation}")).partition("Asked to be reminded")[2]
    assert brief.strip().startswith("in 3 days about <fees>")
    assert ": waits" in brief


# Actions


def test_a_page_offers_what_its_reader_may_do(people: People) -> None:
    conversation = waits(people.services)
    always = {"label", "note", "mark_unread"}
    assert actions_on(people.agent, conversation) == {"claim", "resolve", "back_to_bot", *always}
    people.agent.post(f"/inbox/{conversation}/claim")
    mine = {"reply", "release", "hand_to", "snooze", "resolve", "back_to_bot"}
    assert actions_on(people.agent, conversation) == mine | always
    assert actions_on(people.editor, conversation) == {"take_over", *always}


def test_a_claim_leads_to_mine_and_colleagues_are_told_who_was_quicker(people: People) -> None:
    conversation = waits(people.services)
    response = people.agent.fill_in(f"/inbox/{conversation}", f"/inbox/{conversation}/claim?view=waiting")
    assert response.location == f"/inbox/{conversation}?view=mine"
    late = people.editor.post(f"/inbox/{conversation}/claim")
    assert late.status_code == 409
    assert "Asha Rao has this conversation" in words_of(late)
    assert case_of(people, conversation).owner_id == people.agent.id


def test_nobody_takes_over_without_saying_so_or_from_somebody_else_than_they_saw(people: People) -> None:
    conversation = claimed(people, people.agent)
    page = f"/inbox/{conversation}/take_over"
    assert people.editor.post(page, seen_owner=str(people.agent.id)).status_code == 409
    assert people.editor.post(page, seen_owner=str(people.admin.id), sure="on").status_code == 409
    assert case_of(people, conversation).owner_id == people.agent.id
    assert people.editor.post(page, seen_owner=str(people.agent.id), sure="on").status_code == 303
    assert case_of(people, conversation).owner_id == people.editor.id
    assert "took over from Asha Rao" in words_of(people.admin.get(f"/inbox/{conversation}"))


def test_what_is_released_or_handed_on_is_somebody_elses(people: People) -> None:
    conversation = claimed(people, people.agent)
    act(people.agent, conversation, "hand_to", colleague=str(people.editor.id))
    assert case_of(people, conversation).owner_id == people.editor.id
    act(people.editor, conversation, "release")
    assert case_of(people, conversation).conversation.status is Status.WAITING


def test_snoozing_until_a_typed_time_reads_it_by_the_clock_of_the_school(people: People) -> None:
    conversation = claimed(people, people.agent)
    people.agent.post(f"/inbox/{conversation}/snooze", at="2027-01-04T09:30")
    assert case_of(people, conversation).snoozed_until == datetime(2027, 1, 4, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("until", ["", "tomorrow", "2020-01-01T09:00", "9999-12-31T23:59"])
def test_a_time_that_cannot_be_is_refused(people: People, until: str) -> None:
    conversation = claimed(people, people.agent)
    assert people.agent.post(f"/inbox/{conversation}/snooze", at=until).status_code == 409
    assert case_of(people, conversation).conversation.status is Status.OPEN


def test_resolving_offers_to_undo_and_undoing_opens_it_again(people: People) -> None:
    conversation = claimed(people, people.agent)
    response = act(people.agent, conversation, "resolve", outcome=HandoffOutcome.ENROLLED)
    page = people.agent.get(response.location or "")
    assert "Resolved: enrolled." in words_of(page)
    assert "Undo" in words_of(page)
    people.agent.post(f"/inbox/{conversation}/reopen")
    assert case_of(people, conversation).owner_id == people.agent.id


def test_resolving_may_lead_to_the_next_conversation_of_the_list(people: People) -> None:
    first, second = claimed(people, people.agent, learner=1), claimed(people, people.agent, learner=2)
    response = act(people.agent, first, "resolve", outcome=HandoffOutcome.ANSWERED)
    assert response.location == f"/inbox/{first}?view=mine"
    people.agent.post(f"/inbox/{first}/reopen")
    path = f"/inbox/{first}/resolve?view=mine"
    response = people.agent.post(path, outcome=HandoffOutcome.ANSWERED, then="next")
    assert response.location == f"/inbox/{second}?view=mine"
    response = people.agent.post(f"/inbox/{second}/resolve?view=mine", outcome=HandoffOutcome.ANSWERED, then="next")
    assert response.location == "/inbox?view=mine"


@pytest.mark.parametrize("outcome", ["", "nonsense"])
def test_resolving_needs_an_outcome(people: People, outcome: str) -> None:
    conversation = claimed(people, people.agent)
    assert people.agent.post(f"/inbox/{conversation}/resolve", outcome=outcome).status_code == 409


def test_a_conversation_marked_unread_is_bold_again_and_its_reader_back_at_the_list(people: People) -> None:
    conversation = waits(people.services)
    people.agent.get(f"/inbox/{conversation}")
    response = people.agent.fill_in(f"/inbox/{conversation}", f"/inbox/{conversation}/mark_unread?view=waiting")
    assert response.location == "/inbox?view=waiting"
    assert 'class="badge"' in people.agent.get("/inbox").text


def test_no_action_works_without_the_token_of_the_page(people: People) -> None:
    conversation = waits(people.services)
    response = people.agent.client.post(f"/inbox/{conversation}/claim", headers={"Accept": "text/html"})
    assert response.status_code == 400
    assert case_of(people, conversation).owner_id is None


def test_an_action_that_does_not_exist_is_not_found(people: People) -> None:
    conversation = waits(people.services)
    assert people.agent.post(f"/inbox/{conversation}/explode").status_code == 404


# Writing


def test_a_reply_goes_to_the_learner_once_however_often_the_form_is_sent(people: People) -> None:
    conversation = claimed(people, people.agent)
    for _ in range(2):
        response = people.agent.post(f"/inbox/{conversation}/reply", text="Hello\r\nthere", submission="form-1")
        assert response.status_code == 303
    assert texts_of(people, conversation).count("Hello\nthere") == 1


def test_every_page_brings_a_form_with_a_mark_of_its_own(people: People) -> None:
    conversation = claimed(people, people.agent)
    for text in ("one", "two"):
        assert act(people.agent, conversation, "reply", text=text).status_code == 303
    assert texts_of(people, conversation)[-2:] == ["one", "two"]


def test_a_reply_without_a_mark_is_refused(people: People) -> None:
    conversation = claimed(people, people.agent)
    assert people.agent.post(f"/inbox/{conversation}/reply", text="hello").status_code == 409


def test_what_was_typed_stays_when_it_is_refused(people: People) -> None:
    conversation = claimed(people, people.agent)
    form = people.agent.get(f"/inbox/{conversation}")
    people.services.desk.take_over(conversation, people.agent.id, staff=people.editor.staff, now=datetime.now(UTC))
    submission = next(form.fields["submission"] for form in forms(form) if "/reply" in form.action)
    response = people.agent.post(f"/inbox/{conversation}/reply", text="my <long> words", submission=submission)
    assert response.status_code == 409
    assert "Edgar Iyer has this conversation: take it over first." in words_of(response)
    assert "my &lt;long&gt; words" in response.text


def test_who_may_not_answer_reads_why(people: People) -> None:
    waiting = waits(people.services, learner=1)
    assert "Claim it to answer" in words_of(people.agent.get(f"/inbox/{waiting}"))
    taken = claimed(people, people.agent, learner=2)
    assert "Asha Rao has this conversation. Take it over" in words_of(people.editor.get(f"/inbox/{taken}"))
    with_bot = writes(people.services, "hello", learner=3)
    assert "The bot answers this learner" in words_of(people.agent.get(f"/inbox/{with_bot}"))
    stopped = claimed(people, people.agent, learner=4)
    writes(people.services, "STOP", learner=4)
    assert "wrote STOP" in words_of(people.agent.get(f"/inbox/{stopped}"))


def test_a_note_is_for_colleagues_and_never_sent(people: People) -> None:
    conversation = claimed(people, people.agent)
    before = texts_of(people, conversation)
    act(people.agent, conversation, "note", text="careful")
    assert texts_of(people, conversation) == before
    assert "careful" in words_of(people.editor.get(f"/inbox/{conversation}"))


def test_when_the_window_is_closed_a_reply_waits_and_can_be_taken_back(people: People) -> None:
    conversation = claimed(people, people.agent, ago=LONG_AGO)
    assert "24 hours are over" in words_of(people.agent.get(f"/inbox/{conversation}"))
    act(people.agent, conversation, "hold", text="We are back")
    page = people.editor.get(f"/inbox/{conversation}")
    assert "We are back" in words_of(page)
    act(people.agent, conversation, "cancel_held")
    assert case_of(people, conversation).held == ()


def test_a_held_reply_leaves_when_the_learner_writes(people: People) -> None:
    conversation = claimed(people, people.agent, ago=LONG_AGO)
    act(people.agent, conversation, "hold", text="We are back")
    writes(people.services, "hello?")
    assert "We are back" in texts_of(people, conversation)
    assert case_of(people, conversation).held == ()


def test_a_label_is_put_on_and_taken_off(people: People) -> None:
    conversation = waits(people.services)
    people.agent.post(f"/inbox/{conversation}/label", label="Hot Lead")
    assert "hot lead" in words_of(people.editor.get("/inbox"))
    people.editor.post(f"/inbox/{conversation}/unlabel", label="hot lead")
    assert case_of(people, conversation).labels == ()


# What the script asks


def test_panes_come_as_json_and_leave_no_mark_of_having_been_read(people: People) -> None:
    conversation = waits(people.services)
    response = people.agent.client.get(
        f"/inbox/{conversation}", headers={"Accept": "application/json", "X-Panes": "thread brief secret"}
    )
    assert set(told(response)["panes"]) == {"thread", "brief"}
    assert case_of(people, conversation).read_up_to == 0


def test_a_refusal_comes_to_the_script_as_a_sentence(people: People) -> None:
    conversation = claimed(people, people.agent)
    response = people.editor.post(f"/inbox/{conversation}/claim", {"Accept": "application/json", "X-Panes": "list"})
    assert (response.status_code, response.mimetype) == (409, "text/plain")
    assert "Asha Rao has this conversation" in response.text


def asks(person: Person, **fields: str) -> TestResponse:
    return person.post("/inbox/live", {"Accept": "application/json"}, **fields)


def test_an_open_inbox_hears_what_has_changed_and_nothing_else(people: People) -> None:
    first = waits(people.services, learner=1)
    start = told(asks(people.agent, cursor="0", waiting="1"))
    assert [one["id"] for one in start["waiting"]] == [first]
    second = waits(people.services, learner=2)
    heard = told(asks(people.agent, cursor=str(start["cursor"])))
    assert second in [conversation for conversation, _revision in heard["changed"]]
    known = asks(people.agent, cursor=str(heard["cursor"]))
    assert known.status_code == 204 or first not in [one for one, _revision in told(known)["changed"]]


def test_colleagues_see_who_looks_and_who_types(people: People) -> None:
    conversation = str(waits(people.services))
    asks(people.agent, cursor="0", open=conversation, tell="1")
    assert told(asks(people.editor, cursor="0", open=conversation))["presence"] == "Asha Rao has this open"
    asks(people.agent, cursor="0", open=conversation, tell="1", typing="1")
    assert told(asks(people.editor, cursor="0", open=conversation))["presence"] == "Asha Rao is typing"
    assert asks(people.agent, cursor="0", open=conversation).status_code == 204


def test_what_was_seen_on_the_screen_counts_as_read(people: People) -> None:
    conversation = waits(people.services)
    last = people.services.store.inbox.messages(conversation).messages[-1].id
    asks(people.agent, cursor="0", open=str(conversation), read=str(last))
    assert case_of(people, conversation).read_up_to == last


def test_a_long_reply_is_split_as_it_will_be_sent(people: People) -> None:
    text = "word " * 500
    pieces = told(people.agent.post("/inbox/pieces", {"Accept": "application/json"}, text=text))["pieces"]
    conversation = claimed(people, people.agent)
    people.agent.post(f"/inbox/{conversation}/reply", text=text, submission="long")
    assert texts_of(people, conversation)[-2:] == pieces


def test_ready_made_replies_are_filled_in_for_the_learner(people: People) -> None:
    conversation = waits(people.services, name="Meera Iyer")
    replies = told(people.agent.get(f"/inbox/ready-made?conversation={conversation}"))["replies"]
    assert replies[0] == {"shortcut": "hello", "text": "Hello Meera, this is Asha Rao of School of Food."}
    assert replies[1]["text"] == "Bakery Course: https://food.example/bakery"


def test_a_greeting_without_a_name_reads_well(people: People) -> None:
    conversation = waits(people.services, name="")
    replies = told(people.agent.get(f"/inbox/ready-made?conversation={conversation}"))["replies"]
    assert replies[0]["text"] == "Hello, this is Asha Rao of School of Food."
