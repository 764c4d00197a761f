from functools import cache
from itertools import chain, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.catalogue import Knowledge
from bot.core.text import BORDER, Lexicon, Speller, Wordings, tokens
from tests.core.talking import real_knowledge

DEVANAGARI = st.text(st.characters(min_codepoint=0x0900, max_codepoint=0x097F), min_size=1)
TYPED = st.text(st.sampled_from("abehiklmnoprstuy AOM'\u2019.,?!|123 \n\u200d🍕")) | DEVANAGARI | st.text()


@st.composite
def chat(draw: st.DrawFn) -> str:
    """Words that the knowledge knows in any of their spellings, between whatever else people type."""
    return " ".join(draw(st.lists(st.sampled_from(known_spellings()) | TYPED, max_size=8)))


@cache
def known_spellings() -> list[str]:
    language = real_knowledge().language
    return sorted({*language.spellings, *chain(*language.spellings.values()), *language.abbreviations})


@pytest.fixture(scope="session")
def lexicon(knowledge: Knowledge) -> Lexicon:
    return knowledge.lexicon


def without_borders(words: list[str]) -> list[str]:
    return [word for word in words if word != BORDER]


@settings(max_examples=100, deadline=None)
@given(text=chat())
def test_reading_what_was_read_changes_nothing(text: str) -> None:
    lexicon = real_knowledge().lexicon
    words = without_borders(lexicon.words(text))
    assert lexicon.words(" ".join(words)) == words


def test_every_spelling_is_read_as_a_word_that_is_read_as_itself(lexicon: Lexicon, knowledge: Knowledge) -> None:
    language = knowledge.language
    for spelling in {*chain(*language.spellings.values()), *language.abbreviations, *language.abbreviations.values()}:
        words = without_borders(lexicon.words(spelling))
        assert without_borders(lexicon.words(" ".join(words))) == words


@settings(max_examples=100, deadline=None)
@given(text=chat())
def test_any_text_gives_words_without_white_space_or_capitals(text: str) -> None:
    for word in real_knowledge().read(text):
        assert word == word.casefold() != ""
        assert not any(character.isspace() for character in word)


@settings(max_examples=30, deadline=None)
@given(start=st.text(min_size=1), more=st.text())
def test_what_stands_behind_two_thousand_characters_is_not_read(start: str, more: str) -> None:
    text = (start * 2000)[:2000]
    assert tokens(text + more) == tokens(text)


@settings(max_examples=50, deadline=None)
@given(text=st.text())
def test_clauses_are_never_empty(text: str) -> None:
    words = tokens(text)
    assert words[:1] != [BORDER]
    assert words[-1:] != [BORDER]
    assert (BORDER, BORDER) not in pairwise(words)


@pytest.mark.parametrize(
    "typed",
    ["TOOLS", "Tools!!", "toools", "tooooools", "tools…", "t\u200dools", "tools 🙏", "\uff54\uff4f\uff4f\uff4c\uff53"],
)
def test_a_word_stays_the_same_word_however_it_is_dressed(lexicon: Lexicon, typed: str) -> None:
    assert lexicon.words(typed) == ["tools"]


@pytest.mark.parametrize(
    ("stretched", "word"), [("plzzzzz", "please"), ("hiiiii", "hi"), ("differenceeee", "difference"), ("sooooo", "so")]
)
def test_stretched_letters_change_nothing(knowledge: Knowledge, stretched: str, word: str) -> None:
    assert knowledge.read(stretched) == (word,)


@pytest.mark.parametrize(
    ("devanagari", "latin"),
    [
        ("क्या अंतर है", "kya antar hai"),
        ("दोनों के टूल्स बताओ", "dono ke tools batao"),
        ("मशीन लर्निंग", "machine learning"),
        ("एमएल", "emael"),
        ("डिप्लॉयमेंट और मॉडल", "deployment aur model"),
        ("कोर्स की फीस", "course ki fees"),
        ("नहीं", "nahi"),
        ("किताब", "kitab"),
    ],
)
def test_devanagari_and_latin_spellings_are_the_same_words(lexicon: Lexicon, devanagari: str, latin: str) -> None:
    assert lexicon.words(devanagari) == lexicon.words(latin)


@pytest.mark.parametrize(
    ("one", "two", "word"),
    [
        ("\u095bरूरी", "ज\u093cरूरी", "zaroori"),
        ("प\u095dाई", "पढ\u093cाई", "padhai"),
        ("\u095eर्क", "फ\u093cर्क", "fark"),
        ("ब\u095cा", "बड\u093cा", "bada"),
        ("\u0958लम", "क\u093cलम", "kalam"),
    ],
)
def test_a_letter_with_a_dot_below_may_be_one_character_or_two(lexicon: Lexicon, one: str, two: str, word: str) -> None:
    assert lexicon.words(one) == lexicon.words(two) == [word]


def test_a_message_without_words_gives_none(lexicon: Lexicon) -> None:
    assert [lexicon.words(text) for text in ("", " \n", "...", "🍕🙏", "\u200b\u202e")] == [[]] * 5


@pytest.mark.parametrize(
    ("typed", "words"), [("2\ufe0f\u20e3", ["2"]), ("\u2764\ufe0f", []), ("ok \u2764\ufe0f", ["ok"])]
)
def test_marks_that_only_dress_an_emoji_or_a_number_are_not_read(
    lexicon: Lexicon, typed: str, words: list[str]
) -> None:
    assert lexicon.words(typed) == words


def test_sentences_are_kept_apart(lexicon: Lexicon) -> None:
    assert lexicon.words("Tools? Course।\nSkills!!!") == ["tools", BORDER, "course", BORDER, "skills"]


def test_an_apostrophe_of_any_kind_joins(lexicon: Lexicon) -> None:
    assert lexicon.words("don't") == lexicon.words("don\u2019t") == lexicon.words("dont") == ["do", "not"]


def test_the_longest_wording_is_found_and_no_word_twice() -> None:
    wordings = Wordings([("ml",), ("ml", "ops"), ("ops", "role")])
    assert wordings.find(["ml", "ops", "role"]) == [(0, 2)]


def test_a_wording_is_not_found_beyond_the_end() -> None:
    assert Wordings([("ml",), ("ml", "ops")]).find(["the", "ml"]) == [(1, 2)]


def test_nothing_is_found_in_nothing() -> None:
    assert Wordings([]).find(["ml"]) == []
    assert Wordings([()]).find(["ml"]) == []
    assert Wordings([("ml",)]).find([]) == []


@pytest.mark.parametrize(
    ("typed", "meant"), [("enginer", "engineer"), ("pojects", "projects"), ("diference", "difference")]
)
def test_a_misspelt_word_is_repaired(knowledge: Knowledge, typed: str, meant: str) -> None:
    assert knowledge.speller.repair(typed) == meant


@pytest.mark.parametrize("word", ["tools", "xyzzyq", "sky", "a1b2", BORDER])
def test_known_short_and_strange_words_are_left_alone(knowledge: Knowledge, word: str) -> None:
    assert knowledge.speller.repair(word) == word


def test_of_two_words_equally_near_the_commoner_one_is_meant() -> None:
    assert Speller({"modes": 1, "model": 90}).repair("modem") == "model"
    assert Speller({"modes": 90, "model": 1}).repair("modem") == "modes"
