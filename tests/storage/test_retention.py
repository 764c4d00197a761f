"""What is older than RETENTION_DAYS goes, day by day; the figures of handoffs stay, of nobody."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.insights import Period
from bot.data_protection import Retention
from bot.storage import Store
from bot.storage import retention as module
from tests.storage.test_erasure import everything
from tests.storage.world import ANN, NOW, Recorder, at_once, deliver_all, execute, intake, message, thread_of

DAY = timedelta(days=1)
BEN = "whatsapp:+919800000002"


def purge(store: Store, days: int = 30) -> None:
    Retention(store, days).run(NOW)


def spoke(store: Store, *texts: str, days_ago: int, sender: str = ANN) -> None:
    at = NOW - days_ago * DAY
    for number, text in enumerate(texts):
        intake(store).receive(message(f"SM{days_ago}{number}{sender[-1]}", text, name="Ann", sender=sender), now=at)
    deliver_all(store, Recorder(), at)


def test_what_is_old_goes_and_what_is_new_stays(store: Store) -> None:
    spoke(store, "long ago", days_ago=31)
    spoke(store, "lately", days_ago=29)
    purge(store)
    assert [stored.text for stored in thread_of(store)] == ["lately", "You wrote: lately"]


def test_of_whom_nothing_is_left_nothing_is_left(store: Store, database_url: str) -> None:
    spoke(store, "my salary?", "a person please", "back to the bot", days_ago=31)
    purge(store)
    left = everything(database_url)
    assert [trace for trace in ("ann", "9800000001", "salary", "person please") if trace in left] == []


def test_the_insights_keep_their_figures(store: Store) -> None:
    spoke(store, "a person please", "back to the bot", days_ago=31)
    spoke(store, "a person please", "back to the bot", days_ago=31, sender=BEN)
    period = Period((NOW - 40 * DAY).date(), NOW.date(), ZoneInfo("UTC"))
    before = store.insights.count(period).passages
    purge(store)
    assert len(before) == 2
    assert sorted(map(str, store.insights.count(period).passages)) == sorted(map(str, before))
    store.tidy(now=NOW)
    assert len(store.insights.count(period).passages) == 2


def test_figures_of_the_next_day_join_those_of_the_last(store: Store, database_url: str) -> None:
    for days, sender in ((40, ANN), (35, BEN)):
        spoke(store, "a person please", "back to the bot", days_ago=days, sender=sender)
        purge(store, days - 1)
    assert execute(database_url, "SELECT count(*), count(DISTINCT conversation_id) FROM handoffs") == [(2, 1)]


def test_who_wrote_stop_stays_stopped(store: Store, database_url: str) -> None:
    spoke(store, "my salary?", "STOP", days_ago=31)
    purge(store)
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    assert (conversation.opted_out, conversation.name) == (True, "")
    assert "salary" not in everything(database_url)


def test_who_waits_for_staff_is_not_lost_but_has_no_words_left(store: Store) -> None:
    spoke(store, "a person please", days_ago=31)
    purge(store)
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    handoff = store.open_handoff(conversation.id)
    assert handoff is not None
    assert (handoff.brief.question, handoff.brief.name, handoff.reason) == ("", "", "asked")


def test_what_still_waits_to_be_sent_is_not_erased_before(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW - 31 * DAY)
    purge(store)
    assert [stored.sid for stored in thread_of(store)] == [None]


def test_more_than_one_batch_goes_in_one_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    spoke(store, *"abcdefg", days_ago=31)
    purge(store)
    assert store.conversation_of(ANN) is None


def test_two_that_purge_at_once_do_no_harm(store: Store) -> None:
    spoke(store, "a person please", "back to the bot", *"abcdefg", days_ago=31)
    at_once(*[lambda: Retention(store, 30).run(NOW)] * 3)
    assert store.conversation_of(ANN) is None


def test_the_provider_is_to_forget_what_was_erased(store: Store) -> None:
    spoke(store, "old", days_ago=31)
    purge(store)
    claimed = store.forgetting.claim(now=NOW, lease=DAY, limit=9)
    assert {one.sid for one in claimed} == {"SM3101", "OUT2"}
