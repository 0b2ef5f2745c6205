"""Request clocks: each period at the second before and the second itself. Expected values are written by hand from the calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.calendar import TermError, start_of_day
from ledger.core.working_days import days_due, easter_sunday, is_working_day, public_holidays, request_due

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY = timedelta(days=1)


def micros(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("received", "months", "second_before", "due"),
    [
        # an ordinary month: Monday 5 March to the end of Thursday 5 April, whatever the hour of the day
        ("2018-03-05T00:00:00+01:00", 1, "2018-04-05T23:59:59+02:00", "2018-04-06T00:00:00+02:00"),
        ("2018-03-05T23:59:59+01:00", 1, "2018-04-05T23:59:59+02:00", "2018-04-06T00:00:00+02:00"),
        # the day is that of the zone: 23:30 in UTC is the next day in Amsterdam, in summer and in winter
        ("2018-07-02T22:30:00+00:00", 1, "2018-08-03T23:59:59+02:00", "2018-08-04T00:00:00+02:00"),
        ("2018-11-05T23:30:00+00:00", 1, "2018-12-06T23:59:59+01:00", "2018-12-07T00:00:00+01:00"),
        # month ends: the last day of the month
        ("2018-01-31T12:00:00+01:00", 1, "2018-02-28T23:59:59+01:00", "2018-03-01T00:00:00+01:00"),
        ("2018-10-31T12:00:00+01:00", 1, "2018-11-30T23:59:59+01:00", "2018-12-01T00:00:00+01:00"),
        ("2018-08-31T12:00:00+02:00", 6, "2019-02-28T23:59:59+01:00", "2019-03-01T00:00:00+01:00"),
        # leap years: from 31 January to Saturday 29 February 2020, so Monday 2 March; from 29 February to 29 March, a Sunday
        ("2020-01-31T12:00:00+01:00", 1, "2020-03-02T23:59:59+01:00", "2020-03-03T00:00:00+01:00"),
        ("2024-01-31T12:00:00+01:00", 1, "2024-02-29T23:59:59+01:00", "2024-03-01T00:00:00+01:00"),
        ("2020-02-29T12:00:00+01:00", 1, "2020-03-30T23:59:59+02:00", "2020-03-31T00:00:00+02:00"),
        # the extension counts from the same day: three months in all
        ("2018-03-05T12:00:00+01:00", 3, "2018-06-05T23:59:59+02:00", "2018-06-06T00:00:00+02:00"),
        ("2018-11-30T12:00:00+01:00", 3, "2019-02-28T23:59:59+01:00", "2019-03-01T00:00:00+01:00"),
        # Saturday and Sunday: the Monday
        ("2018-06-07T12:00:00+02:00", 1, "2018-07-09T23:59:59+02:00", "2018-07-10T00:00:00+02:00"),
        ("2018-06-08T12:00:00+02:00", 1, "2018-07-09T23:59:59+02:00", "2018-07-10T00:00:00+02:00"),
        # a Friday ends on the Friday: due on Saturday at midnight, not on Monday
        ("2018-06-06T12:00:00+02:00", 1, "2018-07-06T23:59:59+02:00", "2018-07-07T00:00:00+02:00"),
        # New Year's Day 2019, a Tuesday
        ("2018-12-01T12:00:00+01:00", 1, "2019-01-02T23:59:59+01:00", "2019-01-03T00:00:00+01:00"),
        # Good Friday 30 March 2018: over Easter to the Tuesday
        ("2018-01-30T12:00:00+01:00", 2, "2018-04-03T23:59:59+02:00", "2018-04-04T00:00:00+02:00"),
        # Easter Monday 2 April 2018
        ("2018-03-02T12:00:00+01:00", 1, "2018-04-03T23:59:59+02:00", "2018-04-04T00:00:00+02:00"),
        # King's Day: Friday 27 April 2018; Saturday 26 April 2025, for the 27th is a Sunday
        ("2018-03-27T12:00:00+02:00", 1, "2018-04-30T23:59:59+02:00", "2018-05-01T00:00:00+02:00"),
        ("2025-03-26T12:00:00+01:00", 1, "2025-04-28T23:59:59+02:00", "2025-04-29T00:00:00+02:00"),
        # Queen's Day: Tuesday 30 April 2013
        ("2013-03-30T12:00:00+01:00", 1, "2013-05-01T23:59:59+02:00", "2013-05-02T00:00:00+02:00"),
        # Liberation Day, also when it is no day off: Thursday 5 May 2022
        ("2022-04-05T12:00:00+02:00", 1, "2022-05-06T23:59:59+02:00", "2022-05-07T00:00:00+02:00"),
        # Ascension 10 May 2018, and Whit Monday 21 May 2018
        ("2018-04-10T12:00:00+02:00", 1, "2018-05-11T23:59:59+02:00", "2018-05-12T00:00:00+02:00"),
        ("2018-04-21T12:00:00+02:00", 1, "2018-05-22T23:59:59+02:00", "2018-05-23T00:00:00+02:00"),
        # both days of Christmas 2018, Tuesday and Wednesday; 2020: Friday, Saturday, Sunday
        ("2018-11-25T12:00:00+01:00", 1, "2018-12-27T23:59:59+01:00", "2018-12-28T00:00:00+01:00"),
        ("2018-11-26T12:00:00+01:00", 1, "2018-12-27T23:59:59+01:00", "2018-12-28T00:00:00+01:00"),
        ("2020-11-25T12:00:00+01:00", 1, "2020-12-28T23:59:59+01:00", "2020-12-29T00:00:00+01:00"),
        # over the days of 23 and of 25 hours
        ("2018-02-23T12:00:00+01:00", 1, "2018-03-23T23:59:59+01:00", "2018-03-24T00:00:00+01:00"),
        ("2018-02-26T12:00:00+01:00", 1, "2018-03-26T23:59:59+02:00", "2018-03-27T00:00:00+02:00"),
        ("2018-09-28T12:00:00+02:00", 1, "2018-10-29T23:59:59+01:00", "2018-10-30T00:00:00+01:00"),
    ],
)  # fmt: skip
def test_a_period_in_months_is_over_at_its_second_and_not_one_earlier(received: str, months: int, second_before: str, due: str) -> None:
    answer = request_due(micros(received), months, AMSTERDAM)

    assert micros(second_before) < answer <= micros(due)
    assert answer == micros(due)
    assert answer - micros(second_before) == SECOND


@pytest.mark.parametrize(
    ("year", "holidays"),
    [
        (2006, "01-01 04-14 04-17 04-29 05-05 05-25 06-05 12-25 12-26"),  # Queen's Day on a Saturday
        (2013, "01-01 03-29 04-01 04-30 05-05 05-09 05-20 12-25 12-26"),
        (2014, "01-01 04-18 04-21 04-26 05-05 05-29 06-09 12-25 12-26"),  # the first King's Day, on a Saturday
        (2016, "01-01 03-25 03-28 04-27 05-05 05-05 05-16 12-25 12-26"),  # Ascension on 5 May
        (2018, "01-01 03-30 04-02 04-27 05-05 05-10 05-21 12-25 12-26"),
        (2024, "01-01 03-29 04-01 04-27 05-05 05-09 05-20 12-25 12-26"),
        (2026, "01-01 04-03 04-06 04-27 05-05 05-14 05-25 12-25 12-26"),
    ],
)
def test_the_public_holidays_of_a_year(year: int, holidays: str) -> None:
    assert public_holidays(year) == {date.fromisoformat(f"{year}-{day}") for day in holidays.split()}
    assert not any(is_working_day(day) for day in public_holidays(year))


def test_easter_at_its_earliest_at_its_latest_and_in_the_years_that_algorithms_get_wrong() -> None:
    assert [easter_sunday(year) for year in (1818, 1943, 1954, 1981, 2000, 2008, 2038, 2049, 2076)] == [
        date(1818, 3, 22), date(1943, 4, 25), date(1954, 4, 18), date(1981, 4, 19), date(2000, 4, 23),
        date(2008, 3, 23), date(2038, 4, 25), date(2049, 4, 18), date(2076, 4, 19),
    ]  # fmt: skip


def test_days_around_a_weekend_and_days_that_are_no_longer_holidays() -> None:
    assert [is_working_day(date(2018, 7, day)) for day in (6, 7, 8, 9)] == [True, False, False, True]
    assert is_working_day(date(2014, 4, 30))
    assert is_working_day(date(2012, 4, 27))
    assert is_working_day(date(2018, 12, 24))
    assert is_working_day(date(2018, 12, 31))


@pytest.mark.parametrize("months", [0, -1])
def test_a_period_has_at_least_a_month(months: int) -> None:
    with pytest.raises(TermError, match="expected at least 1 month"):
        request_due(0, months, AMSTERDAM)


def test_a_period_beyond_the_calendar_is_an_error() -> None:
    with pytest.raises(TermError, match="year 10000"):
        request_due(micros("9999-12-15T12:00:00+00:00"), 1, AMSTERDAM)


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        # ten days from Monday 6 August 2018: the end of Thursday the 16th; from the Wednesday: Saturday the 18th, so Monday
        ("2018-08-06T00:00:00+02:00", 10, "2018-08-17T00:00:00+02:00"),
        ("2018-08-06T23:59:59+02:00", 10, "2018-08-17T00:00:00+02:00"),
        ("2018-08-08T12:00:00+02:00", 10, "2018-08-21T00:00:00+02:00"),
        # one day from Friday 30 November: Monday; two days, of which two are working days: Tuesday
        ("2018-11-30T12:00:00+01:00", 1, "2018-12-04T00:00:00+01:00"),
        ("2018-11-30T12:00:00+01:00", 2, "2018-12-05T00:00:00+01:00"),
        ("2018-11-30T12:00:00+01:00", 3, "2018-12-05T00:00:00+01:00"),
        # over Christmas and the end of the year
        ("2018-12-22T12:00:00+01:00", 10, "2019-01-03T00:00:00+01:00"),
        # the end of the summer time
        ("2018-10-19T12:00:00+02:00", 10, "2018-10-30T00:00:00+01:00"),
    ],
)
def test_a_period_in_days_leaves_out_the_day_of_the_event_and_ends_on_a_working_day(received: str, days: int, due: str) -> None:
    assert days_due(micros(received), days, AMSTERDAM) == micros(due)


def test_a_period_in_days_has_at_least_a_day_and_an_end() -> None:
    with pytest.raises(TermError, match="expected at least 1 day"):
        days_due(0, 0, AMSTERDAM)
    with pytest.raises(TermError, match="year 10000"):
        days_due(micros("9999-12-29T12:00:00+00:00"), 10, AMSTERDAM)


zones = st.sampled_from([ZoneInfo(name) for name in ("Europe/Amsterdam", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC")])
instants = st.integers(0, 4_102_444_800_000_000)  # 1970 to 2100


@given(instants, st.integers(1, 12), zones)
def test_a_period_always_ends_at_the_midnight_after_a_working_day(received: int, months: int, zone: ZoneInfo) -> None:
    due = request_due(received, months, zone)

    # a microsecond earlier it is still the last day
    last_day = (EPOCH + timedelta(microseconds=due - 1)).astimezone(zone).date()
    event = (EPOCH + timedelta(microseconds=received)).astimezone(zone).date()
    first_of_month = date(event.year + (event.month - 1 + months) // 12, (event.month - 1 + months) % 12 + 1, 1)
    assert is_working_day(last_day)
    # counted day by day: never before the day with the same number (or the month's last), and no working day was passed over
    nominal = first_of_month
    while nominal.day < event.day and (nominal + DAY).month == first_of_month.month:
        nominal += DAY
    assert nominal <= last_day
    assert not any(is_working_day(nominal + DAY * ahead) for ahead in range((last_day - nominal).days))
    assert due == start_of_day(last_day + DAY, zone)


@given(instants, st.integers(0, 40 * 86_400 * SECOND), st.integers(1, 12), zones)
def test_who_asks_later_is_never_answered_for_earlier(received: int, later: int, months: int, zone: ZoneInfo) -> None:
    assert request_due(received, months, zone) <= request_due(received + later, months, zone)
