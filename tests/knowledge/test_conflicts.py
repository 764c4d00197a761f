"""`bot knowledge conflicts`, as an editor gets it, and the critical ones in `bot knowledge check`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands import main
from bot.core.conflicts import Kind, duplicates
from bot.knowledge_files import load
from tests.knowledge.editing import EditedFolder

TOOLS, HUMAN = "topics/tools.yaml", "topics/human.yaml"

PULLED = (
    (f'{HUMAN}:8: "where can i sign my name for a call" (human) and a phrase of register pull each other (lead 0.51)'),
    '    topics/register.yaml:8: "where can i sign my name" (register)',
)


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'bot.db'}")


def run(command: str, folder: EditedFolder, *options: str) -> Result:
    return CliRunner().invoke(main, ["knowledge", command, "--knowledge-dir", str(folder.path), *options])


def with_phrases(folder: EditedFolder, topic: str, *phrases: str) -> None:
    """Add phrases to a topic of the folder, one a line at the end of its file."""
    text = (folder.path / f"topics/{topic}.yaml").read_text("utf-8").rstrip("\n")
    before, _, _ = text.partition("phrases:")
    folder.write(f"topics/{topic}.yaml", before + "phrases:\n  en:\n" + "".join(f'    - "{one}"\n' for one in phrases))


def told(result: Result, folder: EditedFolder) -> list[str]:
    return result.output.replace(f"{folder.path.as_posix()}/", "").splitlines()


def corpus(path: Path, *texts: str) -> str:
    """A corpus file of one conversation with these messages."""
    turns = [
        {"id": number, "at": "2026-05-01T10:00:00Z", "text": text, "outcome": "answered", "reason": "answered"}
        for number, text in enumerate(texts, 1)
    ]
    path.write_text(json.dumps({"conversation": 1, "turns": turns}), "utf-8")
    return str(path)


def test_a_folder_without_conflicts_says_so(folder: EditedFolder) -> None:
    result = run("conflicts", folder)
    nothing = "conflicts: 0 critical, 0 of phrases pulled by another topic, 0 of phrases written twice"
    assert told(result, folder) == [nothing]
    assert result.exit_code == 0


def test_the_same_words_in_two_topics_are_critical(folder: EditedFolder) -> None:
    with_phrases(folder, "human", "let me talk to a person", "{side}, ke tools batao please!")
    result = run("conflicts", folder)
    assert told(result, folder)[:3] == [
        f'{HUMAN}:8: critical: "{{side}}, ke tools batao please!" (human) is the same to the bot as a phrase of tools',
        f'    {TOOLS}:12: "{{side}} ke tools batao" (tools)',
        (
            "    Keep it where it fits better and delete it in the other place; words that tell the two apart: "
            '"let" for human or "use" for tools.'
        ),
    ]
    assert result.exit_code == 1


def test_the_check_names_what_is_critical(folder: EditedFolder) -> None:
    with_phrases(folder, "human", "let me talk to a person", "{side}, ke tools batao please!")
    result = run("check", folder)
    assert told(result, folder) == [
        (
            f'{TOOLS}:12:7: phrase-conflict: "{{side}} ke tools batao" asks "tools" here and is the same to the bot as '
            f'"{{side}}, ke tools batao please!", which asks "human" in {HUMAN}:8'
        ),
        "    Keep it where it fits better and delete it in the other place, or add a word that tells the two apart.",
        "1 error, 0 warnings",
    ]
    assert result.exit_code == 1


def test_the_same_words_twice_in_one_topic_are_a_warning(folder: EditedFolder) -> None:
    folder.edit(TOOLS, "    - tools?\n", "    - tools?\n    - tools please\n")
    result = run("conflicts", folder)
    assert told(result, folder) == [
        f'{TOOLS}:10: "tools?" (tools) is the same to the bot as another phrase of its topic',
        f'    {TOOLS}:11: "tools please" (tools)',
        "    One of the two is enough.",
        "conflicts: 0 critical, 0 of phrases pulled by another topic, 1 of phrases written twice",
    ]
    assert result.exit_code == 0


def pulling(folder: EditedFolder) -> None:
    """Let a phrase stand among those of another topic that are much like it."""
    with_phrases(folder, "register", "how do i join", "where can i sign my name", "where do i sign up today")
    with_phrases(folder, "human", "let me talk to a person", "where can i sign my name for a call")


def test_a_phrase_that_another_topic_pulls_is_told_with_both_places(folder: EditedFolder) -> None:
    pulling(folder)
    result = run("conflicts", folder)
    assert told(result, folder) == [
        *PULLED,
        (
            "    If both are right, write more phrases like the one that loses; if not, move it; words that "
            'tell the two apart: "call" for human or "how" for register.'
        ),
        "conflicts: 0 critical, 1 of phrases pulled by another topic, 0 of phrases written twice",
    ]
    assert result.exit_code == 0


def test_real_messages_that_hang_on_a_phrase_are_told(folder: EditedFolder, tmp_path: Path) -> None:
    pulling(folder)
    messages = corpus(tmp_path / "corpus.jsonl", *["where can i sign my name for the call"] * 2, "tools?")
    result = run("conflicts", folder, "--corpus", messages)
    assert told(result, folder) == [
        *PULLED,
        '    would change its topic: "where can i sign my name for the call", 2 times',
        (
            "    If both are right, write more phrases like the one that loses; if not, move it; words that "
            'tell the two apart: "call" for human or "how" for register.'
        ),
        "conflicts: 0 critical, 1 of phrases pulled by another topic, 0 of phrases written twice",
    ]


def test_conflicts_can_be_had_as_json(folder: EditedFolder) -> None:
    folder.edit(TOOLS, "    - tools?\n", "    - tools?\n    - tools please\n")
    place = folder.path.as_posix()
    assert json.loads(run("conflicts", folder, "--json").output) == [
        {
            "kind": "twice",
            "critical": False,
            "first": {"topic": "tools", "phrase": "tools?", "place": f"{place}/{TOOLS}:10"},
            "second": {"topic": "tools", "phrase": "tools please", "place": f"{place}/{TOOLS}:11"},
            "mutual": True,
            "strength": 0.0,
            "messages": [],
            "words": ["", ""],
        }
    ]


WORDS = st.lists(st.from_regex(r"[a-z]{4,8}", fullmatch=True), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None)
@given(words=WORDS, joined=st.sampled_from([" ", ", ", " please ", "... "]))
def test_a_duplicate_in_another_topic_is_always_found(
    words: list[str], joined: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = EditedFolder(tmp_path_factory.mktemp("made") / "knowledge")
    with_phrases(folder, "register", "how do i join", " ".join(["zebra", *words]))
    with_phrases(folder, "human", "let me talk to a person", joined.join(["Zebra", *words]) + "?!")
    found = [conflict for conflict in duplicates(load(folder.path)) if conflict.kind is Kind.DUPLICATE]
    assert [(conflict.first.place, conflict.second.place) for conflict in found] == [
        (f"{HUMAN}:8", "topics/register.yaml:8")
    ]
