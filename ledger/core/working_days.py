"""When a period that the law counts in months or days is over: Regulation (EEC, Euratom) 1182/71, with the Dutch public holidays.

Pure: instants in, instants out; the zone is handed in. Must never read a clock or answer a moment that is too early.
Source: Regulation 1182/71 Art. 2 and 3 (for Art. 12(3) GDPR: promise X-02), Algemene termijnenwet Art. 3. Days that a
royal decree equates with holidays (Art. 3(3), such as the Friday after Ascension) count as working days here: docs/law.md.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from ledger.core.calendar import Duration, TermError, start_of_day

# One set of ten dates per year; requests are of a few years.
HOLIDAY_YEARS_MAX = 256

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6


def request_due(received_at: int, months: int, zone: tzinfo) -> int:
    """Answer when a period of months from an event is over: the midnight that ends its last day.

    Microseconds since 1970 UTC, in and out. The day of the event in zone does not count; the period ends with the last
    hour of the day with the same number, or of the month's last day when there is none (Art. 3(2)(c)), and when that is
    no working day, with the last hour of the next one (Art. 3(4)). An extension counts from the same event: 1 + 2 = 3 months.

    Raises:
        TermError: fewer than one month, or an end beyond the year 9999.
    """
    if months < 1:
        raise TermError(f"cannot count a period: expected at least 1 month, got {months}")
    try:
        event = _local_day(received_at, zone)
        year, month0 = divmod(event.year * 12 + event.month - 1 + months, 12)
        last = date(year, month0 + 1, min(event.day, monthrange(year, month0 + 1)[1]))
        while not is_working_day(last):
            last += _DAY
        return start_of_day(last + _DAY, zone)
    except (OverflowError, ValueError) as error:
        raise TermError("cannot count a period: expected an end before the year 10000, got a later one") from error


def period_due(received_at: int, period: Duration, zone: tzinfo) -> int:
    """Answer when a period of months, or else of days, from an event is over.

    Raises:
        TermError: neither months nor days, or an end beyond the year 9999.
    """
    return request_due(received_at, period.months, zone) if period.months else days_due(received_at, period.days, zone)


def days_due(received_at: int, days: int, zone: tzinfo) -> int:
    """Answer when a period of days from an event is over: the midnight that ends its last day.

    Microseconds since 1970 UTC, in and out. The day of the event does not count, all others do (Art. 3(1), 3(3)); the
    last one is a working day (Art. 3(4)), and a period of two days or more holds at least two of them (Art. 3(5)).

    Raises:
        TermError: fewer than one day, or an end beyond the year 9999.
    """
    if days < 1:
        raise TermError(f"cannot count a period: expected at least 1 day, got {days}")
    try:
        last, working = _local_day(received_at, zone), 0
        counted, wanted = 0, min(days, 2)
        while counted < days or working < wanted or not is_working_day(last):
            last += _DAY
            counted += 1
            working += is_working_day(last)
        return start_of_day(last + _DAY, zone)
    except (OverflowError, ValueError) as error:
        raise TermError("cannot count a period: expected an end before the year 10000, got a later one") from error


def _local_day(instant: int, zone: tzinfo) -> date:
    return (_EPOCH + instant * _MICROSECOND).astimezone(zone).date()


def is_working_day(day: date) -> bool:
    """Say whether a day is none of Saturday, Sunday and the Dutch public holidays (Art. 2(2))."""
    return day.weekday() not in (_SATURDAY, _SUNDAY) and day not in public_holidays(day.year)


@lru_cache(maxsize=HOLIDAY_YEARS_MAX)
def public_holidays(year: int) -> frozenset[date]:
    """Answer the Dutch public holidays of a year; Easter Sunday and Whit Sunday are Sundays anyway.

    Right from 1982, when 5 May was added.
    """
    easter = easter_sunday(year)
    return frozenset(
        {
            date(year, 1, 1),
            easter - 2 * _DAY,  # Good Friday
            easter + _DAY,  # Easter Monday
            _royal_day(year),
            date(year, 5, 5),  # Liberation Day: every year, also when it is no day off
            easter + 39 * _DAY,  # Ascension
            easter + 50 * _DAY,  # Whit Monday
            date(year, 12, 25),
            date(year, 12, 26),
        }
    )


def _royal_day(year: int) -> date:
    """Queen's Day until 2013, King's Day since; on a Saturday when it would be a Sunday."""
    day = date(year, 4, 27) if year >= 2014 else date(year, 4, 30)
    return day - _DAY if day.weekday() == _SUNDAY else day


def easter_sunday(year: int) -> date:
    """Answer Easter Sunday in the Gregorian calendar (the anonymous algorithm, Meeus/Jones/Butcher)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, of_leaps = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quarter, of_quarter = divmod(of_century, 4)
    weekday = (32 + 2 * of_leaps + 2 * quarter - moon - of_quarter) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day0 = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day0 + 1)
