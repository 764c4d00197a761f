"""Which examples would another label win if they had not been written?"""

from bot.core.matching import Matcher, Sample

EXAMPLES = {
    "fees": ["what does it cost", "how much does it cost", "the price of the course", "how much is the fee"],
    "dates": ["when does it begin", "when is the first day", "the day it begins", "how much is the price then"],
    "tools": ["which tools are used", "what tools do i need", "name the tools please", "tools to install"],
}
TEXTS = {label: [text.split() for text in texts] for label, texts in EXAMPLES.items()}


def test_an_example_among_those_of_another_label_is_pulled() -> None:
    pulls = list(Matcher(TEXTS).pulls())
    strongest = max(pulls, key=lambda pull: pull.lead)
    assert (strongest.example, strongest.puller) == (Sample("dates", 3), Sample("fees", 3))
    assert 0 < strongest.lead < 1


def test_what_is_pulled_is_lost_without_it() -> None:
    matcher = Matcher(TEXTS)
    pulled = Sample("dates", 3)
    assert matcher.words(pulled) == ("how", "much", "is", "the", "price", "then")
    assert matcher.rank(matcher.words(pulled))[0].label == "dates"
    assert matcher.label_without(matcher.words(pulled), pulled) == "fees"


def test_a_single_example_has_nothing_that_pulls_it() -> None:
    assert list(Matcher({"only": [["word"]]}).pulls()) == []


def test_parts_of_the_examples_have_the_pulls_of_the_whole() -> None:
    matcher = Matcher(TEXTS)
    parts = [pull for part in (range(5), range(5, len(matcher))) for pull in matcher.pulls(part)]
    assert parts == list(matcher.pulls()) != []


def test_the_pulls_near_an_example_are_among_all_pulls_and_name_it() -> None:
    matcher = Matcher(TEXTS)
    near = list(matcher.pulls_near([Sample("dates", 3)]))
    assert any(Sample("dates", 3) in (pull.example, pull.puller) for pull in near)
    assert {pull.example for pull in matcher.pulls()} <= {pull.example for pull in near}
