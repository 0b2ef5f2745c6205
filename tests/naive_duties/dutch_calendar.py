"""Terms in legal time (docs/policies.md section 3) and periods as Regulation 1182/71 counts them (docs/law.md section 3).

Moments are microseconds since 1970 UTC. Must never read the ledger's own calendar.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def on_the_clock(moment: int, zone: str) -> datetime:
    """What a clock on the wall shows then, without zone."""
    return (EPOCH + moment * MICROSECOND).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def moment_of(wall: datetime, zone: str) -> int:
    """When the clock shows that: the second time of two; where it never does, the first moment after the gap."""
    while not _is_shown(wall, zone):
        wall = wall.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return (wall.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC) - EPOCH) // MICROSECOND


def moment_of_day(day: str, zone: str) -> int:
    """When a day begins."""
    return moment_of(datetime.fromisoformat(day), zone)


def _is_shown(wall: datetime, zone: str) -> bool:
    there = wall.replace(tzinfo=ZoneInfo(zone), fold=1)
    return there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall


def months_later(day: datetime, months: int) -> datetime:
    """The same day of the month, or the month's last."""
    number = day.month - 1 + months
    year, month = day.year + number // 12, number % 12 + 1
    for of_month in range(day.day, 0, -1):
        try:
            return day.replace(year=year, month=month, day=of_month)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def after(moment: int, duration: str, zone: str) -> int:
    """The moment a duration (ISO 8601, whole units) later."""
    found = DURATION.fullmatch(duration)
    assert found, duration
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if years or months or weeks or days:
        wall = months_later(on_the_clock(moment, zone), 12 * years + months) + timedelta(days=7 * weeks + days)
        moment = moment_of(wall, zone)
    return moment + timedelta(hours=hours, minutes=minutes, seconds=seconds) // MICROSECOND


def year_end(moment: int, zone: str) -> int:
    """The midnight after 31 December of its year."""
    wall = on_the_clock(moment, zone)
    return moment_of(wall.replace(year=wall.year + 1, month=1, day=1, hour=0, minute=0, second=0, microsecond=0), zone)


def months_for_an_answer(start: int, months: int, zone: str) -> int:
    """When a period of months is over: at the midnight after its last day, which is a working day."""
    day = months_later(on_the_clock(start, zone).replace(hour=0, minute=0, second=0, microsecond=0), months)
    while day.weekday() >= 5 or day.date() in holidays(day.year):
        day += timedelta(days=1)
    return moment_of(day + timedelta(days=1), zone)


def holidays(year: int) -> set[date]:
    """Algemene termijnenwet Art. 3(1) and (2)."""
    easter = easter_sunday(year)
    if year <= 2013:
        king = date(year, 4, 30) if date(year, 4, 30).weekday() != 6 else date(year, 4, 29)
    else:
        king = date(year, 4, 27) if date(year, 4, 27).weekday() != 6 else date(year, 4, 26)
    moving = {easter + timedelta(days=days) for days in (-2, 1, 39, 50)}
    return moving | {king, date(year, 1, 1), date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)}


def easter_sunday(year: int) -> date:
    """The Sunday after the first ecclesiastical full moon on or after 21 March (Gauss, with the corrections of Lichtenberg)."""
    century = year // 100
    moon = 15 + (3 * century + 3) // 4 - (8 * century + 13) // 25
    sun = 2 - (3 * century + 3) // 4
    golden = year % 19
    seed = (19 * golden + moon) % 30
    correction = (seed + golden // 11) // 29
    full_moon = 21 + seed - correction
    first_sunday = 7 - (year + year // 4 + sun) % 7
    day = full_moon + 7 - (full_moon - first_sunday) % 7
    return date(year, 3, 1) + timedelta(days=day - 1)
