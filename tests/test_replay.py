"""A replay over many processes, and its sum."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.messages import Outcome
from bot.core.replaying import Talk, Turn, Verdict
from bot.knowledge_files import load
from bot.replay import Replay, replay_all
from tests.core.talking import NOW, message
from tests.knowledge.editing import GOOD, EditedFolder

JOIN = "how do i join"
TOOLS = "which tools does a cook use"


@pytest.fixture
def edited(tmp_path: Path) -> EditedFolder:
    """Nobody is understood any more who asks how to join, and the tools of a cook have other words."""
    folder = EditedFolder(tmp_path / "knowledge")
    folder.edit("topics/register.yaml", JOIN, "zzz yyy xxx")
    folder.edit("comparisons/cook-vs-baker.yaml", "tools: [Pan, Knife]", "tools: [Pan, Knife, Spoon]")
    return folder


def held(number: int) -> list[Talk]:
    """So many conversations of three messages."""
    return [
        Talk(talk, tuple(turn(talk * 3 + n, text) for n, text in enumerate([JOIN, TOOLS, "hello"])))
        for talk in range(number)
    ]


def turn(number: int, text: str) -> Turn:
    return Turn(number, message(text), NOW + timedelta(minutes=number), Outcome.ANSWERED, "answered")


def replayed(edited: EditedFolder, talks: list[Talk], processes: int) -> Replay:
    return replay_all(talks, load(GOOD), load(edited.path), processes=processes)


def test_many_processes_find_what_one_finds(edited: EditedFolder) -> None:
    talks = held(200)
    one, two = replayed(edited, talks, 1), replayed(edited, talks, 2)
    assert one.counts == two.counts == {"same": 200, "better": 0, "changed": 200, "lost": 200}
    assert [found.message for found in one.differences] == [found.message for found in two.differences]


def test_the_sum_keeps_new_wording_apart(edited: EditedFolder) -> None:
    result = replayed(edited, held(1), 1)
    assert str(result) == "1 same, 0 better, 0 changed, 1 lost its answer; new wording: 1 entry, 1 message"
    assert [(one.message, one.verdict) for one in result.others] == [(0, Verdict.LOST)]


def test_what_is_accepted_is_not_lost(edited: EditedFolder) -> None:
    result = replayed(edited, held(2), 1)
    assert [one.message for one in result.lost({0})] == [3]


def test_progress_counts_every_message_once(edited: EditedFolder) -> None:
    done: list[int] = []
    replay_all(held(200), load(GOOD), load(edited.path), processes=2, progress=done.append)
    assert sum(done) == 600


def test_nothing_held_is_nothing_lost(edited: EditedFolder) -> None:
    assert str(replayed(edited, [], 2)) == "0 same, 0 better, 0 changed, 0 lost their answers"
