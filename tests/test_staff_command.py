"""`bot staff`: with input from a pipe, and as a real process on a terminal."""

import os
import pty
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage import Store
from bot.storage.attempts import Origins
from tests.conftest import made_database
from tests.terminal import typed
from tests.test_serve import BOT, LIMIT, environment

EMAIL = "asha@example.org"
PASSWORD = "correct horse battery"


def staff(folder: Path, *arguments: str, given: str | bytes = "", **environ: str) -> tuple[int, str, str]:
    """Run `bot staff` in the folder; return exit code, stdout and stderr."""
    return typed(folder, "staff", *arguments, given=given, **environ)


def add(folder: Path, given: str = f"{PASSWORD}\n", email: str = EMAIL) -> tuple[int, str, str]:
    return staff(folder, "add", email, "--role", "agent", given=given)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The embedded database that the commands make in the folder."""
    with closing(Store(f"sqlite:///{tmp_path / 'var' / 'bot.db'}")) as store:
        yield store


def fits(store: Store, password: str) -> bool:
    origins = Origins.of(EMAIL, "", key="")
    return store.accounts.check_password(EMAIL, password, origins, begun_at=datetime.now(UTC)) is not None


def test_the_first_line_of_a_pipe_is_the_password_before_anything_ever_ran(tmp_path: Path, store: Store) -> None:
    code, output, errors = add(tmp_path, f"{PASSWORD}\r\nand more")
    assert (code, output, errors) == (0, "Asha (asha@example.org) may sign in as agent.\n", "")
    assert fits(store, PASSWORD)


@pytest.mark.parametrize("given", ["", "\n"])
def test_without_a_password_there_is_a_link(tmp_path: Path, store: Store, given: str) -> None:
    code, output, _ = add(tmp_path, given)
    assert code == 0
    (token,) = re.findall(r"^http://127\.0\.0\.1:8000/login/(\S{43})$", output, re.MULTILINE)
    owner = store.accounts.link_owner(token, now=datetime.now(UTC))
    assert owner is not None
    assert (owner.email, owner.name) == (EMAIL, "Asha")


def test_a_link_leads_to_the_public_address(tmp_path: Path) -> None:
    public = {"PUBLIC_BASE_URL": "https://bot.example.org/", "SECRET_KEY": "a key"}
    _, output, _ = staff(tmp_path, "add", EMAIL, "--role", "agent", **public)
    assert "\nhttps://bot.example.org/login/" in output


def test_who_is_there_already_is_left_alone(tmp_path: Path, store: Store) -> None:
    add(tmp_path)
    code, output, errors = staff(tmp_path, "add", "Asha@Example.org", "--role", "admin", given="another password\n")
    assert (code, output) == (1, "")
    assert errors.startswith("asha@example.org is there already")
    assert errors.count("\n") == 1
    assert fits(store, PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", EMAIL, "--role", "boss"], "'boss' is not one of 'agent', 'editor', 'admin'"),
        (["add", EMAIL], "Missing option '--role'"),
        (["add", "asha", "--role", "agent"], "'asha' is not an e-mail: write it like"),
        (["role", EMAIL, "boss"], "'boss' is not one of"),
        (["remove", EMAIL], "No such command 'remove'"),
    ],
)
def test_wrong_use_is_code_2_and_makes_no_database(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    code, output, errors = staff(tmp_path, *arguments, given=f"{PASSWORD}\n")
    assert (code, output) == (2, "")
    assert sentence in errors
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("command", [["password"], ["disable"], ["enable"]])
def test_nobody_of_that_email_is_code_1(tmp_path: Path, command: list[str]) -> None:
    code, output, errors = staff(tmp_path, *command, EMAIL)
    assert (code, output) == (1, "")
    assert errors == "Nobody has the e-mail asha@example.org: `bot staff list` shows who is there.\n"


def test_a_password_that_is_too_short_adds_nobody(tmp_path: Path, store: Store) -> None:
    code, _, errors = add(tmp_path, "eleven char\n")
    assert (code, errors) == (1, "The password has fewer than 12 characters: choose a longer one.\n")
    assert store.accounts.all() == []


def test_a_password_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    code, _, errors = staff(tmp_path, "add", EMAIL, "--role", "agent", given=b"\xff\xfe passwords\n")
    assert (code, errors) == (1, "The password is not UTF-8 text: send it as such.\n")


def test_a_new_password_takes_the_place_of_the_old_one(tmp_path: Path, store: Store) -> None:
    add(tmp_path)
    person = store.accounts.find(EMAIL).staff
    session = store.accounts.open_session(person.id, now=datetime.now(UTC))
    assert staff(tmp_path, "password", EMAIL, given="another password\n")[0] == 0
    assert (fits(store, PASSWORD), fits(store, "another password")) == (False, True)
    assert store.accounts.signed_in(session, now=datetime.now(UTC)) is None


def test_the_list_says_who_may_do_what(tmp_path: Path) -> None:
    assert staff(tmp_path, "list")[1] == "There is no staff yet: bot staff add EMAIL --role admin\n"
    add(tmp_path)
    staff(tmp_path, "add", "edgar@example.org", "--role", "editor", "--name", "Edgar Iyer")
    staff(tmp_path, "disable", EMAIL)
    today = datetime.now(UTC).date()
    assert staff(tmp_path, "list")[1].splitlines() == [
        f"asha@example.org   Asha        agent   disabled since {today}",
        "edgar@example.org  Edgar Iyer  editor  not signed in, no password",
    ]


def test_who_is_disabled_is_told_apart_until_enabled(tmp_path: Path, store: Store) -> None:
    add(tmp_path)
    assert staff(tmp_path, "disable", EMAIL)[0] == 0
    assert not fits(store, PASSWORD)
    code, _, errors = staff(tmp_path, "password", EMAIL)
    assert (code, "`bot staff enable asha@example.org` comes first" in errors) == (1, True)
    assert staff(tmp_path, "enable", EMAIL) == (0, "asha@example.org may sign in again.\n", "")
    assert fits(store, PASSWORD)


def test_a_role_can_be_changed(tmp_path: Path, store: Store) -> None:
    add(tmp_path)
    assert staff(tmp_path, "role", EMAIL, "admin") == (0, "asha@example.org is admin now.\n", "")
    assert store.accounts.find(EMAIL).staff.role == "admin"


def test_postgresql_needs_its_release_step_first(tmp_path: Path, postgresql_server: Path) -> None:
    with made_database(postgresql_server) as url:
        code, _, errors = staff(tmp_path, "list", DATABASE_URL=url)
    assert code == 1
    assert "bot db upgrade" in errors


def test_it_works_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    assert staff(tmp_path, "add", EMAIL, "--role", "agent", DATABASE_URL=postgresql_url)[0] == 0
    assert staff(tmp_path, "list", DATABASE_URL=postgresql_url)[1].startswith("asha@example.org  Asha  agent")


# On a terminal


def on_a_terminal(folder: Path, *answers: str) -> tuple[int, str]:
    """Add Asha on a terminal, giving each answer once its question is there; return exit code and what was shown."""
    own, theirs = pty.openpty()
    command = [str(BOT), "staff", "add", EMAIL, "--role", "agent"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        shown = ""
        for answer in answers:
            shown += _until(own, ": ")
            os.write(own, f"{answer}\n".encode())
        shown += _until(own, None)
        os.close(own)
        return process.wait(LIMIT), shown


def _until(terminal: int, end: str | None) -> str:
    """Read up to a question, or to the end of the program, which Linux reports as an error."""
    shown = ""
    while end is None or not shown.endswith(end):
        try:
            piece = os.read(terminal, 1024)
        except OSError:
            break
        if not piece:
            break
        shown += piece.decode()
    return shown


def test_on_a_terminal_a_password_is_asked_for_twice_and_not_shown(tmp_path: Path, store: Store) -> None:
    code, shown = on_a_terminal(tmp_path, PASSWORD, PASSWORD)
    assert code == 0
    assert PASSWORD not in shown
    assert "may sign in as agent" in shown
    assert fits(store, PASSWORD)


def test_on_a_terminal_a_mistake_is_said_and_asked_again(tmp_path: Path, store: Store) -> None:
    code, shown = on_a_terminal(tmp_path, "short", PASSWORD, "something else", PASSWORD, PASSWORD)
    assert code == 0
    assert "fewer than 12 characters" in shown
    assert "The two are not the same" in shown
    assert fits(store, PASSWORD)


def test_on_a_terminal_no_answer_is_a_link(tmp_path: Path) -> None:
    code, shown = on_a_terminal(tmp_path, "")
    assert code == 0
    assert re.search(r"http://127\.0\.0\.1:8000/login/\S{43}", shown)
