"""Terms whose length a statute sets: the version that was in force at the anchor counts, to the end of the term. Expected values by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.core.compiled_policy import PolicyError, policy_from_json
from tests.histories import DAY, LAW, Event, at, collected, fact, policy, project, rule, tick
from tests.unit.test_answering import only

# `first` holds until 8 June 2018 and says five days, `second` follows it from 15 June and says nine; a week lies between. Midnight UTC.
JUNE_8, JUNE_15 = 1_528_416_000_000_000, 1_529_020_800_000_000
SECOND = 1_000_000


def due_of(anchor: int, **length: str) -> int | None:
    """When data goes that was collected at that moment (microseconds), under a rule that cites `first`."""
    name, fields = collected(1, 0)
    (row,) = project([by_law(**length), (name, fields | {"occurred_at": anchor})]).holding_rows()
    found: int | None = row[28]
    return found


def by_law(**fields: Any) -> Event:
    return policy(1001, 0, [rule("R", 0, statute="first", **fields)], law=LAW)


@pytest.mark.parametrize(
    ("anchor", "days"),
    [(at(0), 5), (JUNE_8 - SECOND, 5), (JUNE_8, 0), (JUNE_15 - SECOND, 0), (JUNE_15, 9), (at(60), 9)],
)
def test_the_version_in_force_at_the_anchor_counts(anchor: int, days: int) -> None:
    assert due_of(anchor, after="statute") == anchor + days * DAY


@pytest.mark.parametrize(
    ("anchor", "days"),
    [(at(0), 25), (JUNE_8 - SECOND, 25), (JUNE_8, 20), (JUNE_15 - SECOND, 20), (JUNE_15, 29)],
)
def test_in_a_chain_the_rules_own_part_comes_first_and_stays_when_the_law_adds_nothing(anchor: int, days: int) -> None:
    assert due_of(anchor, after="P20D", then="statute") == anchor + days * DAY


def test_an_answer_says_the_length_that_counted() -> None:
    old, new = only(by_law(after="statute"), collected(1, 0)), only(by_law(after="statute"), collected(1, 60))

    assert (old.why.term, new.why.term) == ("5 days", "9 days")
    assert old.why.text == "5 days after collection on 2018-05-31, as first demands"


def test_a_request_does_not_shorten_a_term_by_statute_but_one_that_is_not_stated() -> None:
    request = fact("RequestReceived", 2, 1, right="ERASURE", request_ref="q1")

    def asked(anchor: str) -> list[str]:
        log = [policy(1001, 0, [rule("R", 0, [anchor], after="statute", statute="first")], law=LAW), collected(1, 0), request, tick(2001, 2)]
        return [row[14] for row in project(log).obligation_rows() if row[5] == "ERASE"]

    assert asked("COLLECTION") == asked("SERVICE_ENDED") == []
    assert asked("NOT_STATED") == ["GDPR-17"]


@pytest.mark.parametrize(
    "length",
    [{"after": "statute", "statute": "third"}, {"after": "P1D", "then": "statute", "statute": None}, {"after": "statute", "then": "P1D"},
     {"after": "statute", "then": "statute"}, {"after": "statute", "statute": "silent"}],
)  # fmt: skip
def test_a_length_that_the_law_does_not_give_refuses_the_policy(length: dict[str, Any]) -> None:
    law = {**LAW, "statutes": {**LAW["statutes"], "silent": {"title": "Silent", "source": "Stb. 3"}}}  # type: ignore[dict-item]
    _, fields = policy(1001, 0, [{**rule("R", 0, statute="first"), **length}], law=law)

    with pytest.raises(PolicyError):
        policy_from_json(fields["compiled"])
    assert policy_from_json(json.dumps(json.loads(fields["compiled"]) | {"retention": [rule("R", 0, statute="silent")]}))
