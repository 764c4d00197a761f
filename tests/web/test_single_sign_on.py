"""Single sign-on at a real provider over HTTP, small as it is."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from tests.oidc_provider import Provider
from tests.web.staff_clients import People, Person, people_at


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def people(provider: Provider, sqlite_url: str) -> Iterator[People]:
    with people_at(sqlite_url, **provider.environ) as people:
        yield people


def sign_in(person: Person, provider: Provider, start: str = "/login/openid") -> TestResponse:
    """Go to the provider and back, as a browser would."""
    return come_back(person, provider.visit(person.get(start).location))


def come_back(person: Person, url: str) -> TestResponse:
    return person.get(urlsplit(url)._replace(scheme="", netloc="").geturl())


def test_without_the_settings_there_is_neither_button_nor_page(sqlite_url: str) -> None:
    with people_at(sqlite_url) as people:
        assert "/login/openid" not in people.stranger.get("/login").text
        assert people.stranger.get("/login/openid/done").status_code == 404


@pytest.mark.parametrize("email", ["asha@example.org", "EDGAR@Example.org", "alma@example.org"])
def test_whoever_is_staff_gets_in_and_to_the_page_they_wanted(provider: Provider, people: People, email: str) -> None:
    provider.email = email
    (button,) = re.findall(r'href="(/login/openid.*?)"', people.stranger.get("/login?next=/inbox/7?view=mine").text)
    response = sign_in(people.stranger, provider, unescape(button))
    assert (response.status_code, response.location) == (302, "/inbox/7?view=mine")
    assert email.lower() in people.stranger.get("/account").text


def test_the_cookie_of_before_is_worth_nothing_after(provider: Provider, people: People) -> None:
    sign_in(people.agent, provider)
    with people.agent.client.session_transaction() as session:
        first = session["token"]
    sign_in(people.agent, provider)
    assert people.services.store.accounts.signed_in(first, now=datetime.now(UTC)) is None
    assert people.agent.get("/account").status_code == 200


def test_who_is_not_staff_stays_outside(provider: Provider, people: People) -> None:
    provider.email = "stranger@example.org"
    response = sign_in(people.stranger, provider)
    assert response.status_code == 403
    assert "stranger@example.org is not staff here" in response.text
    assert people.stranger.get("/account").status_code == 302


def test_who_is_disabled_stays_outside(provider: Provider, people: People) -> None:
    people.services.store.accounts.disable(people.agent.id, now=datetime.now(UTC))
    assert sign_in(people.stranger, provider).status_code == 403


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_email_that_is_not_verified_opens_nothing(provider: Provider, people: People, verified: object) -> None:
    provider.email_verified = verified
    response = sign_in(people.stranger, provider)
    assert response.status_code == 403
    assert "does not say that your e-mail is verified" in response.text


def test_an_email_that_only_user_info_tells_will_do(provider: Provider, people: People) -> None:
    provider.short = True
    assert sign_in(people.stranger, provider).location == "/inbox"


def test_user_info_about_somebody_else_will_not_do(provider: Provider, people: People) -> None:
    provider.short = True
    provider.claims = {"sub": "person-2"}
    assert sign_in(people.stranger, provider).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [{"nonce": "another"}, {"nonce": None}, {"aud": "another-program"}, {"iss": "https://evil.example"}, {"exp": 1}],
    ids=["nonce", "no nonce", "audience", "issuer", "old"],
)
def test_an_id_token_for_another_purpose_opens_nothing(
    provider: Provider, people: People, claims: dict[str, object]
) -> None:
    provider.claims = claims
    assert sign_in(people.stranger, provider).status_code == 502
    assert people.stranger.get("/account").status_code == 302


def test_an_audience_of_others_opens_nothing_though_it_names_us_as_the_party(
    provider: Provider, people: People
) -> None:
    provider.claims = {"aud": ["another-program"], "azp": "the-bot"}
    assert sign_in(people.stranger, provider).status_code == 502


def test_an_id_token_of_another_key_opens_nothing(provider: Provider, people: People) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "first", "alg": "RS256"})
    assert sign_in(people.stranger, provider).status_code == 502


def test_a_new_key_of_the_provider_is_fetched(provider: Provider, people: People) -> None:
    sign_in(people.stranger, provider)
    provider.key = provider.published = RSAKey.generate_key(2048, {"kid": "second", "alg": "RS256"})
    assert sign_in(people.editor, provider).location == "/inbox"


def test_a_code_works_once(provider: Provider, people: People) -> None:
    url = provider.visit(people.stranger.get("/login/openid").location)
    assert come_back(people.stranger, url).location == "/inbox"
    assert come_back(people.stranger, url).status_code == 403


def test_a_sign_in_begun_in_another_browser_is_not_finished_here(provider: Provider, people: People) -> None:
    url = provider.visit(people.editor.get("/login/openid").location)
    response = come_back(people.stranger, url)
    assert response.status_code == 403
    assert "was not finished: try again" in response.text


def test_a_stolen_code_is_worth_nothing_without_what_only_the_first_browser_has(
    provider: Provider, people: People
) -> None:
    stolen = dict(parse_qsl(urlsplit(provider.visit(people.editor.get("/login/openid").location)).query))["code"]
    own = dict(parse_qsl(urlsplit(people.stranger.get("/login/openid").location).query))["state"]
    assert people.stranger.get(f"/login/openid/done?code={stolen}&state={own}").status_code == 403
    assert len(provider.refusals) == 1


def test_no_is_an_answer_too(people: People) -> None:
    response = people.stranger.get("/login/openid/done?error=access_denied&error_description=<b>no")
    assert response.status_code == 403
    assert "<b>" not in response.text


def test_a_provider_that_is_away_is_one_sentence(provider: Provider, people: People) -> None:
    provider.stop()
    response = people.stranger.get("/login/openid")
    assert response.status_code == 502
    assert "Single sign-on does not work at the moment" in response.text


def test_a_provider_with_another_name_is_not_believed(provider: Provider, people: People) -> None:
    provider.issuer_says = "https://evil.example"
    response = sign_in(people.stranger, provider)
    assert response.status_code == 403
    assert "OIDC_ISSUER is not what the provider calls itself" in response.text


def test_the_address_to_return_to_is_the_public_one(provider: Provider, sqlite_url: str) -> None:
    with people_at(sqlite_url, **provider.environ, PUBLIC_BASE_URL="https://bot.example.org") as people:
        location = people.stranger.get("/login/openid").location
    assert dict(parse_qsl(urlsplit(location).query))["redirect_uri"] == "https://bot.example.org/login/openid/done"
