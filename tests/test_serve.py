"""The commands that keep running, as real processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import pytest
import requests

from bot.core.messages import MessageState
from bot.storage import Store
from tests.twilio_forms import LEARNER, MESSAGES, message_form
from tests.twilio_stand_in import TwilioStandIn
from tests.web.running import SMALL_KNOWLEDGE

BOT: Final = Path(sys.executable).with_name("bot")
LIMIT: Final = 60
"""Seconds after which a process is stuck; none of the tests waits for them to pass."""


@dataclass
class Running:
    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def until_listening(self) -> None:
        assert self.process.stdout is not None
        lines = iter(self.process.stdout.readline, "")
        assert any(line.startswith("Listening on ") for line in lines), self.process.communicate()[1]

    def until_ready(self) -> dict[str, object]:
        """Ask until everything is in order; the first sign of life of delivery takes a moment."""
        deadline = time.monotonic() + LIMIT
        while (answer := requests.get(f"{self.url}/readyz", timeout=LIMIT)).status_code != 200:
            assert time.monotonic() < deadline, answer.text
        value: dict[str, object] = answer.json()
        return value

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to stop; return its exit code and everything it wrote to stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, errors


@contextmanager
def running(folder: Path, *command: str, **environ: str) -> Iterator[Running]:
    """Run a command in the folder, in a process group of its own."""
    port = free_port()
    process = subprocess.Popen(
        [BOT, *command],
        cwd=folder,
        env=environment(**{"PORT": str(port)} | environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield Running(process, port)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                # Shown by pytest beside the failure that has left it running.
                sys.stdout.write(process.communicate()[1])


def environment(**environ: str) -> dict[str, str]:
    """The environment without settings of the machine that runs the tests."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    # What is said is trouble: the tests expect an empty log.
    return bare | {"KNOWLEDGE_DIR": str(SMALL_KNOWLEDGE), "LOG_LEVEL": "warning"} | environ


def finished(folder: Path, *command: str, **environ: str) -> tuple[int, str, str]:
    """Run a command to its end; return exit code, stdout and stderr."""
    result = subprocess.run(
        [BOT, *command],
        cwd=folder,
        env=environment(**environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    return result.returncode, result.stdout, result.stderr


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


# bot serve


def test_serve_needs_nothing_and_says_where_to_talk_to_it(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as bot:
        bot.until_listening()
        assert bot.process.stdout is not None
        assert f"http://127.0.0.1:{bot.port}/simulator" in bot.process.stdout.readline()
        assert bot.process.stdout.readline().startswith(f"Inbox: {bot.url}/login/")
        assert bot.until_ready()["status"] == "ok"
        assert bot.stop() == (0, "")
    assert sorted(path.name for path in (tmp_path / "var").iterdir()) == ["bot.db", "secret_key"]


def inbox_link(bot: Running) -> str:
    assert bot.process.stdout is not None
    lines = iter(bot.process.stdout.readline, "")
    return next(line for line in lines if line.startswith("Inbox: ")).removeprefix("Inbox: ").strip()


def opens(link: str) -> bool:
    """Whether a link signs in at once."""
    answer = requests.get(link, headers={"Accept": "text/html"}, allow_redirects=False, timeout=LIMIT)
    return answer.headers.get("Location") == "/inbox"


def test_serve_prints_a_link_that_signs_in_once_and_a_new_one_at_each_start(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as bot:
        unused = inbox_link(bot)
        assert bot.stop() == (0, "")
    with running(tmp_path, "serve") as bot:
        link = inbox_link(bot)
        old = f"{bot.url}/login/{unused.rpartition('/')[2]}"
        assert [opens(old), opens(link), opens(link)] == [False, True, False]
        code, errors = bot.stop()
    assert code == 0
    assert link.rpartition("/")[2] not in errors


def test_serve_makes_no_account_beside_others(tmp_path: Path) -> None:
    finished(tmp_path, "staff", "add", "asha@example.org", "--role", "admin")
    with running(tmp_path, "serve") as bot:
        assert inbox_link(bot) == f"{bot.url}/login"
        bot.stop()
    assert finished(tmp_path, "staff", "list")[1].count("\n") == 1


@pytest.mark.parametrize("with_twilio", [True, False])
def test_serve_for_others_makes_no_account_and_prints_no_link(tmp_path: Path, *, with_twilio: bool) -> None:
    public = {"PUBLIC_BASE_URL": "https://bot.example.org", "SECRET_KEY": "a key"}
    with TwilioStandIn() as twilio, running(tmp_path, "serve", **(twilio.environ if with_twilio else public)) as bot:
        bot.until_listening()
        bot.process.send_signal(signal.SIGTERM)
        output, _ = bot.process.communicate(timeout=LIMIT)
    assert "/login" not in output
    assert finished(tmp_path, "staff", "list")[1].startswith("There is no staff yet")


def test_serve_stops_well_on_control_c(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as bot:
        bot.until_listening()
        bot.until_ready()
        # As a terminal does it: to the parent and its children at once.
        os.killpg(bot.process.pid, signal.SIGINT)
        _, errors = bot.process.communicate(timeout=LIMIT)
    assert (bot.process.returncode, errors) == (0, "")


def test_a_request_that_has_begun_is_finished_when_serve_stops(tmp_path: Path) -> None:
    body = urlencode(message_form("Hi")).encode()
    head = (
        f"POST {MESSAGES} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with running(tmp_path, "serve") as bot:
        bot.until_listening()
        with socket.create_connection(("127.0.0.1", bot.port), timeout=LIMIT) as connection:
            connection.sendall(head.encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
            bot.process.send_signal(signal.SIGTERM)
            connection.sendall(body)
            assert connection.recv(100).startswith(b"HTTP/1.1 204 ")
        assert bot.stop()[0] == 0


def test_serve_answers_on_whatsapp(tmp_path: Path) -> None:
    with TwilioStandIn() as twilio, running(tmp_path, "serve", **twilio.environ) as bot:
        bot.until_listening()
        twilio.bot = bot.url
        twilio.follow_up = ("delivered", "sent", "read", "delivered")
        assert twilio.send_whatsapp("Hello").status == 204
        twilio.until_messages(1, seconds=LIMIT)
        twilio.until_reported()
        assert bot.stop() == (0, "")
    with closing(Store(f"sqlite:///{tmp_path / 'var' / 'bot.db'}")) as store:
        conversation = store.conversation_of(LEARNER)
        assert conversation is not None
        assert [message.state for message in store.thread(conversation.id)] == [None, MessageState.READ]


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, output, errors = finished(tmp_path, "serve", PORT=str(port))
    assert (code, output) == (1, "")
    assert errors == f"Port {port} is taken: stop the program that has it, or set PORT to another.\n"
    assert not (tmp_path / "var").exists()


def test_a_host_that_is_not_ours_is_one_sentence(tmp_path: Path) -> None:
    code, _, errors = finished(tmp_path, "serve", HOST="203.0.113.1")
    assert code == 1
    assert errors.startswith("203.0.113.1 is not an address to listen on here")
    assert errors.count("\n") == 1


def test_every_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    code, output, errors = finished(tmp_path, "serve", PORT="eighty", WEB_CONCURRENCY="many", LOG_LEVEL="loud")
    assert (code, output) == (1, "")
    assert [line.split()[0] for line in errors.splitlines()] == ["WEB_CONCURRENCY", "PORT", "LOG_LEVEL"]


def test_empty_settings_are_no_settings(tmp_path: Path) -> None:
    with running(tmp_path, "serve", WEB_CONCURRENCY="", HOST="", LOG_LEVEL="") as bot:
        bot.until_listening()
        assert bot.stop() == (0, "")


@pytest.mark.parametrize("command", ["serve", "db upgrade"])
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "var").write_text("a file, not a folder")
    code, _, errors = finished(tmp_path, *command.split(), PORT=str(free_port()))
    assert code == 1
    assert errors.startswith("The database file var/bot.db cannot be written")
    assert errors.count("\n") == 1


def test_missing_knowledge_is_said_before_anything_is_served(tmp_path: Path) -> None:
    code, output, errors = finished(tmp_path, "serve", PORT=str(free_port()), KNOWLEDGE_DIR="nowhere")
    assert (code, output) == (1, "")
    assert errors == "KNOWLEDGE_DIR is nowhere, and there is no such folder: correct it.\n"


def test_log_lines_can_be_json(tmp_path: Path) -> None:
    with TwilioStandIn() as twilio:
        environ = twilio.environ | {"LOG_FORMAT": "json", "SIGNATURE_MODE": "log"}
        with running(tmp_path, "serve", **environ) as bot:
            bot.until_listening()
            code, errors = bot.stop()
    assert code == 0
    assert errors.startswith('{"time": "')
    assert "SIGNATURE_MODE is log" in errors


# bot web, bot worker, bot db upgrade


@pytest.mark.parametrize("command", ["web", "worker"])
def test_web_and_worker_refuse_a_database_without_tables(tmp_path: Path, command: str) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    code, output, errors = finished(tmp_path, command, PORT=str(free_port()), DATABASE_URL=url)
    assert (code, output) == (1, "")
    assert errors.count("\n") == 1
    assert "bot db upgrade" in errors


def test_the_upgrade_may_be_repeated(tmp_path: Path) -> None:
    for _ in range(2):
        assert finished(tmp_path, "db", "upgrade") == (0, "The tables are up to date.\n", "")


def test_web_and_worker_share_the_work(tmp_path: Path, database_url: str) -> None:
    with (
        TwilioStandIn() as twilio,
        running(tmp_path, "web", **twilio.environ, DATABASE_URL=database_url, WEB_CONCURRENCY="2") as web,
        running(tmp_path, "worker", **twilio.environ, DATABASE_URL=database_url) as worker,
    ):
        web.until_listening()
        twilio.bot = web.url
        assert twilio.send_whatsapp("Hello").status == 204
        twilio.until_messages(1, seconds=LIMIT)
        web.until_ready()
        assert web.stop() == (0, "")
        assert worker.stop() == (0, "")
    assert len(twilio.messages) == 1
