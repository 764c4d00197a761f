"""Conversations as a file without who held them."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.conversation import Status
from bot.core.messages import Inbound, Kind, Outcome
from bot.core.replaying import Talk, Turn
from bot.corpus import CorpusError, nameless, read, write

NOW = datetime(2026, 11, 23, 9, 30, 12, tzinfo=UTC)

turns = st.builds(
    Turn,
    id=st.integers(1, 10**9),
    inbound=st.builds(
        Inbound,
        sid=st.just("SM1"),
        sender=st.just("whatsapp:+919800000001"),
        recipient=st.just("whatsapp:+14155238886"),
        kind=st.sampled_from(Kind),
        text=st.text(),
        choice=st.sampled_from(["", "tools|cook|"]),
        opt_out=st.sampled_from(["", "STOP"]),
    ),
    at=st.integers(0, 10**6).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    outcome=st.sampled_from(Outcome),
    reason=st.sampled_from(["answered", "with_staff"]),
    status=st.sampled_from(Status),
)
talks = st.builds(Talk, conversation=st.integers(1, 99), turns=st.lists(turns, min_size=1, max_size=4).map(tuple))


def talk_of(*texts: str, name: str = "", kind: Kind = Kind.TEXT) -> Talk:
    said = [
        Inbound("SM1", "whatsapp:+919800000001", "", kind, text, name=name, source="An advertisement") for text in texts
    ]
    return Talk(77, tuple(Turn(n, one, NOW, Outcome.ANSWERED, "answered") for n, one in enumerate(said, 1)))


def texts(talk: Talk, words: Collection[str] = ()) -> list[str]:
    return [turn.inbound.text for turn in nameless(talk, 1, words=words).turns]


@given(st.lists(talks, max_size=3))
def test_what_was_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, held: list[Talk]) -> None:
    file = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    without = [nameless(talk, number, words=()) for number, talk in enumerate(held, 1)]
    assert write(file, without) == sum(len(talk.turns) for talk in held)
    assert list(read(file)) == without


@given(talks)
def test_nobody_s_address_and_no_id_of_the_provider_is_left(talk: Talk) -> None:
    for turn in nameless(talk, 5, words=()).turns:
        assert (turn.inbound.sender, turn.inbound.recipient, turn.inbound.sid) == ("", "", str(turn.id))
        assert turn.at.second == 0


@given(talks)
def test_taking_names_out_twice_changes_nothing(talk: Talk) -> None:
    once = nameless(talk, 1, words=())
    assert nameless(once, 1, words=()) == once


def test_marks_of_names_are_not_taken_for_names() -> None:
    once = nameless(talk_of("my name is Asha Rao, and your name?"), 1, words=())
    assert texts(once) == ["my name is [name], and your name?"]


def test_a_name_that_was_told_is_taken_out_of_the_whole_conversation() -> None:
    assert texts(talk_of("My name is Kavita Iyer", "call kavita please")) == ["My name is [name]", "call [name] please"]


def test_the_name_of_the_profile_is_taken_out_wherever_it_stands() -> None:
    assert texts(talk_of("it is for ASHA and rao", name="Asha Rao")) == ["it is for [name] and [name]"]


def test_names_in_devanagari_are_taken_out_and_words_that_begin_alike_stay() -> None:
    assert texts(talk_of("आशा बोल रही हूँ, कर दो", name="आशा राव")) == ["[name] बोल रही हूँ, कर दो"]
    assert texts(talk_of("रामा कौन है", name="राम")) == ["रामा कौन है"]


def test_who_says_this_is_me_is_not_named_later() -> None:
    assert texts(talk_of("this is Ravi", "ravi again")) == ["this is [name]", "[name] again"]


def test_a_name_that_is_the_word_for_a_role_stays() -> None:
    assert texts(talk_of("what does a baker do", name="Baker Singh"), words={"baker"}) == ["what does a baker do"]


def test_where_and_who_somebody_is_goes_as_a_whole() -> None:
    assert texts(talk_of("12 Long Lane, Pune", kind=Kind.LOCATION)) == [""]


def test_where_a_conversation_came_from_goes() -> None:
    (turn,) = nameless(talk_of("hello"), 3, words=()).turns
    assert (turn.inbound.source, turn.inbound.name) == ("", "")


@pytest.mark.parametrize("line", ["{", '{"conversation": 1, "turns": []}', '{"conversation": 1, "people": 2}', "[]"])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "corpus.jsonl"
    file.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"corpus\.jsonl:2: .*bot knowledge corpus"):
        list(read(file))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read"):
        list(read(tmp_path / "none"))
    with pytest.raises(CorpusError, match="cannot be written"):
        write(tmp_path / "no" / "folder", [])


def test_the_example_in_the_documents_is_read(tmp_path: Path) -> None:
    document = (Path(__file__).parents[1] / "docs" / "replay.md").read_text(encoding="utf-8")
    file = tmp_path / "corpus.jsonl"
    file.write_text(document.partition("```json\n")[2].partition("```")[0], encoding="utf-8")
    (talk,) = read(file)
    assert [turn.inbound.text for turn in talk.turns] == ["which tools does mlops use"]
