import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.knowledge import Answer, Faq
from bot.knowledge_files.patching import PatchRefused, unified_diff, with_faq, with_phrases
from bot.knowledge_files.yaml_positions import parse

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
COMPARISON = "comparisons/mlops-engineer-vs-ml-engineer.yaml"
FAQ = Faq(
    topic="laptop",
    title="Which laptop?",
    phrases={"en": ("which laptop: a mac?", "laptop")},
    answer=Answer(text="Any."),
)
NASTY = (
    "plain words",
    "a: b",
    "# no comment",
    "- dash",
    "it's",
    'say "hi"',
    "{mlops} or {ml}?",
    "yes",
    "12",
    "क्या है",
    "😀",
    "a #b",
)

texts = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co"), blacklist_characters="\ufeff"),
    min_size=1,
    max_size=30,
)
phrases = st.lists(st.sampled_from(NASTY) | texts, min_size=1, max_size=3)
comments = st.sampled_from(("", "# why it is so\n", "\n", "\n# one\n  # two\n"))


@st.composite
def topic_files(draw: st.DrawFn) -> str:
    """Topic files as people write them: any indentation, comments anywhere, brackets, other line ends."""
    indent, dash = draw(st.sampled_from((2, 4))), draw(st.sampled_from((0, 2)))
    lines = [f"topic: tools\n{draw(comments)}title: 'Tools' # short\nphrases:\n"]
    for language in ("en", "hi"):
        pad = " " * indent
        if draw(st.booleans()):
            lines.append(f"{pad}{language}: [one, 'two'] # in brackets\n{draw(comments)}")
            continue
        lines.append(f"{pad}{language}:{draw(st.sampled_from(('', ' # said')))}\n")
        items = (
            "one # first",
            "'it''s'",
            ">-\n" + pad + " " * dash + "    folded\n" + pad + " " * dash + "    text",
        )
        lines.extend(f"{pad}{' ' * dash}- {item}\n{draw(comments)}" for item in items)
    lines.append(draw(st.sampled_from(("", "heading: last\n", "# the end\n"))))
    text = "".join(lines)
    text = draw(st.sampled_from((text, text.rstrip("\n"), "\ufeff" + text)))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def is_insertion(old: str, new: str) -> bool:
    """Whether the new text is the old one with one piece more."""
    start = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    return any(new.endswith(old[at:]) and new.startswith(old[:at]) for at in range(start, -1, -1))


@settings(max_examples=300, deadline=None)
@given(topic_files(), st.sampled_from(("en", "hi", "ta")), phrases)
def test_a_patch_says_the_insertion_more_and_leaves_all_other_bytes(text: str, language: str, new: list[str]) -> None:
    try:
        patched = with_phrases(text, (), language, new)
    except PatchRefused:
        assert any(parse(f'- "{phrase}"').faults or "\\" in phrase or '"' in phrase for phrase in new)
        return
    before: Any = parse(text.removeprefix("\ufeff")).value
    after: Any = parse(patched.removeprefix("\ufeff")).value
    before["phrases"].setdefault(language, []).extend(new)
    assert after == before
    assert is_insertion(text, patched)
    assert ("\r\n" in text) == ("\r\n" in patched)


@pytest.mark.parametrize(
    "file", sorted(path.relative_to(KNOWLEDGE).as_posix() for path in KNOWLEDGE.glob("topics/*.yaml"))
)
def test_every_topic_of_the_school_takes_a_phrase_in_every_language(file: str) -> None:
    text = (KNOWLEDGE / file).read_bytes().decode()
    for language in ("en", "hi", "hinglish", "ta"):
        assert is_insertion(text, with_phrases(text, (), language, NASTY))


def test_a_question_of_its_own_takes_phrases_between_its_neighbours() -> None:
    text = (KNOWLEDGE / COMPARISON).read_bytes().decode()
    first = with_phrases(text, ("faqs", 0), "en", NASTY)
    value: Any = parse(first).value
    assert value["faqs"][0]["phrases"]["en"][-len(NASTY) :] == list(NASTY)
    assert is_insertion(text, first)


def test_a_new_entry_stands_at_the_end_of_the_faqs_of_a_comparison() -> None:
    text = (KNOWLEDGE / COMPARISON).read_bytes().decode()
    value: Any = parse(with_faq(text, FAQ)).value
    assert Faq.model_validate(value["faqs"][-1]) == FAQ
    assert is_insertion(text, with_faq(text, FAQ))


@pytest.mark.parametrize(
    "text", ["faqs: []\n", "faqs: [] # none\n", "# none\nfaqs:\n", "title: x\n", "title: x", "faqs:\n- topic: a\n"]
)
def test_the_first_entry_finds_its_place_in_any_layout(text: str) -> None:
    value: Any = parse(with_faq(text, FAQ)).value
    assert Faq.model_validate(value["faqs"][-1]) == FAQ


@pytest.mark.parametrize(
    "answer",
    [
        Answer(text="One line: short."),
        Answer(text="A long text that goes on. " * 20),
        Answer(text="Two paragraphs.\n\n- and: a point\n# no comment"),
        Answer(points=("one", "two: three")),
        Answer(text="Above\nthe list", points=("one",)),
    ],
)
def test_answers_of_every_form_are_read_as_they_were(answer: Answer) -> None:
    faq = FAQ.model_copy(update={"answer": answer, "offers": ("tools",)})
    value: Any = parse(with_faq("faqs: []\n", faq)).value
    assert Faq.model_validate(value["faqs"][0]) == faq


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("topic: x\n", "no phrases"),
        ("phrases:\n  en: word\n", "no list"),
        ("phrases:\n\ten: word\n", "Line 2 has to be mended first"),
        ("- a\n", "keys on lines of their own"),
        ("{phrases: {en: [a]}}\n", "keys on lines of their own"),
    ],
)
def test_a_file_of_another_form_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(PatchRefused, match=says):
        with_phrases(text, (), "en", ["more"])


def test_git_applies_every_patch_to_the_very_bytes(tmp_path: Path) -> None:
    old = "a: 1\nphrases:\n  en:\n    - one\n" + "# tail\n" * 9
    variants = [old, old.rstrip("\n"), old.replace("\n", "\r\n"), "phrases:\n  en:\n    - last"]
    for number, text in enumerate(variants):
        path = tmp_path / f"my file {number}.yaml"
        path.write_bytes(text.encode())
        new = with_phrases(text, (), "en", ["more"])
        patch = unified_diff(path.name, text, new)
        subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch.encode(), check=True)
        assert path.read_bytes().decode() == new
