"""Voice notes where a program on this machine turns them into text: heard, answered in one bubble, or left to staff."""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.local import LocalChannel
from bot.core.bursts import in_bursts
from bot.core.conversation import Status
from bot.core.flood import decide_unless_flooded
from bot.core.messages import Inbound, Kind, Media
from bot.core.voice import WAIT, waiting_for_words
from bot.intake import Intake
from bot.listening import NEW, Listener
from bot.storage import Store
from tests.core.talking import real_knowledge
from tests.storage.world import ANN, NOW, SCHOOL, Recorder, at_once, deliver_all, message, outgoing_of, thread_of

SOON = NOW + timedelta(seconds=3)
Program = Callable[..., tuple[str, ...]]
KIND_LINE = "I can't listen to it"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Make a program that prints this when it is given a sound that is really there."""

    def make(prints: str, *, also: str = "") -> tuple[str, ...]:
        script = tmp_path / "listen.py"
        script.write_text(
            "import pathlib, sys, time\n"
            "assert pathlib.Path(sys.argv[1]).read_bytes().startswith(b'OggS')\n"
            f"{also}\nprint({prints!r})\n"
        )
        return sys.executable, str(script), "{file}"

    return make


def intake(store: Store) -> Intake:
    rule = waiting_for_words(in_bursts(decide_unless_flooded))
    return Intake(store, real_knowledge(), wake=lambda: None, rule=rule)


def voice_note(sid: str = "SM1", url: str = "https://local/voice-note.ogg") -> Inbound:
    return Inbound(sid, ANN, SCHOOL, Kind.AUDIO, media=Media(url, "audio/ogg"), name="Ann")


def listener(store: Store, command: tuple[str, ...]) -> Listener:
    return Listener(store, LocalChannel(), command, hear=intake(store).hear)


def heard(store: Store, program: Program, prints: str) -> list[str]:
    """Send a voice note in which a program hears this; return what the learner gets."""
    intake(store).receive(voice_note(), now=NOW)
    assert listener(store, program(prints)).hear_one(SOON)
    deliver_all(store, phone := Recorder(), NOW + timedelta(minutes=1))
    return phone.texts


def test_the_words_are_said_back_and_answered_in_one_bubble(store: Store, program: Program) -> None:
    (text,) = heard(store, program, "  Tools of\n MLOps ")
    assert text.startswith('I heard: "Tools of MLOps"\n\n*Tools: MLOps Engineer*')
    note, reply = thread_of(store)
    assert (note.transcript, note.text, note.reason) == ("Tools of MLOps", "", "answered")
    assert note.decision is not None
    assert [answer["topic"] for answer in note.decision["answers"]] == ["tools"]
    assert reply.in_reply_to == note.id


def test_who_asks_for_a_person_by_voice_gets_one(store: Store, program: Program) -> None:
    (text,) = heard(store, program, "I want to talk to a person")
    assert "admissions team" in text
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    assert conversation.status is Status.WAITING
    handoff = store.open_handoff(conversation.id)
    assert handoff is not None
    assert handoff.brief.question == "I want to talk to a person"


def test_stop_by_voice_is_obeyed(store: Store, program: Program) -> None:
    (text,) = heard(store, program, "stop")
    assert "no more messages" in text


@pytest.mark.parametrize(
    ("prints", "also"),
    [("", ""), ("tools", "sys.exit(1)"), ("tools", "raise SystemExit('broken')"), ("tools", "time.sleep(60)")],
)
def test_what_cannot_be_heard_gets_the_kind_line_and_goes_to_staff(
    store: Store, program: Program, prints: str, also: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.listening.LONGEST_SECONDS", 1.0)
    intake(store).receive(voice_note(), now=NOW)
    command = program(prints, also=also)
    assert listener(store, command).hear_one(SOON)
    deliver_all(store, phone := Recorder(), SOON + timedelta(seconds=9))
    (text,) = phone.texts
    assert KIND_LINE in text
    assert thread_of(store)[0].transcript == ""


def test_a_sound_that_is_too_long_or_gone_is_not_listened_to(
    store: Store, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.listening.LARGEST_BYTES", 10)
    for sid, url in (("SM1", "https://local/voice-note.ogg"), ("SM2", "https://local/gone.ogg")):
        intake(store).receive(voice_note(sid, url), now=NOW)
    listening = listener(store, program("tools"))
    assert [listening.hear_one(SOON) for _ in range(3)] == [True, True, False]
    assert all(stored.transcript == "" for stored in thread_of(store))


def test_if_nobody_listens_the_kind_line_leaves_by_itself(store: Store) -> None:
    intake(store).receive(voice_note(), now=NOW)
    deliver_all(store, phone := Recorder(), NOW + WAIT - timedelta(seconds=1))
    assert not phone.texts
    deliver_all(store, phone, NOW + WAIT)
    assert KIND_LINE in phone.texts[0]


def test_words_that_come_too_late_are_kept_for_staff_only(store: Store, program: Program) -> None:
    intake(store).receive(voice_note(), now=NOW)
    deliver_all(store, phone := Recorder(), NOW + WAIT)
    listener(store, program("tools of mlops")).hear_one(NOW + WAIT)
    deliver_all(store, phone, NOW + timedelta(minutes=5))
    assert len(phone.texts) == 1
    assert thread_of(store)[0].transcript == "tools of mlops"


def test_what_is_typed_next_lets_the_kind_line_go_first_and_is_answered(store: Store, program: Program) -> None:
    intake(store).receive(voice_note(), now=NOW)
    intake(store).receive(message("SM2", "projects of ml?"), now=SOON)
    listener(store, program("tools of mlops")).hear_one(SOON)
    deliver_all(store, phone := Recorder(), SOON + timedelta(seconds=5))
    assert len(phone.texts) == 2
    assert KIND_LINE in phone.texts[0]
    assert "Projects: ML Engineer" in phone.texts[1]


def test_while_staff_have_the_conversation_the_words_are_theirs(store: Store, program: Program) -> None:
    intake(store).receive(message("SM0", "I want to talk to a person"), now=NOW)
    intake(store).receive(voice_note(), now=SOON)
    before = len(outgoing_of(store))
    listener(store, program("tools of mlops")).hear_one(SOON)
    assert len(outgoing_of(store)) == before
    assert [stored.transcript for stored in thread_of(store) if stored.kind is Kind.AUDIO] == ["tools of mlops"]


def test_each_note_is_listened_to_once_and_old_ones_never(store: Store, program: Program) -> None:
    intake(store).receive(voice_note(), now=NOW)
    listening = listener(store, program("tools"))
    assert not listening.hear_one(NOW + NEW + timedelta(seconds=1))
    assert [listening.hear_one(SOON) for _ in range(2)] == [True, False]
    assert not listener(store, program("tools")).hear_one(SOON)


def test_many_listeners_answer_once(store: Store, program: Program) -> None:
    intake(store).receive(voice_note(), now=NOW)
    command = program("tools of mlops")
    at_once(*[lambda: listener(store, command).hear_one(SOON) for _ in range(4)])
    deliver_all(store, phone := Recorder(), NOW + timedelta(minutes=1))
    assert len(phone.texts) == 1
    assert "I heard" in phone.texts[0]
