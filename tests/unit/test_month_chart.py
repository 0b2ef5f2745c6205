"""The chart of shares by month: every share in one part of one bar, parts that stand on each other, no month left out in between."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.web.pages.month_chart import HIGH, OTHERS, RIGHT, SERIES_MAX, TOP, month_chart, months_between

NOW = "2026-02-01"


def line(recipient: str, month: str, shares: int, onward: int = 0) -> dict[str, Any]:
    return {"recipient": recipient, "month": month + "-01", "shares": shares, "onward": onward}


def test_nothing_shared_is_no_chart() -> None:
    assert month_chart([], "nl", NOW) is None


def test_each_share_is_in_one_part_and_in_one_cell() -> None:
    lines = [line(f"r{n}", month, n + 1, onward=n % 2) for n in range(9) for month in ("2025-11", "2026-02")]

    chart = month_chart(lines, "en", NOW)

    assert chart is not None
    assert chart["series"] == ["r8", "r7", "r6", "r5", "r4", OTHERS] and len(chart["series"]) == SERIES_MAX + 1
    assert [bar["month"] for bar in chart["bars"]] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert [bar["total"] for bar in chart["bars"]] == [45, 0, 0, 45]
    assert [sum(part["number"] for part in bar["parts"]) for bar in chart["bars"]] == [45, 0, 0, 45]
    assert [(row["month"], row["total"], row["onward"], sum(row["numbers"])) for row in chart["rows"]] == [
        ("2026-02", 45, 4, 45), ("2026-01", 0, 0, 0), ("2025-12", 0, 0, 0), ("2025-11", 45, 4, 45)
    ]  # fmt: skip


def test_parts_stand_on_each_other_and_the_highest_bar_fills_the_drawing() -> None:
    chart = month_chart([line("a", "2026-01", 3), line("b", "2026-01", 1), line("a", "2026-02", 2)], "nl", NOW)

    assert chart is not None
    (first, second), (third,) = (bar["parts"] for bar in chart["bars"])
    assert first["y"] == second["y"] + second["high"] and second["y"] == TOP
    assert first["y"] + first["high"] == third["y"] + third["high"] == TOP + HIGH
    assert third["high"] == HIGH / 2


@pytest.mark.parametrize(("first", "last", "found"), [
    ("2025-12-01", "2026-01-01", ["2025-12", "2026-01"]), ("2026-03-01", "2026-03-01", ["2026-03"]),
])  # fmt: skip
def test_months_go_on_over_the_year(first: str, last: str, found: list[str]) -> None:
    assert months_between(first, last) == found


@pytest.mark.parametrize("months", [1, 2, 24])
def test_bars_fill_the_drawing_whatever_their_number_and_never_touch(months: int) -> None:
    chart = month_chart([line("a", "2024-03", 1)], "nl", f"{2024 + (months + 1) // 12}-{(months + 1) % 12 + 1:02}-01")

    assert chart is not None and len(chart["bars"]) == months
    places = [bar["x"] for bar in chart["bars"]]
    assert all(right - left > chart["bar"] for left, right in zip(places, [*places[1:], chart["width"] - RIGHT + 0.1], strict=True))
    assert months == 1 or places[-1] + places[1] - places[0] == pytest.approx(chart["width"] - RIGHT, abs=1)


def test_a_year_is_named_where_it_begins() -> None:
    chart = month_chart([line("a", "2025-10", 1), line("a", "2026-02", 1)], "en", "2026-05-01")

    assert chart is not None
    assert [bar["label"] for bar in chart["bars"]] == ["Oct 2025", "", "", "Jan 2026", "", "", "Apr", ""]
