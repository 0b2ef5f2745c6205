"""Holds of all people: which stand, since when, until when, about what."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.answers.query import Query
from ledger.answers.shapes_holds import HoldLine
from ledger.errors import CallerError
from tests.histories import CONTROLLER, Event, at, collected, event_id, fact, project, tick
from tests.memory_answers import MemoryAnswers


def query(*log: Event) -> Query:
    return Query(MemoryAnswers(project(list(log))))


def placed(number: int, day: float, ref: str = "h", **more: Any) -> Event:
    return fact("HoldPlaced", number, day, more.pop("subject", "s1"), **{"hold_ref": ref, "kind": "LEGAL_HOLD"} | more)


def released(number: int, day: float, ref: str = "h", kind: str = "LEGAL_HOLD") -> Event:
    return fact("HoldReleased", number, day, hold_ref=ref, kind=kind)


def only(*log: Event, is_standing: bool = False) -> HoldLine:
    (found,) = query(*log).holds(is_standing=is_standing).holds
    return found


def standing(*log: Event) -> list[str]:
    return [each.hold_ref for each in query(*log).holds().holds]


def test_one_that_stands_says_since_when_about_what_and_what_it_rests_on_though_nothing_is_due_yet() -> None:
    found = only(collected(1, 0), placed(2, 1, store="crm", categories=["pd:Name"], until=at(20)), tick(2001, 3), is_standing=True)

    assert (found.controller, found.subject_ref, found.hold_ref, found.kind, found.stands) == (CONTROLLER, "s1", "h", "LEGAL_HOLD", True)
    assert (found.placed_at, found.until, found.store, [each.term for each in found.categories]) == (at(1), at(20), "crm", ["pd:Name"])
    assert (found.released_at, [(each.offset, each.event_id) for each in found.rests_on]) == (None, [(1, event_id(2))])


def test_one_that_was_released_stands_no_more_and_is_in_the_whole_list_with_both_its_steps() -> None:
    log = [placed(1, 1, kind="RESTRICTION"), released(2, 5, kind="RESTRICTION"), tick(2001, 6)]

    assert standing(*log) == []
    found = only(*log)
    assert (found.kind, found.stands, found.placed_at, found.released_at) == ("RESTRICTION", False, at(1), at(5))
    assert [each.event_id for each in found.rests_on] == [event_id(1), event_id(2)]


def test_one_ends_by_itself_when_the_ledgers_time_has_reached_its_end() -> None:
    hold = placed(1, 1, until=at(9))

    assert standing(hold, tick(2001, 8)) == ["h"] and standing(hold, tick(2001, 9)) == []
    found = only(hold, tick(2001, 9))
    assert (found.stands, found.until, found.released_at) == (False, at(9), None)


def test_one_that_was_placed_again_is_one_line_as_its_latest_placing_says_however_the_log_has_the_steps() -> None:
    steps = [placed(1, 1, store="crm"), released(2, 3), placed(3, 5, until=at(30))]

    for log in (steps, steps[::-1]):
        found = only(*log, tick(2001, 6), is_standing=True)
        assert (found.stands, found.placed_at, found.until, found.store, found.released_at) == (True, at(5), at(30), None, None)
        assert [each.event_id for each in found.rests_on] == [event_id(1), event_id(2), event_id(3)]


def test_of_which_only_a_release_is_known_there_is_a_line_that_does_not_stand() -> None:
    found = only(released(1, 4), tick(2001, 5))

    assert (found.stands, found.placed_at, found.released_at, found.categories) == (False, None, at(4), ())


def test_of_another_controller_or_person_there_is_nothing_and_each_reference_is_one_persons() -> None:
    log = [placed(1, 1), placed(2, 2, subject="s2"), tick(2001, 3)]

    assert query(*log).holds("another").holds == () and query(*log).holds_counted("another").stand == 0
    assert [(each.subject_ref, each.hold_ref) for each in query(*log).holds(CONTROLLER).holds] == [("s2", "h"), ("s1", "h")]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_go_on_past_those_that_stand_no_more_the_newest_placed_first(limit: int) -> None:
    log = [placed(number, number, f"h{number}") for number in range(1, 8)]
    log += [released(10 + number, 8, f"h{number}") for number in (2, 3, 5, 7)]
    asked = query(*log, tick(2001, 9))

    refs, after = list[str](), None
    while True:
        answer = asked.holds(limit=limit, after=after)
        refs += [each.hold_ref for each in answer.holds]
        assert len(answer.holds) <= limit and answer.more == (answer.next is not None)
        if (after := answer.next) is None:
            break
    assert refs == ["h6", "h4", "h1"]
    assert len(asked.holds(is_standing=False).holds) == 7
    with pytest.raises(CallerError, match="after"):
        asked.holds(is_standing=False, after=asked.holds(limit=1).next)


def test_the_figure_counts_what_the_list_has_by_kind() -> None:
    log = [placed(1, 1, "a"), placed(2, 1, "b", kind="RESTRICTION"), placed(3, 1, "c"), placed(4, 1, "d", until=at(2)), released(5, 2, "a")]
    counted = query(*log, tick(2001, 3)).holds_counted()

    assert (counted.stand, counted.legal_holds, counted.restrictions) == (2, 1, 1)
