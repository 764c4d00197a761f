from pathlib import Path

import numpy as np
import pytest

from bot.core.matching.word_vectors import WordVectors, english
from bot.core.mentions import SIDE

PIECES = {"tool": 0, "##s": 1, "to": 2, "fee": 3}
ROWS = np.array([[127, 0], [0, 127], [0, 127], [-127, 0]], dtype=np.int8)


@pytest.fixture
def vectors() -> WordVectors:
    return WordVectors(PIECES, ROWS, np.full(4, 1 / 127, dtype=np.float32))


def likeness(one: str, other: str) -> float:
    return float(english().text(one.split()) @ english().text(other.split()))


def test_a_word_is_the_sum_of_its_longest_pieces(vectors: WordVectors) -> None:
    assert vectors.text(["tools"]) == pytest.approx([0.5**0.5, 0.5**0.5])


def test_a_piece_from_inside_words_does_not_begin_one(vectors: WordVectors) -> None:
    assert vectors.text(["s"]) == pytest.approx([0, 0])


def test_a_word_that_is_no_piece_to_its_end_counts_for_nothing(vectors: WordVectors) -> None:
    assert vectors.text(["tool", "toolx"]) == pytest.approx([1, 0])


def test_accents_do_not_matter(vectors: WordVectors) -> None:
    assert vectors.text(["fée"]) == pytest.approx(vectors.text(["fee"]))


@pytest.mark.parametrize("words", [[], [""], ["|"], ["नमस्ते"], ["\U0001f600"]])
def test_a_text_without_known_words_has_no_direction(vectors: WordVectors, words: list[str]) -> None:
    assert vectors.text(words) == pytest.approx([0, 0])


def test_opposite_words_cancel_out(vectors: WordVectors) -> None:
    assert vectors.text(["tool", "fee"]) == pytest.approx([0, 0])


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("how much does it cost", "what is the price", "who wrote this page"),
        ("i want to talk to a human", "connect me with a person", "which tools do they use"),
        ("where is your office", "what is your address", "how do i enrol"),
        (f"what does a {SIDE} do", "responsibilities of the job", "send me the link"),
    ],
)
def test_the_same_in_other_words_is_nearer_than_something_else(text: str, near: str, far: str) -> None:
    assert likeness(text, near) > likeness(text, far) + 0.1


def test_a_misspelt_word_is_not_known(vectors: WordVectors) -> None:
    assert [vectors.knows(word) for word in ("tool", "tools", "s")] == [True, False, False]


def test_a_table_is_read_as_it_was_written(tmp_path: Path, vectors: WordVectors) -> None:
    path = tmp_path / "table.npz"
    pieces = np.frombuffer("\n".join(PIECES).encode(), dtype=np.uint8)
    np.savez(path, pieces=pieces, vectors=ROWS, scales=np.full(4, 1 / 127, dtype=np.float32))
    assert WordVectors.load(str(path)).text(["tools", "to"]) == pytest.approx(vectors.text(["tools", "to"]))
