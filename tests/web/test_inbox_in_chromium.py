"""The inbox as staff use it: `bot serve`, real browsers, learners who write to the webhook."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from tests.browser import DESKTOP, PHONE
from tests.conftest import TEMPLATE, made_database
from tests.web.office import Desk, Office, office_at

on_phone_and_desktop = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])


@pytest.fixture(scope="module")
def office(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office_at(tmp_path_factory.mktemp("office"), chromium) as office:
        yield office


@pytest.fixture
def asha(office: Office) -> Iterator[Desk]:
    with office.desk("Asha Rao") as desk:
        yield desk


@pytest.fixture
def ravi(office: Office) -> Iterator[Desk]:
    with office.desk("Ravi Menon") as desk:
        yield desk


# Two of the staff and five learners


@pytest.fixture(params=["sqlite", "postgresql"])
def busy_office(request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path) -> Iterator[Office]:
    if request.param == "sqlite":
        with office_at(tmp_path, chromium) as office:
            yield office
        return
    server: Path = request.getfixturevalue("_postgresql_template")
    with made_database(server, TEMPLATE) as url, office_at(tmp_path, chromium, url) as office:
        yield office


def test_two_of_the_staff_and_five_learners_at_once(busy_office: Office) -> None:
    with busy_office.desk("Asha Rao") as asha, busy_office.desk("Ravi Menon") as ravi:
        asha.look()
        ravi.look()
        with ThreadPoolExecutor(5) as pool:
            learners = list(pool.map(busy_office.waiting, [f"Learner {number}" for number in range(5)]))
        for desk in (asha, ravi):
            expect(desk.cards).to_have_count(5)
            expect(desk.page).to_have_title("(5) Inbox · School of Core AI")
        asha.open("Learner 1")
        asha.header.get_by_role("button", name="Claim").click()
        ravi.open("Learner 2")
        ravi.header.get_by_role("button", name="Claim").click()
        asha.say("I help you, 1")
        ravi.say("I help you, 2")
        expect(asha.bubbles.last).to_contain_text("I help you, 1")
        learners[1].writes("thank you, Asha")
        learners[2].writes("thank you, Ravi")
        expect(asha.bubbles.last).to_contain_text("thank you, Asha")
        expect(ravi.bubbles.last).to_contain_text("thank you, Ravi")
        expect(asha.page).to_have_title("(3) Inbox · School of Core AI")
        assert learners[1].got[-1] == "I help you, 1"
        assert learners[2].got[-1] == "I help you, 2"


def test_a_claim_is_seen_by_colleagues_at_once_and_only_one_gets_it(office: Office, asha: Desk, ravi: Desk) -> None:
    learner = office.waiting()
    for desk in (asha, ravi):
        desk.look()
        desk.open(learner.name)
    asha.header.get_by_role("button", name="Claim").click()
    expect(ravi.header).to_contain_text("With Asha Rao")
    expect(ravi.page.locator("#reply")).to_contain_text("Asha Rao has this conversation")
    expect(ravi.card(learner.name)).to_have_count(0)


def test_who_is_too_late_reads_who_was_quicker(office: Office, asha: Desk, ravi: Desk) -> None:
    learner = office.waiting()
    ravi.look()
    ravi.open(learner.name)
    ravi.page.route("**/inbox/live", lambda route: route.fulfill(status=204, headers={"X-Cursor": "0"}))
    asha.claim(learner.name)
    ravi.header.get_by_role("button", name="Claim").click()
    expect(ravi.page.get_by_role("alert")).to_contain_text("Asha Rao has this conversation.")
    expect(ravi.header).to_contain_text("With Asha Rao")
    assert all("409" in trouble for trouble in ravi.troubles)
    ravi.troubles.clear()


def test_a_refresh_that_another_one_cuts_short_is_made_up_for(office: Office, asha: Desk, ravi: Desk) -> None:
    """Somebody who is too late is shown how things stand, also if the line asks for the list at that moment."""
    learner = office.waiting()
    ravi.look()
    ravi.open(learner.name)
    ravi.page.route("**/inbox/live", lambda route: route.fulfill(status=204, headers={"X-Cursor": "0"}))
    asha.claim(learner.name)
    cut_short: list[Route] = []
    ravi.page.route("**/inbox/panes*", lambda route: route.continue_() if cut_short else cut_short.append(route))
    ravi.header.get_by_role("button", name="Claim").click()
    expect(ravi.page.get_by_role("alert")).to_contain_text("Asha Rao has this conversation.")
    ravi.page.evaluate("import('/static/inbox/panes.js').then((panes) => panes.refresh(['list']))")
    expect(ravi.header).to_contain_text("With Asha Rao")
    assert len(cut_short) == 1
    ravi.troubles.clear()


def test_taking_over_asks_first_and_names_the_owner(office: Office, asha: Desk, ravi: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    ravi.look(f"/inbox/{learner.conversation}")
    ravi.header.get_by_text("Take over", exact=True).click()
    dialog = ravi.page.get_by_role("dialog", name="Take over?")
    expect(dialog).to_contain_text("Asha Rao has this conversation")
    dialog.get_by_role("button", name="Cancel").click()
    expect(ravi.header).to_contain_text("With Asha Rao")
    ravi.header.get_by_text("Take over", exact=True).click()
    dialog.get_by_role("button", name="Take over").click()
    expect(ravi.header).to_contain_text("Yours")
    expect(asha.header).to_contain_text("With Ravi Menon")
    expect(asha.page.locator(".activity").last).to_contain_text("Ravi Menon took over from you")


def test_colleagues_see_who_has_it_open_and_who_types(office: Office, asha: Desk, ravi: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    ravi.look(f"/inbox/{learner.conversation}")
    expect(ravi.page.locator("#presence")).to_have_text("Asha Rao has this open")
    asha.reply.press_sequentially("Let me see")
    expect(ravi.page.locator("#presence")).to_have_text("Asha Rao is typing")


# Nothing is lost, nothing is sent twice


def test_enter_sends_and_shift_and_enter_break_the_line(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    asha.reply.press_sequentially("Hello")
    asha.reply.press("Shift+Enter")
    asha.reply.press_sequentially("there")
    asha.reply.press("Enter")
    expect(asha.bubbles.last).to_contain_text("Hello\nthere", use_inner_text=True)
    expect(asha.reply).to_have_value("")
    assert learner.got[-1] == "Hello\nthere"


def test_enter_that_ends_a_composition_sends_nothing(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    asha.reply.fill("नम")
    asha.reply.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    asha.reply.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    asha.reply.press("Enter")
    expect(asha.reply).to_have_value("")
    assert learner.got.count("नम") == 1


def test_what_was_not_sent_stays_and_goes_out_once(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    asha.context.set_offline(True)
    asha.say("Are you there?")
    expect(asha.page.locator(".not-sent:visible")).to_contain_text("Not sent")
    expect(asha.reply).to_have_value("Are you there?")
    expect(asha.page.locator("#line-state")).to_contain_text("Reconnecting")
    asha.context.set_offline(False)
    expect(asha.page.locator("#line-state")).to_have_text("Live")
    asha.reply.press("Enter")
    expect(asha.reply).to_have_value("")
    assert learner.got.count("Are you there?") == 1
    assert all("ERR_INTERNET_DISCONNECTED" in trouble for trouble in asha.troubles)
    asha.troubles.clear()


def test_an_answer_that_got_lost_on_the_way_back_does_not_send_twice(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    asha.page.route("**/reply?*", lose)
    asha.say("Once only")
    expect(asha.page.locator(".not-sent:visible")).to_contain_text("Not sent")
    asha.page.unroute("**/reply?*")
    asha.reply.press("Enter")
    expect(asha.reply).to_have_value("")
    assert learner.got.count("Once only") == 1
    asha.troubles.clear()


def test_a_double_click_sends_once(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    asha.reply.fill("Only one")
    asha.button("Send").dblclick()
    expect(asha.bubbles.last).to_contain_text("Only one")
    asha.say("And another")
    expect(asha.bubbles.last).to_contain_text("And another")
    assert learner.got.count("Only one") == 1


def test_drafts_are_kept_for_each_conversation_and_gone_after_signing_out(office: Office, asha: Desk) -> None:
    first, second = office.waiting(), office.waiting()
    asha.claim(first.name)
    asha.reply.fill("half a sent")
    asha.claim(second.name)
    expect(asha.reply).to_have_value("")
    asha.look(f"/inbox/{first.conversation}")
    expect(asha.reply).to_have_value("half a sent")
    asha.button("Sign out").click()
    expect(asha.page).to_have_url(re.compile("/login"))
    assert asha.page.evaluate("Object.keys(localStorage).filter(key => key.includes('draft'))") == []


def test_what_is_typed_stays_in_sight_when_a_colleague_takes_over(office: Office, asha: Desk, ravi: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    asha.reply.fill("my words")
    ravi.look(f"/inbox/{learner.conversation}")
    ravi.header.get_by_text("Take over", exact=True).click()
    ravi.page.get_by_role("dialog").get_by_role("button", name="Take over").click()
    expect(asha.header).to_contain_text("With Ravi Menon")
    expect(asha.page.get_by_label("What you typed, not sent")).to_have_value("my words")


def test_after_a_lost_line_everything_equals_the_server(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    asha.context.set_offline(True)
    expect(asha.page.locator("#line-state")).to_contain_text("Reconnecting")
    for number in range(50):
        learner.writes(f"number {number}.")
    asha.context.set_offline(False)
    expect(asha.page.locator(".bubble.learner").last).to_contain_text("number 49.")
    shown = asha.page.locator(".bubble.learner .text").all_inner_texts()
    assert shown[-50:] == [f"number {number}." for number in range(50)]
    live = asha.page.locator(".messages").inner_text()
    asha.page.reload()
    assert asha.page.locator(".messages").inner_text().replace("New messages\n", "") == live.replace(
        "New messages\n", ""
    )
    asha.troubles.clear()


def test_an_answer_that_comes_late_does_not_cover_what_is_newer(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)

    def slowly(route: Route) -> None:
        answer = route.fetch()
        learner.writes("written meanwhile")
        for _ in range(3):  # the page hears of it, and has dealt with it, before the older answer comes
            with asha.page.expect_response("**/inbox/live"):
                pass
        route.fulfill(response=answer)

    asha.page.route("**/note?*", slowly)
    asha.page.keyboard.press("Alt+p")
    asha.note.fill("our note")
    asha.note.press("Enter")
    expect(asha.note).to_have_value("")
    expect(asha.page.locator(".bubble.note")).to_contain_text("our note")
    expect(asha.page.locator(".bubble.learner").last).to_contain_text("written meanwhile")


def test_new_messages_leave_focus_selection_and_place_alone(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    for number in range(30):
        learner.writes(f"line {number}")
    asha.claim(learner.name)
    asha.reply.fill("one two three")
    asha.reply.evaluate("box => box.setSelectionRange(4, 7)")
    why = asha.page.locator("details.why").first
    why.evaluate("details => details.open = true")
    middle = asha.bubbles.filter(has_text="line 10").first
    middle.scroll_into_view_if_needed()
    before = middle.evaluate("node => node.getBoundingClientRect().top")
    learner.writes("something new")
    expect(asha.bubbles.last).to_contain_text("something new")
    assert middle.evaluate("node => node.getBoundingClientRect().top") == pytest.approx(before, abs=1)
    expect(asha.reply).to_be_focused()
    assert asha.reply.evaluate("box => [box.value, box.selectionStart, box.selectionEnd]") == ["one two three", 4, 7]
    assert why.evaluate("details => details.open")


def test_who_is_signed_out_meanwhile_is_told_and_keeps_the_words(office: Office) -> None:
    with office.desk("Leela Nair") as leela:
        learner = office.waiting()
        leela.claim(learner.name)
        leela.reply.fill("still here")
        office.store.accounts.close_sessions(leela.staff.id)
        expect(leela.page.get_by_role("alert").filter(has_text="You are signed out")).to_be_visible()
        leela.reply.press("Enter")
        expect(leela.page.locator(".not-sent:visible")).to_contain_text("signed out")
        expect(leela.reply).to_have_value("still here")
        leela.troubles.clear()


# Writing


def test_a_note_has_a_form_of_its_own_and_is_never_sent(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    before = learner.got
    asha.reply.fill("for the learner")
    asha.page.keyboard.press("Alt+p")
    expect(asha.note).to_be_focused()
    expect(asha.reply).to_be_hidden()
    asha.note.fill("for us")
    asha.note.press("Enter")
    expect(asha.page.locator(".bubble.note")).to_contain_text("for us")
    assert learner.got == before
    asha.page.keyboard.press("Alt+l")
    expect(asha.reply).to_have_value("for the learner")


def test_a_slash_picks_a_ready_made_reply_and_leaves_the_rest_of_the_draft(office: Office, asha: Desk) -> None:
    learner = office.waiting("Meera Iyer")
    asha.claim("Meera Iyer")
    asha.reply.press_sequentially("Good day! /hel")
    expect(asha.page.get_by_role("listbox")).to_be_visible()
    asha.reply.press("Enter")
    expect(asha.reply).to_have_value(re.compile("^Good day! Hi Meera, this is Asha Rao from School of Core AI"))
    asha.reply.press("Enter")
    expect(asha.reply).to_have_value("")
    assert learner.got[-1].startswith("Good day! Hi Meera")


def test_ready_made_replies_are_chosen_with_arrows_and_closed_with_escape(office: Office, asha: Desk) -> None:
    asha.claim(office.waiting().name)
    asha.reply.press_sequentially("/")
    options = asha.page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    asha.reply.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    asha.reply.press("Escape")
    expect(options).to_have_count(0)
    expect(asha.reply).to_have_value("/")


def test_a_long_reply_shows_how_it_will_be_split(office: Office, asha: Desk) -> None:
    asha.claim(office.waiting().name)
    asha.reply.fill("One sentence of it. " * 100)
    expect(asha.page.locator("#reply .length")).to_have_text("2,000 characters")
    asha.page.get_by_text("Will be sent as 2 messages").click()
    expect(asha.page.locator("#reply .split li")).to_have_count(2)


def test_when_the_window_is_closed_a_reply_waits_until_they_write(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    learner.wrote_last(timedelta(hours=25))
    asha.page.reload()
    expect(asha.header).to_contain_text("window closed")
    asha.say("Are you still interested?")
    expect(asha.page.locator(".held")).to_contain_text("Are you still interested?")
    learner.writes("yes!")
    expect(asha.page.locator(".held")).to_have_count(0)
    expect(asha.page.locator(".bubble.staff")).to_contain_text("Are you still interested?")
    assert learner.got[-1] == "Are you still interested?"


# Finding one's way


def test_addresses_going_back_and_reloading_show_the_same(office: Office, asha: Desk) -> None:
    first, second = office.waiting(), office.waiting()
    asha.look("/inbox?view=open")
    asha.open(first.name)
    asha.open(second.name)
    expect(asha.page).to_have_url(re.compile(rf"/inbox/{second.conversation}\?view=open$"))
    asha.page.go_back()
    expect(asha.page.locator(".thread-head h2")).to_have_text(first.name)
    asha.page.reload()
    expect(asha.page.locator(".thread-head h2")).to_have_text(first.name)
    expect(asha.card(first.name)).to_have_attribute("aria-current", "true")


def test_a_search_finds_while_one_types_and_keeps_the_focus(office: Office, asha: Desk) -> None:
    learner = office.waiting("Zubeida Quraishi")
    asha.look()
    asha.page.keyboard.press("Alt+s")
    asha.page.keyboard.type("zubei")
    expect(asha.cards).to_have_count(1)
    expect(asha.card(learner.name)).to_be_visible()
    expect(asha.page.get_by_role("searchbox")).to_be_focused()
    expect(asha.page).to_have_url(re.compile("q=zubei"))


def test_everything_common_is_done_with_keys(office: Office) -> None:
    with office.desk("Kiran Joshi") as kiran:
        first, second = office.waiting(), office.waiting()
        kiran.look(f"/inbox?q={first.name.split()[1]}")
        kiran.page.keyboard.press("Alt+j")
        expect(kiran.page.locator(".thread-head h2")).to_have_text(first.name)
        kiran.page.keyboard.press("Alt+c")
        expect(kiran.reply).to_be_focused()
        kiran.page.keyboard.type("Hello")
        kiran.page.keyboard.press("Enter")
        expect(kiran.bubbles.last).to_contain_text("Hello")
        kiran.page.keyboard.press("Alt+e")
        expect(kiran.page.get_by_label("Answered", exact=True)).to_be_focused()
        kiran.page.keyboard.press("ArrowDown")
        kiran.page.keyboard.press("Enter")
        expect(kiran.page.locator(".activity").last).to_contain_text("resolved it: Enrolled")
        kiran.claim(second.name)
        kiran.page.keyboard.press("Alt+Shift+E")
        expect(kiran.page.get_by_text("Choose a conversation")).to_be_visible()
        kiran.page.keyboard.press("Alt+h")
        expect(kiran.page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_undo_opens_what_was_resolved_again(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    asha.page.keyboard.press("Alt+e")
    asha.page.locator("#resolve").get_by_role("button", name="Resolve", exact=True).click()
    expect(asha.header).to_contain_text("With the bot")
    asha.button("Undo").click()
    expect(asha.header).to_contain_text("Yours")


def test_snoozing_until_a_typed_time_reads_it_by_the_readers_clock(office: Office) -> None:
    with office.desk("Lena Busch", zone="Europe/Berlin") as lena:
        learner = office.waiting()
        lena.claim(learner.name)
        lena.page.get_by_label("Snooze", exact=True).click()
        until = (datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=3)).replace(hour=8, minute=15)
        lena.page.get_by_label("Day and time").fill(until.strftime("%Y-%m-%dT%H:%M"))
        lena.page.locator("#snooze").get_by_role("button", name="Snooze", exact=True).click()
        expect(lena.header).to_contain_text("Snoozed until")
        expect(lena.header).to_contain_text("08:15")
        case = office.store.inbox.case(learner.conversation, lena.staff.id)
        assert case is not None
        assert case.snoozed_until == until.replace(second=0, microsecond=0).astimezone(UTC)


def test_times_are_those_of_the_reader(office: Office) -> None:
    learner = office.waiting()
    with office.desk("Lena Busch", zone="America/New_York") as lena:
        lena.look(f"/inbox/{learner.conversation}")
        shown = lena.bubbles.last.locator("time").first
        at = datetime.fromisoformat(shown.get_attribute("datetime") or "")
        expect(shown).to_have_text(at.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M"))


def test_a_new_handoff_is_told_on_the_desktop_if_one_wants_it(office: Office, asha: Desk) -> None:
    asha.context.grant_permissions(["notifications"])
    asha.page.add_init_script(
        "window.told = []; const Real = Notification;"
        "window.Notification = class extends Real {"
        " constructor(title, more) { super(title, more); told.push(title); } };"
    )
    asha.look()
    expect(asha.page.locator("#line-state")).to_have_text("Live")
    asha.page.get_by_label("Notices and keys").click()
    asha.page.get_by_label("Notice on the desktop").check()
    asha.page.get_by_label("Sound").check()
    learner = office.waiting()
    expect(asha.card(learner.name)).to_be_visible()
    assert asha.page.evaluate("told") == [f"{learner.name} waits"]
    asha.page.reload()
    asha.page.get_by_label("Notices and keys").click()
    expect(asha.page.get_by_label("Notice on the desktop")).to_be_checked()


def test_on_a_phone_list_thread_and_brief_come_one_after_the_other(office: Office) -> None:
    learner = office.waiting()
    with office.desk("Asha Rao", PHONE) as asha:
        asha.look()
        asha.open(learner.name)
        expect(asha.card(learner.name)).to_be_hidden()
        asha.page.get_by_role("link", name="Brief", exact=True).click()
        expect(asha.page.get_by_role("complementary")).to_contain_text("Asked for a person")
        asha.page.get_by_role("link", name="Close the brief").click()
        expect(asha.page.get_by_role("complementary")).to_have_count(0)
        asha.page.get_by_role("link", name="All conversations").click()
        expect(asha.card(learner.name)).to_be_visible()


def test_everything_works_without_script(office: Office) -> None:
    learner = office.waiting()
    with office.desk("Asha Rao", script=False) as asha:
        asha.look()
        asha.open(learner.name)
        asha.header.get_by_role("button", name="Claim").click()
        asha.reply.fill("Hello from a plain page")
        asha.button("Send").click()
        expect(asha.bubbles.last).to_contain_text("Hello from a plain page")
        asha.page.locator("#resolve > summary").click()
        asha.page.locator("#resolve").get_by_role("button", name="Resolve", exact=True).click()
        expect(asha.page.locator(".toast")).to_contain_text("Resolved: answered.")
        asha.button("Undo").click()
        expect(asha.header).to_contain_text("Yours")
    assert learner.got[-1] == "Hello from a plain page"


def test_a_picture_is_seen_in_the_thread(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    picture = f"{office.server}/static/simulator/picture.jpg"
    learner.writes("look", NumMedia="1", MediaUrl0=picture, MediaContentType0="image/jpeg", MessageType="image")
    asha.look(f"/inbox/{learner.conversation}")
    shown = asha.page.get_by_role("img", name=f"Picture from {learner.name}")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("complete", value=True)
    assert shown.evaluate("picture => picture.naturalWidth") > 0


def test_whose_learner_has_everything_erased_is_back_at_the_list(office: Office, asha: Desk) -> None:
    learner = office.waiting()
    asha.claim(learner.name)
    asha.page.locator("#reply textarea").fill("Dear learner")
    learner.writes("erase my data")
    learner.writes("yes")
    expect(asha.page.locator(".toast")).to_contain_text("does not exist any more")
    expect(asha.page.get_by_text("Choose a conversation")).to_be_visible()
    expect(asha.card(learner.name)).to_have_count(0)
    assert "Dear learner" not in asha.page.evaluate("JSON.stringify(localStorage)")
    assert all("404" in trouble for trouble in asha.troubles)
    asha.troubles.clear()


# Any text, any reader

HOSTILE = {
    "script": "<script>document.title='taken'</script><img src=x onerror=document.title='taken'>",
    "attribute": "\"onmouseover=document.title='taken' x=\"",
    "direction": "\u202eright to left\u2066 and \u200fmarks שלום",
    "no spaces": "w" * 1600,
    "long link": "https://example.org/" + "a" * 1500,
}


@on_phone_and_desktop
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_changes_neither_page_nor_layout(office: Office, size: ViewportSize, text: str) -> None:
    learner = office.waiting(text[:60])
    learner.writes(text)
    with office.desk("Asha Rao", size) as asha:
        asha.look(f"/inbox/{learner.conversation}")
        expect(asha.page.locator(".bubble.learner").last).to_be_visible()
        expect(asha.page).to_have_title(re.compile("Inbox"))
        assert asha.bubbles.locator("script, img").count() == 0
        for box in (".messages", ".scroll", ".cards", ".brief-body", ".panes"):
            fits = asha.page.locator(box).evaluate("box => box.scrollWidth <= box.clientWidth")
            assert fits, f"{box} is wider than its place"
        assert asha.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@on_phone_and_desktop
def test_nothing_serious_stands_in_the_way_of_any_reader(office: Office, size: ViewportSize, scheme: str) -> None:
    learner, other = office.waiting(), office.waiting()
    with office.desk("Asha Rao", size, scheme=scheme) as asha:
        asha.look()
        assert barriers(asha.page) == []
        asha.claim(learner.name)
        asha.say("*bold* https://example.org\n> quoted\n- `code`")
        asha.page.keyboard.press("Alt+p")
        asha.note.fill("a note")
        asha.note.press("Enter")
        expect(asha.page.locator(".bubble.note")).to_be_visible()
        assert barriers(asha.page) == []
        asha.page.keyboard.press("Alt+l")
        asha.reply.press_sequentially("/")
        expect(asha.page.get_by_role("listbox")).to_be_visible()
        assert barriers(asha.page) == []
        asha.reply.press("Escape")
        for menu in ("snooze", "resolve", "more"):
            asha.page.locator(f"#{menu} > summary").click()
            assert barriers(asha.page) == []
        asha.page.keyboard.press("Escape")
        asha.page.keyboard.press("Alt+h")
        assert barriers(asha.page) == []
        learner.wrote_last(timedelta(hours=25))
        asha.look(f"/inbox/{learner.conversation}#brief")
        assert barriers(asha.page) == []
        asha.look(f"/inbox/{other.conversation}")
        assert barriers(asha.page) == []


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    return [
        f"{problem['id']}: {node['html']}: {node['failureSummary']}"
        for problem in Axe().run(page).response["violations"]
        if problem["impact"] in ("serious", "critical")
        for node in problem["nodes"]
    ]
