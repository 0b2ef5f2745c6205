"""Which promises were broken: counted by promise and rule, listed one by one, and bounded by when they were found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.answers.shapes_lists import ViolationsAnswer
from tests.histories import CONTROLLER, DAY, Event, at, event_id, project, shared, tick
from tests.memory_answers import MemoryAnswers
from tests.small_ledger import ANNA, BRAM, history

# What broke promises later: a share told 59 days late, and one after the next tick.
LATE = [
    shared(50, 5, subject=BRAM, recipient="Registrar", recipient_role="registrar", ref="dom-2", country="NL"),
    tick(2050, 70),
    shared(51, 66, subject=ANNA, recipient="Registrar", recipient_role="registrar", ref="dom-3", country="NL"),
]

OVERDUE = [("REG-1", "overdue-erasure", 1, 1)]
"""The registry of the history has not erased in time."""


def ask(*more: Event, **wishes: Any) -> ViolationsAnswer:
    return Query(MemoryAnswers(project([*history(), *more]))).violations(**wishes)


def counts(answer: ViolationsAnswer) -> list[tuple[str, str, int, int]]:
    return [(each.promise, each.rule, each.violations, each.subjects) for each in answer.counts]


def test_they_are_counted_by_promise_and_rule_most_often_first() -> None:
    answer = ask(*LATE)

    assert counts(answer) == [("X-04", "undeclared-recipient-role", 3, 2), *OVERDUE, ("SO-05", "use-without-consent", 1, 1)]
    assert [each.latest_found_at for each in answer.counts] == [at(70), at(60), at(0)]
    assert [each.event_id for each in answer.counts[0].rests_on] == [event_id(5), event_id(51)]
    assert [each.more for each in answer.counts] == [1, 0, 0]
    assert all(event.offset is not None for each in answer.counts for event in each.rests_on)
    assert answer.violations == ()
    assert counts(ask(*LATE, promise="SO-05")) == counts(answer)[2:]
    assert counts(ask(*LATE, controller="another")) == []


def test_each_single_one_says_when_it_happened_when_it_was_found_and_what_it_rests_on() -> None:
    answer = ask(*LATE, limit=10)

    newest, late, overdue, use, share = answer.violations
    assert (newest.subject_ref, newest.happened_at, newest.found_at) == (ANNA, at(66), at(70))
    assert (late.subject_ref, late.happened_at, late.found_at) == (BRAM, at(5), at(64))
    assert (overdue.rule, overdue.found_at, overdue.happened_at) == ("overdue-erasure", at(60), at(60))
    assert (use.promise, use.severity, use.holder) == ("SO-05", "BREACH", CONTROLLER)
    assert (share.event.partition, share.event.offset, share.event.event_id) == (0, 6, event_id(5))
    assert {event.event_id for event in use.rests_on} >= {event_id(9)}
    assert all(event.offset is not None for each in answer.violations for event in each.rests_on)
    assert not answer.more


def test_since_and_until_go_by_when_it_was_found_not_by_when_it_happened() -> None:
    assert counts(ask(*LATE, since=at(60))) == [("X-04", "undeclared-recipient-role", 2, 2), *OVERDUE]
    assert counts(ask(*LATE, since=at(64) + 1)) == [("X-04", "undeclared-recipient-role", 1, 1)]
    assert counts(ask(*LATE, until=at(64))) == [("X-04", "undeclared-recipient-role", 2, 2), *OVERDUE, ("SO-05", "use-without-consent", 1, 1)]
    assert counts(ask(*LATE, since=at(20), until=at(59))) == []
    assert counts(ask(*LATE, since=at(70) + DAY)) == []


def test_the_limit_leaves_out_the_oldest_and_says_so_and_the_counts_stay_whole() -> None:
    answer = ask(*LATE, limit=2)

    assert [each.found_at for each in answer.violations] == [at(70), at(64)]
    assert answer.more
    assert sum(each.violations for each in answer.counts) == 5


def test_it_goes_into_json() -> None:
    told = json.loads(json.dumps(as_json(ask(limit=2, since=at(0)))))

    assert told["since"] == "2018-05-31T22:00:00.000000Z"
    assert told["violations"][1]["happened_at"] == "2018-06-07T22:00:00.000000Z"
    assert told["counts"][0].keys() == {"controller", "promise", "rule", "severity", "violations", "subjects", "latest_found_at", "rests_on", "more"}


@pytest.mark.parametrize("limit", [0, 10])
def test_a_ledger_without_any_says_nothing(limit: int) -> None:
    answer = Query(MemoryAnswers(project([tick(2001, 0)]))).violations(limit=limit)

    assert (answer.counts, answer.violations, answer.more) == ((), (), False)
