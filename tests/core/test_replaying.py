"""What another knowledge makes of the same conversations."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.catalogue import Knowledge
from bot.core.conversation import Action, Status
from bot.core.messages import Kind, Outcome
from bot.core.replaying import Talk, Turn, Verdict, replay
from bot.knowledge_files import load
from tests.core.talking import NOW, message
from tests.knowledge.editing import GOOD, EditedFolder

SMALL = load(GOOD)
JOIN = "how do i join"
TOOLS = "which tools does a cook use"

turns = st.builds(
    Turn,
    id=st.integers(1, 9),
    inbound=st.builds(
        message,
        st.sampled_from(["what tools does a cook use", "and the baker?", "1", "yes", "stop", "erase my data", "hello"])
        | st.text(max_size=30),
        kind=st.sampled_from(Kind),
        choice=st.sampled_from(["", "tools|cook|cook-vs-baker", "nothing"]),
    ),
    at=st.integers(0, 200).map(lambda hours: NOW + timedelta(hours=hours)),
    outcome=st.sampled_from(Outcome),
    reason=st.sampled_from(["answered", "opted_out", "rated", "with_staff", "waiting", "not_understood", "flood"]),
    status=st.sampled_from(Status),
)


def talk_of(*texts: str, reason: str = "answered", status: Status = Status.BOT) -> Talk:
    said = [message(text) for text in texts]
    return Talk(7, tuple(Turn(n, one, NOW, Outcome.ANSWERED, reason, status) for n, one in enumerate(said, 1)))


def without_joining(folder: EditedFolder) -> None:
    """Nobody is understood any more who asks how to join."""
    folder.edit("topics/register.yaml", "how do i join", "zzz yyy xxx")


def verdicts(talk: Talk, new: Knowledge, old: Knowledge = SMALL) -> list[Verdict]:
    return [one.verdict for one in replay(talk, old, new)]


@pytest.fixture
def folder(tmp_path: Path) -> EditedFolder:
    return EditedFolder(tmp_path / "knowledge")


@given(st.builds(Talk, conversation=st.just(1), turns=st.lists(turns, max_size=6).map(tuple)))
def test_equal_knowledge_gives_only_the_same(talk: Talk) -> None:
    compared = list(replay(talk, SMALL, SMALL))
    assert [one.message for one in compared] == [turn.id for turn in talk.turns]
    assert {one.verdict for one in compared} <= {Verdict.SAME}


def test_a_question_that_was_refused_and_is_answered_is_better(folder: EditedFolder) -> None:
    without_joining(folder)
    assert verdicts(talk_of(JOIN), SMALL, load(folder.path)) == [Verdict.BETTER]


def test_an_answer_that_was_taken_out_is_lost_and_says_why_it_was_given(folder: EditedFolder) -> None:
    without_joining(folder)
    (one,) = replay(talk_of(JOIN), SMALL, load(folder.path))
    assert (one.verdict, one.old.action) == (Verdict.LOST, Action.ANSWER)
    assert one.old.why is not None
    assert one.old.why.candidates[0].place.startswith("topics/register.yaml:")


def test_an_answer_in_other_words_names_the_entry_that_was_reworded(folder: EditedFolder) -> None:
    folder.edit("comparisons/cook-vs-baker.yaml", "tools: [Pan, Knife]", "tools: [Pan, Knife, Spoon]")
    (one,) = replay(talk_of(TOOLS), SMALL, load(folder.path))
    assert (one.verdict, one.reworded) == (Verdict.CHANGED, ("cook-vs-baker/tools/cook",))


def test_of_two_sides_only_the_reworded_one_is_named(folder: EditedFolder) -> None:
    folder.edit("comparisons/cook-vs-baker.yaml", "- Scale", "- Scales")
    (one,) = replay(talk_of("which tools does a cook and a baker use"), SMALL, load(folder.path))
    assert one.reworded == ("cook-vs-baker/tools/baker",)


def test_another_answer_is_changed_and_not_reworded(folder: EditedFolder) -> None:
    without_joining(folder)
    folder.edit("faqs.yaml", "    - do i get an apron", f"    - {JOIN}")
    (one,) = replay(talk_of(JOIN), SMALL, load(folder.path))
    assert (one.verdict, one.reworded) == (Verdict.CHANGED, ())


def test_each_knowledge_remembers_what_it_said_itself(folder: EditedFolder) -> None:
    without_joining(folder)
    # Refused for the second time in a row is refused in other words, but only by the one that refused the first time.
    compared = list(replay(talk_of(JOIN, "is it raining"), SMALL, load(folder.path)))
    assert [one.new.memory.misses for one in compared] == [1, 2]
    assert [one.old.memory.misses for one in compared] == [0, 1]


@pytest.mark.parametrize("status", [Status.OPEN, Status.SNOOZED])
def test_what_staff_had_is_the_same_whatever_the_knowledge(folder: EditedFolder, status: Status) -> None:
    without_joining(folder)
    assert verdicts(talk_of(JOIN, reason="with_staff", status=status), load(folder.path)) == [Verdict.SAME]


def test_nothing_is_lost_by_who_had_opted_out(folder: EditedFolder) -> None:
    without_joining(folder)
    assert verdicts(talk_of(JOIN, reason="opted_out"), load(folder.path)) == [Verdict.SAME]


def test_a_rating_is_taken_as_one(folder: EditedFolder) -> None:
    (one,) = replay(talk_of("5", reason="rated"), SMALL, SMALL)
    assert (one.verdict, one.new.rating) == (Verdict.SAME, 5)


def test_stop_in_the_middle_hides_nothing_that_was_recorded_as_answered(folder: EditedFolder) -> None:
    without_joining(folder)
    assert verdicts(talk_of("stop", JOIN), load(folder.path)) == [Verdict.SAME, Verdict.LOST]
