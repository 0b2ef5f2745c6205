"""A year of days as squares, the stronger their colour the more there is: what the heat map on deletion is drawn from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from ledger.web.pages.rendering import month_in, weekday_in

DAYS: Final = 366
WEEKS: Final = 54
"""At most: the first begins before the first day, the last ends after the last."""
STEP: Final = 15
"""From one square to the next; a square is 3 less."""
LEFT: Final = 26
TOP: Final = 18
LEVELS: Final = 4


def heat_map(numbers: Mapping[str, int], first: date | None, language: str) -> dict[str, Any] | None:
    """The squares from a day on, a column for each week from Monday on. numbers: day in ISO form -> how many. None: no day is known.

    Level 0 is none, LEVELS the most. weekdays: the names of every second row, from Monday on.
    """
    if first is None:
        return None
    most, monday = max(numbers.values(), default=0), first - timedelta(days=first.weekday())
    squares, months = [], []
    for place in range(DAYS):
        day = first + timedelta(days=place)
        x = LEFT + (day - monday).days // 7 * STEP
        number = numbers.get(day.isoformat(), 0)
        squares.append({"x": x, "y": TOP + day.weekday() * STEP, "day": day.isoformat(), "number": number, "level": level_of(number, most)})
        if day.day == 1:
            months.append({"x": x, "name": month_in(day.month, language)})
    weekdays = [{"y": TOP + row * STEP + 10, "name": weekday_in(row, language)} for row in (0, 2, 4, 6)]
    return {"squares": squares, "months": months, "weekdays": weekdays, "width": LEFT + (WEEKS + 1) * STEP, "height": TOP + 7 * STEP}


def level_of(number: int, most: int) -> int:
    """How strong its colour: in equal steps up to the most."""
    return 0 if number == 0 else 1 + (number - 1) * LEVELS // most
