import re
from copy import copy
from datetime import datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.catalogue import COURSE, PATH, Knowledge
from bot.core.knowledge import About, Opening, Weekday
from bot.core.memory import Choice
from bot.core.messages import (
    BUTTON_TITLE_LIMIT,
    MENU_TEXT_LIMIT,
    ROW_DESCRIPTION_LIMIT,
    ROW_LIMIT,
    ROW_TITLE_LIMIT,
    TEXT_LIMIT,
    Button,
    Reply,
)
from bot.core.replies import Writer, bubbles, split, with_buttons, with_rows
from tests.core.talking import NOW

PROSE = st.lists(
    st.sampled_from(["word", "Sentence.", "क्या।", "\n", "\n\n", "x" * 30, " ", "!"]) | st.text(max_size=8), max_size=40
).map(" ".join)
COMPARISON = "mlops-engineer-vs-ml-engineer"


@pytest.fixture
def writer(knowledge: Knowledge) -> Writer:
    return Writer(knowledge, "en")


@settings(max_examples=150, deadline=None)
@given(text=PROSE, limit=st.integers(1, 60))
def test_no_piece_is_longer_than_the_limit(text: str, limit: int) -> None:
    assert all(len(piece) <= limit for piece in split(text, limit))


@settings(max_examples=150, deadline=None)
@given(text=PROSE, limit=st.integers(1, 60))
def test_cutting_loses_nothing_but_white_space(text: str, limit: int) -> None:
    assert re.sub(r"\s", "", "".join(split(text, limit))) == re.sub(r"\s", "", text)


@settings(max_examples=100, deadline=None)
@given(text=PROSE, limit=st.integers(1, 60))
def test_no_piece_is_empty_unless_the_whole_is(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert pieces == [""] if not text.strip() else all(pieces)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One two.\n\nThree. Four five six", ["One two.", "Three. Four five six"]),
        ("One two three.\nFour. Five six", ["One two three.", "Four. Five six"]),
        ("One two three. Four five six", ["One two three.", "Four five six"]),
        ("एक दो तीन। चार पाँच छह सात", ["एक दो तीन।", "चार पाँच छह सात"]),
        ("one two three four five", ["one two three four", "five"]),
        ("onetwothreefourfivesixseven", ["onetwothreefourfives", "ixseven"]),
        ("short", ["short"]),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text: str, pieces: list[str]) -> None:
    assert split(text, 20) == pieces


def test_buttons_go_with_the_last_bubble() -> None:
    first, second = bubbles(Reply("a" * TEXT_LIMIT + " b", (Button("1", "One"),)))
    assert (first.text, first.buttons) == ("a" * TEXT_LIMIT, ())
    assert (second.text, second.buttons) == ("b", (Button("1", "One"),))


def test_a_text_too_long_for_a_menu_goes_without_buttons() -> None:
    assert with_buttons("a" * MENU_TEXT_LIMIT, [("1", "One")]).buttons
    assert not with_buttons("a" * (MENU_TEXT_LIMIT + 1), [("1", "One")]).buttons


def test_there_are_at_most_three_buttons() -> None:
    titles = [(str(number), str(number)) for number in range(5)]
    assert [button.title for button in with_buttons("Which?", titles).buttons] == ["0", "1", "2"]


def test_rows_are_cut_to_what_whatsapp_shows() -> None:
    rows = with_rows("Which?", [("1", "A title of very many characters", "word " * 40)] * 12, label="Choose").rows
    assert len(rows) == ROW_LIMIT
    assert rows[0].title == "A title of very many…"
    assert len(rows[0].title) <= ROW_TITLE_LIMIT
    assert len(rows[0].description) <= ROW_DESCRIPTION_LIMIT


def choices(knowledge: Knowledge) -> list[Choice]:
    """Everything that may be offered: each topic about each side, each course, and every topic by itself."""
    about_sides = [topic.id for topic in knowledge.topics.values() if topic.about is About.SIDE]
    return [
        *(
            Choice(topic=topic, side=side, comparison=COMPARISON)
            for topic, side in product(about_sides, knowledge.roles)
        ),
        *(Choice(topic=COURSE, side=course) for course in knowledge.courses),
        *(Choice(topic=topic) for topic in knowledge.topics),
    ]


def test_every_label_fits_on_a_button(knowledge: Knowledge, writer: Writer) -> None:
    labels = [writer.label(choice) for choice in choices(knowledge)]
    assert all(0 < len(label) <= BUTTON_TITLE_LIMIT for label in labels), labels


def test_a_label_names_the_side_where_there_is_room(writer: Writer) -> None:
    assert writer.label(Choice(topic="tools", side="mlops", comparison=COMPARISON)) == "Tools: MLOps"


@pytest.mark.parametrize("language", ["en", "hi"])
def test_every_line_fits_above_buttons(knowledge: Knowledge, language: str) -> None:
    writer = Writer(knowledge, language)
    lines = [line for line in writer.lines.model_dump().values() if isinstance(line, str)]
    assert all(len(writer.line(line)) <= MENU_TEXT_LIMIT for line in [*lines, *writer.lines.received.values()])


def test_every_entry_is_written_into_one_bubble(knowledge: Knowledge, writer: Writer) -> None:
    for entry in knowledge.entries.values():
        text = writer.answer(entry.topic, entry.side, entry.comparison)
        assert text is not None
        assert 0 < len(text) <= TEXT_LIMIT, entry.id


def test_every_entry_about_one_side_has_room_for_buttons(knowledge: Knowledge, writer: Writer) -> None:
    long = {
        entry.id: len(text)
        for entry in knowledge.entries.values()
        if (text := writer.answer(entry.topic, entry.side, entry.comparison)) and len(text) > MENU_TEXT_LIMIT
    }
    assert not long


def test_all_sides_of_a_topic_fit_into_one_bubble(knowledge: Knowledge, writer: Writer) -> None:
    for topic in knowledge.topics.values():
        if topic.about is About.SIDE:
            text = writer.answer(topic.id, None, COMPARISON)
            assert text is not None
            assert all(knowledge.name(side) in text for side in knowledge.sides[COMPARISON])
            assert len(text) <= TEXT_LIMIT


def test_an_answer_about_a_side_stands_under_its_name(writer: Writer) -> None:
    answer = writer.answer("tools", "ml", COMPARISON)
    assert answer is not None
    assert answer.startswith("*Tools: ML Engineer*\n- PyTorch or TensorFlow\n")


def test_what_the_knowledge_does_not_hold_is_not_answered(writer: Writer) -> None:
    assert writer.answer("tools", "aiops", COMPARISON) is None
    assert writer.answer(PATH, None, COMPARISON) is None


def test_a_language_without_lines_gets_those_of_the_first(knowledge: Knowledge) -> None:
    assert Writer(knowledge, "fr").lines == Writer(knowledge, "en").lines


def open_on_weekdays(knowledge: Knowledge) -> Knowledge:
    hours = dict.fromkeys(list(Weekday)[:5], Opening(opens=time(9, 30), closes=time(18, 0)))
    changed = copy(knowledge)
    changed.school = knowledge.school.model_copy(update={"hours": hours})
    return changed


MONDAY_AT_THREE = NOW  # 23 November 2026, 15:00 in India


@pytest.mark.parametrize(
    ("now", "when"),
    [
        (MONDAY_AT_THREE - timedelta(hours=6), "today at 09:30"),
        (MONDAY_AT_THREE + timedelta(hours=3), "tomorrow at 09:30"),
        (MONDAY_AT_THREE + timedelta(days=4, hours=3), "on Monday at 09:30"),
        (MONDAY_AT_THREE + timedelta(days=6), "tomorrow at 09:30"),
    ],
)
def test_a_closed_school_promises_its_next_opening(knowledge: Knowledge, now: datetime, when: str) -> None:
    assert f"back {when}" in Writer(open_on_weekdays(knowledge), "en").promise(now)


def test_an_open_school_promises_a_person(knowledge: Knowledge) -> None:
    writer = Writer(open_on_weekdays(knowledge), "en")
    assert writer.promise(MONDAY_AT_THREE) == writer.lines.promise_open


def test_a_school_without_hours_promises_no_time(writer: Writer) -> None:
    assert not re.search(r"\d|today|tomorrow|hour|minute", writer.promise(NOW))


def test_a_promise_in_hindi_names_the_day_in_hindi(knowledge: Knowledge) -> None:
    promise = Writer(open_on_weekdays(knowledge), "hi").promise(MONDAY_AT_THREE + timedelta(hours=3))
    assert "कल 09:30 बजे" in promise
