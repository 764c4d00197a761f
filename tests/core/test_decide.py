"""Whatever comes, in whatever state: there is a decision, and it keeps the promises made to learners and to staff."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision, Status
from bot.core.dialogue import decide
from bot.core.memory import Choice, Memory
from bot.core.messages import (
    BUTTON_LIMIT,
    BUTTON_TITLE_LIMIT,
    MENU_TEXT_LIMIT,
    ROW_DESCRIPTION_LIMIT,
    ROW_LIMIT,
    ROW_TITLE_LIMIT,
    TEXT_LIMIT,
    Inbound,
    Kind,
    Outcome,
    Reply,
)
from tests.core.talking import NOW, Talk, answered, message, real_knowledge

SAID = (
    "hi", "tools for mlops", "and for the other one?", "2nd one", "2", "yes", "no", "more", "thanks", "link?",
    "which tools? and how much are the fees", "fees?", "talk to a person", "BOT", "STOP", "START", "erase my data",
    "i like servers, not models", "mlops aur ml me kya fark hai", "मुझे एमएल के टूल्स बताओ", "tell me a joke", "asdf",
)  # fmt: skip
TEXTS = (
    st.sampled_from(SAID)
    | st.text(max_size=40)
    | st.lists(st.sampled_from(SAID), min_size=2, max_size=4).map(" and ".join)
)
PARTS = st.sampled_from(
    ["", "tools", "course", "courses", "path", "faq", "yes", "menu", "stop", "human", "delete_data"]
)
SIDES = st.sampled_from(["", "mlops", "ml", "aiops", "nobody"])
COMPARISONS = st.sampled_from(["", "mlops-engineer-vs-ml-engineer", "gone"])
IDS = st.tuples(PARTS, SIDES, COMPARISONS).map("|".join) | st.text(max_size=10)
MESSAGES = st.one_of(
    st.builds(message, TEXTS),
    st.builds(message, TEXTS, choice=IDS),
    st.builds(message, TEXTS | st.just(""), kind=st.sampled_from(Kind)),
    st.builds(message, TEXTS, opt_out=st.sampled_from(["STOP", "START", "HELP", "?"])),
)


@dataclass(frozen=True)
class Case:
    """A message, what was there before it, and what was decided."""

    before: Conversation
    inbound: Inbound
    now: datetime
    decision: Decision


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A message in the state that some earlier messages have left, whoever has the conversation by then."""
    talk = Talk()
    for inbound in draw(st.lists(MESSAGES, max_size=3)):
        talk.say(inbound, after=timedelta(minutes=draw(st.integers(0, 60))))
    status = draw(st.sampled_from([talk.conversation.status, *Status]))
    owned = status in (Status.OPEN, Status.SNOOZED)
    before = Conversation(status, talk.conversation.memory, talk.conversation.opted_out, "Asha", owned=owned)
    inbound = draw(MESSAGES)
    return Case(before, inbound, talk.now, decide(before, inbound, real_knowledge(), now=talk.now))


def has_room_for_what_it_holds(reply: Reply) -> bool:
    titles = [button.title for button in reply.buttons]
    return (
        0 < len(reply.text) <= (MENU_TEXT_LIMIT if reply.buttons or reply.rows else TEXT_LIMIT)
        and not (reply.buttons and reply.rows)
        and len(titles) == len(set(titles)) <= BUTTON_LIMIT
        and all(0 < len(title) <= BUTTON_TITLE_LIMIT for title in titles)
        and len(reply.rows) <= ROW_LIMIT
        and all(
            len(row.title) <= ROW_TITLE_LIMIT and len(row.description) <= ROW_DESCRIPTION_LIMIT for row in reply.rows
        )
    )


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_every_reply_fits_whatsapp(case: Case) -> None:
    assert all(has_room_for_what_it_holds(reply) for reply in case.decision.replies)


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_the_same_message_in_the_same_state_gets_the_same_decision(case: Case) -> None:
    assert decide(case.before, case.inbound, real_knowledge(), now=case.now) == case.decision


@settings(max_examples=30, deadline=None)
@given(case=cases())
def test_after_stop_nothing_is_sent_until_start(case: Case) -> None:
    if case.before.opted_out and case.decision.replies:
        assert answered(case.decision) == [("start", None)]
        assert not case.decision.opted_out
    if case.decision.opted_out:
        assert len(case.decision.replies) <= 1


@settings(max_examples=30, deadline=None)
@given(case=cases(), status=st.sampled_from([Status.OPEN, Status.SNOOZED]))
def test_who_has_the_conversation_speaks_alone(case: Case, status: Status) -> None:
    before = Conversation(status, case.before.memory, name="Asha", owned=True)
    decision = decide(before, case.inbound, real_knowledge(), now=NOW)
    if decision.replies:
        assert {topic for topic, _ in answered(decision)} <= {"stop", "delete_data", "no"}
    assert decision.brief is None


@settings(max_examples=30, deadline=None)
@given(case=cases())
def test_nothing_is_erased_unless_it_was_asked_for_twice(case: Case) -> None:
    assert not case.decision.erase or case.before.memory.confirming


@settings(max_examples=30, deadline=None)
@given(case=cases())
def test_staff_get_a_brief_whenever_a_handoff_begins(case: Case) -> None:
    begins = case.decision.status is Status.WAITING and case.before.status is not Status.WAITING
    if begins:
        assert case.decision.brief is not None
        assert case.decision.outcome is Outcome.HANDED_OVER
    if case.decision.brief is not None:
        assert case.decision.brief.name == "Asha"
        assert case.decision.status is not Status.BOT


@settings(max_examples=30, deadline=None)
@given(case=cases())
def test_every_decision_can_be_stored_and_explained(case: Case) -> None:
    decision = case.decision
    assert Memory.model_validate_json(decision.memory.model_dump_json()) == decision.memory
    assert decision.reason == decision.reason.strip() != ""
    assert all(0 <= answer.confidence <= 1 for answer in decision.answers)
    assert len(decision.suggestions) <= BUTTON_LIMIT


@settings(max_examples=30, deadline=None)
@given(text=st.text(min_size=1, max_size=20), times=st.integers(1, 200))
def test_a_message_of_any_length_is_decided(text: str, times: int) -> None:
    assert Talk().say(text * times).replies


def test_a_follow_up_leans_on_the_conversation_and_not_on_the_clock() -> None:
    earlier, later = Talk(), Talk(now=NOW + timedelta(days=400))
    for talk in (earlier, later):
        talk.say("tools for mlops")
    assert answered(earlier.say("and ml?")) == answered(later.say("and ml?")) == [("tools", "ml")]


def test_what_editors_took_out_of_the_knowledge_is_forgotten(knowledge: Knowledge) -> None:
    gone = Choice(topic="gadgets", side="druid", comparison="druid-vs-bard", title="Gadgets")
    memory = Memory(
        topic="gadgets",
        side="druid",
        comparison="druid-vs-bard",
        order=("druid", "ml"),
        choices=(gone,),
        preference="bard",
    )
    for text in ("and for the other one?", "1", "yes", "tell me more", "link?", "talk to a person"):
        decision = decide(Conversation(memory=memory), message(text), knowledge, now=NOW)
        assert decision.memory.preference is None
        assert "druid" not in decision.memory.order
