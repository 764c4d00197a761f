"""Take the pictures of the documents anew: `python -m tests.screenshots docs/`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser import launched_chromium, running_server

SMALL_PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
TALK: Final = ("hi", "mlops vs ml?", "i like pipelines more than notebooks, which one", "tools?")


def main(folder: Path) -> None:
    """Play a short chat with the real bot on a phone and write `chat.png` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place, running_server(Path(place)) as server, launched_chromium() as browser:
        take_chat(browser, server, folder / "chat.png")


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


def _ask(page: Page, text: str, number: int) -> None:
    box = page.get_by_label("Message", exact=True)
    box.fill(text)
    box.press("Enter")
    expect(page.get_by_role("log").get_by_role("img", name="read", exact=True)).to_have_count(number)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
