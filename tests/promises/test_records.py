"""Terms that count from the collection itself run for each record: what is added to one holding on another day is found (WH-07, SO-12)."""

from __future__ import annotations

from tests.histories import project
from tests.promises.stories import Story, customer


def restarted(story: Story) -> list[str]:
    """The promises found broken by it, once for each collection."""
    return [row[7] for row in project(story.log).violations.values() if row[8] == "term-restarted"]


def due(story: Story) -> set[str | None]:
    """The references of what must be erased by now."""
    return {row[9] for row in project(story.log).obligation_rows() if row[5] == "ERASE"}


def test_so_12_is_kept_by_a_record_for_each_entry_and_each_goes_in_its_own_time() -> None:
    story = customer("sohosted").on("2019-03-01").collects("look_up_log", ref="look-up-1").on("2019-03-10").collects("look_up_log", ref="look-up-2")

    assert restarted(story) == []
    assert due(story.clock("2019-03-15")) == {"look-up-1"}
    assert due(story.clock("2019-03-24")) == {"look-up-1", "look-up-2"}


def test_so_12_is_broken_by_a_log_that_grows_in_one_place_and_would_never_go() -> None:
    story = customer("sohosted").on("2019-03-01").collects("look_up_log")
    assert restarted(story) == []

    for day in ("2019-03-08", "2019-03-15", "2019-03-22"):
        story = story.on(day).collects("look_up_log")

    assert restarted(story) == ["SO-12"] * 3
    assert due(story.clock("2019-04-01")) == set(), "nothing came due: that is what is found"


def test_so_12_an_entry_after_the_log_was_erased_begins_a_new_record() -> None:
    story = customer("sohosted").on("2019-03-01").collects("look_up_log").on("2019-03-14").erases(store="logs")

    assert restarted(story.on("2019-03-20").collects("look_up_log")) == []


def test_wh_07_is_kept_by_a_dataset_for_each_day_however_often_it_is_added_to() -> None:
    story = Story("webhoster", "dataset-1").on("2019-03-01T00:00:00+01:00").collects("visitor_traffic")

    assert restarted(story.on("2019-03-01T23:59:59+01:00").collects("visitor_traffic")) == []


def test_wh_07_is_broken_by_the_next_day_in_the_same_dataset_by_the_dutch_calendar() -> None:
    story = Story("webhoster", "dataset-1").on("2019-03-01T23:59:59+01:00").collects("visitor_traffic")

    assert restarted(story.on("2019-03-02T00:00:00+01:00").collects("visitor_traffic")) == ["WH-07"]


def test_wh_07_what_is_told_late_is_judged_by_what_was_held_then() -> None:
    story = Story("webhoster", "dataset-1").on("2019-03-05").collects("visitor_traffic").on("2019-03-01").collects("visitor_traffic")

    assert restarted(story) == [], "on the first of March nothing lay there"
    assert restarted(story.on("2019-03-03").collects("visitor_traffic")) == ["WH-07"], "on the third it did"
