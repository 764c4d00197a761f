from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.core.staff import Role
from tests.storage.world import message
from tests.web.staff_clients import People, Person, people_at

ANSWER = "Hi Ann, any with 8 GB."
QUESTION = "here, which laptop do i need"


@pytest.fixture
def people(database_url: str) -> Iterator[People]:
    """An office to which Ann wrote in vain; whoever takes her answers."""
    with people_at(database_url) as people:
        for number, text in enumerate(["Ann here, which laptop do i need", "a person please"]):
            people.services.intake.receive(message(f"IN{number}", text, name="Ann"), now=datetime.now(UTC))
        yield people


def replied(people: People, person: Person) -> int:
    """Take Ann, answer, and return the id of the reply."""
    assert person.post("/inbox/1/claim").status_code == 303
    assert person.post("/inbox/1/reply", text=ANSWER, submission="one").status_code == 303
    return people.services.store.thread(1)[-1].id


def test_a_suggested_reply_becomes_a_patch_without_personal_data(people: People) -> None:
    agent, editor = people.another("a@school.example", "Asha"), people.another("e@school.example", "Edi", Role.EDITOR)
    replied(people, agent)
    thread = "/inbox/1?view=mine"
    assert agent.fill_in(thread, "/inbox/1/faq?view=mine").status_code == 303
    assert [draft.question for draft in people.services.store.faq_drafts.all()] == [QUESTION]
    assert b"Any with 8 GB." in editor.get("/knowledge").data
    page = editor.post("/knowledge/propose", questions="which laptop?", answer="Any with 8 GB.")
    assert page.status_code == 200
    assert b"- which laptop?" in page.data
    assert b"Any with 8 GB." in page.data
    assert b"better: <q" in page.data
    download = editor.post("/knowledge/propose.patch", questions="which laptop?", answer="Any with 8 GB.")
    assert download.headers["Content-Disposition"] == 'attachment; filename="faqs.patch"'


def test_what_was_asked_in_vain_is_on_the_page_without_names(people: People) -> None:
    editor = people.another("e@school.example", "Edi", Role.EDITOR)
    shown = editor.get("/knowledge").text.partition('id="unanswered"')[2]
    assert "which laptop do i need" in shown
    assert "Ann here" not in shown


def test_a_message_that_is_no_reply_of_staff_is_refused(people: People) -> None:
    agent = people.another("a@school.example", "Asha")
    replied(people, agent)
    response = agent.post("/inbox/1/faq", message="1")
    assert (response.status_code, "Only a reply of staff" in response.text) == (409, True)


def test_what_cannot_be_proposed_is_said_on_the_page(people: People) -> None:
    editor = people.another("e@school.example", "Edi", Role.EDITOR)
    assert "There is no topic nonsense." in editor.post("/knowledge/propose", questions="x?", topic="nonsense").text
    assert "There is no question" in editor.post("/knowledge/propose", questions=" ", topic="tools").text


def test_agents_do_not_see_proposals(people: People) -> None:
    agent = people.another("a@school.example", "Asha")
    assert agent.post("/knowledge/propose", questions="x?", topic="tools").status_code == 403


def test_a_suggestion_can_be_taken_off_the_list(people: People) -> None:
    editor = people.another("e@school.example", "Edi", Role.EDITOR)
    editor.post("/inbox/1/faq", message=str(replied(people, editor)))
    (draft,) = people.services.store.faq_drafts.all()
    assert "off the list" in editor.post(f"/knowledge/drafts/{draft.id}/remove").text
    assert people.services.store.faq_drafts.all() == []


def test_a_question_that_comes_or_is_erased_is_seen_at_the_next_look(people: People) -> None:
    editor = people.another("e@school.example", "Edi", Role.EDITOR)
    assert "which laptop do i need" in editor.get("/knowledge").text
    late = message("IN9", "may i bring my dog along", sender="whatsapp:+919811100009")
    people.services.intake.receive(late, now=datetime.now(UTC))
    assert "may i bring my dog along" in editor.get("/knowledge").text
    people.services.store.people.erase(people.services.store.people.find("+919811100009"), now=datetime.now(UTC))
    page = editor.get("/knowledge").text
    assert ("which laptop do i need" in page, "may i bring my dog along" in page) == (True, False)
