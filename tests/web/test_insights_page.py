import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.insights import Passage
from bot.core.messages import Inbound, Kind, MessageState, Outcome
from tests.storage.test_insights_counting import add_learner, passed, said, statements, topics, written_by
from tests.web.staff_clients import People, Person, people_at

NOON = datetime(2026, 1, 12, 6, 30, tzinfo=UTC)
"""A Monday in India, while staff are there."""
THAT_DAY = "?from=2026-01-12&to=2026-01-12"
SECTIONS = ["messages", "handoffs", "hours", "times", "ratings", "cost", "topics", "sources", "reasons", "outcomes"]


@pytest.fixture
def people(database_url: str) -> Iterator[People]:
    with people_at(database_url) as people:
        add_learner(people.services.store)
        yield people


@pytest.fixture
def busy(people: People) -> People:
    """A day with three questions, two of which the bot answered, and one handoff that Asha answered and resolved."""
    store, asha = people.services.store, people.agent.id
    asked = {"at": NOON, "payload": {"source": "Summer"}, **topics("tools")}
    handed_over = {"at": NOON, "outcome": Outcome.HANDED_OVER, "payload": None}
    said(store, asked, asked, handed_over, written_by(asha, NOON) | {"payload": None, "state": MessageState.READ})
    later = NOON + timedelta(minutes=10)
    passed(store, Passage(NOON, "human", NOON, asha, later, later, asha, "enrolled", later, 4))
    return people


def sections(person: Person, query: str = THAT_DAY) -> list[str]:
    return re.findall(r'<section class="section" id="(\w+)"', person.get(f"/insights{query}").text)


def exported(person: Person, query: str = "") -> list[list[str]]:
    response = person.get(f"/insights.csv{query}")
    assert response.status_code == 200
    assert response.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.text.removeprefix("\ufeff"), newline="")))


def test_all_staff_see_the_insights_but_only_admins_the_team(busy: People) -> None:
    assert sections(busy.agent) == SECTIONS
    assert sections(busy.editor) == SECTIONS
    assert sections(busy.admin) == [*SECTIONS, "people"]
    assert "Asha Rao" in busy.admin.get(f"/insights{THAT_DAY}").text
    assert busy.stranger.get("/insights").status_code == 302


def test_only_admins_export_the_team(busy: People) -> None:
    for person in (busy.agent, busy.editor):
        assert person.get("/insights.csv?table=people").status_code == 403
        assert not any("The team" in row for row in exported(person))
    assert exported(busy.admin, f"{THAT_DAY}&table=people")[1:] == [["Asha Rao", "1", "1", "10.0", "1", "4.0", "1"]]
    assert busy.stranger.get("/insights.csv").status_code == 302


def test_what_happened_is_on_the_page(busy: People) -> None:
    text = re.sub(r"<[^>]+>|\s+", " ", busy.agent.get(f"/insights{THAT_DAY}").text)
    for figure in (
        "Messages from learners 3",
        "Answered by the bot 67%",
        "Handoffs 1",
        "Messages to each learner 1.0",
        "Rating, average 4.0 of 5",
    ):
        assert figure in " ".join(text.split())
    assert "Asked for a person" in text
    assert "Enrolled" in text


def test_a_quiet_period_says_what_to_do(people: People) -> None:
    page = people.admin.get("/insights?days=7").text
    assert page.count("Nothing in these days: choose a longer period.") == len(SECTIONS) + 1
    assert "none yet" in page
    assert "<svg" not in page


def test_every_picture_has_its_table(busy: People) -> None:
    page = busy.admin.get(f"/insights{THAT_DAY}").text
    assert page.count("<svg") == page.count("<details") == page.count("<table") == len(SECTIONS) + 1
    assert not re.search(r"\sstyle=|<script", page)


def test_a_period_can_be_chosen(people: People) -> None:
    week = [date.fromisoformat(row[0]) for row in exported(people.agent, "?days=7&table=messages")[1:]]
    assert week == [week[-1] - timedelta(days=ago) for ago in range(6, -1, -1)]
    assert abs(datetime.now(UTC).date() - week[-1]) <= timedelta(days=1)
    own = exported(people.agent, "?from=2026-01-30&to=2026-02-01&table=handoffs")
    assert [row[0] for row in own] == ["Day", "2026-01-30", "2026-01-31", "2026-02-01"]
    assert 'value="7" aria-current="true"' in people.agent.get("/insights?days=7").text


@pytest.mark.parametrize("query", ["?days=9999", "?from=2026-02-02&to=2026-02-01", "?from=%22%3E%3Cscript%3E"])
def test_a_period_that_makes_no_sense_is_answered_with_a_sentence(people: People, query: str) -> None:
    response = people.agent.get(f"/insights{query}")
    assert response.status_code == 200
    assert 'role="alert"' in response.text
    assert 'value="30" aria-current="true"' in response.text
    assert "<script" not in response.text
    assert people.agent.get(f"/insights.csv{query}").status_code == 400


def test_an_unknown_table_is_named(people: People) -> None:
    response = people.agent.get("/insights.csv?table=secrets")
    assert response.status_code == 404
    assert "messages, handoffs" in response.text


def test_the_export_is_a_file_for_spreadsheets(busy: People) -> None:
    response = busy.agent.get("/insights.csv?from=2026-01-01&to=2026-01-31&table=topics")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    expected = "attachment; filename=insights-topics-2026-01-01-to-2026-01-31.csv"
    assert response.headers["Content-Disposition"] == expected
    titles = [row[0] for row in exported(busy.admin) if row and len(row) == 1]
    assert titles == [
        "Messages per day",
        "Handoffs per day",
        "Busiest hours",
        "How long learners waited for staff",
        "Ratings",
        "Messages that WhatsApp bills",
        "Topics that the bot answered",
        "Where conversations came from",
        "Why handoffs began",
        "How handoffs ended",
        "The team",
    ]


def test_somebody_who_is_disabled_keeps_name_and_figures(busy: People) -> None:
    busy.services.store.accounts.disable(busy.agent.id, now=NOON)
    assert exported(busy.admin, f"{THAT_DAY}&table=people")[1][0] == "Asha Rao"


def test_the_number_of_statements_does_not_depend_on_how_much_there_is(people: People) -> None:
    store = people.services.store
    with statements(store) as for_nothing:
        people.admin.get(f"/insights{THAT_DAY}")
    said(store, *([{"at": NOON, **topics("tools")}] * 100))
    passed(store, *(Passage(NOON, "human", NOON, number, NOON, NOON, number, "answered") for number in range(50)))
    with statements(store) as for_much:
        people.admin.get(f"/insights{THAT_DAY}")
    assert len(for_much) <= len(for_nothing) + 1  # the names of the team, which nobody needs while there is none
    assert len(for_much) <= 8


def test_conversations_that_came_by_a_link_are_counted_under_its_title(people: People) -> None:
    link = next(link for link in people.services.intake.knowledge.links.values() if link.id.endswith("tools/cook"))
    inbound = Inbound("SM1", "whatsapp:+919811100001", "whatsapp:+14155238886", Kind.TEXT, f"Hello! {link.opening}")
    people.services.intake.receive(inbound, now=datetime.now(UTC))
    assert exported(people.agent, "?days=1&table=sources")[1:] == [[f"Link: {link.title}", "1"]]
