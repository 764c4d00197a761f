"""What the search finds through its index, and how the index follows what is said and what is erased."""

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from bot.storage import Store, migrate
from bot.storage import search_index as module
from bot.storage.inbox import search as searching
from bot.storage.migrate import SCRIPTS
from tests.storage.test_inbox import address_of, found, says
from tests.storage.world import NOW, Recorder, at_once, deliver_all, execute, index_all, intake, message


def texts(database_url: str) -> list[str]:
    return [str(text) for (text,) in execute(database_url, "SELECT text FROM message_texts ORDER BY message_id")]


def pages_of_index(sqlite_url: str, name: str = "search_message_texts") -> bytes:
    """Everything that SQLite's index holds but its settings and counts."""
    file = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as look:
        return b"".join(block for (block,) in look.execute(f"SELECT block FROM {name}_data WHERE id > 10"))


def put_apart(database_url: str, by: int) -> None:
    """Let so many messages have been between any two."""
    execute(database_url, f"UPDATE messages SET id = id * {by}")
    if database_url.startswith("postgresql"):
        execute(database_url, "SELECT setval('messages_id_seq', (SELECT max(id) FROM messages))")


def written(sid: str, text: str) -> str:
    """An INSERT of a message of the first conversation."""
    return (
        "INSERT INTO messages (conversation_id, direction, author, kind, sid, text, at, changed_at, outcome)"
        f" VALUES (1, 'in', 'learner', 'text', '{sid}', '{text}', now(), now(), 'answered')"
    )


@pytest.fixture
def long_ago(store: Store, database_url: str) -> Store:
    """Three who spoke and arrived before tens of thousands of others."""
    says(store, 1, "What are the FEES of the course?", name="Asha Rao")
    says(store, 2, "कोर्स की फीस क्या है", at=1, name="आशा शर्मा")
    says(store, 3, 'I have 100% of it, and a_b, "so"', at=2, name="John")
    put_apart(database_url, 30_000)
    execute(database_url, f"INSERT INTO learners VALUES (200000, '', false, '{NOW:%Y-%m-%d}')")
    execute(database_url, "INSERT INTO addresses VALUES ('whatsapp:+10', 200000)")
    index_all(store)
    return store


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("fee", [1]),
        ("ours FEE", [1]),
        ("course of", [1]),
        ("course xy", []),
        ("र्स की", [2]),
        ("कोर्स", [2]),
        ("asha", [1]),
        ("RAO as", [1]),
        ("शर्मा", [2]),
        ("100%", [3]),
        ("a_b", [3]),
        ("axb", []),
        ('"so"', [3]),
        ("you wrote", [3, 2, 1]),
        ("98000-00002", [2]),
        ("098000 00002", [2]),
        ("zebra", []),
    ],
)
def test_what_was_said_long_ago_is_found_by_words_of_three_letters(
    long_ago: Store, query: str, numbers: list[int]
) -> None:
    assert found(long_ago, query) == numbers


def test_two_letters_are_looked_for_in_the_newest_messages_only(long_ago: Store) -> None:
    assert found(long_ago, "ee") == []
    says(long_ago, 4, "a bee", at=9)
    assert found(long_ago, "ee") == [4]


def test_a_search_finds_what_a_comparison_with_every_text_finds(store: Store, database_url: str) -> None:
    chance = random.Random(5)
    said = {number: "".join(chance.choices("abकी", k=12)) for number in range(1, 40)}
    for number, text in said.items():
        says(store, number, text)
    put_apart(database_url, 5_000)
    index_all(store)
    for query in ("aba", "baक", "कीकी", "aaab", "abab", "ीabक"):
        assert sorted(found(store, query)) == [number for number, text in said.items() if query in text]


def test_a_common_word_is_found_in_the_newest_messages(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_SAID", replace(searching._SAID, enough=4))
    for number in range(1, 6):
        says(store, number, "the fees", at=number)
    put_apart(database_url, 30_000)
    index_all(store)
    assert found(store, "fees") == [5, 4]  # a question and its answer each


def test_a_message_is_found_as_soon_as_it_is_there_and_once_it_is_indexed(store: Store, database_url: str) -> None:
    says(store, 1, "Zebra")
    assert (found(store, "zebr"), texts(database_url)) == ([1], [])
    index_all(store)
    says(store, 2, "Zebra!")
    assert (found(store, "zebr"), texts(database_url)) == ([2, 1], ["zebra", "you wrote: zebra"])


def test_what_came_after_the_last_turn_waits_for_the_next(store: Store, database_url: str) -> None:
    says(store, 1, "one")
    assert not store.search_index.keep_up()
    says(store, 2, "two")
    assert not store.search_index.keep_up()
    assert texts(database_url) == ["one", "you wrote: one"]
    assert store.search_index.keep_up()
    assert len(texts(database_url)) == 4


def test_a_turn_takes_a_limited_number_of_texts(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(module, "BATCHES", 2)
    for number in range(1, 6):
        says(store, number, "hello")
    taken = [(store.search_index.keep_up(), len(texts(database_url))) for _ in range(4)]
    assert taken == [(False, 0), (False, 4), (False, 8), (True, 10)]


def test_another_process_goes_on_where_one_was_cut_short(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    monkeypatch.setattr(module, "BATCHES", 1)
    for number in range(1, 6):
        says(store, number, "hello")
    for _ in range(2):
        store.search_index.keep_up()
    with closing(Store(database_url)) as other:
        index_all(other)
    assert len(texts(database_url)) == 10


def test_those_who_index_at_once_do_no_harm(store: Store, database_url: str) -> None:
    for number in range(1, 6):
        says(store, number, "hello")
    stores = [Store(database_url) for _ in range(3)]
    at_once(*[lambda one=one: index_all(one) for one in stores])
    assert (len(texts(database_url)), sorted(found(store, "hello"))) == (10, [1, 2, 3, 4, 5])
    for one in stores:
        one.close()


def test_messages_without_text_hold_nothing_up(store: Store, database_url: str) -> None:
    says(store, 1, "one")
    execute(database_url, "UPDATE messages SET text = ''")
    says(store, 2, "two")
    index_all(store)
    assert texts(database_url) == ["two", "you wrote: two"]


# On PostgreSQL, where many write at once


def test_no_text_is_passed_by_that_is_committed_later(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as store, psycopg.connect(postgresql_url) as slow:
        says(store, 1, "one")
        slow.execute(written("SM-slow", "Zebra"))
        says(store, 2, "two")
        for _ in range(3):
            assert not store.search_index.keep_up()
        assert (texts(postgresql_url), found(store, "two")) == ([], [2])
        slow.commit()
        index_all(store)
    assert texts(postgresql_url) == ["one", "you wrote: one", "zebra", "two", "you wrote: two"]


def test_whoever_always_writes_holds_nothing_up(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as store:
        says(store, 1, "one")
        for number in range(4):
            with psycopg.connect(postgresql_url) as writer:
                writer.execute(written(f"SM-{number}", f"word{number}"))
                store.search_index.keep_up()
        assert "word1" in texts(postgresql_url)


def test_what_somebody_is_erasing_is_not_waited_for(postgresql_url: str) -> None:
    with closing(Store(postgresql_url)) as store, psycopg.connect(postgresql_url) as erasing:
        says(store, 1, "one")
        says(store, 2, "two")
        store.search_index.keep_up()
        erasing.execute("DELETE FROM messages WHERE text = 'You wrote: one'")
        assert not store.search_index.keep_up()
        assert texts(postgresql_url) == ["one"]
        erasing.rollback()
        index_all(store)
    assert texts(postgresql_url) == ["one", "you wrote: one", "two", "you wrote: two"]


# On SQLite, whose index keeps the letters of what was deleted until it is merged


def test_nothing_of_what_was_erased_stays_in_the_index(sqlite_url: str) -> None:
    with closing(Store(sqlite_url)) as store:
        for number in range(1, 4):
            says(store, number, "my SALARY?", name="Annabella")
            index_all(store)
        assert pages_of_index(sqlite_url)
        for number in range(1, 4):
            says(store, number, "erase my data")
        execute(sqlite_url, "DELETE FROM messages")
        index_all(store)
        deliver_all(store, Recorder())
        store.tidy(now=NOW)
        index_all(store)
    assert (pages_of_index(sqlite_url), pages_of_index(sqlite_url, "search_people")) == (b"", b"")


def test_what_was_erased_is_merged_away_from_what_stays(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGES", 1)
    with closing(Store(sqlite_url)) as store:
        for number in range(1, 40):
            says(store, number, "QXZ" if number == 20 else f"the fees, {number}", name="Wyv" if number == 20 else "Ann")
            index_all(store)
        says(store, 20, "erase my data")
        index_all(store)
        assert len(found(store, "fees")) == 38
    held = pages_of_index(sqlite_url) + pages_of_index(sqlite_url, "search_people")
    assert [run for run in (b"fee", b"ann", b"qxz", b"wyv") if run in held] == [b"fee", b"ann"]
    assert sum(file.read_bytes().count(b"qxz") for file in tmp_path.glob("bot.db*")) == 0


def test_an_index_that_is_not_merged_yet_takes_in_nothing_new(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Store(sqlite_url)) as store:
        for number in range(1, 10):
            says(store, number, f"hello {number}")
            index_all(store)
        says(store, 1, "erase my data")
        store.search_index.keep_up()
        monkeypatch.setattr(module, "_PAGES", 1)
        monkeypatch.setattr(module, "BATCHES", 1)
        says(store, 2, "erase my data")
        assert not store.search_index.keep_up()
        assert "erased." not in texts(sqlite_url)
        index_all(store)
        assert texts(sqlite_url)[-2:] == ["erased.", "erased."]


def test_names_and_numbers_in_the_index_follow_the_tables(sqlite_url: str) -> None:
    with closing(Store(sqlite_url)) as store:
        says(store, 1, "hello", name="Ann")
        says(store, 1, "hello!", name="Bernadette", at=1)
        assert (found(store, "ann"), found(store, "bernad")) == ([], [1])
        aliases = (address_of(1), "whatsapp:+4412345")
        intake(store).receive(message("SM2", sender=address_of(1), aliases=aliases), now=NOW)
        assert (found(store, "12345"), found(store, "00001")) == ([1], [1])


def scripts_for_an_old_sqlite(folder: Path) -> Path:
    shutil.copytree(SCRIPTS, folder / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (making,) = (folder / "migrations" / "versions").glob("0011*.py")
    making.write_text(making.read_text().replace("tokenize = trigram", "tokenize = none_such"))
    return folder / "migrations"


def test_an_sqlite_that_cannot_index_parts_of_words_searches_all_texts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    migrate(url, scripts=scripts_for_an_old_sqlite(tmp_path))
    with closing(Store(url)) as store:
        says(store, 1, "कोर्स की फीस", name="Annabella")
        put_apart(url, 30_000)
        index_all(store)
        says(store, 2, "hello")
        index_all(store)
        assert [found(store, query) for query in ("की", "फीस", "bella", "00001", "zebra")] == [[1], [1], [1], [1], []]
        says(store, 1, "erase my data")
        index_all(store)
        assert found(store, "फीस") == []
