"""Answers whose review is long ago: who is due, and what learners are told."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.catalogue import Knowledge
from bot.core.freshness import due
from bot.core.messages import MENU_TEXT_LIMIT, TEXT_LIMIT
from bot.core.rehearsal import Learner
from bot.knowledge_files import load
from tests.core.talking import Talk, message, read
from tests.knowledge.editing import EditedFolder

REVIEWED = date(2026, 5, 12)
LAST_DAY = datetime(2027, 5, 12, 12, tzinfo=UTC)
DAY = timedelta(days=1)
COMPARISON = "comparisons/cook-vs-baker.yaml"


def reviewed_apart(path: Path) -> Knowledge:
    """The good folder; the cook's tools are older than the rest, the apron names a source of its own."""
    folder = EditedFolder(path / "knowledge")
    folder.edit(COMPARISON, "tools: [Pan, Knife]", "tools: {points: [Pan, Knife], reviewed: 2024-02-01}")
    folder.edit("faqs.yaml", "Yes, on the first day.", "{text: Yes., source: https://food.example/apron}")
    return load(folder.path)


def test_nothing_is_due_on_the_last_day_and_all_is_on_the_next(knowledge: Knowledge) -> None:
    assert due(knowledge, LAST_DAY.date()) == []
    assert len(due(knowledge, (LAST_DAY + DAY).date())) == len(knowledge.entries)


def test_an_answer_says_itself_what_its_file_does_not(tmp_path: Path) -> None:
    entries = reviewed_apart(tmp_path).entries
    cook, baker = entries["cook-vs-baker/tools/cook"].review, entries["cook-vs-baker/tools/baker"].review
    assert (cook.day, baker.day) == (date(2024, 2, 1), REVIEWED)
    assert cook.source == baker.source == "https://food.example/cook-vs-baker"
    assert entries["apron"].review.source == "https://food.example/apron"
    assert entries["course/bakery"].review.source == "https://food.example/bakery"
    assert entries["register"].review.source == "https://food.example/"


def test_the_longest_ago_is_due_first(tmp_path: Path) -> None:
    first, *others = due(reviewed_apart(tmp_path), (LAST_DAY + DAY).date())
    assert first.id == "cook-vs-baker/tools/cook"
    assert {entry.review.day for entry in others} == {REVIEWED}


def test_the_school_says_how_long_a_review_holds(tmp_path: Path) -> None:
    folder = EditedFolder(tmp_path / "knowledge")
    folder.edit("school.yaml", "language: en", "language: en\nreview_after_days: 30")
    knowledge = load(folder.path)
    assert due(knowledge, REVIEWED + timedelta(days=30)) == []
    assert due(knowledge, REVIEWED + timedelta(days=31))


def test_an_answer_past_its_date_says_so_once(tmp_path: Path) -> None:
    learner = Learner(reviewed_apart(tmp_path), LAST_DAY)
    assert "As of" not in read(learner.write(message("tools for baker")))
    assert read(learner.write(message("tools for chef"))).endswith("- Knife\n\nAs of February 2024.")
    assert read(learner.write(message("tools"), after=DAY)).count("As of February 2024.") == 1


@pytest.mark.parametrize("question", ["tools for mlops", "tools for both", "which courses", "how do i register"])
def test_the_line_comes_the_day_after_and_not_before(question: str) -> None:
    assert "As of" not in read(Talk(now=LAST_DAY).say(question))
    assert "_As of May 2026; " in read(Talk(now=LAST_DAY + DAY).say(question))


def test_it_comes_in_the_language_of_the_learner() -> None:
    assert "मई 2026" in read(Talk(now=LAST_DAY + DAY).say("एमएलओप्स के टूल्स"))


def test_what_the_bot_says_of_itself_has_no_date() -> None:
    later = LAST_DAY + DAY
    for text in ("hi", "thanks", "what are the fees?", "qwpo eirut yalsk", "are there other comparisons"):
        assert "2026" not in read(Talk(now=later).say(text))


def test_old_answers_still_fit_whatsapp(knowledge: Knowledge) -> None:
    for entry in knowledge.entries.values():
        choice = f"{entry.topic}|{entry.side or ''}|{entry.comparison or ''}"
        decision = Talk(now=LAST_DAY + DAY).say(message("x", choice=choice))
        assert "As of May 2026" in read(decision)
        for reply in decision.replies:
            assert len(reply.text) <= (MENU_TEXT_LIMIT if reply.buttons else TEXT_LIMIT)
