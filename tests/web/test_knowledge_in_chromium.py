"""The pages for editors in a real browser: wide and light, on a phone in the dark, by keyboard alone."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bot.knowledge_files import Finding
from bot.serving import Broken
from tests.browser import DESKTOP, PHONE
from tests.web.running import served
from tests.web.staff_clients import People, people_at

PATHS = ("/knowledge", "/knowledge/entries/cook-vs-baker/tools/cook", "/knowledge/chat")


@pytest.fixture
def people(sqlite_url: str) -> Iterator[People]:
    with people_at(sqlite_url) as people:
        yield people


@pytest.fixture(params=[(DESKTOP, "light"), (PHONE, "dark")], ids=["wide", "phone"])
def page(chromium: Browser, people: People, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser in which Edgar is signed in."""
    viewport, scheme = request.param
    cookie = people.editor.client.get_cookie("session")
    assert cookie is not None
    with served(people.app) as url:
        context = chromium.new_context(viewport=viewport, color_scheme=scheme, base_url=url)
        context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
        yield context.new_page()
        context.close()


def test_an_open_inbox_tells_of_a_broken_edit_and_of_its_end(page: Page, people: People) -> None:
    serving = people.services.serving
    page.goto("/inbox")
    finding = Finding("faqs.yaml", 3, 5, "yaml-syntax", "a quote is not closed", "Close it.")
    serving.broken = Broken((finding,), datetime.now(UTC))
    state = page.get_by_role("status", name="State of the knowledge")
    expect(state).to_contain_text("faqs.yaml:3:5: yaml-syntax: a quote is not closed. Close it.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    serving.broken = None
    expect(state).to_have_count(0)


@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_shut_out_and_nothing_overflows(page: Page, path: str) -> None:
    page.goto(path)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_one_message_typed_is_answered_by_both_and_a_button_goes_on(page: Page) -> None:
    page.goto("/knowledge/chat")
    page.get_by_label("Message").fill("what tools does a line cook use")
    page.keyboard.press("Enter")
    expect(page.locator(".mine")).to_have_count(2)
    page.locator(".taps button").first.click()
    expect(page.locator(".mine")).to_have_count(4)
    assert Axe().run(page).response["violations"] == []
