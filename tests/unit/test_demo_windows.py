"""How the demo cuts time: a window for each month, and one more to the evening of each day on which something must be done at once."""

from __future__ import annotations

from ledger.demo.people import DAY, HOUR, day
from ledger.demo.story import month_ends
from ledger.demo.strands import Happening
from ledger.demo.windows import Window, windows

JANUARY, FEBRUARY, MARCH = day("2020-01-01"), day("2020-02-01"), day("2020-03-01")


def at(moment: int, *, is_prompt: bool = False) -> Happening:
    return Happening(moment, "RequestAnswered", "hoster", "subj-1", "desk", moment, {}, is_prompt=is_prompt)


def cut(*happenings: Happening) -> list[Window]:
    return list(windows(happenings, [FEBRUARY, MARCH]))


def test_months_without_hurry_are_one_window_each() -> None:
    first, second = at(JANUARY + DAY), at(FEBRUARY)

    assert cut(first, second) == [Window(FEBRUARY, [first], ends_month=True), Window(MARCH, [second], ends_month=True)]
    assert cut() == [Window(FEBRUARY, [], ends_month=True), Window(MARCH, [], ends_month=True)]


def test_what_is_prompt_ends_a_window_that_evening_and_takes_along_what_came_before() -> None:
    before, prompt, same_day, after = at(JANUARY + DAY), at(JANUARY + 9 * DAY + 10 * HOUR, is_prompt=True), at(JANUARY + 9 * DAY + 19 * HOUR), at(
        JANUARY + 9 * DAY + 21 * HOUR
    )

    assert cut(before, prompt, same_day, after)[:2] == [
        Window(JANUARY + 9 * DAY + 20 * HOUR, [before, prompt, same_day], ends_month=False),
        Window(FEBRUARY, [after], ends_month=True),
    ]


def test_two_on_one_day_share_a_window_and_two_on_two_days_do_not() -> None:
    one, two, other = (at(JANUARY + moment, is_prompt=True) for moment in (9 * HOUR, 10 * HOUR, DAY + 9 * HOUR))

    assert [(window.end, len(window.events)) for window in cut(one, two, other)] == [
        (JANUARY + 20 * HOUR, 2), (JANUARY + DAY + 20 * HOUR, 1), (FEBRUARY, 0), (MARCH, 0),
    ]  # fmt: skip


def test_after_hours_it_is_the_next_evening() -> None:
    assert cut(at(JANUARY + 21 * HOUR, is_prompt=True))[0].end == JANUARY + DAY + 20 * HOUR


def test_every_happening_is_in_one_window_that_ends_after_it() -> None:
    happenings = [at(JANUARY + number * 7 * HOUR, is_prompt=number % 3 == 0) for number in range(150)]

    found = cut(*happenings)

    assert [each for window in found for each in window.events] == happenings
    assert all(each.at < window.end for window in found for each in window.events)
    assert [window.end for window in found] == sorted({window.end for window in found})


def test_the_demo_has_ninety_two_months() -> None:
    assert len(month_ends()) == 92
    assert month_ends()[0] == day("2018-07-01")
