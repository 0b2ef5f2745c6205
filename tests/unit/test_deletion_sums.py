"""The numbers on deletion, divided by holder, rule, lateness and month: every division comes to the figures above it."""

from __future__ import annotations

from typing import Any

from ledger.answers.deletion_overview import AGES, IN_TIME
from ledger.web.pages.deletion_sums import AGED, MONTHS_SHOWN, STATES, months_done, sums_by, sums_by_lateness


def settled(holder: str, number: int, month: str = "2026-01-01", **more: Any) -> dict[str, Any]:
    return {"holder": holder, "rule": "R-1", "state": "MET", "reason": None, "lateness": IN_TIME, "month": month, "number": number} | more


def called(holder: str, number: int, state: str, age: str, rule: str = "R-1") -> dict[str, Any]:
    return {"holder": holder, "rule": rule, "state": state, "age": age, "number": number}


DELETION = {
    "unsettled": [called("b", 3, "OVERDUE", "90+"), called("b", 1, "OPEN", "0-6"), called("c", 2, "OPEN", "7-29", "R-2")],
    "waiting": [{"holder": "d", "rule": None, "number": 4}],
    "coming_by_rule": [{"holder": "a", "rule": "R-2", "number": 50}, {"holder": "b", "rule": None, "number": 6}],
    "settled": [settled("a", 15), settled("z", 9), settled("z", 10, state="CANCELLED", reason="refused")],
    "settled_by_rule": [
        settled("a", 7), settled("a", 8, lateness="30-89"), settled("z", 9, rule="R-2"),
        settled("z", 10, state="CANCELLED", reason="refused", lateness=None),
        settled("z", 99, state="CANCELLED", reason="re-anchored", lateness=None),
    ],
}  # fmt: skip
FIGURES = {"OVERDUE": 3, "OPEN": 3, "HELD_BACK": 4, "COMING": 56, "MET": 24, "REFUSED": 10}


def test_each_column_by_holder_and_by_rule_comes_to_its_figure() -> None:
    for name in ("holder", "rule"):
        rows = sums_by(DELETION, name)
        assert {state: sum(row["numbers"][state] for row in rows) for state in STATES} == FIGURES, name


def test_who_is_late_stands_first_then_who_has_most() -> None:
    assert [row["name"] for row in sums_by(DELETION, "holder")] == ["b", "a", "z", "d", "c"]
    assert [row["name"] for row in sums_by(DELETION, "rule")] == ["R-1", "R-2", "-"]
    assert sums_by(DELETION, "rule")[2]["numbers"] == dict.fromkeys(STATES, 0) | {"HELD_BACK": 4, "COMING": 6}


def test_by_lateness_what_is_done_is_as_late_as_it_was_and_what_is_not_as_late_as_it_is() -> None:
    rows = {row["name"]: row["numbers"] for row in sums_by_lateness(DELETION)}

    assert list(rows) == [IN_TIME, *AGES]
    assert rows[IN_TIME] == {"OVERDUE": 0, "OPEN": 0, "MET": 16} and rows["30-89"]["MET"] == 8
    assert rows["90+"]["OVERDUE"] == 3 and rows["0-6"]["OPEN"] == 1 and rows["7-29"]["OPEN"] == 2
    assert {state: sum(numbers[state] for numbers in rows.values()) for state in AGED} == {state: FIGURES[state] for state in AGED}


def months_of(year: int, number: int) -> list[str]:
    return [f"{year + place // 12}-{place % 12 + 1:02}" for place in range(number)]


def test_months_go_on_to_earlier_ones_and_back_and_none_is_lost() -> None:
    told = months_of(2020, 30)
    lines = {**DELETION, "settled": [settled("a", 1 + place, month + "-01") for place, month in enumerate(told)]}
    whole, seen, until = sum(range(1, 31)), list[str](), ""
    for _ in told:
        found = months_done(lines, until)
        assert found["later"] + sum(number for _, number in found["rows"]) + found["earlier"] == whole
        seen += [month for month, _ in found["rows"]]
        if not found["earlier"]:
            break
        until = found["earlier_until"]

    assert seen == sorted(told, reverse=True) and len(found["rows"]) == 30 % MONTHS_SHOWN
    back = months_done(lines, found["later_until"])
    assert back["rows"][-1][0] == "2020-07" and months_done(lines, back["later_until"])["later"] == 0


def test_months_up_to_one_before_all_are_the_latest() -> None:
    assert months_done(DELETION, "2019-01") == months_done(DELETION, "") == months_done(DELETION, "2026-05")
    assert months_done({**DELETION, "settled": []}, "") == {"rows": [], "later": 0, "later_until": "", "earlier": 0, "earlier_until": ""}
