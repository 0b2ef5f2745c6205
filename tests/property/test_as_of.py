"""An answer as it was known at a place on the log is the answer that was given there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.answers.asking import Asking
from ledger.answers.one_subject import Position, one_subject
from ledger.answers.shapes_subject import SubjectAnswer
from ledger.core.events import REGISTER_TYPES
from tests.histories import CONTROLLER, Event, at, histories, project
from tests.memory_answers import MemoryAnswers


def answer(log: list[Event], **wishes: Any) -> SubjectAnswer:
    """The answer about s1, without what differs on purpose: the question's own words, and how far the log is folded. On any day, come or not:
    the folding has no rule of its own for those that have not."""
    asking = Asking(MemoryAnswers(project(log)))
    found, nobody = (one_subject(asking, CONTROLLER, *of) for of in (("s1", wishes.get("on"), wishes.get("known_at")), ("nobody", None, None)))
    return replace(found, on=None, known_at=None, freshness=nobody.freshness)


def duties(found: SubjectAnswer) -> list[tuple[str, ...]]:
    """The obligations without their ids, which come from places on the log."""
    return sorted((o.holder, o.state, str(o.due_at), repr(o.categories), repr(o.purpose)) for o in found.obligations)


def up_to(log: list[Event], moment: int) -> list[Event]:
    """The log without what happened later. Time never goes back: a tick after a later one says nothing."""
    kept, time = [], 0
    for event in log:
        if event[0] == "TimeReached":
            time = max(time, event[1]["time"])
        if (event[0] == "TimeReached" and time <= moment) or event[0] == "PolicyPublished" or (
            event[0] not in REGISTER_TYPES and event[1]["occurred_at"] <= moment
        ):
            kept.append(event)
    return kept


@settings(max_examples=150, deadline=None)
@given(histories())
def test_folding_the_history_gives_what_the_rows_say(log: list[Event]) -> None:
    assert answer(log, known_at=Position(None, len(log) - 1)) == answer(log)


@settings(max_examples=150, deadline=None)
@given(histories(), st.data())
def test_what_was_known_at_a_place_is_what_was_answered_there(log: list[Event], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log) - 1))

    then, now = answer(log[: place + 1]), answer(log, known_at=Position(0, place))

    assert replace(now, freshness=then.freshness) == then


@settings(max_examples=100, deadline=None)
@given(histories(), st.integers(0, 60))
def test_what_was_so_on_a_day_does_not_depend_on_later_events(log: list[Event], day: int) -> None:
    before = up_to(log, at(day))

    one, two = answer(log, on=at(day)), answer(before, on=at(day))

    assert [(h.holder, h.purpose, [c.category for c in h.categories], h.since, h.until) for h in one.holdings] == [
        (h.holder, h.purpose, [c.category for c in h.categories], h.since, h.until) for h in two.holdings
    ]
    assert duties(one) == duties(two)
