"""The emitter and the processors agree on which events come from a clock that is too far ahead."""

from __future__ import annotations

import pytest

from ledger.core.instants import CLOCK_SKEW_SECONDS
from ledger.sdk.ledger_time import WallClock

SKEW_MICROS = CLOCK_SKEW_SECONDS * 1_000_000


@pytest.mark.parametrize("micros", [0, 1, 999, 1_000, 1_001])
def test_the_first_broker_time_that_takes_an_event_is_to_the_millisecond(micros: int) -> None:
    occurred_at = 1_700_000_000_000_000 + micros

    taken_from = WallClock(0).taken_from(occurred_at)

    assert occurred_at <= taken_from * 1000 + SKEW_MICROS  # the rule of ledger/folding/reading.py
    assert occurred_at > (taken_from - 1) * 1000 + SKEW_MICROS
