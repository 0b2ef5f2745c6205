"""Two foldings of one log: the first row that differs is named, with both sides and its events."""

from __future__ import annotations

import pytest

from ledger.replaying.differences import Difference, Shape, compared
from ledger.replaying.digest import Digesting

EVENT, OTHER = "0190c2a4-7b00-7000-8000-000000000001", "0190c2a4-7b00-7000-8000-000000000002"
TABLE = Shape("holding", ("number", "due_at", "latest_event"), ("bigint", "timestamptz", "uuid"), ("number",))


def rows(*numbers: int, due: str = "2020-01-01", event: str = EVENT) -> list[bytes]:
    return [f"{number}\t{due}\t{event}\n".encode() for number in numbers]


def first_difference(table: Shape, live: list[bytes], replayed: list[bytes]) -> Difference | None:
    return compared(table, live, replayed).difference


def digest(lines: list[bytes]) -> tuple[int, str]:
    digesting = Digesting(TABLE.name, TABLE.columns)
    for line in lines:
        digesting.add(line)
    return digesting.digest()[1:]


def test_one_reading_gives_both_digests_also_behind_the_first_difference() -> None:
    live, replayed = [*rows(1), *rows(2, due="1999-01-01"), *rows(3, 4)], rows(1, 2, 3)

    found = compared(TABLE, iter(live), iter(replayed))

    assert found.live is not None
    assert (found.live[1:], found.replayed[1:]) == (digest(live), digest(replayed))
    assert found.difference is not None and found.difference.key == {"number": "2"}


def test_a_live_table_that_is_further_by_now_is_not_compared() -> None:
    found = compared(TABLE, None, iter(rows(1, 2)))

    assert (found.live, found.replayed[1:], found.difference) == (None, digest(rows(1, 2)), None)


def test_what_is_the_same_has_no_difference() -> None:
    assert first_difference(TABLE, rows(2, 10), rows(2, 10)) is None
    assert first_difference(TABLE, [], []) is None


def test_a_row_that_differs_shows_its_columns_on_both_sides() -> None:
    live = [*rows(1, 2), *rows(3, due="2021-01-01"), *rows(4, due="1999-01-01")]

    found = first_difference(TABLE, live, rows(1, 2, 3, 4))

    assert found == Difference("holding", {"number": "3"}, {"due_at": "2021-01-01"}, {"due_at": "2020-01-01"}, (EVENT,))


def test_the_events_of_both_sides_are_named() -> None:
    found = first_difference(TABLE, rows(1, event=OTHER), rows(1))

    assert found is not None
    assert found.events == (EVENT, OTHER)


@pytest.mark.parametrize(("live", "replayed", "number", "is_live"), [
    ((2, 3, 10), (2, 10), "3", True), ((2, 10), (2, 3, 10), "3", False), ((2,), (2, 10), "10", False), ((2, 10), (2,), "10", True),
    ((), (1,), "1", False),
])  # fmt: skip
def test_a_row_that_only_one_side_has(live: tuple[int, ...], replayed: tuple[int, ...], number: str, is_live: bool) -> None:
    found = first_difference(TABLE, rows(*live), rows(*replayed))

    assert found is not None
    assert found.key == {"number": number}
    assert (bool(found.live), bool(found.replayed)) == (is_live, not is_live)
