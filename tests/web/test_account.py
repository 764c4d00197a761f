"""One-time links and one's own account."""

from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from bot.core.staff import Role
from bot.storage.accounts import LOCAL_EMAIL
from bot.storage.attempts import FREE
from tests.twilio_stand_in import TwilioStandIn
from tests.web.staff_clients import PASSWORD, People, Person, people_at


def now() -> datetime:
    return datetime.now(UTC)


def link_for(people: People, person: Person, *, at: datetime | None = None) -> str:
    return f"/login/{people.services.store.accounts.new_link(person.id, now=at or now())}"


def local_link(people: People) -> str:
    person = people.services.store.accounts.add(LOCAL_EMAIL, "Admin", Role.ADMIN, now=now())
    return f"/login/{people.services.store.accounts.new_link(person.id, now=now())}"


def choose(person: Person, link: str, password: str = PASSWORD, again: str | None = None) -> TestResponse:
    return person.fill_in(link, link, password=password, again=password if again is None else again)


# One-time links


def test_a_link_says_whose_it_is_and_lets_them_choose_a_password(people: People) -> None:
    link = link_for(people, people.agent)
    assert "This link is for Asha Rao (asha@example.org)" in people.stranger.get(link).text
    assert choose(people.stranger, link).location == "/inbox"
    assert "Asha Rao" in people.stranger.get("/account").text
    later = Person(people.app).fill_in("/login", "/login", email="asha@example.org", password=PASSWORD)
    assert later.status_code == 303


def test_a_program_that_looks_into_mails_uses_no_link_up(people: People) -> None:
    link = link_for(people, people.agent)
    for _ in range(3):
        assert Person(people.app).get(link).status_code == 200
        assert Person(people.app).client.head(link).status_code == 200
    assert choose(people.stranger, link).status_code == 303


def test_a_link_works_once(people: People) -> None:
    link = link_for(people, people.agent)
    second = Person(people.app)
    second.get(link)
    choose(people.stranger, link)
    response = second.post(link, password=PASSWORD, again=PASSWORD)
    assert response.status_code == 410
    assert "This link was used" in response.text
    assert second.get("/account").status_code == 302


@pytest.mark.parametrize("link", ["/login/made-up", "/login/" + "x" * 5_000])
def test_a_link_that_never_was_is_a_sentence(people: People, link: str) -> None:
    response = people.stranger.get(link)
    assert response.status_code == 410
    assert "ask for a new one" in response.text


def test_a_link_of_yesterday_opens_nothing(people: People) -> None:
    link = link_for(people, people.agent, at=now() - timedelta(hours=24))
    assert people.stranger.get(link).status_code == 410


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [("eleven char", "eleven char", "fewer than 12 characters"), (PASSWORD, PASSWORD + "!", "are not the same")],
)
def test_a_password_that_will_not_do_leaves_the_link(people: People, password: str, again: str, sentence: str) -> None:
    link = link_for(people, people.agent)
    response = choose(people.stranger, link, password, again)
    assert response.status_code == 422
    assert sentence in response.text
    assert password not in response.text
    assert choose(people.stranger, link).status_code == 303


def test_the_link_of_the_local_account_signs_in_at_once_and_once(people: People) -> None:
    link = local_link(people)
    assert people.stranger.get(link).location == "/inbox"
    assert "Admin" in people.stranger.get("/account").text
    assert Person(people.app).get(link).status_code == 410


def test_with_twilio_no_link_signs_in_at_once(sqlite_url: str) -> None:
    with TwilioStandIn() as twilio, people_at(sqlite_url, **twilio.environ) as people:
        link = local_link(people)
        assert people.stranger.get(link).status_code == 200
        assert people.stranger.get("/account").status_code == 302


def test_a_link_takes_the_place_of_who_was_signed_in_here(people: People) -> None:
    choose(people.editor, link_for(people, people.agent))
    assert "Asha Rao" in people.editor.get("/account").text


# One's own account


def change(person: Person, current: str, password: str, again: str | None = None) -> TestResponse:
    fields = {"password": password, "again": password if again is None else again}
    return person.fill_in("/account", "/account/password", current=current, **fields)


@pytest.fixture
def two(people: People) -> tuple[Person, Person]:
    """Asha with a password, signed in on a laptop and on a phone."""
    people.services.store.accounts.set_password(people.agent.id, PASSWORD)
    both = Person(people.app, people.agent.staff), Person(people.app, people.agent.staff)
    for person in both:
        person.fill_in("/login", "/login", email="asha@example.org", password=PASSWORD)
    return both


def test_a_new_password_signs_out_everywhere_else(two: tuple[Person, Person]) -> None:
    laptop, phone = two
    response = change(laptop, PASSWORD, "a new long password")
    assert response.status_code == 303
    assert "Your password is changed" in laptop.get(response.location).text
    assert phone.get("/account").status_code == 302


def test_without_the_current_password_nothing_changes(two: tuple[Person, Person]) -> None:
    laptop, phone = two
    response = change(laptop, "a wrong password", "a new long password")
    assert response.status_code == 422
    assert "The current password is not right." in response.text
    assert phone.get("/account").status_code == 200


def test_guessing_the_current_password_is_slowed_down_too(two: tuple[Person, Person]) -> None:
    laptop, _phone = two
    answers = [change(laptop, f"wrong {n}", "a new long password").status_code for n in range(FREE)]
    assert answers == [422] * FREE
    response = change(laptop, PASSWORD, "a new long password")
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(("password", "again"), [("short", "short"), ("a new long password", "another one")])
def test_a_new_password_that_will_not_do_changes_nothing(two: tuple[Person, Person], password: str, again: str) -> None:
    laptop, phone = two
    assert change(laptop, PASSWORD, password, again).status_code == 422
    assert phone.get("/account").status_code == 200


def test_whoever_has_no_password_yet_chooses_one_without(people: People) -> None:
    form = {"password": PASSWORD, "again": PASSWORD}
    assert people.agent.fill_in("/account", "/account/password", **form).status_code == 303
    assert people.services.store.accounts.find("asha@example.org").has_password


def test_signing_out_everywhere_ends_this_session_too_and_nobody_elses(
    people: People, two: tuple[Person, Person]
) -> None:
    laptop, phone = two
    assert laptop.fill_in("/account", "/account/sign-out-everywhere").location == "/login"
    assert [person.get("/account").status_code for person in (laptop, phone, people.editor)] == [302, 302, 200]


@pytest.mark.parametrize("path", ["/account", "/account/password", "/account/sign-out-everywhere"])
def test_an_account_is_only_for_who_is_signed_in(people: People, path: str) -> None:
    answer = people.stranger.get(path) if path == "/account" else people.stranger.post(path)
    assert answer.status_code == (302 if path == "/account" else 401)


def test_a_name_is_text_and_never_a_tag(people: People) -> None:
    person = people.another("x@example.org", "<script>alert(1)</script>")
    assert "<script>alert" not in person.get("/account").text
