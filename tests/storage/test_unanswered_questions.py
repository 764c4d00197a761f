from datetime import timedelta

import pytest

from bot.core.messages import Kind, Outcome
from bot.core.unanswered import InVain
from bot.storage import Store
from tests.storage.test_insights_counting import NOON, add_learner, said

pytestmark = pytest.mark.usefixtures("learner")


@pytest.fixture
def learner(store: Store) -> None:
    add_learner(store)


def test_what_was_refused_asked_back_and_handed_over_is_found_newest_first(store: Store) -> None:
    said(
        store,
        {"text": "a", "decision": {"action": "fallback"}, "reason": "not_understood"},
        {"text": "b", "decision": {"action": "clarify"}, "reason": "clarify"},
        {"text": "c", "decision": {"action": "handoff"}, "reason": "admissions", "outcome": Outcome.HANDED_OVER},
        {"text": "d", "decision": {"action": "answer"}, "reason": "answered"},
    )
    found = store.unanswered.since(None)
    assert [(one.text, one.how) for one in found] == [
        ("c", InVain.HANDED_OVER),
        ("b", InVain.ASKED_BACK),
        ("a", InVain.REFUSED),
    ]
    assert (found[0].name, found[0].reason, found[0].at) == ("Ann", "admissions", NOON)


def test_what_staff_answered_and_what_has_no_words_is_left_out(store: Store) -> None:
    fallback = {"decision": {"action": "fallback"}}
    said(
        store,
        fallback | {"outcome": Outcome.IGNORED, "reason": "with_staff"},
        fallback | {"kind": Kind.IMAGE, "reason": "not_understood"},
    )
    assert store.unanswered.since(None) == []


def test_a_moment_bounds_what_is_found(store: Store) -> None:
    said(store, {"decision": {"action": "fallback"}, "reason": "not_understood"})
    assert len(store.unanswered.since(NOON)) == 1
    assert store.unanswered.since(NOON + timedelta(seconds=1)) == []
