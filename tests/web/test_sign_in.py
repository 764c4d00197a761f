"""Signing in and out, and what pages for staff ask of whoever comes: real forms, on each kind of database."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Blueprint, Flask
from werkzeug.test import TestResponse

from bot.core.staff import Right, Role
from bot.storage.accounts import IDLE_END
from bot.storage.attempts import FREE, Origins
from bot.web import create_app
from bot.web.sign_in import asked_by_the_page, current_staff, needs, staff_only
from tests.web.running import built_services
from tests.web.staff_clients import PASSWORD, People, Person, forms, people_at

EMAIL = "asha@example.org"
WRONG = "E-mail and password do not fit together."


def now() -> datetime:
    return datetime.now(UTC)


def sign_in(person: Person, email: str = EMAIL, password: str = PASSWORD, page: str = "/login") -> TestResponse:
    return person.fill_in(page, "/login", email=email, password=password)


@pytest.fixture
def agent(people: People) -> Person:
    """Asha with a password, before a browser in which nobody is signed in."""
    people.services.store.accounts.set_password(people.agent.id, PASSWORD)
    return Person(people.app)


# Signing in


def test_whoever_knows_the_password_gets_to_the_inbox(agent: Person) -> None:
    response = sign_in(agent, " Asha@Example.org")
    assert (response.status_code, response.location) == (303, "/inbox")
    assert "Asha Rao" in agent.get("/account").text


def test_a_wrong_password_says_no_more_than_that(agent: Person) -> None:
    answers = [sign_in(agent, password="wrong"), sign_in(agent, "nobody@example.org"), sign_in(agent, "", "")]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert all(WRONG in answer.text for answer in answers)
    assert agent.get("/account").status_code == 302


def test_what_was_typed_as_email_stands_there_again_and_the_password_does_not(agent: Person) -> None:
    text = sign_in(agent, '"><script>@example.org', "a secret of hers").text
    assert "&#34;&gt;&lt;script&gt;@example.org" in text
    assert "a secret of hers" not in text


def test_who_is_signed_in_already_goes_on(people: People) -> None:
    assert people.agent.get("/login?next=/account").location == "/account"


def test_who_is_disabled_gets_in_no_more(people: People, agent: Person) -> None:
    people.services.store.accounts.disable(people.agent.id, now=now())
    assert WRONG in sign_in(agent).text


def test_a_page_that_was_wanted_comes_after_signing_in(agent: Person) -> None:
    location = agent.get("/account?done=password").location
    assert location == "/login?next=%2Faccount%3Fdone%3Dpassword"
    assert sign_in(agent, page=location).location == "/account?done=password"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/inbox",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "",
        "inbox",
    ],
)
def test_only_pages_of_this_site_come_after_signing_in(people: People, wanted: str) -> None:
    response = people.agent.client.get("/login", query_string={"next": wanted})
    assert response.location == "/inbox"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(agent: Person) -> None:
    cookie = sign_in(agent).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # http on this machine


def test_with_https_the_cookie_travels_by_https_only(sqlite_url: str) -> None:
    with people_at(sqlite_url, PUBLIC_BASE_URL="https://bot.example.org") as people:
        people.services.store.accounts.set_password(people.agent.id, PASSWORD)
        assert "Secure" in people.stranger.get("/login").headers["Set-Cookie"]


def test_a_cookie_that_was_there_before_is_worth_nothing_after(people: People, agent: Person) -> None:
    agent.get("/login")
    before = agent.client.get_cookie("session")
    sign_in(agent)
    assert before is not None
    thief = people.stranger
    thief.client.set_cookie("session", before.value)
    assert thief.get("/account").status_code == 302


def test_signing_in_as_somebody_else_ends_the_session_of_before(people: People) -> None:
    people.services.store.accounts.set_password(people.agent.id, PASSWORD)
    before = token_of(people.editor)
    people.editor.post("/login", email=EMAIL, password=PASSWORD)
    assert people.services.store.accounts.signed_in(before, now=now()) is None
    assert "Asha Rao" in people.editor.get("/account").text


def test_signing_out_ends_the_session_and_not_only_the_cookie(agent: Person) -> None:
    sign_in(agent)
    kept = agent.client.get_cookie("session")
    assert kept is not None
    assert agent.fill_in("/account", "/logout").location == "/login"
    agent.client.set_cookie("session", kept.value)
    assert agent.get("/account").status_code == 302


# Too many failures


def test_after_five_failures_also_the_right_password_has_to_wait(agent: Person) -> None:
    assert [sign_in(agent, password="wrong").status_code for _ in range(FREE)] == [401] * FREE
    response = sign_in(agent)
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 5
    assert "There were too many wrong passwords: try again in " in response.text
    assert agent.get("/account").status_code == 302


def test_once_the_wait_is_over_the_right_password_is_good_again(people: People, agent: Person) -> None:
    origins = Origins.of(EMAIL, "127.0.0.1", key="for tests only")
    for _ in range(FREE):
        people.services.store.accounts.begin_attempt(origins, now=now() - timedelta(seconds=6))
    assert sign_in(agent).status_code == 303


def test_somebody_elsewhere_who_does_not_exist_is_slowed_down_just_the_same(people: People) -> None:
    answers = [sign_in(people.stranger, "nobody@example.org").status_code for _ in range(FREE + 1)]
    assert answers == [401] * FREE + [429]


def from_address(person: Person, forwarded: str, email: str, base_url: str = "http://localhost") -> int:
    (form,) = forms(person.client.get("/login", base_url=base_url))
    return person.client.post(
        "/login",
        base_url=base_url,
        data=form.fields | {"email": email, "password": "wrong"},
        headers={"X-Forwarded-For": forwarded},
    ).status_code


def test_on_this_machine_nobody_gets_round_the_wait_by_a_header(people: People) -> None:
    answers = [from_address(people.stranger, f"203.0.113.{n}", f"{n}@example.org") for n in range(FREE + 1)]
    assert answers == [401] * FREE + [429]


@pytest.mark.parametrize(
    ("addresses", "last"),
    [
        # What stands before the last entry is written by the client itself.
        ([f"198.51.100.{n}, 203.0.113.7" for n in range(FREE + 1)], 429),
        ([f"203.0.113.{n}" for n in range(FREE + 1)], 401),
        ([f"2001:db8:0:1::{n}" for n in range(FREE + 1)], 429),
        ([f"2001:db8:0:{n}::1" for n in range(FREE + 1)], 401),
    ],
    ids=["one behind the proxy", "many", "one household with IPv6", "many with IPv6"],
)
def test_behind_https_the_address_is_the_one_that_the_proxy_saw(
    sqlite_url: str, addresses: list[str], last: int
) -> None:
    site = "https://bot.example.org"
    with people_at(sqlite_url, PUBLIC_BASE_URL=site) as people:
        answers = [
            from_address(people.stranger, address, f"{n}@example.org", site) for n, address in enumerate(addresses)
        ]
    assert answers == [401] * FREE + [last]


# What pages for staff ask


@pytest.fixture
def guarded(people: People) -> People:
    """A page for each right, in a blueprint open to all staff."""
    pages = Blueprint("pages", __name__)
    staff_only(pages, Right.INBOX)
    for right in Right:
        pages.add_url_rule(f"/for/{right}", str(right), needs(right)(lambda: current_staff().name))
    pages.add_url_rule("/news", "news", asked_by_the_page(lambda: current_staff().name), methods=["GET", "POST"])
    people.app.register_blueprint(pages)
    return people


@pytest.mark.parametrize(
    ("right", "answers"),
    [(Right.INBOX, [200, 200, 200]), (Right.KNOWLEDGE, [403, 200, 200]), (Right.TEAM, [403, 403, 200])],
)
def test_each_role_opens_what_it_should(guarded: People, right: Right, answers: list[int]) -> None:
    three = [guarded.agent, guarded.editor, guarded.admin]
    assert [person.get(f"/for/{right}").status_code for person in three] == answers
    assert guarded.stranger.get(f"/for/{right}").location == f"/login?next=%2Ffor%2F{right}"


def test_a_refusal_says_why(guarded: People) -> None:
    text = guarded.agent.get("/for/team").text
    assert "Your role is agent, which does not open this: ask an admin." in text


def test_another_role_counts_at_the_next_click(guarded: People) -> None:
    guarded.services.store.accounts.set_role(guarded.agent.id, Role.ADMIN)
    assert guarded.agent.get("/for/team").status_code == 200


def test_who_is_disabled_is_out_at_the_next_click(guarded: People) -> None:
    assert guarded.agent.get("/for/inbox").status_code == 200
    guarded.services.store.accounts.disable(guarded.agent.id, now=now())
    assert guarded.agent.get("/for/inbox").status_code == 302


@pytest.mark.parametrize(
    "headers", [{"HX-Request": "true"}, {"Accept": "application/json"}, {"Accept": "text/event-stream"}]
)
def test_a_part_of_a_page_is_told_in_a_sentence_that_nobody_is_signed_in(
    guarded: People, headers: dict[str, str]
) -> None:
    response = guarded.stranger.get("/news", **headers)
    assert (response.status_code, response.mimetype) == (401, "text/plain")
    assert response.text == "You are signed out: sign in, then try again.\n"


def test_what_was_typed_is_shown_again_to_who_was_signed_out_meanwhile(guarded: People) -> None:
    token = guarded.agent.csrf_token()
    guarded.services.store.accounts.close_sessions(guarded.agent.id)
    form = {"csrf_token": token, "text": "Dear <b>Ravi</b>, the fee is"}
    response = guarded.agent.client.post("/news", data=form, headers={"Accept": "text/html"})
    assert response.status_code == 401
    assert "Dear &lt;b&gt;Ravi&lt;/b&gt;, the fee is" in response.text


def test_pages_for_staff_stay_in_no_cache_and_others_may(guarded: People) -> None:
    pages = ["/for/inbox", "/account", "/login", "/for/team"]
    assert [guarded.agent.get(page).headers["Cache-Control"] for page in pages] == ["no-store"] * 4
    outside = ["/login", "/login/a-link"]
    assert [guarded.stranger.get(page).headers["Cache-Control"] for page in outside] == ["no-store"] * 2
    with guarded.agent.get("/static/base.css") as response:
        assert "no-store" not in response.headers["Cache-Control"]


def test_an_open_page_that_asks_by_itself_keeps_nobody_signed_in(guarded: People) -> None:
    accounts, agent = guarded.services.store.accounts, guarded.agent
    old = now() - IDLE_END + timedelta(minutes=1)
    with agent.client.session_transaction() as session:
        session["token"] = accounts.open_session(agent.id, now=old)
    agent.get("/news")
    assert accounts.signed_in(token_of(agent), now=old + IDLE_END, by_hand=False) is None
    agent.get("/for/inbox")
    assert accounts.signed_in(token_of(agent), now=old + IDLE_END, by_hand=False) is not None


def token_of(person: Person) -> str:
    with person.client.session_transaction() as session:
        return str(session["token"])


def test_without_the_database_a_page_says_so_and_nobody_is_sent_away() -> None:
    with built_services({"DATABASE_URL": "sqlite:////nowhere/bot.db"}) as services:
        person = Person(create_app(services))
        with person.client.session_transaction() as session:
            session["token"] = "of an hour ago"
        response = person.get("/account")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "The database does not answer: try again in a moment." in response.text


# Pages of other sites


@pytest.mark.parametrize("path", ["/login", "/logout", "/account/password", "/account/sign-out-everywhere"])
def test_a_form_without_its_token_does_nothing(people: People, path: str) -> None:
    response = people.agent.client.post(path, data={"text": "typed"}, headers={"Accept": "text/html"})
    assert response.status_code == 400
    assert "This page was open for too long" in response.text
    assert "typed" in response.text
    assert people.agent.get("/account").status_code == 200


def test_the_token_of_somebody_else_does_nothing(people: People) -> None:
    form = {"csrf_token": people.editor.csrf_token()}
    assert people.agent.client.post("/logout", data=form).status_code == 400


def test_every_form_that_is_sent_has_a_token(people: People) -> None:
    pages = [people.stranger.get("/login"), people.agent.get("/account")]
    found = [form for page in pages for form in forms(page)]
    assert len(found) == 4
    assert all(form.fields["csrf_token"] for form in found)


def test_a_token_is_good_for_as_long_as_somebody_is_signed_in(people: People) -> None:
    app: Flask = people.app
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    assert app.permanent_session_lifetime == timedelta(days=7)
