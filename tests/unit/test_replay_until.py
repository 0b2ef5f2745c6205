"""Up to where a replay folds, as the command line says it."""

from __future__ import annotations

import pytest

from ledger.errors import CallerError
from ledger.moments import read_until
from ledger.replaying.until import Until, ends_until

LIVE = {0: 100, 1: 50}


def ends(until: Until, live: dict[int, int] = LIVE) -> dict[int, int]:
    return ends_until(until, live, len(live), lambda partition, millis: millis + partition)


def test_a_position_is_itself_included_and_others_go_as_far_as_the_live_tables() -> None:
    assert ends(Until(positions={0: 20})) == {0: 21, 1: 50}
    assert ends(Until(positions={0: 0, 1: 49})) == {0: 1, 1: 50}
    assert ends(Until(positions={None: 7}), {0: 10}) == {0: 8}


def test_a_time_holds_for_all_partitions_and_goes_no_further_than_the_live_tables() -> None:
    assert ends(Until(recorded_at=30_999)) == {0: 30, 1: 31}
    assert ends(Until(recorded_at=70_000)) == {0: 70, 1: 50}


@pytest.mark.parametrize(("positions", "said"), [({0: 100}, "below 100"), ({2: 1}, "below 0"), ({None: 3}, "expected a partition")])
def test_a_place_that_is_not_there_is_refused(positions: dict[int | None, int], said: str) -> None:
    with pytest.raises(CallerError, match=said):
        ends(Until(positions=positions))


def test_what_the_command_line_says() -> None:
    assert read_until([]) is None
    assert read_until(["0:12", "3:4"]) == Until(positions={0: 12, 3: 4})
    assert read_until(["12"]) == Until(positions={None: 12})
    assert read_until(["2019-11-27T12:00:00Z"]) == Until(recorded_at=1_574_856_000_000_000)
    day = read_until(["2019-11-27"])
    assert day is not None and day.recorded_at == 1_574_895_599_999_999, "to the end of that day in Amsterdam"


@pytest.mark.parametrize(
    "words", [["0:1", "0:2"], ["2019-11-27", "0:1"], ["2019-11-27", "2019-11-28"], ["soon"], ["0:-1"], ["1:2:3"], ["2026-13-01"]]
)
def test_what_cannot_be_read_is_refused(words: list[str]) -> None:
    with pytest.raises(CallerError):
        read_until(words)
