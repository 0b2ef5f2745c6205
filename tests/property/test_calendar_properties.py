"""Terms are monotone and never early, for any anchor, term and zone; checked against what a clock on the wall shows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from ledger.core.calendar import QUARTER_MICROS, Duration, Rounding, _add_term, add_term, parse_duration

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
# Amsterdam, one that moves by half an hour, one with odd history, one that skipped a day.
ZONES = [
    ZoneInfo(name) for name in ("Europe/Amsterdam", "Australia/Lord_Howe", "Africa/Monrovia", "Pacific/Apia", "UTC")
]
GAP = 1_521_936_000_000_000  # 2018-03-25 01:00 in Amsterdam, an hour before the clock goes forward
FOLD = 1_540_683_000_000_000  # 2018-10-28 01:30 in Amsterdam, half an hour before the doubled hour
# Where the 31st begins, within a quarter of an hour: a month from it ends where a month from the 30th does.
MONROVIA_MIDNIGHT = (30 * 86_400 + 44 * 60 + 30) * 1_000_000

zones = st.sampled_from(ZONES)
anchors = st.one_of(
    st.integers(0, 4_102_444_800_000_000),  # 1970 to 2100
    st.integers(GAP - 24 * HOUR, GAP + 24 * HOUR),
    st.integers(FOLD - 24 * HOUR, FOLD + 24 * HOUR),
)
dates_only = st.builds(Duration, months=st.integers(0, 240), days=st.integers(0, 800), seconds=st.just(0))
durations = st.builds(Duration, months=st.integers(0, 240), days=st.integers(0, 800), seconds=st.integers(0, 1_000_000))
roundings: st.SearchStrategy[Rounding] = st.sampled_from(("none", "calendar_year_end"))


def wall(instant: int, zone: ZoneInfo) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone).replace(tzinfo=None)


def target_of(anchor: datetime, duration: Duration) -> datetime:
    """The wall-clock time a term leads to, counted month by month and day by day."""
    year, month, day = anchor.year, anchor.month, anchor.day
    for _ in range(duration.months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    while True:
        try:
            return anchor.replace(year=year, month=month, day=day) + timedelta(days=duration.days)
        except ValueError:
            day -= 1


@given(anchors, dates_only, zones)
@example(GAP - 24 * HOUR + HOUR // 2 + HOUR, Duration(days=1), ZONES[0])
@example(FOLD - 24 * HOUR + HOUR, Duration(days=1), ZONES[0])
def test_a_term_is_due_when_the_wall_clock_has_come_there_for_good(anchor: int, term: Duration, zone: ZoneInfo) -> None:
    if term == Duration():
        assert add_term(anchor, term, zone) == anchor
        return
    due = add_term(anchor, term, zone)
    target = target_of(wall(anchor, zone), term)

    # never early: from due on, the clock on the wall never shows less than the target again
    assert all(wall(due + minutes * 60_000_000, zone) >= target for minutes in range(0, 26 * 60, 10))
    # and no later than needed: a microsecond before, the target had not come, or the clock was yet to go back over it
    assert wall(due - 1, zone) < target or any(
        wall(due - 1 + minutes * 60_000_000, zone) < target for minutes in range(0, 121, 10)
    )


@given(anchors, durations, zones)
def test_a_year_end_is_the_first_midnight_of_the_year_after_the_term(
    anchor: int, term: Duration, zone: ZoneInfo
) -> None:
    end = add_term(anchor, term, zone)
    due = add_term(anchor, term, zone, "calendar_year_end")

    assert due > end
    assert wall(due - 1, zone).year == wall(end, zone).year == wall(due, zone).year - 1


@given(anchors, st.integers(0, 10_000_000), zones)
def test_hours_are_real_hours(anchor: int, seconds: int, zone: ZoneInfo) -> None:
    assert add_term(anchor, Duration(seconds=seconds), zone) == anchor + seconds * 1_000_000


@given(anchors, durations, roundings, zones)
def test_a_term_never_ends_before_it_starts(anchor: int, term: Duration, rounding: Rounding, zone: ZoneInfo) -> None:
    assert add_term(anchor, term, zone, rounding) >= anchor


@given(anchors, durations, durations, roundings, zones)
def test_a_longer_term_never_ends_earlier(
    anchor: int, term: Duration, more: Duration, rounding: Rounding, zone: ZoneInfo
) -> None:
    longer = Duration(term.months + more.months, term.days, term.seconds + more.seconds)

    assert add_term(anchor, longer, zone, rounding) >= add_term(anchor, term, zone, rounding)


@given(anchors, anchors, dates_only, roundings, zones)
def test_a_later_day_never_ends_on_an_earlier_day(
    anchor: int, other: int, term: Duration, rounding: Rounding, zone: ZoneInfo
) -> None:
    """Within a day the order may turn (29, 30 and 31 January all end on 28 February); between days it may not."""
    first, second = sorted((anchor, other), key=lambda instant: wall(instant, zone).date())

    ends = [wall(add_term(instant, term, zone, rounding), zone).date() for instant in (first, second)]

    assert ends[0] <= ends[1]


@given(anchors, anchors, st.integers(0, 800), zones)
def test_terms_of_days_keep_the_order_of_the_wall_clock(anchor: int, other: int, days: int, zone: ZoneInfo) -> None:
    earlier, later = sorted((anchor, other), key=lambda instant: wall(instant, zone))

    if days:
        assert add_term(earlier, Duration(days=days), zone) <= add_term(later, Duration(days=days), zone)


@given(anchors, durations, roundings, zones)
@example(MONROVIA_MIDNIGHT + 15_000_000, Duration(months=1), "none", ZONES[2])
def test_the_memo_answers_what_working_it_out_answers(
    anchor: int, term: Duration, rounding: Rounding, zone: ZoneInfo
) -> None:
    for instant in (anchor, anchor - anchor % QUARTER_MICROS, anchor - anchor % QUARTER_MICROS - 1):
        assert add_term(instant, term, zone, rounding) == _add_term(instant, term, zone, rounding)


@given(durations)
def test_durations_survive_printing(term: Duration) -> None:
    assert parse_duration(str(term)) == term
