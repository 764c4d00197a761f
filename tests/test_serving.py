"""A change of the knowledge folder while the bot runs, with real files and real processes."""

import itertools
import shutil
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
import requests

from bot.core.catalogue import Knowledge
from bot.intake import Intake
from bot.knowledge_files import KnowledgeError, checked, load, read_contents
from bot.knowledge_files.packing import pack
from bot.serving import Serving, VersionUnusable, kept_folder
from bot.storage import Store
from tests.storage.world import at_once, execute, message, thread_of
from tests.test_serve import LIMIT, Running, finished, running
from tests.twilio_forms import MESSAGES, message_form
from tests.web.running import SMALL_KNOWLEDGE

NOW: Final = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SMALL_KNOWLEDGE, tmp_path / "knowledge")


@pytest.fixture
def serving(store: Store, folder: Path) -> Serving:
    serving = Serving(store, folder)
    serving.begin(NOW)
    return serving


def edit(folder: Path, old: str, new: str, file: str = "school.yaml") -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def rename(folder: Path, old: str, new: str) -> None:
    edit(folder, f"name: {old}", f"name: {new}")


def name(knowledge: Knowledge | None) -> str:
    assert knowledge is not None
    return knowledge.school.name


_LATER = itertools.count(1)


def step(serving: Serving) -> Knowledge | None:
    """One step, so long after the one before that it looks at everything."""
    return serving.step(NOW + next(_LATER) * timedelta(seconds=1))


def catch_up(serving: Serving) -> Knowledge | None:
    """Let the process look twice, as it does before it believes what it sees of its folder; return what it serves."""
    for _ in range(2):
        step(serving)
    return serving.knowledge


# One process


def test_a_first_start_publishes_the_folder(serving: Serving, store: Store) -> None:
    served = store.versions.served()
    assert served is not None
    assert serving.knowledge is not None
    assert served.version == serving.knowledge.version
    assert store.versions.kept()[0].counts["comparisons"] == 1


def test_an_edit_is_served_after_two_looks_that_saw_the_same(serving: Serving, folder: Path) -> None:
    rename(folder, "School of Food", "School of Bread")
    assert step(serving) is None
    assert name(step(serving)) == "School of Bread"
    assert step(serving) is None


def test_a_folder_in_the_middle_of_being_saved_is_left_alone(serving: Serving, folder: Path) -> None:
    for title in ("Bread", "Cake", "Pie"):
        edit(folder, "of Food", f"of {title}, of Food")
        assert step(serving) is None
    assert name(step(serving)) == "School of Bread, of Cake, of Pie, of Food"


def test_a_file_that_is_saved_without_a_change_is_no_new_version(serving: Serving, folder: Path, store: Store) -> None:
    (folder / "school.yaml").touch()
    catch_up(serving)
    assert len(store.versions.kept()) == 1


def test_a_broken_edit_leaves_the_last_good_version_and_says_where_it_is_broken(serving: Serving, folder: Path) -> None:
    rename(folder, "School of Food", "[")
    assert name(catch_up(serving)) == "School of Food"
    (warning,) = serving.warnings()
    assert warning.startswith("The last edit cannot be served, version ")
    assert "school.yaml:2:7: yaml-syntax: " in warning
    rename(folder, "[", "School of Food")
    catch_up(serving)
    assert serving.warnings() == []


def test_a_folder_that_is_gone_or_empty_leaves_the_last_good_version(serving: Serving, folder: Path) -> None:
    shutil.rmtree(folder)
    assert name(catch_up(serving)) == "School of Food"
    assert "folder-unreadable" in serving.warnings()[0]
    folder.mkdir()
    assert name(catch_up(serving)) == "School of Food"
    assert "file-missing" in serving.warnings()[0]


def test_a_start_on_a_broken_folder_serves_the_last_good_version(serving: Serving, folder: Path, store: Store) -> None:
    rename(folder, "School of Food", "[")
    again = Serving(store, folder)
    assert name(again.begin(NOW)) == "School of Food"
    assert "school.yaml:2:7" in again.warnings()[0]


def test_a_first_start_on_a_broken_folder_says_what_is_broken(store: Store, folder: Path) -> None:
    rename(folder, "School of Food", "[")
    with pytest.raises(KnowledgeError, match=r"school\.yaml:2:7: yaml-syntax"):
        Serving(store, folder).begin(NOW)


def test_an_edit_made_while_nothing_ran_is_served_at_the_next_start(
    serving: Serving, folder: Path, store: Store
) -> None:
    rename(folder, "School of Food", "School of Bread")
    assert name(Serving(store, folder).begin(NOW)) == "School of Bread"
    rename(folder, "School of Bread", "School of Food")
    assert name(Serving(store, folder).begin(NOW)) == "School of Food"


# Several of them


def test_an_old_machine_that_starts_again_serves_what_the_others_serve(
    serving: Serving, folder: Path, store: Store, tmp_path: Path
) -> None:
    old = Serving(store, shutil.copytree(folder, tmp_path / "old"))
    old.begin(NOW)
    rename(folder, "School of Food", "School of Bread")
    catch_up(serving)
    again = Serving(store, tmp_path / "old")
    assert name(again.begin(NOW)) == "School of Bread"
    assert "`bot knowledge publish` serves the folder" in again.warnings()[0]


def test_what_one_process_publishes_another_one_serves(
    serving: Serving, folder: Path, store: Store, tmp_path: Path
) -> None:
    other = Serving(store, shutil.copytree(folder, tmp_path / "other"))
    other.begin(NOW)
    rename(folder, "School of Food", "School of Bread")
    catch_up(serving)
    assert name(catch_up(other)) == "School of Bread"


def test_going_back_holds_until_the_folder_changes(serving: Serving, folder: Path, store: Store) -> None:
    first = store.versions.kept()[0].version
    rename(folder, "School of Food", "School of Bread")
    catch_up(serving)
    store.versions.go_back(first, by="ann", now=NOW)
    assert name(catch_up(serving)) == "School of Food"
    assert name(Serving(store, folder).begin(NOW)) == "School of Food"
    rename(folder, "School of Bread", "School of Cake")
    assert name(catch_up(serving)) == "School of Cake"


def test_many_processes_that_see_one_edit_agree_and_publish_it_once(
    folder: Path, store: Store, database_url: str
) -> None:
    processes = [Serving(store, folder) for _ in range(4)]
    for process in processes:
        process.begin(NOW)
    rename(folder, "School of Food", "School of Bread")
    served = at_once(*[lambda process=process: name(catch_up(process)) for process in processes])
    assert set(served) == {"School of Bread"}
    assert execute(database_url, "SELECT count(*) FROM knowledge_publications") == [(2,)]


def test_a_version_that_this_program_cannot_read_leaves_the_last_good_one(
    serving: Serving, folder: Path, store: Store, tmp_path: Path
) -> None:
    """As after an upgrade that changed the models: what was kept does not fit them any more."""
    edit(folder, "language: en", "language: en\nmotto: Eat well")
    contents = read_contents(folder)
    store.versions.publish(contents.version, pack(contents), {}, by="a newer program", now=NOW)
    edit(folder, "\nmotto: Eat well", "")
    assert name(catch_up(serving)) == "School of Food"
    (warning, *_) = serving.warnings()
    assert 'it was made for another version of the program (school.yaml:11:1: key-unknown: "motto"' in warning
    with pytest.raises(VersionUnusable):
        kept_folder(store, contents.version, read_contents(folder))


def test_a_version_from_before_the_bot_said_more_is_served_with_the_sentences_of_today(
    serving: Serving, folder: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    today = (folder / "lines/en.yaml").read_text("utf-8")
    line = next(line for line in today.splitlines(keepends=True) if line.startswith("goodbye:"))
    rename(folder, "School of Food", "School of Old")
    edit(folder, line, "", "lines/en.yaml")
    older = read_contents(folder)
    store.versions.publish(older.version, pack(older), {}, by="an older program", now=NOW)
    rename(folder, "School of Old", "School of Food")
    (folder / "lines/en.yaml").write_text(today, "utf-8")
    served = catch_up(serving)
    assert served is not None
    assert (name(served), served.version, served.lines["en"].goodbye in line) == ("School of Old", older.version, True)
    assert "taken from the current files: lines/en.yaml (goodbye)." in caplog.text
    with pytest.raises(KnowledgeError):
        checked(older)


def test_a_damaged_version_leaves_the_last_good_one(serving: Serving, store: Store) -> None:
    store.versions.publish("broken", b"no pack", {}, by="nobody", now=NOW)
    assert name(catch_up(serving)) == "School of Food"
    assert "it is damaged in the database" in serving.warnings()[0]


def test_a_start_with_a_version_that_cannot_be_read_serves_the_folder(
    serving: Serving, folder: Path, store: Store
) -> None:
    store.versions.publish("broken", b"no pack", {}, by="nobody", now=NOW)
    assert name(Serving(store, folder).begin(NOW)) == "School of Food"


# Whole processes


def school(bot: Running) -> str:
    """The name of the school, as the page for signing in shows it."""
    page = requests.get(f"{bot.url}/login", headers={"Accept": "text/html"}, timeout=LIMIT).text
    return page.partition("</title>")[0].rpartition(" · ")[2].strip()


def until(holds: Callable[[], bool]) -> float:
    """Wait until it holds; return how many seconds that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < LIMIT
        time.sleep(0.02)
    return time.monotonic() - began


def ask(bot: Running, text: str) -> None:
    requests.post(f"{bot.url}{MESSAGES}", data=message_form(text), timeout=LIMIT).raise_for_status()


def warnings(bot: Running) -> dict[str, str]:
    answer = requests.get(f"{bot.url}/readyz", timeout=LIMIT)
    found: dict[str, str] = answer.json()["warnings"]
    return found


def test_an_edit_shows_in_a_running_bot_and_a_broken_one_is_told_of(tmp_path: Path, folder: Path) -> None:
    with running(tmp_path, "serve", KNOWLEDGE_DIR=str(folder)) as bot:
        bot.until_listening()
        bot.until_ready()
        rename(folder, "School of Food", "School of Bread")
        until(lambda: school(bot) == "School of Bread")
        rename(folder, "School of Bread", "[")
        until(lambda: "school.yaml:2:7" in warnings(bot).get("knowledge", ""))
        assert bot.until_ready()["status"] == "ok"
        assert school(bot) == "School of Bread"
        _, log = bot.stop()
        assert log.count("the knowledge folder cannot be served") == 1


def test_the_answer_after_an_edit_is_the_new_one_and_names_its_version(tmp_path: Path, folder: Path) -> None:
    with running(tmp_path, "serve", KNOWLEDGE_DIR=str(folder)) as bot:
        bot.until_listening()
        ask(bot, "How do I register?")
        edit(folder, "Fill in the form on our page.", "Write to us.")
        rename(folder, "School of Food", "School of Bread")
        until(lambda: school(bot) == "School of Bread")
        ask(bot, "How do I register?")
        assert bot.stop() == (0, "")
    store = Store(f"sqlite:///{tmp_path}/var/bot.db")
    first, answer, second, other = store.thread(1)
    assert ("Fill in the form" in answer.text, "Write to us" in other.text) == (True, True)
    new, old = (one.version for one in store.versions.kept())
    assert [one.decision["knowledge"] for one in (first, second) if one.decision] == [old, new]
    store.close()


def test_two_web_processes_on_postgresql_agree_through_edits_kills_and_going_back(
    postgresql_url: str, tmp_path: Path, folder: Path
) -> None:
    other_folder = shutil.copytree(folder, tmp_path / "other")
    common = {"DATABASE_URL": postgresql_url, "SECRET_KEY": "for tests only", "HOST": "127.0.0.1"}
    with (
        running(tmp_path, "web", KNOWLEDGE_DIR=str(folder), WEB_CONCURRENCY="2", **common) as one,
        running(tmp_path, "web", KNOWLEDGE_DIR=str(other_folder), **common) as other,
    ):
        one.until_listening()
        other.until_listening()
        rename(folder, "School of Food", "School of Bread")
        until(lambda: {school(one), school(one), school(other)} == {"School of Bread"})
        code, out, _ = finished(tmp_path, "knowledge", "back", KNOWLEDGE_DIR=str(folder), **common)
        assert (code, "all processes serve version" in out) == (0, True)
        until(lambda: {school(one), school(one), school(other)} == {"School of Food"})
        one.process.send_signal(signal.SIGKILL)
        with running(tmp_path, "web", KNOWLEDGE_DIR=str(folder), **common) as again:
            again.until_listening()
            assert (school(again), school(other)) == ("School of Food", "School of Food")
            rename(folder, "School of Bread", "School of Cake")
            until(lambda: {school(again), school(other)} == {"School of Cake"})


# Conversations that began on another version


ASKED: Final = ("which tools does a cook use", "cook vs baker", "courses", "a person please", "menu")
THEN: Final = ("and a baker?", "1", "more", "yes", "which one should I choose", "the other one", "a person please")


@pytest.mark.parametrize("then", THEN)
def test_a_conversation_goes_on_when_what_it_was_about_is_gone(store: Store, then: str) -> None:
    """The real knowledge and the small one have no comparison, course or question in common."""
    small, real = load(SMALL_KNOWLEDGE), load(Path(__file__).parents[1] / "knowledge")
    for number, asked in enumerate(ASKED):
        learner = f"whatsapp:+9198000000{number:02}"
        intake = Intake(store, small, wake=lambda: None)
        intake.receive(message(f"SM{number}a", asked, sender=learner), now=NOW)
        intake.knowledge = real
        intake.receive(message(f"SM{number}b", then, sender=learner), now=NOW + timedelta(seconds=30))
        first, *_, last = (one for one in thread_of(store, learner) if one.decision)
        assert "error" not in (first.reason, last.reason)
        assert [one.decision["knowledge"] for one in (first, last) if one.decision] == [small.version, real.version]
