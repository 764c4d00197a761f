"""From a reply of staff to a patch in a real browser: wide and light, on a phone in the dark."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import DESKTOP, PHONE
from tests.storage.world import message
from tests.web.running import served
from tests.web.staff_clients import people_at


@pytest.fixture(params=[(DESKTOP, "light"), (PHONE, "dark")], ids=["wide", "phone"])
def page(chromium: Browser, sqlite_url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser in which an editor is signed in who has answered Ann."""
    viewport, scheme = request.param
    with people_at(sqlite_url) as people, served(people.app) as url:
        for number, text in enumerate(["which laptop do i need", "a person please"]):
            people.services.intake.receive(message(f"IN{number}", text, name="Ann"), now=datetime.now(UTC))
        people.editor.post("/inbox/1/claim")
        people.editor.post("/inbox/1/reply", text="Hi Ann, any with 8 GB.", submission="one")
        cookie = people.editor.client.get_cookie("session")
        assert cookie is not None
        context = chromium.new_context(viewport=viewport, color_scheme=scheme, base_url=url)
        context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
        yield context.new_page()
        context.close()


def test_a_reply_becomes_a_patch_that_can_be_read_by_all(page: Page) -> None:
    page.goto("/inbox/1?view=mine")
    page.get_by_role("button", name="Make this an FAQ").click()
    expect(page.get_by_text("Suggested as an FAQ")).to_be_visible()
    page.goto("/knowledge")
    page.get_by_role("button", name="Make a patch").click()
    expect(page.get_by_role("region", name="Patch")).to_contain_text("which laptop do i need")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
