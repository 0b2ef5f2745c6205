"""Terms in Dutch legal time, each at the second before and the second itself. Expected values are written by hand."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.core.calendar import Duration, Rounding, TermError, add_term, month_of, parse_duration, start_of_day

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
YEAR_END: Rounding = "calendar_year_end"
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def micros(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def is_due(now: str, anchor: str, term: str, rounding: Rounding = "none") -> bool:
    return micros(now) >= add_term(micros(anchor), parse_duration(term), AMSTERDAM, rounding)


@pytest.mark.parametrize(
    ("anchor", "term", "rounding", "second_before", "due"),
    [
        # days, months and years lead to the same wall-clock time, over winter and summer time
        ("2018-06-01T12:00:00+02:00", "P2Y", "none", "2020-06-01T11:59:59+02:00", "2020-06-01T12:00:00+02:00"),
        ("2018-03-01T12:00:00+01:00", "P6M", "none", "2018-09-01T11:59:59+02:00", "2018-09-01T12:00:00+02:00"),
        ("2018-10-20T12:00:00+02:00", "P14D", "none", "2018-11-03T11:59:59+01:00", "2018-11-03T12:00:00+01:00"),
        ("2018-10-20T12:00:00+02:00", "P2W", "none", "2018-11-03T11:59:59+01:00", "2018-11-03T12:00:00+01:00"),
        # month ends and leap days: the month's last day
        ("2019-01-31T08:00:00+01:00", "P1M", "none", "2019-02-28T07:59:59+01:00", "2019-02-28T08:00:00+01:00"),
        ("2020-01-31T08:00:00+01:00", "P1M", "none", "2020-02-29T07:59:59+01:00", "2020-02-29T08:00:00+01:00"),
        ("2020-02-29T08:00:00+01:00", "P1Y", "none", "2021-02-28T07:59:59+01:00", "2021-02-28T08:00:00+01:00"),
        ("2020-02-29T08:00:00+01:00", "P4Y", "none", "2024-02-29T07:59:59+01:00", "2024-02-29T08:00:00+01:00"),
        ("2018-08-31T08:00:00+02:00", "P6M", "none", "2019-02-28T07:59:59+01:00", "2019-02-28T08:00:00+01:00"),
        ("2018-12-31T08:00:00+01:00", "P2M", "none", "2019-02-28T07:59:59+01:00", "2019-02-28T08:00:00+01:00"),
        # months first, then days, then hours
        ("2019-01-31T08:00:00+01:00", "P1M1D", "none", "2019-03-01T07:59:59+01:00", "2019-03-01T08:00:00+01:00"),
        ("2019-01-31T08:00:00+01:00", "P1DT12H", "none", "2019-02-01T19:59:59+01:00", "2019-02-01T20:00:00+01:00"),
        # hours are real hours: over the night that lacks one, and the night that has one twice
        ("2018-03-24T12:00:00+01:00", "PT72H", "none", "2018-03-27T12:59:59+02:00", "2018-03-27T13:00:00+02:00"),
        ("2018-10-27T12:00:00+02:00", "PT72H", "none", "2018-10-30T10:59:59+01:00", "2018-10-30T11:00:00+01:00"),
        ("2018-03-24T12:00:00+01:00", "P3D", "none", "2018-03-27T11:59:59+02:00", "2018-03-27T12:00:00+02:00"),
        # 02:30 does not exist on 25 March 2018: due at the first moment after the gap
        ("2018-03-24T02:30:00+01:00", "P1D", "none", "2018-03-25T01:59:59+01:00", "2018-03-25T03:00:00+02:00"),
        ("2016-03-25T02:00:00+01:00", "P2Y", "none", "2018-03-25T01:59:59+01:00", "2018-03-25T03:00:00+02:00"),
        ("2016-03-25T03:00:00+01:00", "P2Y", "none", "2018-03-25T01:59:59+01:00", "2018-03-25T03:00:00+02:00"),
        ("2016-03-25T03:00:01+01:00", "P2Y", "none", "2018-03-25T03:00:00+02:00", "2018-03-25T03:00:01+02:00"),
        # 02:30 happens twice on 28 October 2018: due the second time
        ("2018-10-27T02:30:00+02:00", "P1D", "none", "2018-10-28T02:29:59+01:00", "2018-10-28T02:30:00+01:00"),
        ("2018-10-27T02:00:00+02:00", "P1D", "none", "2018-10-28T02:59:59+02:00", "2018-10-28T02:00:00+01:00"),
        ("2018-10-27T01:59:59+02:00", "P1D", "none", "2018-10-28T01:59:58+02:00", "2018-10-28T01:59:59+02:00"),
        # an anchor in the doubled hour, either of the two, has the same wall-clock time
        ("2018-10-28T02:30:00+02:00", "P1D", "none", "2018-10-29T02:29:59+01:00", "2018-10-29T02:30:00+01:00"),
        ("2018-10-28T02:30:00+01:00", "P1D", "none", "2018-10-29T02:29:59+01:00", "2018-10-29T02:30:00+01:00"),
        # fiscal years: to the end of 31 December in the Netherlands
        ("2018-06-15T12:00:00+02:00", "P7Y", YEAR_END, "2025-12-31T23:59:59+01:00", "2026-01-01T00:00:00+01:00"),
        ("2018-12-31T23:59:59+01:00", "P7Y", YEAR_END, "2025-12-31T23:59:59+01:00", "2026-01-01T00:00:00+01:00"),
        ("2019-01-01T00:00:00+01:00", "P7Y", YEAR_END, "2026-12-31T23:59:59+01:00", "2027-01-01T00:00:00+01:00"),
        ("2018-12-31T23:00:00+00:00", "P7Y", YEAR_END, "2026-12-31T23:59:59+01:00", "2027-01-01T00:00:00+01:00"),
        ("2020-02-29T12:00:00+01:00", "P7Y", YEAR_END, "2027-12-31T23:59:59+01:00", "2028-01-01T00:00:00+01:00"),
        ("2018-06-15T12:00:00+02:00", "P0D", YEAR_END, "2018-12-31T23:59:59+01:00", "2019-01-01T00:00:00+01:00"),
        ("2018-12-31T12:00:00+01:00", "PT24H", YEAR_END, "2019-12-31T23:59:59+01:00", "2020-01-01T00:00:00+01:00"),
        # a zero term is the anchor itself, even in the doubled hour
        ("2018-10-28T02:30:00+02:00", "P0D", "none", "2018-10-28T02:29:59+02:00", "2018-10-28T02:30:00+02:00"),
    ],
)  # fmt: skip
def test_a_term_is_due_at_its_second_and_not_one_earlier(
    anchor: str, term: str, rounding: Rounding, second_before: str, due: str
) -> None:
    assert not is_due(second_before, anchor, term, rounding)
    assert is_due(due, anchor, term, rounding)
    assert add_term(micros(anchor), parse_duration(term), AMSTERDAM, rounding) == micros(due)


def test_microseconds_survive() -> None:
    anchor, due = micros("2018-06-01T12:00:00.000001+02:00"), micros("2020-06-01T12:00:00.000001+02:00")

    assert add_term(anchor, parse_duration("P2Y"), AMSTERDAM) == due


def test_a_zone_that_skips_a_whole_day_makes_the_term_due_at_the_next() -> None:
    """Samoa had no 30 December 2011."""
    anchor, due = micros("2011-12-29T12:00:00-10:00"), micros("2011-12-31T00:00:00+14:00")

    assert add_term(anchor, parse_duration("P1D"), ZoneInfo("Pacific/Apia")) == due


def test_the_start_of_a_day_is_midnight_there() -> None:
    assert start_of_day(date(2018, 6, 1), AMSTERDAM) == micros("2018-05-31T22:00:00+00:00")


@pytest.mark.parametrize(
    ("text", "duration", "printed"),
    [
        ("P2Y", Duration(months=24), "P2Y"),
        ("P6M", Duration(months=6), "P6M"),
        ("P18M", Duration(months=18), "P1Y6M"),
        ("P14D", Duration(days=14), "P14D"),
        ("P2W", Duration(days=14), "P14D"),
        ("PT72H", Duration(seconds=259_200), "PT72H"),
        ("PT90M", Duration(seconds=5_400), "PT1H30M"),
        ("PT1S", Duration(seconds=1), "PT1S"),
        ("P1Y2M3DT4H5M6S", Duration(months=14, days=3, seconds=14_706), "P1Y2M3DT4H5M6S"),
        ("P0D", Duration(), "P0D"),
    ],
)
def test_durations_are_read_and_printed_as_iso_8601(text: str, duration: Duration, printed: str) -> None:
    assert parse_duration(text) == duration
    assert str(duration) == printed
    assert parse_duration(printed) == duration


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P2", "2Y", "p2y", "P-2Y", "P1.5Y", "P2YT", "P1H", "PT1D", "P1D1M", " P2Y", "P2Y\n", "P٢Y"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(TermError) as caught:
        parse_duration(text)

    assert "P2Y" in (caught.value.hint or "")


def test_a_duration_beyond_a_thousand_years_is_refused() -> None:
    assert parse_duration("P1000Y") == Duration(months=12_000)
    with pytest.raises(TermError):
        parse_duration("P1001Y")


def test_an_end_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(TermError):
        add_term(micros("9500-01-01T00:00:00+00:00"), parse_duration("P1000Y"), AMSTERDAM)
    with pytest.raises(TermError):
        add_term(micros("9999-06-01T00:00:00+00:00"), parse_duration("P0D"), AMSTERDAM, "calendar_year_end")


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ("2018-05-31T21:59:59.999999+00:00", (2018, 5)),
        ("2018-05-31T22:00:00+00:00", (2018, 6)),
        ("2018-12-31T22:59:59+00:00", (2018, 12)),
        ("2018-12-31T23:00:00+00:00", (2019, 1)),
        ("2024-02-29T12:00:00+00:00", (2024, 2)),
        ("1900-01-01T00:00:00+00:00", (1900, 1)),
        ("4999-12-31T23:30:00+00:00", (5000, 1)),
    ],
)
def test_a_month_begins_at_midnight_of_the_zone(moment: str, month: tuple[int, int]) -> None:
    for zone in (AMSTERDAM, AMSTERDAM):  # the second time from memory
        assert month_of(micros(moment), zone) == date(*month, 1)
