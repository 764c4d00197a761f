from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.channels.twilio.inbound import read_message
from tests.storage.world import execute
from tests.twilio_forms import LEARNER, message_form
from tests.twilio_stand_in import Fault, TwilioStandIn
from tests.web.staff_clients import People, people_at

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def twilio() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as twilio:
        yield twilio


@pytest.fixture
def people(database_url: str, twilio: TwilioStandIn) -> Iterator[People]:
    with people_at(database_url, **twilio.environ) as people:
        yield people


def received(people: People, url: str, content_type: str = "image/jpeg") -> str:
    """Let a learner send a file; return the address at which staff open it."""
    form = message_form("", NumMedia="1", MediaUrl0=url, MediaContentType0=content_type)
    people.services.intake.receive(read_message(form), now=datetime.now(UTC))
    conversation = people.services.store.conversation_of(LEARNER)
    assert conversation is not None
    with_file = [message for message in people.services.store.thread(conversation.id) if message.media]
    return f"/inbox/{conversation.id}/media/{with_file[-1].id}"


def test_every_role_opens_a_picture_and_a_stranger_is_asked_to_sign_in(people: People, twilio: TwilioStandIn) -> None:
    path = received(people, twilio.files.keep(JPEG, "image/jpeg"))
    for person in (people.agent, people.editor, people.admin):
        response = person.get(path)
        assert (response.status_code, response.data, response.mimetype) == (200, JPEG, "image/jpeg")
    asked = len(twilio.requests)
    assert people.stranger.get(path).status_code == 302
    assert len(twilio.requests) == asked


def test_a_file_can_do_nothing_in_the_browser(people: People, twilio: TwilioStandIn) -> None:
    response = people.agent.get(received(people, twilio.files.keep(JPEG, "image/jpeg")))
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, max-age=3600"
    assert response.headers["Content-Disposition"].startswith("inline; filename=image-")


def test_a_document_is_saved_and_not_shown(people: People, twilio: TwilioStandIn) -> None:
    path = received(people, twilio.files.keep(b"%PDF-1.7", "application/pdf"), "image/jpeg")
    response = people.agent.get(path)
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment; filename=image-")
    assert response.headers["Content-Disposition"].endswith(".pdf")


def test_a_sound_can_be_heard_from_the_middle(people: People, twilio: TwilioStandIn) -> None:
    path = received(people, twilio.files.keep(b"OggS0123456789", "audio/ogg"), "audio/ogg")
    response = people.agent.get(path, Range="bytes=4-7")
    assert (response.status_code, response.data) == (206, b"0123")
    assert response.headers["Content-Range"] == "bytes 4-7/14"


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "image/jpeg"])
def test_a_page_is_never_passed_on(people: People, twilio: TwilioStandIn, content_type: str) -> None:
    url = twilio.files.keep(b"<script>alert(1)</script>", content_type)
    response = people.agent.get(received(people, url), Accept="image/*")
    assert response.status_code == 422
    assert response.mimetype == "text/plain"
    assert "<script>" not in response.text


def test_an_address_that_a_stranger_chose_is_never_asked(people: People, twilio: TwilioStandIn) -> None:
    response = people.agent.get(received(people, f"{twilio.url}/files/picture"))
    assert response.status_code == 422
    assert not twilio.requests


def test_a_deleted_file_is_said_to_be_gone(people: People, twilio: TwilioStandIn) -> None:
    url = twilio.files.keep(JPEG, "image/jpeg")
    twilio.files.forget(url)
    response = people.agent.get(received(people, url))
    assert response.status_code == 404
    assert "ask the learner to send it again" in response.text


def test_twilio_that_is_away_is_said_to_be_away(people: People, twilio: TwilioStandIn) -> None:
    path = received(people, twilio.files.keep(JPEG, "image/jpeg"))
    twilio.fail_next(Fault.SERVER_ERROR)
    assert people.agent.get(path).status_code == 502
    assert people.agent.get(path).status_code == 200


def test_only_the_messages_of_the_conversation_with_a_file_have_one(people: People, twilio: TwilioStandIn) -> None:
    path = received(people, twilio.files.keep(JPEG, "image/jpeg"))
    _, _, conversation, _, message = path.split("/")
    for other in (f"/inbox/{int(conversation) + 1}/media/{message}", f"/inbox/{conversation}/media/{int(message) + 1}"):
        response = people.agent.get(other)
        assert (response.status_code, "no file" in response.text) == (404, True)


def test_what_an_erased_learner_sent_opens_no_more(people: People, twilio: TwilioStandIn, database_url: str) -> None:
    path = received(people, twilio.files.keep(JPEG, "image/jpeg"))
    execute(database_url, "UPDATE conversations SET erased_at = '2026-11-23 10:00:00+00:00'")
    assert people.agent.get(path).status_code == 404


def test_the_samples_of_the_simulator_open_without_twilio(database_url: str) -> None:
    with people_at(database_url) as people:
        response = people.agent.get(received(people, "http://127.0.0.1:8000/static/simulator/voice-note.ogg"))
    assert (response.status_code, response.mimetype) == (200, "audio/ogg")
