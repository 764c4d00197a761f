"""An office for tests: `bot serve`, learners who write to its webhook, and staff in front of real browsers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from bot.core.staff import Role, Staff
from bot.storage import Store
from tests.browser import DESKTOP, running_server
from tests.storage.world import execute

PASSWORD = "correct horse battery"

_NUMBERS = count(1)


class Desk:
    """The inbox on somebody's screen, and what went wrong in its console."""

    def __init__(self, context: BrowserContext, server: str, staff: Staff) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.server = server
        self.staff = staff
        self.troubles: list[str] = []
        self.addresses: list[str] = []
        self.page.on("console", lambda said: self.troubles.append(said.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", lambda asked: self.addresses.append(asked.url))

    @property
    def cards(self) -> Locator:
        return self.page.get_by_role("navigation", name="Conversations").locator(".card")

    @property
    def bubbles(self) -> Locator:
        return self.page.locator(".bubble")

    @property
    def reply(self) -> Locator:
        return self.page.locator("#reply textarea")

    @property
    def note(self) -> Locator:
        return self.page.get_by_label("Private note", exact=True).and_(self.page.locator("textarea"))

    @property
    def header(self) -> Locator:
        return self.page.locator(".thread-head")

    def card(self, name: str) -> Locator:
        return self.cards.filter(has_text=name)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def sign_in(self) -> None:
        self.look("/login")
        self.page.get_by_label("E-mail").fill(self.staff.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page).to_have_url(re.compile("/inbox"))

    def look(self, path: str = "/inbox") -> None:
        self.page.goto(f"{self.server}{path}")

    def open(self, name: str) -> None:
        self.card(name).click()
        expect(self.page.locator(".thread-head h2")).to_have_text(name)

    def claim(self, name: str) -> None:
        """Open a waiting conversation and take it."""
        self.look()
        self.open(name)
        self.header.get_by_role("button", name="Claim").click()
        expect(self.reply).to_be_focused()

    def say(self, text: str) -> None:
        self.reply.fill(text)
        self.reply.press("Enter")


class Learner:
    """Somebody on WhatsApp. Every one has an own name and number."""

    def __init__(self, office: "Office", name: str = "") -> None:
        self._office = office
        self._number = f"91987651{next(_NUMBERS):04}"  # nobody's last four digits stand anywhere in another number
        self.name = name or f"Learner {self._number[-4:]}"
        self._written = count()

    def writes(self, text: str, **fields: str) -> None:
        form = {
            "MessageSid": f"SM{self._number}{next(self._written):018}",
            "AccountSid": "AC" + "0" * 32,
            "From": f"whatsapp:+{self._number}",
            "To": "whatsapp:+14155238886",
            "WaId": self._number,
            "ProfileName": self.name,
            "Body": text,
            "NumMedia": "0",
        }
        answer = requests.post(f"{self._office.server}/webhooks/whatsapp", data=form | fields, timeout=30)
        assert answer.status_code == 204, answer.text

    @property
    def got(self) -> list[str]:
        """What the school has sent, in order."""
        return [message.text for message in self._office.store.thread(self.conversation) if message.direction == "out"]

    @property
    def conversation(self) -> int:
        found = self._office.store.conversation_of(f"whatsapp:+{self._number}")
        assert found is not None
        return found.id

    def wrote_last(self, ago: timedelta) -> None:
        """Put the last message into the past."""
        at = (datetime.now(UTC) - ago).strftime("%Y-%m-%d %H:%M:%S.%f")
        statement = f"UPDATE conversations SET last_inbound_at = '{at}' WHERE id = {self.conversation}"
        execute(self._office.database_url, statement)


class Office:
    """A server with its database, staff and learners."""

    def __init__(self, server: str, database_url: str, browser: Browser) -> None:
        self.server = server
        self.database_url = database_url
        self.store = Store(database_url)
        self._browser = browser
        self._staff: dict[str, Staff] = {}

    def waiting(self, name: str = "", question: str = "person") -> Learner:
        """A learner who waits for a person."""
        learner = Learner(self, name)
        learner.writes(question)
        return learner

    def hire(self, name: str, role: Role = Role.AGENT) -> Staff:
        if name not in self._staff:
            email = name.partition(" ")[0].lower() + "@example.org"
            added = self.store.accounts.add(email, name, role, password=PASSWORD, now=datetime.now(UTC))
            self._staff[name] = added
        return self._staff[name]

    @contextmanager
    def desk(
        self,
        name: str = "Asha Rao",
        size: ViewportSize = DESKTOP,
        *,
        scheme: str = "light",
        script: bool = True,
        zone: str = "Asia/Kolkata",
        scale: float = 1,
        on_phone: bool = False,
    ) -> Iterator[Desk]:
        """Sign somebody in. Nothing may stand in the console at the end, nor be asked elsewhere."""
        context = self._browser.new_context(
            viewport=size,
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
            locale="en-GB",
            timezone_id=zone,
            device_scale_factor=scale,
            is_mobile=on_phone,
            has_touch=on_phone,
        )
        context.set_default_timeout(10_000)
        staff = self.hire(name)
        desk = Desk(context, self.server, staff)
        desk.sign_in()
        desk.troubles.clear()
        yield desk
        context.close()
        assert desk.troubles == []
        assert [address for address in desk.addresses if not address.startswith((self.server, "blob:"))] == []


@contextmanager
def office_at(folder: Path, browser: Browser, database_url: str = "") -> Iterator[Office]:
    """Open an office in a folder, with a SQLite file there if no other database is named."""
    url = database_url or f"sqlite:///{folder / 'bot.db'}"
    with running_server(folder, DATABASE_URL=url) as server:
        office = Office(server, url, browser)
        yield office
        office.store.close()
