"""The pages of a month's shares over several partitions: together every share once, in the order of the log, however short a page is cut."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.answers import shares_of_month
from ledger.answers.query import Query
from ledger.answers.shapes_behind import ShareLine, SharesWanted
from tests.histories import project, shared
from tests.memory_answers import MemoryAnswers

PARTITIONS = 3
MONTH = date(2018, 6, 1)


class Dealt(MemoryAnswers):
    """One log, its shares dealt out over partitions by their offset."""

    def shares_behind(self, partition: int, since: int, until: int, limit: int, after: int) -> list[tuple[int, bytes]]:
        found = super().shares_behind(0, since, until, 2**31, after)
        return [each for each in found if each[0] % PARTITIONS == partition][:limit]


SHARES = [shared(day % 28 + 1, day % 28 + 1, subject=f"s{day}", recipient=f"R{day % 4}", recipient_role="registrar") for day in range(23)]
STORE = Dealt(project(SHARES), partitions=PARTITIONS)


def places(lines: list[ShareLine]) -> list[tuple[int, int | None]]:
    return [(line.rests_on[0].partition, line.rests_on[0].offset) for line in lines]


def walked(wanted: SharesWanted, limit: int) -> tuple[list[ShareLine], int]:
    """All lines, and over how many pages."""
    lines: list[ShareLine] = []
    after, pages = None, 0
    while True:
        answer = Query(STORE).shares_behind(wanted, limit, after)
        lines, pages, after = [*lines, *answer.shares], pages + 1, answer.next
        assert len(answer.shares) <= limit and answer.more == (after is not None) and pages < 100
        if after is None:
            return lines, pages


def month_of_shares() -> date:
    """The month in which the shares of the log are."""
    return next(month for year in (2018, 2019, 2020) for number in range(1, 13)
                if Query(STORE).shares_behind(SharesWanted(month=(month := date(year, number, 1))), 1).shares)  # fmt: skip


THEN = month_of_shares()


@given(limit=st.integers(1, 30), read=st.integers(1, 30), recipient=st.sampled_from([None, "R0", "R3", "Nobody"]))
def test_the_pages_have_every_share_once_in_order(limit: int, read: int, recipient: str | None) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shares_of_month, "READ_MAX", read)
        lines, pages = walked(SharesWanted(month=THEN, recipient=recipient), limit)
        whole, _ = walked(SharesWanted(month=THEN), 1_000)

    wanted = [line for line in whole if recipient in (None, line.recipient)]
    assert places(lines) == places(wanted) == sorted(places(wanted), key=lambda place: (place[0], place[1] or 0))
    assert {place[0] for place in places(whole)} == set(range(PARTITIONS)) and len(whole) > 20
    assert pages >= len(wanted) // limit


def test_a_month_without_shares_has_none_and_ends() -> None:
    assert walked(SharesWanted(month=date(1999, 1, 1)), 5) == ([], 1)


@pytest.mark.parametrize(("text", "month"), [
    ("2018-06", MONTH), ("1970-01", date(1970, 1, 1)), ("9998-12", date(9998, 12, 1)), ("1969-12", None), ("9999-01", None), ("2018-13", None),
    ("2018-6", None), ("2018-06-01", None), ("", None), ("\u0662018-06", None),
])  # fmt: skip
def test_a_month_is_read_or_is_none(text: str, month: date | None) -> None:
    assert shares_of_month.month_named(text) == month
