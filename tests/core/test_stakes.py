"""The reply that costs least. A wrong answer costs five times a question; all else follows."""

import pytest

from bot.core.stakes import (
    QUESTION,
    WRONG,
    Reply,
    answering,
    best_reply,
    worth_adding,
    worth_interrupting,
    worth_offering,
)


def test_a_wrong_answer_costs_five_times_a_question() -> None:
    assert WRONG == 5 * QUESTION
    assert answering(1 - 1 / WRONG) == pytest.approx(QUESTION)


@pytest.mark.parametrize(
    ("likeliest", "choices", "off_topic", "reply"),
    [
        (0.97, [0.97], 0.01, Reply.ANSWER),
        (0.75, [0.75, 0.2], 0.0, Reply.ANSWER),
        (0.5, [0.5, 0.45], 0.0, Reply.ASK),
        (0.5, [0.5], 0.0, Reply.ANSWER),
        (0.3, [0.3, 0.25, 0.2], 0.05, Reply.ASK),
        (0.2, [0.2, 0.05], 0.1, Reply.REFUSE),
        (0.3, [0.3], 0.7, Reply.REFUSE),
        (0.0, [], 0.0, Reply.REFUSE),
    ],
)
def test_the_reply_of_least_expected_loss_is_given(
    likeliest: float, choices: list[float], off_topic: float, reply: Reply
) -> None:
    assert best_reply(likeliest, choices, off_topic) is reply


def test_a_question_helps_only_if_it_can_settle_the_matter() -> None:
    assert best_reply(0.55, [0.55, 0.4], 0.0) is Reply.ASK
    assert best_reply(0.55, [0.55], 0.0) is Reply.ANSWER


def test_what_is_hardly_likely_is_not_worth_reading() -> None:
    assert worth_offering(0.1)
    assert not worth_offering(0.05)


def test_who_waits_for_a_person_is_answered_only_from_four_in_five() -> None:
    assert worth_interrupting(0.81)
    assert not worth_interrupting(0.79)


def test_a_second_question_is_answered_only_from_five_in_six() -> None:
    assert worth_adding(0.84)
    assert not worth_adding(0.83)
