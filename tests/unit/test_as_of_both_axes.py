"""What was so on a day as it was known then, against what is known of that day now: lines, changes and the records that made them so."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.answers.as_of import AsOfAnswer
from ledger.answers.as_of_lines import LineDifference
from ledger.answers.one_subject import KnownAt
from ledger.answers.query import Position, Query, RecordedBy
from ledger.errors import CallerError
from tests.histories import CONTROLLER, Event, at, collected, erased, fact, policy, project, records, rule, tick
from tests.memory_answers import MemoryAnswers


def compared(log: list[Event], known_at: KnownAt, on: float | None = None) -> AsOfAnswer:
    return Query(MemoryAnswers(project(log))).as_of(CONTROLLER, "s1", on=None if on is None else at(on), known_at=known_at)


def changes(answer: AsOfAnswer) -> list[tuple[str, str, list[tuple[str, int | None]]]]:
    return [(each.kind, each.change, [(cause.type, cause.event.offset) for cause in each.because_of]) for each in answer.lines]


def line(answer: AsOfAnswer, kind: str) -> LineDifference:
    (found,) = (each for each in answer.lines if each.kind == kind)
    return found


LATE: list[Event] = [
    policy(1, 0, [rule("R-1", 100)]),
    collected(2, 1, categories=["pd:Name"]),
    tick(3, 5),
    fact("ConsentChanged", 4, 8, purpose="dpv:DirectMarketing", channel="email", state="GIVEN"),  # after D
    fact("ConsentChanged", 5, 2, purpose="dpv:Marketing", channel="email", state="GIVEN"),  # before D, recorded late
    erased(6, 3),  # the same
]
K = Position(None, 2)


def test_what_came_in_late_is_told_with_the_record_and_what_happened_later_is_not() -> None:
    found = compared(LATE, K, on=5)

    assert changes(found) == [
        ("holding", "GONE", [("DataErased", 5)]), ("consent", "NEW", [("ConsentChanged", 4)]), ("erasure", "NEW", [("DataErased", 5)]),
    ]  # fmt: skip
    assert (found.known, found.known_at, found.on) == (True, "0:2", at(5))
    held = line(found, "holding")
    assert held.then is not None and held.now is not None
    assert [each["category"]["term"] for each in held.then["categories"]] == ["pd:Name"]
    assert held.now["categories"] == []


def test_nothing_differs_where_all_was_known() -> None:
    found = compared(LATE, Position(0, 5), on=5)

    assert found.lines == ()
    assert found.same == 3


def test_a_policy_that_came_later_moves_a_date_and_is_named() -> None:
    log = [policy(1, 0, [rule("R-1", 100)]), collected(2, 1), collected(3, 1, subject="s2"), policy(4, 0.5, [rule("R-1", 30)]), tick(5, 3)]
    found = compared(log, Position(None, 1), on=3)

    assert changes(found) == [("holding", "OTHER", [("PolicyPublished", 3)])]
    held = line(found, "holding")
    assert held.then is not None and held.now is not None
    assert (held.then["until"], held.now["until"]) == ("2018-09-09T22:00:00.000000Z", "2018-07-01T22:00:00.000000Z")


def test_time_that_went_on_needs_no_record() -> None:
    log = [policy(1, 0, [rule("R-1", 5)]), collected(2, 1), tick(3, 10), tick(4, 100)]
    found = compared(log, Position(None, 1))

    assert {("obligation", "NEW", ())} <= {(kind, change, tuple(causes)) for kind, change, causes in changes(found)}


def test_a_verdict_that_would_be_other_is_told_with_what_makes_it_so() -> None:
    mail: dict[str, Any] = {"by": CONTROLLER, "purpose": "dpv:DirectMarketing", "channel": "email"}
    log = [
        policy(1, 0, []),
        fact("ConsentChanged", 2, 1, purpose="dpv:DirectMarketing", channel="email", state="GIVEN"),
        fact("DataUsed", 3, 5, **mail),
        fact("ConsentChanged", 4, 3, purpose="dpv:DirectMarketing", channel="email", state="WITHDRAWN"),
    ]
    found = compared(log, Position(None, 2), on=9)
    verdicts = [each for each in found.lines if each.kind == "verdict"]

    assert verdicts, changes(found)
    assert {each.change for each in verdicts} == {"NEW"}
    assert {cause.event.offset for each in verdicts for cause in each.because_of} == {3}


def test_a_time_by_the_broker_s_clock_finds_its_place() -> None:
    store = project([])
    for number, record in enumerate(records(LATE)):
        store = project([(record[0], 1_800_000_000_000 + 1000 * number, *record[2:])], store)
    query = Query(MemoryAnswers(store))

    def place(millis: int) -> str:
        return query.as_of(CONTROLLER, "s1", on=None, known_at=RecordedBy(millis * 1000)).known_at

    assert place(1_800_000_002_000) == place(1_800_000_002_999) == "0:2"
    assert place(1_799_999_999_999) == "0:-1"
    assert place(1_900_000_000_000) == f"0:{len(LATE) - 1}"
    assert query.subject(CONTROLLER, "s1", known_at=RecordedBy(1_800_000_002_000 * 1000)).known_at == "0:2"


def test_nobody_is_known_nowhere() -> None:
    found = Query(MemoryAnswers(project(LATE))).as_of(CONTROLLER, "nobody", on=None, known_at=K)
    assert (found.known, found.lines, found.same) == (False, (), 0)


def test_a_place_that_is_not_folded_is_refused() -> None:
    with pytest.raises(CallerError, match="below 6"):
        compared(LATE, Position(None, 6))
