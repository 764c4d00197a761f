"""What open inboxes cost that have nothing to show: python -m tests.benchmarks.open_inboxes [--json]

A browser in which the inbox is open asks once a second whether anything has changed. `bot serve` with 200
conversations on SQLite is asked so by 50, 150 and 300 of them for ten seconds each, evenly spread over the second, by
connections that are kept open in one more process.

cpu       milliseconds of processor time in the server for one question
share     part of one core that so many open inboxes take
p50, p99  milliseconds until a question was answered
late      questions of a hundred that were asked more than a second late, because earlier ones were not answered

Reads /proc, so it runs on Linux only.
"""

import argparse
import json
import re
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import requests

from bot.core.staff import Role
from bot.storage import Store
from tests.benchmarks.start import processor_seconds, until_ok
from tests.test_serve import running

_INBOXES: Final = (50, 150, 300)
_SECONDS: Final = 10
_THREADS: Final = 25
_CONVERSATIONS: Final = 200
_EMAIL, _PASSWORD = "asha@example.org", "correct horse battery"


@dataclass(frozen=True)
class Figures:
    """What so many open inboxes cost."""

    inboxes: int
    cpu_ms: float
    share: float
    p50_ms: float
    p99_ms: float
    late: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    with TemporaryDirectory() as name, running(Path(name), "serve") as server:
        address = f"http://127.0.0.1:{server.port}"
        until_ok(server.port, "/readyz")
        store = Store(f"sqlite:///{Path(name) / 'var' / 'bot.db'}")
        store.accounts.add(_EMAIL, "Asha", Role.AGENT, password=_PASSWORD, now=datetime.now(UTC))
        store.close()
        for number in range(_CONVERSATIONS):
            _write(address, number)
        time.sleep(3)  # until all replies have left
        cookie, token = _sign_in(address)
        found = [_measured(inboxes, address, server.process.pid, cookie, token) for inboxes in _INBOXES]
    sys.stdout.write(json.dumps([asdict(each) for each in found]) + "\n" if as_json else _table(found))


def _table(found: Sequence[Figures]) -> str:
    head = "inboxes   cpu ms   share     p50      p99   late\n"
    return head + "".join(
        f"{each.inboxes:7} {each.cpu_ms:8.2f} {each.share:7.0%} "
        f"{each.p50_ms:7.1f} {each.p99_ms:8.1f} {each.late:6.0%}\n"
        for each in found
    )


def _write(address: str, number: int) -> None:
    form = {
        "MessageSid": f"SM{number:032}",
        "AccountSid": "AC" + "0" * 32,
        "From": f"whatsapp:+9198000{number:05}",
        "To": "whatsapp:+14155238886",
        "ProfileName": f"Learner {number}",
        "Body": "a person please",
        "NumMedia": "0",
    }
    requests.post(f"{address}/webhooks/whatsapp", data=form, timeout=30).raise_for_status()


def _sign_in(address: str) -> tuple[str, str]:
    """Return the cookie and the token that a page sends along."""
    session = requests.Session()
    form = {"email": _EMAIL, "password": _PASSWORD, "csrf_token": _token(session.get(f"{address}/login", timeout=30))}
    page = session.post(f"{address}/login", data=form, timeout=30)
    if "/inbox" not in page.url:
        sys.exit(f"could not sign in: {page.url}")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies), _token(page)


def _token(page: requests.Response) -> str:
    found = re.search(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', page.text)
    if found is None:
        sys.exit(f"no token in {page.url}")
    return found[1]


def _measured(inboxes: int, address: str, pid: int, cookie: str, token: str) -> Figures:
    waits: list[float] = []
    late: list[bool] = []
    share = inboxes / _THREADS
    start = time.monotonic() + 0.5
    before = processor_seconds(pid)

    def ask(offset: int) -> None:
        session = requests.Session()
        session.headers.update({"Cookie": cookie, "X-CSRFToken": token, "HX-Request": "true"})
        form = {"cursor": "0"}
        for turn in range(int(_SECONDS * share)):
            due = start + (turn + offset / _THREADS) / share
            time.sleep(max(0.0, due - time.monotonic()))
            begin = time.monotonic()
            answer = session.post(f"{address}/inbox/live", data=form, timeout=30)
            waits.append(time.monotonic() - begin)
            late.append(begin - due > 1)
            answer.raise_for_status()
            form["cursor"] = answer.headers.get("X-Cursor") or str(answer.json()["cursor"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = processor_seconds(pid) - before
    cuts = statistics.quantiles(waits, n=100)
    return Figures(
        inboxes=inboxes,
        cpu_ms=1000 * spent / len(waits),
        share=spent / (time.monotonic() - start),
        p50_ms=1000 * cuts[49],
        p99_ms=1000 * cuts[98],
        late=sum(late) / len(late),
    )


if __name__ == "__main__":
    main()
