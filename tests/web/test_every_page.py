"""Whoever has not signed in gets no further than the door, on every page there is or will be."""

import re
from collections.abc import Iterator

import pytest

from tests.twilio_stand_in import TwilioStandIn
from tests.web.staff_clients import People, people_at

FOR_ANYBODY = {
    "static",
    "health.alive",
    "health.ready",
    "sign_in.form",
    "sign_in.sign_in",
    "sign_in.sign_out",
    "account.open_link",  # these two want a link that nobody can guess
    "account.use_link",
}


@pytest.fixture
def people(sqlite_url: str) -> Iterator[People]:
    with TwilioStandIn() as twilio, people_at(sqlite_url, **twilio.environ) as people:
        yield people


def test_no_page_but_the_few_that_are_listed_opens_to_a_stranger(people: People) -> None:
    guarded, opened = 0, set()
    for rule in people.app.url_map.iter_rules():
        path = re.sub(r"<.*?>", "1", rule.rule)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = people.stranger.get(path) if method == "GET" else people.stranger.post(path)
            is_refused = answer.status_code in (401, 403) or (answer.location or "").startswith("/login?next=")
            guarded += is_refused
            if not is_refused:
                opened.add(rule.endpoint)
    assert opened <= FOR_ANYBODY
    assert guarded > 15
