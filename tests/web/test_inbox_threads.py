"""What a thread shows of messages that are not plain: failures, doubts, files, templates; and what a page costs."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.channels.test_twilio_templates import add as approve
from tests.storage.test_insights_counting import statements
from tests.storage.world import execute
from tests.twilio_stand_in import Fault, TwilioStandIn
from tests.web.inbox_people import waits, writes
from tests.web.staff_clients import People, Person, people_at
from tests.web.test_inbox_pages import act, actions_on, claimed, texts_of, words_of

LONG_AGO = timedelta(hours=25)


@pytest.fixture
def people(database_url: str) -> Iterator[People]:
    with people_at(database_url) as people:
        yield people


def replied(people: People, person: Person, database_url: str, **state: str) -> int:
    """A conversation with one reply, of which this became."""
    conversation = claimed(people, person)
    act(person, conversation, "reply", text="our answer")
    values = ", ".join(f"{column} = '{value}'" for column, value in state.items())
    execute(database_url, f"UPDATE messages SET {values} WHERE text = 'our answer'")
    return conversation


@pytest.mark.parametrize(
    ("state", "words"),
    [("queued", "Waiting to be sent"), ("sent", "Sent"), ("delivered", "Delivered"), ("read", "Read")],
)
def test_ticks_say_in_words_how_far_a_message_has_come(
    people: People, database_url: str, state: str, words: str
) -> None:
    conversation = replied(people, people.agent, database_url, state=state)
    assert f'role="img" aria-label="{words}"' in people.agent.get(f"/inbox/{conversation}").text


def test_a_failure_tells_its_reason_and_who_owns_it_may_try_again(people: People, database_url: str) -> None:
    why = {"state": "failed", "error_code": "30008", "error": "WhatsApp could not reach the phone."}
    conversation = replied(people, people.agent, database_url, **why)
    assert "Not sent: WhatsApp could not reach the phone." in words_of(people.editor.get(f"/inbox/{conversation}"))
    assert "retry" not in actions_on(people.editor, conversation)
    for _ in range(2):
        act(people.agent, conversation, "note", text="tried again")
        people.agent.post(f"/inbox/{conversation}/retry", message=str(failed(database_url)))
    assert texts_of(people, conversation).count("our answer") == 2


def failed(database_url: str) -> object:
    return execute(database_url, "SELECT id FROM messages WHERE state = 'failed'")[0][0]


def test_what_would_fail_again_cannot_be_tried_again(people: People, database_url: str) -> None:
    conversation = replied(people, people.agent, database_url, state="failed", error_code="63024")
    assert "retry" not in actions_on(people.agent, conversation)


def test_a_message_in_doubt_says_what_is_being_done(people: People, database_url: str) -> None:
    conversation = replied(people, people.agent, database_url, state="unknown")
    page = people.agent.get(f"/inbox/{conversation}")
    assert "Maybe sent: nobody could tell, so it is being looked up" in words_of(page)
    assert "retry" not in actions_on(people.agent, conversation)


# With WhatsApp at the other end


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        yield twilio


@pytest.fixture
def connected(database_url: str, twilio: TwilioStandIn) -> Iterator[People]:
    with people_at(database_url, **twilio.environ) as people:
        yield people


def test_an_approved_template_leaves_although_the_window_is_closed(connected: People, twilio: TwilioStandIn) -> None:
    sid = approve(twilio)
    conversation = claimed(connected, connected.agent, ago=LONG_AGO)
    closed = connected.agent.get(f"/inbox/{conversation}")
    assert "Send an approved template now" in words_of(closed)
    assert "May we call you?" not in closed.text
    path = f"/inbox/{conversation}?templates=1"
    values = {"value-1": "Ann", "value-2": "fees"}
    sent = connected.agent.fill_in(path, f"/inbox/{conversation}/send_template?view=waiting&templates=1", **values)
    assert sent.status_code == 303
    last = connected.services.store.inbox.messages(conversation).messages[-1]
    assert last.text == "Hello Ann, you asked about fees. May we call you?"
    assert last.reply.template is not None
    assert (last.reply.template.sid, last.reply.template.variables) == (sid, {"1": "Ann", "2": "fees"})


@pytest.mark.parametrize("fields", [{"value-1": "Ann"}, {"template": "HX0"}, {}])
def test_a_template_with_an_empty_value_or_without_approval_is_refused(
    connected: People, twilio: TwilioStandIn, fields: dict[str, str]
) -> None:
    sid = approve(twilio)
    conversation = claimed(connected, connected.agent, ago=LONG_AGO)
    before = texts_of(connected, conversation)
    form = {"template": sid, "submission": "one"} | fields
    refused = connected.agent.post(f"/inbox/{conversation}/send_template", None, **form)
    assert refused.status_code == 409
    assert texts_of(connected, conversation) == before


def test_when_twilio_cannot_be_asked_for_templates_the_page_says_so(connected: People, twilio: TwilioStandIn) -> None:
    conversation = claimed(connected, connected.agent, ago=LONG_AGO)
    twilio.fail_next(Fault.ANSWER_LOST)
    page = connected.agent.get(f"/inbox/{conversation}?templates=1")
    assert page.status_code == 200
    assert 'id="templates"' in page.text
    assert "send_template" not in actions_on(connected.agent, conversation)


# What it costs


def test_the_number_of_statements_does_not_grow_with_what_is_shown(people: People) -> None:
    conversation = waits(people.services)
    fill(people, conversation, learners=range(2, 3))
    with statements(people.services.store) as for_little:
        people.agent.get(f"/inbox/{conversation}?cards=100")
    fill(people, conversation, learners=range(3, 13))
    with statements(people.services.store) as for_much:
        people.agent.get(f"/inbox/{conversation}?cards=100")
    assert len(for_much) == len(for_little)


def fill(people: People, conversation: int, learners: Iterable[int]) -> None:
    """For each of the learners: one more who waits, and one more of everything in the conversation."""
    desk, editor, now = people.services.desk, people.editor.staff, datetime.now(UTC)
    for learner in learners:
        waits(people.services, learner=learner)
        writes(people.services, f"number {learner}")
        desk.note(conversation, f"note {learner}", staff=editor, now=now)
        desk.label(conversation, f"label {learner}", staff=editor, now=now)


def test_an_idle_inbox_asks_the_database_little(people: People) -> None:
    conversation = waits(people.services)
    token = people.agent.csrf_token()
    form = {"csrf_token": token, "cursor": "1", "open": str(conversation)}
    with statements(people.services.store) as asked:
        people.agent.client.post("/inbox/live", data=form)
    assert len(asked) <= 8
