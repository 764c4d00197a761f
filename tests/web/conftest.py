"""Makes the browser, the server and the staff known to every test of the pages; browser and server run once for all."""

from collections.abc import Iterator

import pytest

from tests.browser import chromium, server
from tests.web.staff_clients import People, people_at

__all__ = ["chromium", "people", "server"]


@pytest.fixture
def people(database_url: str) -> Iterator[People]:
    """An agent, an editor, an admin and a stranger, each with a client, on each kind of database."""
    with people_at(database_url) as people:
        yield people
