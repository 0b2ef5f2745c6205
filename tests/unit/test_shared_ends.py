"""Where the log ends, as all threads of the server know it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ledger.errors import DependencyError
from ledger.web import pool
from ledger.web.pool import SharedEnds


class Clock:
    """time, as pool.py uses it: stands still until moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now



class Broker:
    """Answers with how often it was asked, or not at all."""

    def __init__(self) -> None:
        self.asked, self.is_away = 0, False

    def __call__(self, partitions: int) -> Sequence[int]:
        self.asked += 1
        if self.is_away:
            raise DependencyError("away")
        return [self.asked] * partitions


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(pool, "time", found)
    monkeypatch.setattr(SharedEnds, "_run", lambda self: None)
    return found


def test_who_asks_after_a_quiet_while_is_told_where_the_log_ends(clock: Clock) -> None:
    ends = SharedEnds(broker := Broker())
    assert ends(2) == [1, 1]

    clock.now += pool.ENDS_OLD_SECONDS + 60

    assert ends(2) == [2, 2]
    assert ends(2) == [2, 2] and broker.asked == 2, "what is known is not asked for again"


def test_a_broker_that_is_away_is_waited_for_once_and_not_by_everybody(clock: Clock) -> None:
    ends = SharedEnds(broker := Broker())
    broker.is_away = True

    for _ in range(3):
        with pytest.raises(DependencyError, match="how far the log goes"):
            ends(1)

    assert broker.asked == 1
