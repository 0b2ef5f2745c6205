"""The year of days as squares: each number on its own day, in the row of its weekday, the darker the more; rows and months have names."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ledger.web.pages.calendars import DAYS, LEVELS, STEP, TOP, WEEKS, heat_map, level_of

TODAY = date(2026, 11, 26)
"""A Thursday."""


def test_each_number_stands_on_its_day_and_none_is_lost() -> None:
    numbers = {(TODAY + timedelta(days=days)).isoformat(): days + 1 for days in (0, 3, 4, 200, DAYS - 1)}

    found = heat_map(numbers, TODAY, "nl")

    assert found is not None
    assert {each["day"]: each["number"] for each in found["squares"] if each["number"]} == numbers
    assert [each["day"] for each in found["squares"]] == [(TODAY + timedelta(days=days)).isoformat() for days in range(DAYS)]


def test_a_day_is_in_the_row_of_its_weekday_and_in_the_column_of_its_week() -> None:
    found = heat_map({}, TODAY, "nl")

    assert found is not None
    for each in found["squares"]:
        day = date.fromisoformat(each["day"])
        assert each["y"] == TOP + day.weekday() * STEP
    thursday, sunday, monday = (found["squares"][days] for days in (0, 3, 4))
    assert thursday["x"] == sunday["x"] == monday["x"] - STEP
    assert len({each["x"] for each in found["squares"]}) <= WEEKS and len({(each["x"], each["y"]) for each in found["squares"]}) == DAYS
    assert max(each["x"] for each in found["squares"]) + STEP <= found["width"]


@pytest.mark.parametrize(("language", "names"), [("nl", ["ma", "wo", "vr", "zo"]), ("en", ["Mon", "Wed", "Fri", "Sun"])])
def test_the_names_of_weekdays_stand_beside_their_rows_in_the_readers_language(language: str, names: list[str]) -> None:
    found = heat_map({}, TODAY, language)

    assert found is not None and [each["name"] for each in found["weekdays"]] == names
    for each, weekday in zip(found["weekdays"], (0, 2, 4, 6), strict=True):
        row = next(square["y"] for square in found["squares"] if date.fromisoformat(square["day"]).weekday() == weekday)
        assert row < each["y"] < row + STEP


def test_a_month_is_named_above_the_week_in_which_it_begins() -> None:
    found = heat_map({}, TODAY, "en")

    assert found is not None and [each["name"] for each in found["months"]][:3] == ["Dec", "Jan", "Feb"] and len(found["months"]) == 12
    assert found["months"][0]["x"] == next(each["x"] for each in found["squares"] if each["day"] == "2026-12-01")


@pytest.mark.parametrize(("number", "most", "level"), [(0, 9, 0), (1, 9, 1), (9, 9, LEVELS), (1, 1, 1), (5, 8, 3), (4, 8, 2), (0, 0, 0)])
def test_the_more_there_is_the_stronger_the_colour(number: int, most: int, level: int) -> None:
    assert level_of(number, most) == level


def test_before_the_first_day_there_is_no_calendar() -> None:
    assert heat_map({"2026-01-01": 3}, None, "nl") is None
