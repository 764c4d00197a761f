"""A school with more questions than any probability is large."""

from bot.core.conversation import Action, Conversation
from bot.core.dialogue import decide
from bot.core.messages import Outcome
from bot.knowledge_files import load
from tests.core.talking import NOW, message
from tests.knowledge.editing import EditedFolder

_TOPICS = 2500


def test_a_message_like_none_of_thousands_of_topics_is_not_understood_and_no_fault(folder: EditedFolder) -> None:
    entry = "  - topic: {name}\n    title: {name}\n    phrases: {{en: [{name} zone]}}\n    answer: It is {name}.\n"
    letters = "bcdfghklmnprstvz"
    names = [
        f"{letters[number % 16]}o{letters[number // 16 % 16]}u{letters[number // 256]}a" for number in range(_TOPICS)
    ]
    last = "    answer: Yes, on the first day.\n"
    folder.edit("faqs.yaml", last, last + "".join(entry.format(name=name) for name in names))
    knowledge = load(folder.path)
    decision = decide(Conversation(), message("wxyz vwuu"), knowledge, now=NOW)
    assert decision.outcome is Outcome.ANSWERED
    assert decision.action is Action.FALLBACK
    assert decision.why is not None
    assert len(decision.why.candidates) == 1
    known = decide(Conversation(), message(f"{names[700]} zone"), knowledge, now=NOW)
    assert [answer.topic for answer in known.answers] == [names[700]]
