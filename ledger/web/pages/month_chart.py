"""Shares by month as stacked bars, a colour for each of the recipients that get most; what that chart is drawn from. Pure.

Places are in units of the drawing. The table below the chart says the same in numbers.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from ledger.web.pages.rendering import month_in

SERIES_MAX: Final = 5
"""Recipients with a colour of their own; the others share the last one."""
HIGH: Final = 170
WIDE: Final = 1000
"""The bars stand apart as far as that fills the drawing, whatever their number."""
BAR_MAX: Final = 46
LEFT: Final = 8
RIGHT: Final = 44
"""Where the number of the highest bar stands."""
TOP: Final = 10
OTHERS: Final = ""

Json = dict[str, Any]


def month_chart(lines: list[Json], language: str, last: str) -> Json | None:
    """Bars by month, from the first with a share to the last of all, and the numbers beside. None: nothing was shared. last: one of its days (ISO).

    lines: `by_month` of the overview of sharing in JSON form. Series: the recipient with most first, the others together last (name empty).
    """
    totals: Counter[str] = Counter()
    for each in lines:
        totals[each["recipient"]] += each["shares"]
    if not totals:
        return None
    named = [name for name, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:SERIES_MAX]]
    series = named + ([OTHERS] if len(totals) > len(named) else [])
    told = [each["month"] for each in lines]
    numbers: dict[str, Counter[str]] = {month: Counter() for month in months_between(min(told), max(*told, last))}
    onward: Counter[str] = Counter()
    for each in lines:
        month = each["month"][:7]
        numbers[month][each["recipient"] if each["recipient"] in named else OTHERS] += each["shares"]
        onward[month] += each["onward"]
    most = max(each.total() for each in numbers.values())
    step = (WIDE - LEFT - RIGHT) / len(numbers)
    bars = [_bar(LEFT + place * step, month, found, series, most) for place, (month, found) in enumerate(numbers.items())]
    for place, bar in enumerate(bars):
        bar["label"] = _label(place, bar["month"], language)
    return {
        "series": series, "bars": bars, "most": most, "width": WIDE, "bar": round(min(step * 2 / 3, BAR_MAX), 2), "height": TOP + HIGH + 22,
        "base": TOP + HIGH,
        "rows": [
            {"month": month, "numbers": [found[name] for name in series], "total": found.total(), "onward": onward[month]}
            for month, found in reversed(numbers.items())
        ],
    }  # fmt: skip


def _bar(x: float, month: str, found: Counter[str], series: list[str], most: int) -> Json:
    y, parts = float(TOP + HIGH), []
    for level, name in enumerate(series):
        high = found[name] * HIGH / most
        y -= high
        if high:
            parts.append({"y": round(y, 2), "high": round(high, 2), "series": level, "name": name, "number": found[name]})
    return {"x": round(x, 2), "month": month, "parts": parts, "total": found.total()}


def _label(place: int, month: str, language: str) -> str:
    """Each quarter's name, with the year where it begins; of the first quarter shown too."""
    quarter = "" if month[5:] not in ("01", "04", "07", "10") else month_in(int(month[5:]), language)
    return f"{quarter} {month[:4]}" if month.endswith("-01") or (quarter and place < 3) else quarter


def months_between(first: str, last: str) -> list[str]:
    """Every month from one to another, both included: `2026-03`. first, last: days in ISO form."""
    begin, end = (int(each[:4]) * 12 + int(each[5:7]) - 1 for each in (first, last))
    return [f"{number // 12}-{number % 12 + 1:02}" for number in range(begin, end + 1)]
