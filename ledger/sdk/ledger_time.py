"""What time it is on a ledger: the clocks of a real one, the last tick of a simulated one.

Instants are microseconds since 1970 UTC, deadlines are `time.monotonic()`. Must never let an event be later than the
ledger's time plus the allowed skew. Source: docs/emitting.md, docs/decisions/0006.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ledger.core.instants import CLOCK_SKEW_SECONDS
from ledger.errors import CallerError, LedgerError

_REREAD_MICROS: Final = 1_000_000  # a default `occurred_at` may be this much (of the wall clock) behind the newest tick
_AHEAD_MICROS: Final = 500_000  # from this age on it is read anew beside who asks: a reading takes some 10 ms, which a busy service would wait for
_AHEAD_SECONDS_MAX: Final = 5.0

ReadTick = Callable[[float], int]
"""Read the last tick, by a deadline. Raises LedgerError."""


def _skew_micros(seconds: float) -> int:
    if not 0 <= seconds <= CLOCK_SKEW_SECONDS:
        raise CallerError(
            f"cannot allow a clock skew of {seconds:g} s: expected 0 to {CLOCK_SKEW_SECONDS}",
            hint="the processors put aside what lies further ahead, so its receipt would be worth nothing: set the clock right instead",
        )
    return int(seconds * 1_000_000)


class WallClock:
    """The time of a real ledger: this machine's clock; events may be ahead of it by the skew."""

    may_ask_the_log = False

    def __init__(self, skew_seconds: float) -> None:
        """Raises: CallerError when the skew is more than the processors allow."""
        self._skew = _skew_micros(skew_seconds)

    def now(self, wall_micros: int, deadline: float) -> int:
        """Return the wall clock's reading."""
        return wall_micros

    def allows(self, occurred_at: int, wall_micros: int, deadline: float) -> bool:
        """Say whether the instant is not later than now plus the skew."""
        return occurred_at <= wall_micros + self._skew

    def taken_from(self, occurred_at: int) -> int:
        """Return the earliest broker time, in milliseconds, at which the processors take such an event: this clock may be ahead of the broker's."""
        return -((CLOCK_SKEW_SECONDS * 1_000_000 - occurred_at) // 1000)


class TickedClock:
    """The time of a simulated ledger: its last `TimeReached`, read when it is needed."""

    may_ask_the_log = True

    def __init__(self, read: ReadTick, skew_seconds: float) -> None:
        """Raises: CallerError when the skew is more than the processors allow."""
        self._read = read
        self._skew = _skew_micros(skew_seconds)
        self._lock = threading.Lock()
        self._tick = 0
        self._read_at = -_REREAD_MICROS
        self._ahead: threading.Thread | None = None

    def now(self, wall_micros: int, deadline: float) -> int:
        """Return the last tick, at most a second old."""
        age = wall_micros - self._read_at
        if not 0 <= age < _REREAD_MICROS:
            self._reread(wall_micros, deadline)
        elif age >= _AHEAD_MICROS and not (self._ahead is not None and self._ahead.is_alive()):
            self._ahead = threading.Thread(target=self._reread_ahead, args=(wall_micros,), name="ledger-time", daemon=True)
            self._ahead.start()
        return self._tick

    def allows(self, occurred_at: int, wall_micros: int, deadline: float) -> bool:
        """Say whether the instant is not later than the last tick plus the skew; asks the log again before saying no."""
        if occurred_at > self._tick + self._skew:
            self._reread(wall_micros, deadline)
        return occurred_at <= self._tick + self._skew

    def taken_from(self, occurred_at: int) -> int:
        """Return 0: on a simulated ledger the broker's clock says nothing."""
        return 0

    def _reread_ahead(self, wall_micros: int) -> None:
        with suppress(LedgerError):  # who asks once the tick is too old is told
            self._reread(wall_micros, time.monotonic() + _AHEAD_SECONDS_MAX)

    def _reread(self, wall_micros: int, deadline: float) -> None:
        with self._lock:
            self._tick = max(self._tick, self._read(deadline))
            self._read_at = wall_micros
