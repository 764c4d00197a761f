"""What learners send beside texts, from Twilio's webhook to the screens of staff."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser import running_server
from tests.twilio_stand_in import TwilioStandIn
from tests.web.office import Office

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
SAMPLES = Path(__file__).parents[2] / "bot" / "web" / "static" / "simulator"
VOICE_NOTE = (SAMPLES / "voice-note.ogg").read_bytes()
PICTURE = (SAMPLES / "picture.jpg").read_bytes()


@contextmanager
def office_by_twilio(folder: Path, browser: Browser, **settings: str) -> Iterator[tuple[Office, TwilioStandIn]]:
    url = f"sqlite:///{folder / 'bot.db'}"
    with TwilioStandIn() as twilio:
        environ = twilio.environ | {"DATABASE_URL": url} | settings
        with running_server(folder, KNOWLEDGE, **environ) as server:
            twilio.bot = server
            office = Office(server, url, browser)
            yield office, twilio
            office.store.close()


def sends(twilio: TwilioStandIn, content: bytes, content_type: str) -> None:
    url = twilio.files.keep(content, content_type)
    kind = content_type.partition("/")[0]
    form = {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": content_type, "MessageType": kind}
    assert twilio.send_whatsapp("", **form).status == 204


def test_staff_hear_the_voice_note_and_see_the_picture_of_a_learner(tmp_path: Path, chromium: Browser) -> None:
    with office_by_twilio(tmp_path, chromium) as (office, twilio):
        sends(twilio, VOICE_NOTE, "audio/ogg")
        sends(twilio, PICTURE, "image/jpeg")
        twilio.send_whatsapp("I want to talk to a person")
        with office.desk() as asha:
            asha.look()
            asha.open("Asha")
            sound = asha.page.get_by_label("Voice note from Asha")
            sound.evaluate("audio => audio.play()")
            expect(sound).to_have_js_property("paused", value=False)
            assert 2 < sound.evaluate("audio => audio.duration") < 4
            expect(asha.page.get_by_role("img", name="Picture from Asha")).to_have_js_property("naturalWidth", 640)
