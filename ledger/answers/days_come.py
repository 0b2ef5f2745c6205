"""Whether a day that somebody asks about has come. Of a later one nobody knows what will be: it would get today's answer, under that day's name.

Days are those of Dutch legal time and count whole, so of today the hours that are left may be asked about too. Source: docs/answers.md section 2.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta

from ledger.core.calendar import day_of, start_of_day
from ledger.errors import CallerError
from ledger.legal_time import DUTCH_TIME

Clock = Callable[[], int]
"""Nanoseconds since 1970, as time.time_ns."""


class NotComeError(CallerError):
    """A moment that has not come was asked about. latest: the last day that may be, in Dutch legal time."""

    def __init__(self, what: str, latest: date, *, field: str, hint: str) -> None:
        super().__init__(f"{what}: expected a day up to {latest}, got a later one", hint=hint, field=field)
        self.latest = latest


def require_so_by_now(on: int | None, time_reached: int, *, simulated: bool, clock: Clock = time.time_ns) -> None:
    """What is to be told as it was then, was. on: microseconds, None: now. time_reached: the latest that any partition has reached, 0: no tick yet.

    A simulated ledger's time is what its ticks say, and without one any day may have come. On a real ledger the clock counts too: its ticks are a
    minute late, and when nobody folds it is today all the same.

    Raises:
        NotComeError: that day has not begun.
    """
    now = time_reached if simulated else max(time_reached, clock() // 1000)
    if on is not None and now > 0 and (latest := _day_before(on, now)) is not None:
        hint = "what comes due until a later day: `ledger due --until`, GET /v1/due?until="
        raise NotComeError("cannot answer as it was then", latest, field="on", hint=hint)


def require_recorded_by_now(at: int, *, clock: Clock = time.time_ns) -> None:
    """What is to be told as it was known then, was known. at: microseconds by the broker's clock, which is that of everybody on any ledger.

    Raises:
        NotComeError: that day has not begun.
    """
    if (latest := _day_before(at, clock() // 1000)) is not None:
        raise NotComeError("cannot answer as known then", latest, field="known_at", hint="leave it out for all that is known now")


def _day_before(moment: int, now: int) -> date | None:
    """The day of `now`, if the moment is on a later one. Compared as instants: at the end of the calendar a moment may have no day in legal time."""
    today = day_of(now, DUTCH_TIME)
    return today if moment >= start_of_day(today + timedelta(days=1), DUTCH_TIME) else None
