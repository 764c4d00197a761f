"""Delivery reports: forward only, in any order, again and again, and before our own record of the message."""

from itertools import pairwise, permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.messages import DeliveryReport, MessageState, may_follow
from bot.storage import Store
from tests.storage.world import NOW, Recorder, at_once, deliver_all, delivery, execute, intake, message, outgoing_of

SENT, DELIVERED, READ, FAILED = MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED
ORDERS = list(permutations([SENT, DELIVERED, READ, FAILED]))


def report_on(store: Store, *states: MessageState) -> MessageState | None:
    """Report on the newest message and return its state."""
    newest = outgoing_of(store)[-1]
    for state in states:
        error = ("63016", "Outside the window.") if state is FAILED else ("", "")
        store.record_report(DeliveryReport(newest.sid or f"OUT{newest.id}", state, *error), now=NOW)
    return outgoing_of(store)[-1].state


def expected(first: MessageState, states: tuple[MessageState, ...]) -> MessageState:
    for state in states:
        first = state if may_follow(state, first) else first
    return first


def test_every_order_of_reports_ends_as_far_forward_as_it_may(store: Store) -> None:
    for number, order in enumerate(ORDERS):
        intake(store).receive(message(f"SM{number}"), now=NOW)
        deliver_all(store, Recorder())
        assert report_on(store, *order) is expected(SENT, order)


def test_every_order_of_reports_ends_the_same_if_they_come_before_our_own_record(store: Store) -> None:
    for number, order in enumerate(ORDERS):
        intake(store).receive(message(f"SM{number}"), now=NOW)
        assert report_on(store, *order) is MessageState.QUEUED
        deliver_all(store, Recorder())
        assert outgoing_of(store)[-1].state is expected(SENT, order)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(MessageState), max_size=8), st.integers(0, 8))
def test_no_sequence_of_reports_moves_a_message_back(
    store: Store, states: list[MessageState], known_after: int
) -> None:
    intake(store).receive(message(f"SM{len(outgoing_of(store))}"), now=NOW)
    report_on(store, *states[:known_after])
    deliver_all(store, Recorder())
    seen = [outgoing_of(store)[-1].state or SENT]
    seen += [report_on(store, state) or SENT for state in states[known_after:]]
    assert all(new is old or may_follow(new, old) for old, new in pairwise(seen))


def test_a_failure_is_kept_with_its_code_and_sentence(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    deliver_all(store, Recorder())
    report_on(store, FAILED)
    (reply,) = outgoing_of(store)
    assert (reply.state, reply.error_code, reply.error) == (FAILED, "63016", "Outside the window.")


def test_a_repeated_report_changes_nothing(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    deliver_all(store, Recorder())
    report_on(store, DELIVERED)
    before = outgoing_of(store)
    report_on(store, DELIVERED, SENT)
    assert outgoing_of(store) == before


def test_a_report_used_once_is_not_kept(store: Store, database_url: str) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    report_on(store, DELIVERED)
    deliver_all(store, Recorder())
    assert execute(database_url, "SELECT * FROM delivery_reports") == []


@pytest.mark.parametrize("run", range(5))
def test_a_report_at_the_very_moment_of_our_record_is_not_lost(store: Store, run: int) -> None:
    for number in range(5):
        intake(store).receive(message(f"SM{number}"), now=NOW)
        worker = delivery(store, Recorder())
        sid = f"OUT{outgoing_of(store)[-1].id}"
        at_once(
            lambda: worker.run_once(NOW),  # noqa: B023 - called before the next turn
            lambda: store.record_report(DeliveryReport(sid, DELIVERED), now=NOW),  # noqa: B023
        )
    assert {reply.state for reply in outgoing_of(store)} == {DELIVERED}
