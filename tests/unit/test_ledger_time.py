"""The clocks: how often the log is asked, and what is let through."""

from __future__ import annotations

import pytest

from ledger.errors import RefusedError
from ledger.sdk.ledger_time import TickedClock, WallClock

SECOND = 1_000_000


class Ticks:
    """A log whose last tick is `tick`; counts how often it is read."""

    def __init__(self, tick: int) -> None:
        self.tick = tick
        self.reads = 0

    def __call__(self, deadline: float) -> int:
        self.reads += 1
        return self.tick


def test_the_wall_clock_lets_the_skew_through_and_no_more():
    clock = WallClock(300)

    assert clock.now(7, 0.0) == 7
    assert clock.allows(300 * SECOND, 0, 0.0)
    assert not clock.allows(300 * SECOND + 1, 0, 0.0)


def test_a_default_time_is_read_again_after_a_second_of_the_wall_clock():
    ticks = Ticks(50 * SECOND)
    clock = TickedClock(ticks, 300)

    assert [clock.now(wall, 0.0) for wall in (0, SECOND - 1)] == [50 * SECOND] * 2
    assert ticks.reads == 1
    ticks.tick = 90 * SECOND
    assert clock.now(SECOND, 0.0) == 90 * SECOND
    assert ticks.reads == 2


def test_a_wall_clock_that_steps_back_does_not_freeze_the_time():
    ticks = Ticks(50 * SECOND)
    clock = TickedClock(ticks, 300)
    clock.now(1000 * SECOND, 0.0)
    ticks.tick = 90 * SECOND

    assert clock.now(10 * SECOND, 0.0) == 90 * SECOND


def test_the_log_is_asked_before_a_time_is_refused_and_not_for_one_that_has_come():
    ticks = Ticks(50 * SECOND)
    clock = TickedClock(ticks, 0)
    clock.now(0, 0.0)
    assert clock.allows(50 * SECOND, 0, 0.0)
    assert ticks.reads == 1

    assert not clock.allows(51 * SECOND, 0, 0.0)
    ticks.tick = 51 * SECOND
    assert clock.allows(51 * SECOND, 0, 0.0)
    assert ticks.reads == 3


def test_time_never_goes_back_though_an_older_tick_is_read():
    ticks = Ticks(50 * SECOND)
    clock = TickedClock(ticks, 0)
    clock.now(0, 0.0)
    ticks.tick = 40 * SECOND

    assert clock.now(5 * SECOND, 0.0) == 50 * SECOND


def test_a_reading_that_fails_is_the_callers_error_and_the_next_call_asks_again():
    def fail(deadline: float) -> int:
        raise RefusedError("no time yet")

    clock = TickedClock(fail, 0)

    for _ in range(2):
        with pytest.raises(RefusedError):
            clock.now(0, 0.0)
