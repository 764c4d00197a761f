"""The ledger and the doctor in a real browser: readable for everybody, on a phone and in both colours."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser import DESKTOP, PHONE
from tests.storage.world import intake, message
from tests.twilio_forms import MESSAGES, message_form
from tests.twilio_stand_in import TwilioStandIn
from tests.web.running import served
from tests.web.staff_clients import PASSWORD, People, people_at
from tests.web.test_sign_in_in_chromium import serious


@pytest.fixture
def people(sqlite_url: str) -> Iterator[People]:
    """One learner was answered, one waits, and one request had a wrong signature."""
    with TwilioStandIn() as twilio, people_at(sqlite_url, **twilio.environ) as people:
        take, now = intake(people.services.store), datetime.now(UTC)
        take.receive(message("IN1", "Hello", name="Ann"), now=now)
        take.receive(message("IN2", "a person please", sender="whatsapp:+919800000009"), now=now)
        people.stranger.client.post(MESSAGES, data=message_form("Hello"))
        people.services.store.accounts.set_password(people.admin.id, PASSWORD)
        yield people


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_an_accessibility_checker_finds_nothing_serious(
    people: People, chromium: Browser, scheme: str, size: ViewportSize
) -> None:
    context = chromium.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    page, troubles = context.new_page(), []
    page.on("console", lambda said: troubles.append(said.text))
    with served(people.app) as site:
        page.goto(f"{site}/login")
        page.get_by_label("E-mail").fill(people.admin.staff.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Password").press("Enter")
        expect(page.get_by_role("link", name="Alma Das")).to_be_visible()
        paths = ("/ledger", "/ledger/messages?side=received", "/doctor")
        found = {path: serious(page, f"{site}{path}") for path in paths}
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    context.close()
    assert not any(found.values()), found
    assert troubles == []
