"""Signing in with a real browser, with and without scripts, on a phone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import PHONE
from tests.web.running import served
from tests.web.staff_clients import PASSWORD, People, people_at


@pytest.fixture
def people(sqlite_url: str) -> Iterator[People]:
    with people_at(sqlite_url) as people:
        yield people


@pytest.fixture
def site(people: People) -> Iterator[str]:
    with served(people.app) as url:
        yield url


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def choose_password(page: Page, password: str) -> None:
    page.get_by_label("New password").fill(password)
    page.get_by_label("The same again").fill(password)


def test_from_a_link_to_a_password_and_in_with_it_on_another_day(people: People, site: str, page: Page) -> None:
    token = people.services.store.accounts.new_link(people.agent.id, now=datetime.now(UTC))
    page.goto(f"{site}/login/{token}")
    choose_password(page, PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()
    page.get_by_role("link", name="Asha Rao").click()
    page.get_by_role("button", name="Sign out everywhere", exact=True).click()
    page.get_by_label("E-mail").fill("asha@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name="Asha Rao")).to_be_visible()


def test_a_new_password_is_chosen_on_the_page_of_the_account(people: People, site: str, page: Page) -> None:
    sign_in(page, people, site)
    page.goto(f"{site}/account")
    page.get_by_label("Current password").fill(PASSWORD)
    choose_password(page, "another long password")
    page.get_by_role("button", name="Save, and sign out everywhere else").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed")


def sign_in(page: Page, people: People, site: str) -> None:
    people.services.store.accounts.set_password(people.agent.id, PASSWORD)
    page.goto(f"{site}/login")
    page.get_by_label("E-mail").fill("asha@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_checker_finds_nothing_serious(
    people: People, site: str, chromium: Browser, scheme: str, tmp_path: Path
) -> None:
    token = people.services.store.accounts.new_link(people.editor.id, now=datetime.now(UTC))
    context = chromium.new_context(viewport=PHONE, color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    pages = ["/login", f"/login/{token}", "/login/gone"]
    found = {path: serious(page, f"{site}{path}") for path in pages}
    sign_in(page, people, site)
    found |= {path: serious(page, f"{site}{path}") for path in ("/account", "/nowhere")}
    context.close()
    assert not any(found.values()), found


def serious(page: Page, url: str) -> list[str]:
    page.goto(url)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{url} is wider than the phone"
    violations = Axe().run(page).response["violations"]
    return [finding["id"] for finding in violations if finding["impact"] in ("serious", "critical")]
