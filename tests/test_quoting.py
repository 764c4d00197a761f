"""A learner quotes a message of ours: what they write is about that message, however long the chat has gone on."""

from datetime import timedelta

import pytest

from bot.intake import Intake
from bot.storage import Store
from tests.core.talking import real_knowledge
from tests.storage.world import ANN, NOW, Recorder, deliver_all, message, thread_of


class Chat:
    """Ann and the bot; each message is a minute after the one before."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._intake = Intake(store, real_knowledge(), wake=lambda: None)
        self._now = NOW
        self._phone = Recorder()

    def writes(self, text: str, *, quoting: str = "", after: timedelta = timedelta(minutes=1)) -> str:
        """Return the id of the reply."""
        self._now += after
        number = len(thread_of(self.store, ANN)) if self.store.conversation_of(ANN) else 0
        self._intake.receive(message(f"IN{number}", text, quoted_sid=quoting), now=self._now)
        deliver_all(self.store, self._phone, self._now)
        return str(thread_of(self.store, ANN)[-1].sid)

    @property
    def answered(self) -> list[str]:
        """The entries that answered the last message."""
        decision = thread_of(self.store, ANN)[-2].decision
        assert decision is not None
        return [answer["entry"] for answer in decision["answers"]]


@pytest.fixture
def chat(store: Store) -> Chat:
    return Chat(store)


MLOPS_TOOLS, ML_TOOLS = "mlops-engineer-vs-ml-engineer/tools/mlops", "mlops-engineer-vs-ml-engineer/tools/ml"


@pytest.mark.parametrize("pause", [timedelta(minutes=1), timedelta(days=3)])
def test_a_question_about_a_quoted_answer_is_about_that_answer(chat: Chat, pause: timedelta) -> None:
    tools = chat.writes("tools for mlops")
    chat.writes("what are the courses")
    chat.writes("and for ml?", quoting=tools, after=pause)
    assert chat.answered == [ML_TOOLS]


def test_what_a_quoted_menu_offered_can_be_taken_by_its_number(chat: Chat) -> None:
    tools = chat.writes("tools for mlops")
    chat.writes("what are the courses")
    chat.writes("1", quoting=tools)
    assert chat.answered == ["mlops-engineer-vs-ml-engineer/projects/mlops"]


def test_a_question_that_names_its_subject_needs_no_quote(chat: Chat) -> None:
    courses = chat.writes("what are the courses")
    chat.writes("tools for mlops", quoting=courses)
    assert chat.answered == [MLOPS_TOOLS]


def test_a_quote_of_what_is_gone_or_of_somebody_else_changes_nothing(chat: Chat) -> None:
    chat.writes("tools for mlops")
    chat.writes("and for ml?", quoting="SM-gone")
    assert chat.answered == [ML_TOOLS]
    other = Intake(chat.store, real_knowledge(), wake=lambda: None)
    other.receive(message("BEN1", "which course", sender="whatsapp:+919800000002", quoted_sid="OUT2"), now=NOW)
    decision = thread_of(chat.store, "whatsapp:+919800000002")[0].decision
    assert decision is not None
    assert [answer["entry"] for answer in decision["answers"]] == ["mlops-engineer-vs-ml-engineer/courses"]
