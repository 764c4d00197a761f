import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.catalogue import Knowledge
from bot.core.matching import Matcher
from bot.core.mentions import TERM, stand_ins
from tests.core.talking import real_knowledge

SLOT = re.compile(r"\{([^}]*)\}")
EXAMPLES = {
    "tools": [["which", "tools"], ["tools", "for", "xsidex"], ["software", "used"]],
    "fees": [["how", "much"], ["course", "fees"], ["what", "does", "it", "cost"]],
    "person": [["talk", "to", "a", "person"], ["call", "me"]],
}
WORDS = st.lists(
    st.sampled_from(["tools", "fees", "person", "how", "xsidex", "", "|", "zzz"]) | st.text(max_size=6), max_size=12
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(EXAMPLES)


def test_a_matcher_without_examples_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one example"):
        Matcher({"tools": []})


def test_one_example_is_enough() -> None:
    only = Matcher({"tools": [["tools"]]}).rank(["anything"])
    assert [ranked.label for ranked in only] == ["tools"]


def test_a_label_without_examples_is_ranked_but_never_first(matcher: Matcher) -> None:
    ranking = Matcher({"empty": [], **EXAMPLES}).rank(["which", "tools"])
    assert ranking[0].label == "tools"
    assert {ranked.label for ranked in ranking} == {"empty", *EXAMPLES}


def test_what_is_alike_wins_though_misspelt(matcher: Matcher) -> None:
    first = matcher.rank(["wich", "tols"])[0]
    assert (first.label, first.example) == ("tools", 0)


@settings(max_examples=100, deadline=None)
@given(words=WORDS)
def test_probabilities_of_all_labels_add_up_to_one(words: list[str]) -> None:
    ranking = real_knowledge().matcher.rank(words)
    assert sum(ranked.probability for ranked in ranking) == pytest.approx(1, abs=1e-5)
    assert {ranked.label for ranked in ranking} == set(real_knowledge().matcher.labels)


@settings(max_examples=50, deadline=None)
@given(words=WORDS)
def test_the_likeliest_stands_first(words: list[str]) -> None:
    probabilities = [ranked.probability for ranked in real_knowledge().matcher.rank(words)]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= probability <= 1 for probability in probabilities)


@settings(max_examples=50, deadline=None)
@given(words=WORDS)
def test_the_same_words_get_the_same_ranking(words: list[str]) -> None:
    assert real_knowledge().matcher.rank(words) == real_knowledge().matcher.rank(words)


@cache
def phrases() -> dict[tuple[str, ...], set[str]]:
    """Every phrase of the knowledge as it is compared, with the labels that it is written for."""
    knowledge = real_knowledge()
    found: dict[tuple[str, ...], set[str]] = {}
    for label, examples in knowledge.examples.items():
        for example in examples:
            words = knowledge.lexicon.words(as_compared(example.phrase))
            found.setdefault(tuple(knowledge.comparable(words)), set()).add(label)
    return found


def as_compared(phrase: str) -> str:
    """A phrase with the words that stand for names and terms in its slots."""
    phrase = phrase.replace("{term}", f" {TERM} ")
    names = iter(stand_ins(SLOT.findall(phrase)))
    return SLOT.sub(lambda _: f" {next(names)} ", phrase)


def test_no_phrase_of_the_knowledge_is_written_for_two_topics() -> None:
    assert {words: labels for words, labels in phrases().items() if len(labels) > 1} == {}


# All of them would take ten seconds; with the test above, what holds for some holds for all.
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_phrase_of_the_knowledge_is_understood_as_what_it_is_written_for(data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(list(phrases())))
    first = real_knowledge().matcher.rank(words)[0]
    assert {first.label} == phrases()[words]
    assert first.probability > 0.9


@settings(max_examples=25, deadline=None)
@given(
    shuffled=st.permutations(list(EXAMPLES.items())),
    words=st.lists(st.sampled_from(["tools", "much", "call", "it"]), min_size=1),
)
def test_the_order_of_labels_changes_nothing(shuffled: list[tuple[str, list[list[str]]]], words: list[str]) -> None:
    assert probabilities(Matcher(dict(shuffled)), words) == pytest.approx(
        probabilities(Matcher(EXAMPLES), words), abs=1e-4
    )


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(3)), words=st.lists(st.sampled_from(["tools", "much", "call", "it"]), min_size=1))
def test_the_order_of_examples_changes_nothing(order: list[int], words: list[str]) -> None:
    shuffled = {label: [texts[at] for at in order if at < len(texts)] for label, texts in EXAMPLES.items()}
    assert probabilities(Matcher(shuffled), words) == pytest.approx(probabilities(Matcher(EXAMPLES), words), abs=1e-4)


def probabilities(matcher: Matcher, words: list[str]) -> dict[str, float]:
    return {ranked.label: ranked.probability for ranked in matcher.rank(words)}


@pytest.mark.parametrize("words", [[], ["zzzz"], ["қазақша"], ["\U0001f600"], ["0" * 400]])
def test_nothing_known_gives_no_confident_label(knowledge: Knowledge, words: list[str]) -> None:
    assert knowledge.matcher.rank(words)[0].probability < 0.5
