"""Staff hear of every handoff: shortly, without a number, again if it did not arrive, and never twice."""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.core.conversation import Brief
from bot.core.desk import NoticeKind
from bot.delivery import NOTICE_LEASE, NOTICE_STALE_AFTER
from bot.notify import QUESTION_LIMIT, Notifier, UnknownNotifyAddress
from bot.storage import Store
from tests.storage.world import NOW, Recorder, delivery, intake, message

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # in Apprise

BRIEF = Brief("Ann", "fees", "What does it cost?", (), (), "", "", "en", "")


class Staff(ThreadingHTTPServer):
    """A service that takes notices, or answers with another status if told so."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.notices: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"json://user:s3cret@127.0.0.1:{self.server_port}/token"


class _Handler(BaseHTTPRequestHandler):
    server: Staff

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.status == 200:
            self.server.notices.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def staff() -> Iterator[Staff]:
    yield from served()


@pytest.fixture
def others() -> Iterator[Staff]:
    yield from served()


def served() -> Iterator[Staff]:
    with Staff() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_notice_says_why_who_and_what_and_where_to_answer(staff: Staff) -> None:
    Notifier([staff.url], inbox_base_url="https://bot.example.org").tell(BRIEF, 12, told=())
    (notice,) = staff.notices
    assert notice["title"] == "A learner waits for staff: fees"
    assert notice["message"] == "Name: Ann\nAsked: What does it cost?\nhttps://bot.example.org/inbox/12"


def test_a_promise_that_is_due_says_what_was_promised(staff: Staff) -> None:
    brief = replace(BRIEF, promise="They are back today at 09:30.")
    Notifier([staff.url], inbox_base_url=None).tell(brief, 12, told=(), kind=NoticeKind.PROMISE)
    (notice,) = staff.notices
    assert notice["title"] == "A promise is due: fees"
    assert notice["message"].endswith("What does it cost?\nPromised: They are back today at 09:30.")


def test_without_a_public_address_a_notice_has_no_link(staff: Staff) -> None:
    Notifier([staff.url], inbox_base_url=None).tell(BRIEF, 12, told=())
    assert staff.notices[0]["message"].endswith("What does it cost?")


@pytest.mark.parametrize("number", ["+91 98765 43210", "9876543210", "(022) 2345-6789", "०९८७६५४३२१०"])
def test_a_notice_shows_no_number_that_somebody_could_be_called_at(staff: Staff, number: str) -> None:
    brief = Brief(f"Ann {number}", "asked", f"call {number} please, batch of 2026", (), (), "", "", "en", "")
    Notifier([staff.url], inbox_base_url=None).tell(brief, 12, told=())
    assert staff.notices[0]["message"] == "Name: Ann [number]\nAsked: call [number] please, batch of 2026"


def test_a_long_question_is_cut(staff: Staff) -> None:
    Notifier([staff.url], inbox_base_url=None).tell(
        Brief("", "asked", "why " * 400, (), (), "", "", "en", ""), 1, told=()
    )
    assert len(staff.notices[0]["message"]) < QUESTION_LIMIT + 20


def test_an_address_nobody_understands_is_named_by_its_place_only() -> None:
    with pytest.raises(UnknownNotifyAddress, match=r"address 2 \(nonsense:...\)") as failure:
        Notifier(["json://localhost", "nonsense://user:s3cret@host"], inbox_base_url=None)
    assert "s3cret" not in str(failure.value)


def test_a_handoff_is_told_once_by_the_delivery_loop(store: Store, staff: Staff) -> None:
    intake(store).receive(message("SM1", "a person please", name="Ann"), now=NOW)
    worker = delivery(store, Recorder(), Notifier([staff.url], inbox_base_url=None))
    assert [worker.notify_once(NOW) for _ in range(2)] == [True, False]
    assert not worker.notify_once(NOW + timedelta(days=2))
    assert [notice["message"] for notice in staff.notices] == ["Name: Ann\nAsked: a person please"]


def test_a_notice_that_fails_is_told_later_and_only_to_whom_it_failed(
    store: Store, staff: Staff, others: Staff
) -> None:
    others.status = 500
    intake(store).receive(message("SM1", "a person please"), now=NOW)
    worker = delivery(store, Recorder(), Notifier([staff.url, others.url], inbox_base_url=None))
    worker.notify_once(NOW)
    others.status = 200
    assert worker.notify_once(NOW + timedelta(minutes=1))
    assert (len(staff.notices), len(others.notices)) == (1, 1)


def test_a_notice_nobody_takes_is_given_up_after_a_day(store: Store, staff: Staff) -> None:
    staff.status = 404
    intake(store).receive(message("SM1", "a person please"), now=NOW)
    worker = delivery(store, Recorder(), Notifier([staff.url], inbox_base_url=None))
    assert worker.notify_once(NOW)
    assert worker.notify_once(NOW + NOTICE_STALE_AFTER)
    assert not worker.notify_once(NOW + NOTICE_STALE_AFTER * 2)


def test_a_notice_whose_worker_died_is_told_by_another(store: Store, staff: Staff) -> None:
    intake(store).receive(message("SM1", "a person please"), now=NOW)
    store.notices.claim(now=NOW, lease=NOTICE_LEASE)
    worker = delivery(store, Recorder(), Notifier([staff.url], inbox_base_url=None))
    assert [worker.notify_once(NOW), worker.notify_once(NOW + NOTICE_LEASE)] == [False, True]
    assert len(staff.notices) == 1


def test_with_nobody_to_tell_no_notice_stays_in_the_queue(store: Store) -> None:
    intake(store).receive(message("SM1", "a person please"), now=NOW)
    worker = delivery(store, Recorder())
    assert [worker.notify_once(NOW), worker.notify_once(NOW + timedelta(days=1))] == [True, False]


def test_a_failing_address_shows_no_secret_in_the_log(staff: Staff, caplog: pytest.LogCaptureFixture) -> None:
    staff.status = 500
    closed = "json://user:s3cret@127.0.0.1:9/token"
    with caplog.at_level(logging.DEBUG, logger="apprise"):
        Notifier([staff.url, closed], inbox_base_url=None).tell(BRIEF, 1, told=())
    assert "address 1 (json) of STAFF_NOTIFY_URLS" in caplog.text
    assert "address 2 (json) of STAFF_NOTIFY_URLS" in caplog.text
    assert "s3cret" not in caplog.text
    assert "token" not in caplog.text
