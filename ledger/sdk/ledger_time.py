"""What time it is on a ledger: the clocks of a real one, the last tick of a simulated one.

Instants are microseconds since 1970 UTC, deadlines are `time.monotonic()`. Must never let an event be later than the
ledger's time plus the allowed skew. Source: docs/emitting.md, docs/decisions/0006.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

#: By how much the clock of an emitting machine may run ahead; the processors allow the same.
CLOCK_SKEW_SECONDS: Final = 300.0

_REREAD_MICROS: Final = 1_000_000  # a default `occurred_at` may be this much (of the wall clock) behind the newest tick

ReadTick = Callable[[float], int]
"""Read the last tick, by a deadline. Raises LedgerError."""


class WallClock:
    """The time of a real ledger: this machine's clock; events may be ahead of it by the skew."""

    may_ask_the_log = False

    def __init__(self, skew_seconds: float) -> None:
        self._skew = int(skew_seconds * 1_000_000)

    def now(self, wall_micros: int, deadline: float) -> int:
        """Return the wall clock's reading."""
        return wall_micros

    def allows(self, occurred_at: int, wall_micros: int, deadline: float) -> bool:
        """Say whether the instant is not later than now plus the skew."""
        return occurred_at <= wall_micros + self._skew


class TickedClock:
    """The time of a simulated ledger: its last `TimeReached`, read when it is needed."""

    may_ask_the_log = True

    def __init__(self, read: ReadTick, skew_seconds: float) -> None:
        self._read = read
        self._skew = int(skew_seconds * 1_000_000)
        self._lock = threading.Lock()
        self._tick = 0
        self._read_at = -_REREAD_MICROS

    def now(self, wall_micros: int, deadline: float) -> int:
        """Return the last tick, at most a second old."""
        if not 0 <= wall_micros - self._read_at < _REREAD_MICROS:
            self._reread(wall_micros, deadline)
        return self._tick

    def allows(self, occurred_at: int, wall_micros: int, deadline: float) -> bool:
        """Say whether the instant is not later than the last tick plus the skew; asks the log again before saying no."""
        if occurred_at > self._tick + self._skew:
            self._reread(wall_micros, deadline)
        return occurred_at <= self._tick + self._skew

    def _reread(self, wall_micros: int, deadline: float) -> None:
        with self._lock:
            self._tick = max(self._tick, self._read(deadline))
            self._read_at = wall_micros
