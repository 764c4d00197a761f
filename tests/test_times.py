import os

import pytest

from bot.times import Times


def test_every_call_is_timed_under_the_number_of_the_process() -> None:
    times = Times()
    half = times.timed(lambda number: number / 2)
    assert [half(4), half(2)] == [2, 1]
    process = {"process": str(os.getpid())}
    assert times.registry.get_sample_value("bot_decide_seconds_count", process) == 2
    seconds = times.registry.get_sample_value("bot_decide_seconds_sum", process)
    assert seconds is not None
    assert 0 < seconds < 60


def test_a_call_that_fails_is_timed_too() -> None:
    times = Times()
    with pytest.raises(ZeroDivisionError):
        times.timed(lambda: 1 / 0)()
    assert times.registry.get_sample_value("bot_decide_seconds_count", {"process": str(os.getpid())}) == 1
