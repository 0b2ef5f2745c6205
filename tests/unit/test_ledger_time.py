"""The clocks: how often the log is asked, and what is let through."""

from __future__ import annotations

import threading

import pytest

from ledger.errors import RefusedError
from ledger.sdk.ledger_time import TickedClock, WallClock
from tests.workers import wait_until

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

    assert [clock.now(wall, 0.0) for wall in (0, SECOND // 2 - 1)] == [50 * SECOND] * 2
    assert ticks.reads == 1
    ticks.tick = 90 * SECOND
    assert clock.now(SECOND, 0.0) == 90 * SECOND
    assert ticks.reads == 2


def test_it_is_read_again_before_it_is_too_old_and_nobody_waits_for_that():
    ticks, begun, goes_on = Ticks(50 * SECOND), threading.Event(), threading.Event()

    def read(deadline: float) -> int:
        if ticks.reads:
            begun.set()
            assert goes_on.wait(10)
        return ticks(deadline)

    clock = TickedClock(read, 300)
    clock.now(0, 0.0)
    ticks.tick = 90 * SECOND

    assert [clock.now(SECOND // 2 + n, 0.0) for n in range(3)] == [50 * SECOND] * 3
    assert begun.wait(10)
    goes_on.set()
    wait_until(lambda: clock.now(SECOND // 2, 0.0) == 90 * SECOND, seconds=10, what="the reading beside")
    assert ticks.reads == 2


def test_a_reading_beside_that_fails_is_told_to_who_asks_once_the_time_is_too_old():
    ticks = Ticks(50 * SECOND)
    failed = threading.Event()

    def read(deadline: float) -> int:
        if ticks.reads:
            failed.set()
            raise RefusedError("no time any more")
        return ticks(deadline)

    clock = TickedClock(read, 300)
    clock.now(0, 0.0)

    assert clock.now(SECOND // 2, 0.0) == 50 * SECOND
    assert failed.wait(10)
    with pytest.raises(RefusedError):
        clock.now(SECOND, 0.0)


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
