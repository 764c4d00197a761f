import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Route, ViewportSize, expect

from tests.browser import DESKTOP, PHONE, running_server
from tests.knowledge.editing import EditedFolder

WEBHOOK = "**/webhooks/whatsapp"


class Watched:
    """A page that is used as a person would, and what went wrong in its console."""

    def __init__(self, context: BrowserContext, server: str) -> None:
        self.page = context.new_page()
        self.troubles: list[str] = []
        self.addresses: list[str] = []
        self.page.on("console", lambda said: self.troubles.append(said.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", lambda asked: self.addresses.append(asked.url))
        self.page.goto(f"{server}/simulator")

    @property
    def people(self) -> Locator:
        return self.page.get_by_role("navigation").get_by_role("listitem")

    @property
    def panes(self) -> Locator:
        return self.page.get_by_role("main").locator("section")

    def pane(self, number: int = 0) -> Locator:
        return self.panes.nth(number)

    def mine(self, number: int = 0) -> Locator:
        return self.pane(number).locator(".bubble.mine")

    def theirs(self, number: int = 0) -> Locator:
        return self.pane(number).locator(".bubble.theirs:not(.typing)")

    def write(self, text: str, number: int = 0) -> None:
        box = self.pane(number).get_by_label("Message", exact=True)
        box.fill(text)
        box.press("Enter")

    def ask(self, text: str, number: int = 0) -> None:
        """Write and wait for the answer."""
        before = self.theirs(number).count()
        self.write(text, number)
        expect(self.theirs(number)).to_have_count(before + 1)

    @contextmanager
    def held(self, addresses: str) -> Iterator[None]:
        """Keep requests on their way until the end of the block."""
        routes: list[Route] = []

        def keep(route: Route) -> None:
            routes.append(route)

        self.page.route(addresses, keep)
        yield
        for route in routes:
            route.continue_()
        self.page.unroute(addresses)

    def posted(self, action: Locator) -> dict[str, str]:
        """Click and return the form that was posted to the webhook."""
        with self.page.expect_request(WEBHOOK) as request:
            action.click()
        return form_of(request.value)


def form_of(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.post_data or "").items()}


@pytest.fixture
def context(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    size: ViewportSize = getattr(request, "param", DESKTOP)
    context = chromium.new_context(viewport=size, locale="en-GB", timezone_id="Asia/Kolkata")
    yield context
    context.close()


@contextmanager
def watched(context: BrowserContext, server: str) -> Iterator[Watched]:
    """Open the simulator; at the end nothing may stand in the console, and no other host may have been asked."""
    chat = Watched(context, server)
    yield chat
    assert chat.troubles == []
    assert [address for address in chat.addresses if not address.startswith(server)] == []


@pytest.fixture
def chat(context: BrowserContext, server: str) -> Iterator[Watched]:
    with watched(context, server) as chat:
        yield chat


on_a_phone = pytest.mark.parametrize("context", [PHONE], indirect=True, ids=["phone"])
on_phone_and_desktop = pytest.mark.parametrize("context", [PHONE, DESKTOP], indirect=True, ids=["phone", "desktop"])


@on_phone_and_desktop
def test_a_message_is_answered_and_its_ticks_turn_blue(chat: Watched) -> None:
    chat.write("hi")
    expect(chat.mine()).to_contain_text("hi")
    expect(chat.theirs()).to_have_count(1)
    expect(chat.mine().get_by_role("img", name="read")).to_be_visible()
    expect(chat.theirs().locator(".foot")).to_have_attribute("title", "Delivery: read")


def test_until_the_answer_comes_there_are_one_grey_tick_and_typing_dots(chat: Watched) -> None:
    with chat.held("**/messages?*"):
        chat.write("hi")
        expect(chat.mine().get_by_role("img", name="sent", exact=True)).to_be_visible()
        expect(chat.pane().locator(".typing")).to_be_visible()
        expect(chat.pane()).to_contain_text("typing…")
    expect(chat.theirs()).to_have_count(1)
    expect(chat.pane().locator(".typing")).to_have_count(0)


def test_a_message_that_did_not_go_out_goes_out_again_under_its_own_id(chat: Watched, context: BrowserContext) -> None:
    context.set_offline(True)
    with chat.page.expect_request(WEBHOOK) as first:
        chat.write("hi")
    again = chat.mine().get_by_role("button", name="Not sent. Tap to try again")
    expect(again).to_be_visible()
    expect(chat.pane().get_by_text("The server does not answer")).to_be_visible()
    context.set_offline(False)
    assert chat.posted(again)["MessageSid"] == form_of(first.value)["MessageSid"]
    expect(chat.theirs()).to_have_count(1)
    expect(chat.mine()).to_have_count(1)
    assert all("ERR_INTERNET_DISCONNECTED" in trouble for trouble in chat.troubles)
    chat.troubles.clear()


def test_a_message_that_did_not_go_out_is_still_there_after_a_reload(chat: Watched) -> None:
    chat.page.route(WEBHOOK, lambda route: route.abort())
    chat.write("hi")
    expect(chat.mine()).to_contain_text("Not sent")
    chat.page.unroute(WEBHOOK)
    chat.page.reload()
    chat.mine().get_by_role("button", name="Not sent. Tap to try again").click()
    expect(chat.theirs()).to_have_count(1)
    assert all("ERR_FAILED" in trouble for trouble in chat.troubles)
    chat.troubles.clear()


def test_shift_and_enter_break_the_line_and_enter_sends(chat: Watched) -> None:
    box = chat.pane().get_by_label("Message", exact=True)
    box.press_sequentially("hi")
    box.press("Shift+Enter")
    box.press_sequentially("tools?")
    with chat.page.expect_request(WEBHOOK) as request:
        box.press("Enter")
    assert form_of(request.value)["Body"] == "hi\ntools?"
    expect(box).to_have_value("")


def test_a_blank_message_is_not_sent(chat: Watched) -> None:
    chat.write("  \n ")
    expect(chat.mine()).to_have_count(0)


def test_marks_are_shown_as_on_whatsapp(chat: Watched) -> None:
    chat.ask("*bold* _slanted_\n- one\n- two\nhttps://example.org/a_b_c")
    expect(chat.mine().locator("strong")).to_have_text("bold")
    expect(chat.mine().locator("em")).to_have_text("slanted")
    expect(chat.mine().locator("ul li")).to_have_count(2)
    expect(chat.mine().get_by_role("link")).to_have_attribute("rel", "noopener noreferrer")


def test_times_and_days_are_those_of_the_reader(chat: Watched) -> None:
    chat.ask("hi")
    shown = chat.mine().locator("time")
    at = datetime.fromisoformat(shown.get_attribute("datetime") or "")
    expect(shown).to_have_text(at.astimezone(ZoneInfo("Asia/Kolkata")).strftime("%H:%M"))
    expect(chat.pane().locator(".day")).to_have_text("today")
    chat.page.clock.set_fixed_time(at + timedelta(days=1))
    chat.page.reload()
    expect(chat.pane().locator(".day")).to_have_text("yesterday")


@on_phone_and_desktop
@pytest.mark.parametrize(
    "text",
    [
        "<script>document.title='taken'</script><img src=x onerror=document.title='taken'>",
        "\"onmouseover=document.title='taken' x=\"",
        "\u202eright to left\u2066 and \u200fmarks שלום",
        "w" * 1600,
        "https://example.org/" + "a" * 1500,
    ],
    ids=["script", "attribute", "direction", "no spaces", "long link"],
)
def test_hostile_text_changes_neither_page_nor_layout(chat: Watched, text: str) -> None:
    title = chat.page.title()
    chat.ask(text)
    chat.mine().hover()
    expect(chat.page).to_have_title(title)
    assert chat.mine().locator("script, img").count() == 0
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert chat.pane().locator(".log").evaluate("log => log.scrollWidth <= log.clientWidth")


def test_a_tapped_button_posts_its_id_and_stays_tappable(chat: Watched) -> None:
    chat.ask("menu")
    button = chat.theirs().first.locator(".choices button").first
    title = button.inner_text()
    form = chat.posted(button)
    assert (form["Body"], form["ButtonText"]) == (title, title)
    assert form["ButtonPayload"]
    assert form["OriginalRepliedMessageSid"].startswith("SM")
    expect(chat.theirs()).to_have_count(2)
    expect(chat.mine().last).to_contain_text(title)
    expect(button).to_be_enabled()


@pytest.fixture(scope="module")
def crossroads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with four comparisons, more than fit on buttons: asked for the difference it offers a list."""
    folder = tmp_path_factory.mktemp("crossroads")
    knowledge = EditedFolder(folder / "knowledge")
    phrase = "    - difference between {side} and {other}"
    knowledge.edit("topics/difference.yaml", phrase, f"{phrase}\n    - what is the difference")
    for first, second in (("Welder", "Plumber"), ("Painter", "Sculptor"), ("Driver", "Pilot")):
        file = f"comparisons/{first}-vs-{second}.yaml".lower()
        knowledge.write(file, COMPARISON.format(first, second, first.lower(), second.lower()))
    with running_server(folder, knowledge.path) as url:
        yield url


COMPARISON = """
title: {0} vs {1}
short: {0} or {1}
url: https://work.example/{2}-vs-{3}
updated: 2026-05-12
sides:
  {2}: {{name: {0}, short: {0}, answers: {{tools: [Hands]}}}}
  {3}: {{name: {1}, short: {1}, answers: {{tools: [Eyes]}}}}
answers:
  difference: These are not the same.
"""


@pytest.fixture
def list_chat(context: BrowserContext, crossroads: str) -> Iterator[Watched]:
    with watched(context, crossroads) as chat:
        chat.ask("what is the difference")
        yield chat


@on_phone_and_desktop
def test_a_row_of_a_list_posts_its_id_and_the_list_stays(list_chat: Watched) -> None:
    list_chat.theirs().get_by_role("button", name="Choose").click()
    row = list_chat.page.get_by_role("dialog", name="Choose").get_by_role("button", name="Driver or Pilot")
    form = list_chat.posted(row)
    assert (form["Body"], form["ListTitle"]) == ("Driver or Pilot", "Driver or Pilot")
    assert form["ListId"]
    expect(list_chat.mine().last).to_contain_text("Driver or Pilot")
    expect(list_chat.theirs().last).to_contain_text("These are not the same.")
    expect(list_chat.theirs().first.get_by_role("button", name="Choose")).to_be_enabled()


def test_a_list_is_chosen_from_and_closed_with_the_keyboard(list_chat: Watched) -> None:
    opener = list_chat.theirs().get_by_role("button", name="Choose")
    sheet = list_chat.page.get_by_role("dialog", name="Choose")
    opener.press("Enter")
    expect(sheet).to_be_visible()
    assert barriers(list_chat.page) == []
    list_chat.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()
    opener.press("Enter")
    sheet.get_by_role("button", name="Cook or Baker").press("Enter")
    expect(sheet).to_be_hidden()
    expect(list_chat.mine().last).to_contain_text("Cook or Baker")


@pytest.mark.parametrize(
    ("sample", "fields"),
    [
        ("Picture", {"NumMedia": "1", "MediaContentType0": "image/jpeg"}),
        ("Voice note", {"NumMedia": "1", "MediaContentType0": "audio/ogg"}),
        ("Location", {"Latitude": "28.6129", "Label": "India Gate"}),
    ],
)
def test_samples_are_sent_as_twilio_would(chat: Watched, sample: str, fields: dict[str, str]) -> None:
    chat.pane().get_by_label("Send a sample").click()
    form = chat.posted(chat.pane().get_by_role("button", name=sample))
    assert fields.items() <= form.items()
    expect(chat.theirs()).to_have_count(1)


def test_picture_and_voice_note_can_be_seen_and_heard_after_a_reload(chat: Watched) -> None:
    for number, sample in enumerate(("Picture", "Voice note"), start=1):
        chat.pane().get_by_label("Send a sample").click()
        chat.pane().get_by_role("button", name=sample).click()
        expect(chat.theirs()).to_have_count(number)
    chat.page.reload()
    picture = chat.mine().get_by_role("img", name="The picture that was sent")
    expect(picture).to_have_js_property("naturalWidth", 640)
    chat.page.wait_for_function("() => document.querySelector('audio').duration > 2")


def test_the_panel_tells_why(chat: Watched) -> None:
    chat.ask("hi")
    chat.ask("mlops vs ml?")
    panel = chat.page.get_by_role("complementary", name="Why this answer")
    expect(panel.locator(".asked")).to_have_text("mlops vs ml?")
    expect(panel.get_by_role("heading", name="Recognised")).to_be_visible()
    expect(panel.get_by_role("meter").first).to_be_visible()
    expect(panel.locator("code").first).to_have_text(re.compile(r"\.yaml:\d+$"))
    expect(panel).to_contain_text("Received as SM")
    chat.theirs().first.get_by_role("button", name="Why this answer").click()
    expect(panel.locator(".asked")).to_have_text("hi")


def test_a_bubble_that_was_not_delivered_says_so(chat: Watched, server: str) -> None:
    reports = f"{server}/webhooks/whatsapp/status"
    with chat.held(reports):
        chat.ask("hi")
        sid = chat.page.locator(".delivery code").inner_text()
        chat.page.request.post(reports, form={"MessageSid": sid, "MessageStatus": "failed", "ErrorCode": "63016"})
        expect(chat.theirs()).to_contain_text("Not delivered:")
    expect(chat.page.locator(".delivery b")).to_contain_text("failed:")


@on_a_phone
def test_on_a_phone_the_panel_covers_the_chat_and_escape_closes_it(chat: Watched) -> None:
    chat.ask("hi")
    panel = chat.page.get_by_role("complementary", name="Why this answer")
    expect(panel).to_be_hidden()
    chat.theirs().get_by_role("button", name="Why this answer").click()
    expect(panel).to_be_visible()
    expect(chat.pane()).to_be_hidden()
    chat.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(chat.pane()).to_be_visible()


@on_a_phone
def test_on_a_phone_learners_are_a_screen_of_their_own(chat: Watched) -> None:
    chat.ask("hi")
    chat.page.get_by_role("button", name="All learners").click()
    expect(chat.pane()).to_be_hidden()
    assert barriers(chat.page) == []
    chat.page.get_by_role("button", name="Add a learner").click()
    expect(chat.pane()).to_be_visible()
    expect(chat.mine()).to_have_count(0)
    chat.page.get_by_role("button", name="All learners").click()
    chat.page.get_by_role("button", name="Asha").click()
    expect(chat.mine()).to_have_count(1)


def test_a_reload_keeps_the_chats(chat: Watched) -> None:
    chat.ask("hi")
    chat.page.get_by_role("button", name="Add a learner").click()
    chat.ask("hello")
    chat.page.reload()
    expect(chat.people).to_have_count(2)
    expect(chat.mine()).to_have_text(re.compile("hi"))
    expect(chat.theirs()).to_have_count(1)


def test_two_learners_write_side_by_side(chat: Watched) -> None:
    chat.ask("hi")
    chat.page.get_by_role("button", name="Two chats side by side").click()
    expect(chat.panes).to_have_count(2)
    chat.ask("hello", number=1)
    expect(chat.mine(1)).to_contain_text("hello")
    expect(chat.mine(0)).to_have_count(1)
    chat.page.get_by_role("button", name="Two chats side by side").click()
    expect(chat.panes).to_have_count(1)
    expect(chat.mine()).to_contain_text("hi")


def test_restart_makes_a_new_learner(chat: Watched) -> None:
    with chat.page.expect_request(WEBHOOK) as before:
        chat.ask("hi")
    chat.pane().get_by_role("button", name="Restart as a new learner").click()
    expect(chat.mine()).to_have_count(0)
    with chat.page.expect_request(WEBHOOK) as after:
        chat.ask("hi")
    assert form_of(before.value)["From"] != form_of(after.value)["From"]
    expect(chat.people).to_have_count(1)


def test_a_learner_is_renamed_and_writes_under_the_new_name(chat: Watched) -> None:
    chat.pane().get_by_role("button", name="Edit the learner").click()
    chat.page.get_by_label("Name on WhatsApp").fill("Zoë <b>")
    chat.page.get_by_role("button", name="Save").click()
    expect(chat.pane()).to_contain_text("You are Zoë <b>")
    with chat.page.expect_request(WEBHOOK) as request:
        chat.write("hi")
    assert form_of(request.value)["ProfileName"] == "Zoë <b>"


def test_a_removed_learner_is_gone(chat: Watched) -> None:
    chat.page.get_by_role("button", name="Add a learner").click()
    expect(chat.people).to_have_count(2)
    chat.pane().get_by_role("button", name="Edit the learner").click()
    chat.page.get_by_role("button", name="Remove chat").click()
    expect(chat.people).to_have_count(1)
    expect(chat.pane()).to_contain_text("You are Asha")


def test_a_chat_that_is_not_open_counts_what_is_unread(chat: Watched) -> None:
    with chat.held(WEBHOOK):
        chat.write("hi")
        expect(chat.mine()).to_have_count(1)
        chat.page.get_by_role("button", name="Add a learner").click()
    first = chat.people.first
    expect(first.get_by_text("1 unread")).to_be_visible()
    first.get_by_role("button").click()
    expect(first.get_by_text("unread")).to_have_count(0)
    expect(chat.theirs().locator(".foot")).to_have_attribute("title", "Delivery: read")


def test_a_hidden_page_asks_nothing(chat: Watched) -> None:
    chat.page.clock.install()
    chat.ask("hi")
    chat.page.evaluate("() => Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    chat.page.clock.run_for(10_000)
    asked = len(chat.addresses)
    chat.page.clock.run_for(60_000)
    assert len(chat.addresses) == asked
    chat.page.evaluate("() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')) }")
    chat.ask("hello")


@on_a_phone
def test_dots_stand_still_for_people_who_want_less_motion(chat: Watched) -> None:
    chat.page.emulate_media(reduced_motion="reduce")
    with chat.held("**/messages?*"):
        chat.write("hi")
        expect(chat.pane().locator(".typing i").first).to_have_css("animation-name", "none")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@on_phone_and_desktop
def test_nothing_serious_stands_in_the_way_of_any_reader(chat: Watched, scheme: str) -> None:
    chat.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    chat.ask("menu")
    chat.ask("*bold* https://example.org\n> quoted\n- `code`")
    assert barriers(chat.page) == []
    chat.theirs().first.get_by_role("button", name="Why this answer").click()
    assert barriers(chat.page) == []
    chat.page.keyboard.press("Escape")
    chat.pane().get_by_role("button", name="Edit the learner").click()
    assert barriers(chat.page) == []


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{problem['id']}: {node['html']}: {node['failureSummary']}"
        for problem in found
        if problem["impact"] in ("serious", "critical")
        for node in problem["nodes"]
    ]
