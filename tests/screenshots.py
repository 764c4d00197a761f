"""Take the pictures of the documents anew: `python -m tests.screenshots docs/`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize, expect

from bot.core.staff import Role
from tests.browser import launched_chromium, running_server
from tests.web.office import Desk, Learner, Office, office_at

SMALL_PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
WAITING: Final = {
    "Rohan Mehta": ("which course for mlops", "person"),
    "Kabir Singh": ("tools for mlops", "when does the next batch start?"),
    "ज़ोया ख़ान": ("mlops aur ml mein kya fark hai", "admission ke liye kisi se baat karni hai"),
    "Meera Iyer": ("mlops vs ml, i like pipelines, which one", "fees? can i pay monthly"),
    "Arjun Nair": ("skills for an ml engineer", "talk to a person"),
}
EDITORS_PAGES: Final = {
    "knowledge": "/knowledge",
    "entry": "/knowledge/entries/mlops-engineer-vs-ml-engineer/tools/mlops",
}
TALK: Final = ("hi", "mlops vs ml?", "i like pipelines more than notebooks, which one", "tools?")


def main(folder: Path) -> None:
    """Write a picture of each page into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with launched_chromium() as browser:
        with TemporaryDirectory() as place, running_server(Path(place)) as server:
            take_chat(browser, server, folder / "chat.png")
        with TemporaryDirectory() as place, office_at(Path(place), browser) as office:
            take_inbox(office, folder)
            take_other_pages(office, folder)


def take_chat(browser: Browser, server: str, picture: Path) -> None:
    """Write a picture of the end of the chat, 720 by 1480 pixels."""
    context = browser.new_context(viewport=SMALL_PHONE, device_scale_factor=2, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{server}/simulator")
    for number, text in enumerate(TALK, start=1):
        _ask(page, text, number)
    page.evaluate("() => document.activeElement.blur()")
    page.screenshot(path=picture)
    context.close()


def take_inbox(office: Office, folder: Path) -> None:
    """Write pictures of the inbox: on a laptop in its light colours, on a phone in its dark ones."""
    for name, texts in WAITING.items():
        learner = Learner(office, name)
        for text in texts:
            learner.writes(text)
    with office.desk("Ravi Menon") as ravi:
        ravi.claim("Kabir Singh")
        ravi.say("Hi Kabir, Ravi here from admissions. Let me look that up for you.")
    with office.desk("Asha Rao", scale=1.5) as asha:
        _answer(asha)
        asha.page.screenshot(path=folder / "inbox.png")
    with office.desk("Asha Rao", SMALL_PHONE, scheme="dark", scale=2, on_phone=True) as asha:
        asha.look("/inbox?view=mine")
        asha.open("Meera Iyer")
        asha.page.evaluate("() => document.activeElement.blur()")
        asha.page.screenshot(path=folder / "inbox-phone.png")


def take_other_pages(office: Office, folder: Path) -> None:
    """Write pictures of the pages beside the inbox: figures whole, those of editors as far as a laptop shows them."""
    office.hire("Alma Das", Role.ADMIN)
    with office.desk("Alma Das") as alma:
        for name in ("insights", "ledger"):
            alma.look(f"/{name}")
            alma.page.screenshot(path=folder / f"{name}.png", full_page=True)
        for name, address in EDITORS_PAGES.items():
            alma.look(address)
            alma.page.screenshot(path=folder / f"{name}.png")
        alma.button("Sign out").click()
        expect(alma.page.get_by_role("button", name="Sign in")).to_be_visible()
        alma.page.screenshot(path=folder / "sign-in.png")


def _answer(asha: Desk) -> None:
    asha.claim("Meera Iyer")
    asha.say("Hi Meera, this is Asha from admissions. Happy to help you with that.")
    expect(asha.page.locator(".bubble.staff")).to_be_visible()
    asha.page.keyboard.press("Alt+p")
    asha.note.fill("Works in Pune, prefers *evenings*. Call on Monday.")
    asha.note.press("Enter")
    expect(asha.page.locator(".bubble.note")).to_be_visible()
    asha.page.get_by_label("Add a label", exact=True).fill("working")
    asha.button("Add").click()
    expect(asha.page.locator(".labels")).to_contain_text("working")
    asha.page.get_by_role("link", name="All open").click()
    expect(asha.cards).to_have_count(len(WAITING))
    asha.page.keyboard.press("Alt+l")
    asha.reply.fill("Shall we talk on Monday evening?")


def _ask(page: Page, text: str, number: int) -> None:
    box = page.get_by_label("Message", exact=True)
    box.fill(text)
    box.press("Enter")
    expect(page.get_by_role("log").get_by_role("img", name="read", exact=True)).to_have_count(number)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
