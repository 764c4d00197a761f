"""The page on WhatsApp's rules promises nothing that no test shows; here are the tests that stand nowhere else."""

import ast
import re
from pathlib import Path

import pytest

from bot.core.conversation import Conversation, Status
from bot.core.memory import Memory
from bot.core.messages import TEXT_LIMIT
from bot.knowledge_files import load
from tests.core.talking import KNOWLEDGE_FOLDER, NOW, Talk, message, read, real_knowledge

PAGE = Path("docs/whatsapp-rules.md").read_text(encoding="utf-8")
ROWS = [row for row in re.findall(r"^\| (.+?) \|$", PAGE, flags=re.MULTILINE) if not row.startswith("Rule |")]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.partition(" |")[0])
def test_every_rule_has_a_source_what_keeps_it_and_a_test(row: str) -> None:
    rule, source, kept_by, shown_by = row.split(" | ")
    assert rule
    assert source
    assert kept_by
    assert re.fullmatch(r"(`tests/[\w/]+\.py::test_\w+`(, )?)+", shown_by)


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_every_test_that_is_named_exists(file: str) -> None:
    defined = {node.name for node in ast.parse(Path(file).read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}
    assert {name for path, name in NAMED if path == file} <= defined


@pytest.mark.parametrize("opted_out", [False, True])
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("asked", ["I want to talk to a person", "mujhe kisi insaan se baat karni hai"])
def test_a_person_is_one_message_away_in_every_state(asked: str, status: Status, *, opted_out: bool) -> None:
    owned = status in (Status.OPEN, Status.SNOOZED)
    talk = Talk(real_knowledge(), NOW, Conversation(status, Memory(), opted_out, owned=owned))
    assert talk.say(asked).status in (Status.WAITING, Status.OPEN)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("stop", ["STOP", "unsubscribe", "message mat bhejo", "संदेश बंद करो"])
def test_stop_is_obeyed_in_every_language_and_state(stop: str, status: Status) -> None:
    talk = Talk(real_knowledge(), NOW, Conversation(status, owned=status in (Status.OPEN, Status.SNOOZED)))
    assert talk.say(stop).opted_out
    assert not talk.say("which tools does mlops use?").replies


@pytest.mark.parametrize("keyword", ["STOP", "HELP", "START"])
def test_what_twilio_has_answered_is_not_answered_again(keyword: str) -> None:
    assert not Talk().say(message(keyword, opt_out=keyword)).replies


@pytest.mark.parametrize(
    "said", ["hi", "tools of mlops?", "what are the fees?", "tell me a joke", "both: tools, skills and projects?"]
)
def test_a_turn_is_one_bubble(said: str) -> None:
    (reply,) = Talk().say(said).replies
    assert len(reply.text) <= TEXT_LIMIT


@pytest.mark.parametrize("said", ["write a python program for me", "tell me a joke", "who is the prime minister"])
def test_what_is_not_the_school_s_business_is_not_answered(said: str) -> None:
    assert not Talk().say(said).answers


def test_understanding_asks_nobody_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("somebody outside was asked")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    talk = Talk(load(KNOWLEDGE_FOLDER))
    said = [
        read(talk.say(text))
        for text in ("my name is Asha, tools of mlops?", "what are the fees?", "remind me tomorrow")
    ]
    assert all(said)
