"""When a term ends: date arithmetic in the legal time of the policy's country.

Pure: instants in, instants out; the zone is handed in. Must never read a clock or answer a moment that is too early.
Source: docs/policies.md section 3; Dutch practice for terms of days, months and years (same wall-clock time, last day
of the month when the day does not exist) and Art. 52(4) AWR for terms that run to the end of a calendar year.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from ledger.errors import DataError

Rounding = Literal["none", "calendar_year_end"]
DUTCH_ZONE: Final = "Europe/Amsterdam"  # its name; the zone itself: ledger/legal_time.py

MICROS_PER_SECOND = 1_000_000
# The memo works per quarter of an hour: every zone's offset, and so every local day, changes on such a boundary
# today; where history differs, the two ends of the quarter disagree and the term is worked out in full.
QUARTER_MICROS = 15 * 60 * MICROS_PER_SECOND
# A year of quarters for two terms, or half a year for four; 19 MB when full (300 bytes each, measured).
MEMO_TERMS_MAX = 65_536
DAY_MICROS = 24 * 60 * 60 * MICROS_PER_SECOND
MEMO_DAYS_MAX = 8_192  # twenty years
YEARS_MAX = 1000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DURATION = re.compile(
    r"P(?!$)(?:(?P<years>\d{1,6})Y)?(?:(?P<months>\d{1,6})M)?(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?!$)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,6})S)?)?",
    re.ASCII,
)


class TermError(DataError):
    """A duration or instant the calendar cannot work with: correct the policy, or the instant in the event."""


class Duration(NamedTuple):
    """An ISO 8601 duration: calendar months and days first, then real seconds."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def __str__(self) -> str:
        """Print as ISO 8601, in years, months, days, hours, minutes and seconds."""
        years, months = divmod(self.months, 12)
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        dates = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (self.days, "D")) if n)
        times = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
        return f"P{dates}{'T' + times if times else ''}" if dates or times else "P0D"


def parse_duration(text: str) -> Duration:
    """Read an ISO 8601 duration in whole units: P2Y, P6M, P2W, P14D, PT72H, P1DT12H, P0D.

    Raises:
        TermError: not such a duration, or longer than YEARS_MAX years.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise TermError(
            "cannot read duration: expected ISO 8601 in whole units, got other text",
            hint="write P2Y, P6M, P14D or PT72H",
        )
    part = {unit: int(number or 0) for unit, number in match.groupdict().items()}
    duration = Duration(
        months=part["years"] * 12 + part["months"],
        days=part["weeks"] * 7 + part["days"],
        seconds=part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"],
    )
    if duration.months / 12 + duration.days / 365 + duration.seconds / 31_536_000 > YEARS_MAX:
        raise TermError(f"cannot read duration: expected at most {YEARS_MAX} years, got more")
    return duration


def add_term(anchor_micros: int, duration: Duration, zone: tzinfo, rounding: Rounding = "none") -> int:
    """Answer the instant at which a term from anchor is over: due at that microsecond, not one earlier.

    Microseconds since 1970 UTC, in and out. Months and days lead to the same wall-clock time in zone, on the month's
    last day when the day does not exist; hours and smaller are real time, added after. A wall-clock time that a zone
    skips is due at the first moment after the gap; one that happens twice is due the second time. `calendar_year_end`
    moves the end to the end of 31 December in zone, due at the midnight that follows. A zero term without rounding is
    the anchor itself.

    Note that two anchors within a day may end in the other order (29 January 23:00 and 30 January 01:00, plus a month).

    Raises:
        TermError: the end is beyond the year 9999.
    """
    quarter, within = divmod(anchor_micros, QUARTER_MICROS)
    known = _quarter_term(quarter, duration, zone, rounding)
    if known is None:
        return _add_term(anchor_micros, duration, zone, rounding)
    shifts, start = known
    return start + within if shifts else start


@lru_cache(maxsize=MEMO_TERMS_MAX)
def _quarter_term(quarter: int, duration: Duration, zone: tzinfo, rounding: Rounding) -> tuple[bool, int] | None:
    """Say how the anchors of one quarter of an hour end.

    (True, end of the first; the others follow at the same distance), (False, the one end of all), or None when a
    transition makes them differ.
    """
    first_anchor = quarter * QUARTER_MICROS
    first = _add_term(first_anchor, duration, zone, rounding)
    last = _add_term(first_anchor + QUARTER_MICROS - 1, duration, zone, rounding)
    if first == last:
        return False, first
    if last - first == QUARTER_MICROS - 1:
        return True, first
    return None


def _add_term(anchor_micros: int, duration: Duration, zone: tzinfo, rounding: Rounding) -> int:
    months, days, seconds = duration
    end = anchor_micros
    try:
        if months or days:
            wall = _wall_at(end, zone)
            if months:
                year, month0 = divmod(wall.year * 12 + wall.month - 1 + months, 12)
                month = month0 + 1
                wall = wall.replace(year=year, month=month, day=min(wall.day, monthrange(year, month)[1]))
            end = _instant_of(wall + timedelta(days=days), zone)
        end += seconds * MICROS_PER_SECOND
        if rounding == "calendar_year_end":
            end = _instant_of(datetime(_wall_at(end, zone).year + 1, 1, 1), zone)  # noqa: DTZ001  wall-clock on purpose
    except (OverflowError, ValueError) as error:
        raise TermError("cannot add term: expected an end before the year 10000, got a later one") from error
    return end


def start_of_day(day: date, zone: tzinfo) -> int:
    """Answer the first instant of a day in zone, in microseconds since 1970 UTC."""
    return _instant_of(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001  wall-clock on purpose


def day_of(instant_micros: int, zone: tzinfo) -> date:
    """Answer which day it is in zone at an instant."""
    return _wall_at(instant_micros, zone).date()


def month_after(month: date) -> date:
    """The first day of the month after that of which this is the first day."""
    return (month + timedelta(days=31)).replace(day=1)


def month_of(instant_micros: int, zone: tzinfo) -> date:
    """Answer the first day of the month that it is in zone at an instant."""
    day = instant_micros // DAY_MICROS
    return _month_of_day(day, zone) or day_of(instant_micros, zone).replace(day=1)


@lru_cache(maxsize=MEMO_DAYS_MAX)
def _month_of_day(day: int, zone: tzinfo) -> date | None:
    """The month of all instants of one day of UTC; None when they are in two."""
    first, last = day_of(day * DAY_MICROS, zone), day_of((day + 1) * DAY_MICROS - 1, zone)
    return first.replace(day=1) if first.month == last.month else None


def _wall_at(instant_micros: int, zone: tzinfo) -> datetime:
    """Answer what a clock on the wall in zone shows at an instant (naive)."""
    return (_EPOCH + instant_micros * _MICROSECOND).astimezone(zone).replace(tzinfo=None, fold=0)


def _instant_of(wall: datetime, zone: tzinfo) -> int:
    """Answer when a naive wall-clock time has come for good in zone: after the gap, or the second time."""
    before = _micros(wall.replace(tzinfo=zone, fold=0))
    after = _micros(wall.replace(tzinfo=zone, fold=1))
    if after >= before:  # equal: the ordinary case; later: the time happens twice
        return after
    # In a gap: `before` reads the wall with the old offset and lies after the jump, `after` lies before it. Find the
    # jump.
    early, late = after, before
    while late - early > 1:
        middle = (early + late) // 2
        if _wall_at(middle, zone) < wall:
            early = middle
        else:
            late = middle
    return late


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
