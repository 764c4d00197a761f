import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.memory import FADES_AFTER, Choice, Memory
from tests.core.talking import NOW

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="|"), min_size=1, max_size=8)
CHOICES = st.builds(Choice, topic=NAMES, side=st.none() | NAMES, comparison=st.none() | NAMES)
MEMORIES = st.builds(
    Memory,
    comparison=st.none() | NAMES,
    topic=st.none() | NAMES,
    side=st.none() | NAMES,
    order=st.lists(NAMES, max_size=3).map(tuple),
    choices=st.lists(CHOICES, max_size=3).map(tuple),
    misses=st.integers(0, 5),
    confirming=st.booleans(),
    asked=st.lists(NAMES, max_size=3).map(tuple),
    at=st.none() | st.datetimes().map(lambda moment: moment.replace(tzinfo=NOW.tzinfo)),
)
FULL = Memory(
    comparison="a-vs-b",
    topic="tools",
    side="a",
    order=("b", "a"),
    choices=(Choice(topic="skills", side="a", comparison="a-vs-b"),),
    misses=1,
    confirming=True,
    asked=("which tools?",),
    answered=("Tools: A",),
    reason="human",
    promise="Soon.",
    preference="a",
    language="hi",
    source="an advertisement",
    at=NOW,
)


@settings(max_examples=50, deadline=None)
@given(memory=MEMORIES)
def test_a_memory_survives_being_stored(memory: Memory) -> None:
    assert Memory.model_validate_json(memory.model_dump_json()) == memory
    assert Memory.model_validate(json.loads(json.dumps(memory.model_dump(mode="json")))) == memory


def test_keys_of_another_version_are_dropped() -> None:
    stored: dict[str, Any] = FULL.model_dump(mode="json") | {"mood": "sunny"}
    assert Memory.model_validate(stored) == FULL


def test_keys_that_an_older_version_did_not_store_have_their_defaults() -> None:
    assert Memory.model_validate({"topic": "tools"}) == Memory(topic="tools")


def test_within_a_day_everything_is_recalled() -> None:
    assert FULL.recalled(NOW + FADES_AFTER - timedelta(seconds=1)) == FULL


def test_after_a_day_follow_ups_have_nothing_to_lean_on() -> None:
    recalled = FULL.recalled(NOW + FADES_AFTER)
    context = Memory().model_dump(include={"comparison", "topic", "side", "order", "choices", "misses", "confirming"})
    assert recalled == FULL.model_copy(update=context)


def test_a_memory_without_a_time_does_not_fade() -> None:
    assert Memory(topic="tools").recalled(NOW).topic == "tools"


@settings(max_examples=50, deadline=None)
@given(choice=CHOICES)
def test_a_choice_is_known_again_by_its_id(choice: Choice) -> None:
    assert Choice.from_id(choice.id) == choice


def test_the_id_of_a_choice_says_all_of_it() -> None:
    assert Choice(topic="tools", side="a", comparison="a-vs-b").id == "tools|a|a-vs-b"
    assert Choice(topic="menu").id == "menu||"


@pytest.mark.parametrize("strange", ["", "tools", "tools|a", "|a|b", "tools|a|b|c", "||"])
def test_what_is_no_id_of_ours_is_no_choice(strange: str) -> None:
    assert Choice.from_id(strange) is None
