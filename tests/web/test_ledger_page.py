import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from bot.web.ledger import LISTED
from tests.storage.world import execute, intake, message
from tests.web.staff_clients import People, Person, people_at

WEEK = "/ledger?days=7"


@pytest.fixture
def people(database_url: str) -> Iterator[People]:
    with people_at(database_url) as people:
        yield people


@pytest.fixture
def busy(people: People) -> People:
    """Today Ann asked twice and was answered, and wants a person; Bob wants his data erased."""
    take, now = intake(people.services.store), datetime.now(UTC)
    for number, text in enumerate(("Hello", "<b>Bold</b>", "a person please")):
        take.receive(message(f"IN{number}", text, name="Ann"), now=now)
    take.receive(message("IN9", "erase my data", sender="whatsapp:+919800000009"), now=now)
    return people


def figures(person: Person, path: str = WEEK) -> dict[str, str]:
    """Each figure of the page by its name, with the address of its list."""
    page = person.get(path).text
    return {
        f"{name} {number}": unescape(href)
        for href, number, name in re.findall(r'<a href="([^"]+)"><b>([\d,]+)</b> ([^<]+)</a>', page)
    }


def entries(person: Person, path: str) -> list[str]:
    return re.findall(r'<li class="entry">', person.get(path).text)


def test_all_staff_see_the_ledger_and_nobody_else(busy: People) -> None:
    for person in (busy.agent, busy.editor, busy.admin):
        assert 'href="/ledger" aria-current="page"' in person.get("/ledger").text
    for path in ("/ledger", "/ledger/messages"):
        assert busy.stranger.get(path).status_code == 302


def test_the_sums_stand_on_the_page_and_hold(busy: People) -> None:
    assert list(figures(busy.agent)) == [
        "Received 3",
        "Answered 2",
        "Handed over 0",
        "Waiting for staff 1",
        "Ignored 0",
        "Queued 4",
        "Still to be sent 4",
        "Sent 0",
        "Delivered 0",
        "Read 0",
        "Failed 0",
        "Maybe sent 0",
    ]
    assert busy.agent.get(WEEK).text.count("The sum holds") == 2


def test_each_figure_opens_as_many_messages_as_it_says(busy: People) -> None:
    for name, href in figures(busy.agent).items():
        assert len(entries(busy.agent, href)) == int(name.split()[-1])


def test_the_reasons_of_a_figure_open_their_messages(busy: People) -> None:
    fault = message("IN8", "a fault", sender="whatsapp:+919800000008")
    intake(busy.services.store).receive(fault, now=datetime.now(UTC))
    page = busy.agent.get(WEEK).text
    href = re.search(r'<a href="([^"]+)">Something went wrong on our side: 1</a>', page)
    assert href
    assert len(entries(busy.agent, unescape(href[1]))) == 1
    assert ">Answered: 2</a>" not in page


def test_a_message_is_opened_in_the_midst_of_its_conversation(busy: People) -> None:
    page = busy.agent.get("/ledger/messages?side=received").text
    href = re.search(r'<a href="(/inbox/\d+\?around=(\d+))#m(\d+)"><b dir="auto">Ann</b>', page)
    assert href
    assert href[2] == href[3]
    assert f'id="m{href[2]}"' in busy.agent.get(href[1]).text
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page


def test_who_was_erased_is_counted_but_cannot_be_opened(busy: People) -> None:
    page = busy.agent.get("/ledger/messages?side=queued").text
    assert page.count("<b>Erased</b>") == 1
    assert page.count('<a href="/inbox/') == 3


def test_a_sum_that_differs_is_told_with_its_messages(busy: People, database_url: str) -> None:
    execute(database_url, "UPDATE messages SET due_at = NULL WHERE in_reply_to = 1")
    page = busy.agent.get(WEEK).text
    assert page.count("The sum holds") == 1
    href = re.search(r'role="alert">The sum differs by 1: <a href="([^"]+)"', page)
    assert href
    listed = busy.agent.get(unescape(href[1])).text
    assert "Not accounted for" in listed
    assert "You wrote: Hello" in listed


def test_a_long_list_goes_on(people: People) -> None:
    take, now = intake(people.services.store), datetime.now(UTC)
    for number in range(LISTED + 2):
        take.receive(message(f"IN{number}"), now=now)
    path = "/ledger/messages?side=received&part=answered"
    older = re.search(r'href="([^"]+)">Older messages', people.agent.get(path).text)
    assert older
    assert len(entries(people.agent, path)) == LISTED
    assert len(entries(people.agent, unescape(older[1]))) == 2


def test_a_period_can_be_chosen(busy: People) -> None:
    last = datetime.now(UTC).date() - timedelta(days=3)
    assert "Received 0" in figures(busy.agent, f"/ledger?from={last - timedelta(days=2)}&to={last}")
    assert "There are none" in busy.agent.get(f"/ledger/messages?from={last}&to={last}").text


@pytest.mark.parametrize("query", ["days=9999", "from=2026-02-02&to=2026-02-01", "from=%22%3E%3Cscript%3E"])
def test_a_period_that_makes_no_sense_is_answered_with_a_sentence(busy: People, query: str) -> None:
    response = busy.agent.get(f"/ledger?{query}")
    assert response.status_code == 200
    assert 'role="alert"' in response.text
    assert busy.agent.get(f"/ledger/messages?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["side=x", "side=queued&part=answered", "part=x&before=x", "before=99999999999999999999", "detail=%00"]
)
def test_a_list_that_makes_no_sense_is_a_list(busy: People, query: str) -> None:
    assert busy.agent.get(f"/ledger/messages?{query}").status_code == 200
