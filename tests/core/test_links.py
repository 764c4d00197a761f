from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision
from bot.core.dialogue import decide
from bot.core.links import Link
from bot.core.messages import Inbound, Kind
from bot.knowledge_files import load
from tests.knowledge.editing import GOOD

NOW = datetime(2026, 1, 12, 6, 30, tzinfo=UTC)


def said(text: str, knowledge: Knowledge) -> Decision:
    return decide(Conversation(), Inbound("SM1", "a", "b", Kind.TEXT, text), knowledge, now=NOW)


def link(knowledge: Knowledge, id_: str) -> Link:
    return next(link for link in knowledge.links.values() if link.id == id_)


def test_every_link_to_an_entry_is_answered_with_that_very_entry(knowledge: Knowledge) -> None:
    links = [link for link in knowledge.links.values() if link.id.startswith("entry:")]
    assert len(links) == len(knowledge.entries)
    for link in links:
        decision = said(link.opening, knowledge)
        choice = link.choice
        assert [(one.topic, one.side) for one in decision.answers] == [(choice.topic, choice.side)]
        assert decision.answers[0].confidence == 1


def test_every_entry_topic_and_comparison_has_a_link_of_its_own(knowledge: Knowledge) -> None:
    kinds = [link.id.partition(":")[0] for link in knowledge.links.values()]
    assert kinds.count("entry") == len(knowledge.entries)
    assert kinds.count("comparison") == len(knowledge.comparisons)
    assert len({link.opening for link in knowledge.links.values()}) == len(kinds)


@pytest.mark.parametrize(
    "edited",
    ["hi!! {opening}", "{TAG}", "{tag}", "what are the fees? [{tag}].", "Which projects do ML engineers do {opening}"],
)
def test_the_words_around_a_tag_may_be_changed(knowledge: Knowledge, edited: str) -> None:
    chosen = next(link for link in knowledge.links.values() if link.choice.side and link.id.startswith("entry:"))
    decision = said(edited.format(opening=chosen.opening, tag=chosen.tag, TAG=chosen.tag.upper()), knowledge)
    assert [f"entry:{one.entry}" for one in decision.answers] == [chosen.id]


def test_a_link_stays_the_same_whatever_else_is_written(knowledge: Knowledge) -> None:
    small = load(GOOD)
    for id_ in ("topic:tools", "topic:course"):
        both = [{each.id: each.tag for each in own.links.values()}.get(id_) for own in (knowledge, small)]
        assert both[0] == both[1]


def test_the_address_opens_the_chat_with_the_text_typed() -> None:
    chosen = link(load(GOOD), "entry:cook-vs-baker/tools/cook")
    address = urlsplit(chosen.address("whatsapp:+91 98111-00001"))
    assert (address.netloc, address.path) == ("wa.me", "/919811100001")
    assert parse_qs(address.query) == {"text": [chosen.opening]}


def test_who_stopped_hears_nothing_by_a_link_either() -> None:
    knowledge = load(GOOD)
    stopped = replace(Conversation(), opted_out=True)
    opening = link(knowledge, "entry:cook-vs-baker/tools/cook").opening
    decision = decide(stopped, Inbound("SM1", "a", "b", Kind.TEXT, opening), knowledge, now=NOW)
    assert decision.replies == ()
