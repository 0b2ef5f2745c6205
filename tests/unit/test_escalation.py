"""How urgent an obligation has become: docs/duties.md section 1, to the microsecond."""

from __future__ import annotations

import pytest

from ledger.core.obligations import DAY, escalation
from ledger.core.state import Obligation

RAISED, OVERDUE_AT = 10 * DAY, 17 * DAY


def obligation(state: str = "OVERDUE", *, due_at: int = 3 * DAY, overdue_at: int = OVERDUE_AT) -> Obligation:
    return Obligation(b"o", "ERASE", ("h", None, "p", None, None), ("pd:Name",), due_at, overdue_at, "R-1", RAISED, 5, (b"e",), state=state)


@pytest.mark.parametrize(
    ("now", "level"),
    [(OVERDUE_AT - 1, 0), (OVERDUE_AT, 1), (OVERDUE_AT + 7 * DAY - 1, 1), (OVERDUE_AT + 7 * DAY, 2), (OVERDUE_AT + 14 * DAY - 1, 2),
     (OVERDUE_AT + 14 * DAY, 3), (OVERDUE_AT + 700 * DAY, 3)],
)  # fmt: skip
def test_each_time_that_there_was_to_act_is_one_level_more(now: int, level: int) -> None:
    assert escalation(obligation(), now) == level


def test_what_there_was_to_act_counts_from_when_it_was_due_where_that_is_later() -> None:
    assert escalation(obligation(due_at=15 * DAY), OVERDUE_AT + 2 * DAY) == 2


def test_hours_count_as_a_day() -> None:
    assert [escalation(obligation(overdue_at=RAISED), RAISED + moment) for moment in (DAY - 1, DAY, 2 * DAY)] == [1, 2, 3]


@pytest.mark.parametrize("state", ["OPEN", "MET", "CANCELLED"])
def test_what_is_in_time_or_has_ended_is_not_urgent(state: str) -> None:
    assert escalation(obligation(state), OVERDUE_AT + 700 * DAY) == 0
