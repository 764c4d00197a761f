"""Accounts of staff: people, passwords, sessions, one-time links, and who guesses."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher

from bot.core.staff import Role, Staff
from bot.storage import Store
from bot.storage.accounts import (
    ABSOLUTE_END,
    IDLE_END,
    LINK_LIFE,
    Accounts,
    AlreadyStaff,
    NotAnEmail,
    NotStaff,
)
from bot.storage.attempts import FREE, LONGEST_WAIT, QUIET, Origins
from bot.storage.passwords import PasswordTooShort
from tests.storage.world import NOW, at_once, execute

PASSWORD = "correct horse battery"
ASHA, EDGAR = "asha@example.org", "edgar@example.org"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def accounts(store: Store) -> Accounts:
    return store.accounts


@pytest.fixture
def asha(accounts: Accounts) -> Staff:
    return accounts.add(ASHA, "Asha Rao", Role.AGENT, now=NOW)


def origins(email: str = ASHA, network: str = "203.0.113.7") -> Origins:
    return Origins.of(email, network, key="for tests only")


def fail(accounts: Accounts, times: int, *, start: datetime = NOW, where: Origins | None = None) -> datetime:
    """Fail so often, each time as soon as it is allowed; return the time after the last failure."""
    now = start
    for _ in range(times):
        wait = accounts.begin_attempt(where or origins(), now=now)
        if wait is not None:
            now += wait
            assert accounts.begin_attempt(where or origins(), now=now) is None
        now += timedelta(milliseconds=1)
    return now


# People


def test_an_email_is_found_however_it_is_typed(accounts: Accounts) -> None:
    added = accounts.add("  Asha.Rao@Example.ORG ", "", Role.EDITOR, now=NOW)
    assert added == Staff(added.id, "asha.rao@example.org", "Asha Rao", Role.EDITOR)
    assert accounts.find("ASHA.rao@example.org").staff == added
    assert accounts.colleague(" asha.rao@EXAMPLE.org") == added


@pytest.mark.parametrize("email", ["", "asha", "@example.org", "a@b@c", "a b@example.org"])
def test_what_is_no_email_is_refused(accounts: Accounts, email: str) -> None:
    with pytest.raises(NotAnEmail, match="write it like"):
        accounts.add(email, "Asha", Role.AGENT, now=NOW)


def test_of_twenty_who_add_the_same_person_one_does(accounts: Accounts) -> None:
    def add() -> str:
        try:
            return accounts.add(ASHA, "Asha", Role.AGENT, now=NOW).email
        except AlreadyStaff:
            return "already there"

    assert sorted(map(str, at_once(*[add] * 20))) == ["already there"] * 19 + [ASHA]


def test_the_first_account_is_made_once_and_only_if_there_is_nobody(accounts: Accounts) -> None:
    def add_first() -> None:
        accounts.add_first("admin@localhost", "Admin", Role.ADMIN, now=NOW)

    at_once(*[add_first] * 5)
    accounts.add(ASHA, "Asha", Role.AGENT, now=NOW)
    accounts.add_first("second@localhost", "Second", Role.ADMIN, now=NOW)
    assert [account.staff.email for account in accounts.all()] == ["admin@localhost", ASHA]


def test_colleagues_are_those_who_may_sign_in_and_names_are_of_all(accounts: Accounts, asha: Staff) -> None:
    edgar = accounts.add(EDGAR, "Edgar", Role.EDITOR, now=NOW)
    accounts.disable(asha.id, now=NOW)
    assert accounts.colleagues() == [edgar]
    assert accounts.colleague(ASHA) is None
    assert accounts.names() == {asha.id: "Asha Rao", edgar.id: "Edgar"}


def test_nobody_is_a_sentence(accounts: Accounts) -> None:
    with pytest.raises(NotStaff, match=r"^Nobody has the e-mail asha@example\.org: `bot staff list` shows"):
        accounts.find(ASHA)


# Passwords


def check(accounts: Accounts, email: str, password: str) -> Staff | None:
    return accounts.check_password(email, password, origins(email), begun_at=NOW)


def test_only_the_right_password_of_the_right_person_fits(accounts: Accounts, asha: Staff) -> None:
    accounts.set_password(asha.id, PASSWORD)
    accounts.add(EDGAR, "Edgar", Role.EDITOR, password="another long password", now=NOW)
    assert check(accounts, "Asha@example.org", PASSWORD) == asha
    assert check(accounts, ASHA, "another long password") is None
    assert check(accounts, EDGAR, PASSWORD) is None
    assert check(accounts, "nobody@example.org", PASSWORD) is None


def test_an_account_without_password_has_none_that_fits(accounts: Accounts, asha: Staff) -> None:
    assert not accounts.find(ASHA).has_password
    assert check(accounts, ASHA, "") is None
    assert check(accounts, ASHA, "the password of nobody") is None


def test_a_disabled_account_has_no_password_that_fits_until_it_is_enabled(accounts: Accounts, asha: Staff) -> None:
    accounts.set_password(asha.id, PASSWORD)
    accounts.disable(asha.id, now=NOW)
    assert check(accounts, ASHA, PASSWORD) is None
    accounts.enable(asha.id)
    assert check(accounts, ASHA, PASSWORD) == asha


def test_a_password_of_eleven_characters_is_too_short_and_twelve_will_do(accounts: Accounts, asha: Staff) -> None:
    with pytest.raises(PasswordTooShort, match="fewer than 12"):
        accounts.set_password(asha.id, "पासवर्ड१२३४"[:11])
    accounts.set_password(asha.id, "x" * 12)
    assert check(accounts, ASHA, "x" * 12) == asha


def test_the_same_letters_fit_however_a_keyboard_sends_them(accounts: Accounts, asha: Staff) -> None:
    accounts.set_password(asha.id, "caf\u00e9 in the morning")
    assert check(accounts, ASHA, "cafe\u0301 in the morning") == asha


def test_text_that_is_no_unicode_is_only_a_wrong_password(accounts: Accounts, asha: Staff) -> None:
    assert check(accounts, ASHA, "\ud800" * 12) is None


def test_a_hash_of_weaker_parameters_is_renewed_at_the_next_sign_in(
    accounts: Accounts, asha: Staff, database_url: str
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    execute(database_url, f"UPDATE staff SET password_hash = '{weak}'")
    assert check(accounts, ASHA, PASSWORD) == asha
    ((stored,),) = execute(database_url, "SELECT password_hash FROM staff")
    assert stored != weak
    assert check(accounts, ASHA, PASSWORD) == asha


# Sessions


def test_a_session_is_known_by_its_token_and_the_table_does_not_have_it(
    accounts: Accounts, asha: Staff, database_url: str
) -> None:
    token = accounts.open_session(asha.id, now=NOW)
    assert len(token) >= 43  # 256 bits
    assert accounts.signed_in(token, now=NOW) == asha
    assert accounts.signed_in(token + "x", now=NOW) is None
    ((stored,),) = execute(database_url, "SELECT token_hash FROM sessions")
    assert token not in str(stored)
    assert accounts.signed_in(str(stored), now=NOW) is None


@pytest.mark.parametrize(("idle", "lives"), [(IDLE_END - SECOND, True), (IDLE_END, False)])
def test_a_session_ends_when_nothing_is_asked_for_twelve_hours(
    accounts: Accounts, asha: Staff, idle: timedelta, *, lives: bool
) -> None:
    token = accounts.open_session(asha.id, now=NOW)
    assert (accounts.signed_in(token, now=NOW + idle) is not None) is lives


def test_a_session_ends_after_seven_days_however_busy(accounts: Accounts, asha: Staff) -> None:
    token, now = accounts.open_session(asha.id, now=NOW), NOW
    while now + IDLE_END < NOW + ABSOLUTE_END:
        now += IDLE_END - SECOND
        assert accounts.signed_in(token, now=now) == asha
    assert accounts.signed_in(token, now=NOW + ABSOLUTE_END - SECOND) == asha
    assert accounts.signed_in(token, now=NOW + ABSOLUTE_END) is None


def test_what_a_page_asks_by_itself_keeps_no_session(accounts: Accounts, asha: Staff) -> None:
    token = accounts.open_session(asha.id, now=NOW)
    assert accounts.signed_in(token, now=NOW + IDLE_END / 2, by_hand=False) == asha
    assert accounts.signed_in(token, now=NOW + IDLE_END) is None


def test_the_last_sign_of_life_is_noted_once_a_minute(accounts: Accounts, asha: Staff) -> None:
    token = accounts.open_session(asha.id, now=NOW)
    accounts.signed_in(token, now=NOW + MINUTE - SECOND)
    assert accounts.find(ASHA).last_seen_at == NOW
    accounts.signed_in(token, now=NOW + MINUTE)
    assert accounts.find(ASHA).last_seen_at == NOW + MINUTE


def close(accounts: Accounts, person: Staff) -> None:
    accounts.close_sessions(person.id)


def disable(accounts: Accounts, person: Staff) -> None:
    accounts.disable(person.id, now=NOW)


def change_password(accounts: Accounts, person: Staff) -> None:
    accounts.set_password(person.id, PASSWORD)


@pytest.mark.parametrize("end", [close, disable, change_password])
def test_all_sessions_and_links_of_one_person_end_and_of_nobody_else(
    accounts: Accounts, asha: Staff, end: Callable[[Accounts, Staff], None]
) -> None:
    edgar = accounts.add(EDGAR, "Edgar", Role.EDITOR, now=NOW)
    tokens = [accounts.open_session(asha.id, now=NOW), accounts.open_session(asha.id, now=NOW)]
    link, other = accounts.new_link(asha.id, now=NOW), accounts.open_session(edgar.id, now=NOW)
    end(accounts, asha)
    accounts.enable(asha.id)
    assert [accounts.signed_in(token, now=NOW) for token in (*tokens, other)] == [None, None, edgar]
    assert accounts.link_owner(link, now=NOW) is None


def test_signing_out_ends_one_session_only(accounts: Accounts, asha: Staff) -> None:
    here, there = accounts.open_session(asha.id, now=NOW), accounts.open_session(asha.id, now=NOW)
    accounts.close_session(here)
    assert (accounts.signed_in(here, now=NOW), accounts.signed_in(there, now=NOW)) == (None, asha)


def test_another_role_counts_from_the_next_request_on(accounts: Accounts, asha: Staff) -> None:
    token = accounts.open_session(asha.id, now=NOW)
    accounts.set_role(asha.id, Role.ADMIN)
    found = accounts.signed_in(token, now=NOW)
    assert found is not None
    assert found.role is Role.ADMIN


# One-time links


def test_of_twenty_who_open_a_link_at_once_one_gets_in(accounts: Accounts, asha: Staff) -> None:
    link = accounts.new_link(asha.id, now=NOW)
    found = at_once(*[lambda: accounts.use_link(link, now=NOW)] * 20)
    assert [who for who in found if who is not None] == [asha]


@pytest.mark.parametrize(("age", "good"), [(LINK_LIFE - SECOND, True), (LINK_LIFE, False)])
def test_a_link_is_good_for_a_day(accounts: Accounts, asha: Staff, age: timedelta, *, good: bool) -> None:
    link = accounts.new_link(asha.id, now=NOW)
    assert (accounts.link_owner(link, now=NOW + age) == asha) is good
    assert (accounts.use_link(link, now=NOW + age) == asha) is good


def test_a_new_link_takes_the_place_of_the_old_one(accounts: Accounts, asha: Staff) -> None:
    old, new = accounts.new_link(asha.id, now=NOW), accounts.new_link(asha.id, now=NOW)
    assert accounts.use_link(old, now=NOW) is None
    assert accounts.use_link(new, now=NOW) == asha


def test_looking_whose_link_it_is_does_not_use_it_up(accounts: Accounts, asha: Staff) -> None:
    link = accounts.new_link(asha.id, now=NOW)
    assert [accounts.link_owner(link, now=NOW) for _ in range(3)] == [asha] * 3


def test_a_password_that_is_too_short_leaves_the_link(accounts: Accounts, asha: Staff) -> None:
    link = accounts.new_link(asha.id, now=NOW)
    with pytest.raises(PasswordTooShort):
        accounts.use_link(link, password="short", now=NOW)
    assert accounts.use_link(link, password=PASSWORD, now=NOW) == asha
    assert check(accounts, ASHA, PASSWORD) == asha


# Who guesses


def test_five_failures_are_free_and_then_the_waits_double_up_to_fifteen_minutes(accounts: Accounts) -> None:
    now = fail(accounts, FREE)
    waits = []
    for _ in range(10):
        wait = accounts.begin_attempt(origins(), now=now)
        assert wait is not None
        waits.append(round(wait.total_seconds()))
        now = fail(accounts, 1, start=now)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_whoever_tries_all_day_waits_no_longer_than_that(accounts: Accounts) -> None:
    now = fail(accounts, 100)
    wait = accounts.begin_attempt(origins(), now=now)
    assert wait is not None
    assert LONGEST_WAIT - SECOND < wait < LONGEST_WAIT


def test_an_attempt_during_the_wait_makes_it_no_longer(accounts: Accounts) -> None:
    now = fail(accounts, FREE)
    waits = [accounts.begin_attempt(origins(), now=now) for _ in range(50)]
    assert set(waits) == {waits[0]}
    assert accounts.begin_attempt(origins(), now=now + timedelta(seconds=5)) is None


@pytest.mark.parametrize(("quiet", "free"), [(QUIET + SECOND, FREE), (QUIET - SECOND, 1)])
def test_after_a_quiet_quarter_of_an_hour_five_are_free_again(accounts: Accounts, quiet: timedelta, free: int) -> None:
    now = fail(accounts, FREE) + timedelta(seconds=5) + quiet
    assert [accounts.begin_attempt(origins(), now=now) for _ in range(FREE)].count(None) == free


def test_a_failure_now_and_then_costs_no_wait(accounts: Accounts) -> None:
    for number in range(3 * FREE):
        assert accounts.begin_attempt(origins(), now=NOW + number * (QUIET + SECOND)) is None


@pytest.mark.parametrize(
    ("where", "waits"),
    [
        (origins(network="198.51.100.1"), True),
        (origins("ASHA@Example.org ", "198.51.100.1"), True),
        (origins(EDGAR), True),
        (origins(EDGAR, "198.51.100.1"), False),
    ],
    ids=["account elsewhere", "account typed differently", "another account from there", "another account elsewhere"],
)
def test_account_and_network_address_are_slowed_down_each(accounts: Accounts, where: Origins, *, waits: bool) -> None:
    now = fail(accounts, FREE)
    assert (accounts.begin_attempt(where, now=now) is not None) is waits


def test_of_a_hundred_attempts_at_once_five_are_looked_at(accounts: Accounts) -> None:
    waits = at_once(*[lambda: accounts.begin_attempt(origins(), now=NOW)] * 100)
    assert waits.count(None) == FREE


def test_a_success_clears_the_account_and_leaves_what_the_address_did_before(accounts: Accounts, asha: Staff) -> None:
    accounts.set_password(asha.id, PASSWORD)
    now = fail(accounts, FREE - 1)
    assert accounts.begin_attempt(origins(), now=now) is None
    assert accounts.check_password(ASHA, PASSWORD, origins(), begun_at=now) == asha
    elsewhere, here = origins(network="198.51.100.1"), origins(EDGAR)
    assert [accounts.begin_attempt(elsewhere, now=now) for _ in range(FREE)] == [None] * FREE
    assert accounts.begin_attempt(here, now=now) is None
    assert accounts.begin_attempt(here, now=now) is not None


def test_neither_email_nor_address_is_stored(accounts: Accounts, database_url: str) -> None:
    fail(accounts, 1)
    stored = str(execute(database_url, "SELECT origin FROM sign_in_failures"))
    assert "asha" not in stored
    assert "203.0.113" not in stored
    assert origins() != Origins.of(ASHA, "203.0.113.7", key="another key")


def test_what_is_over_is_removed(store: Store, asha: Staff, database_url: str) -> None:
    fail(store.accounts, 1)
    store.accounts.open_session(asha.id, now=NOW)
    store.accounts.new_link(asha.id, now=NOW)
    counted = "SELECT count(*) FROM {}"
    tables = ("sign_in_failures", "sessions", "sign_in_links")
    store.tidy(now=NOW + timedelta(hours=11))
    assert [execute(database_url, counted.format(table)) for table in tables] == [[(2,)], [(1,)], [(1,)]]
    store.tidy(now=NOW + timedelta(days=1, seconds=1))
    assert [execute(database_url, counted.format(table)) for table in tables] == [[(0,)]] * 3
