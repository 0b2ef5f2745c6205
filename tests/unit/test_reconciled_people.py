"""Rows of people compared: what is the same, what names a tick, what is missing on either side."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.adapters.postgres_histories import FACT_PLACE
from ledger.adapters.postgres_tables import OBLIGATION, SUBJECT, SUBJECT_ENTRY, VIOLATION, Table
from ledger.core.delta import NOBODY, Row
from ledger.reconciling.people import differing_people

ANNA, BERT = b"a" * 16, b"b" * 16
TICK = b"t" * 16


def entry(subject_id: bytes, says: str) -> Row:
    return (subject_id, b"e" * 16, 0, "notices", says)


def notice(event_id: bytes, offset: int = 66) -> str:
    return f'["register","lapsed",{offset},"{event_id.hex()}"]'


def violation(ordinal: int, event_id: bytes, promise: str = "MD-1") -> Row:
    row: dict[str, Any] = dict.fromkeys(VIOLATION.columns)
    return tuple((row | {"subject_id": ANNA, "ordinal": ordinal, "event_id": event_id, "promise": promise, "log_offset": 5, "partition": 0}).values())


def obligation(settled_event: bytes | None, state: str = "MET") -> Row:
    row: dict[str, Any] = dict.fromkeys(OBLIGATION.columns)
    return tuple((row | {"subject_id": ANNA, "obligation_id": b"o" * 16, "settled_event": settled_event, "state": state}).values())


@pytest.mark.parametrize(
    ("table", "folded", "stored", "found"),
    [
        (SUBJECT_ENTRY, [entry(ANNA, "x"), entry(BERT, "y")], [entry(BERT, "y"), entry(ANNA, "x")], set()),
        (SUBJECT_ENTRY, [entry(ANNA, "x"), entry(BERT, "y")], [entry(ANNA, "x"), entry(BERT, "z")], {BERT}),
        (SUBJECT_ENTRY, [entry(ANNA, "x")], [], {ANNA}),
        (SUBJECT_ENTRY, [], [entry(ANNA, "x")], {ANNA}),
        (SUBJECT_ENTRY, [entry(ANNA, notice(NOBODY))], [entry(ANNA, notice(TICK))], set()),
        (SUBJECT_ENTRY, [entry(ANNA, notice(NOBODY))], [entry(ANNA, notice(TICK, 67))], {ANNA}),
        (SUBJECT_ENTRY, [entry(ANNA, notice(TICK))], [entry(ANNA, notice(NOBODY))], {ANNA}),
        (VIOLATION, [violation(0, TICK), violation(1, TICK, "MD-2")], [violation(1, TICK, "MD-2"), violation(0, TICK)], set()),
        (VIOLATION, [violation(0, TICK)], [violation(1, TICK)], {ANNA}),
        (VIOLATION, [violation(0, TICK)], [violation(0, b"u" * 16)], {ANNA}),
        (VIOLATION, [violation(0, TICK), violation(1, TICK)], [violation(0, TICK)], {ANNA}),
        (FACT_PLACE, [(0, 5, ANNA, TICK, 1002)], [(0, 5, BERT, TICK, 1002)], {ANNA, BERT}),
        (FACT_PLACE, [(0, 5, ANNA, TICK, 1002)], [], {ANNA}),
        (FACT_PLACE, [(0, 5, ANNA, TICK, 1002)], [(0, 5, ANNA, TICK, 1003)], {ANNA}),
        (OBLIGATION, [obligation(NOBODY)], [obligation(TICK)], set()),
        (OBLIGATION, [obligation(NOBODY)], [obligation(TICK, "OPEN")], {ANNA}),
        (OBLIGATION, [obligation(TICK)], [obligation(None)], {ANNA}),
        (OBLIGATION, [obligation(NOBODY)], [obligation(None)], {ANNA}),
        (SUBJECT, [(ANNA, 0, "hoster", "s1", "{}")], [(ANNA, 0, "hoster", "s1", "{}"), (BERT, 0, "hoster", "s2", "{}")], {BERT}),
    ],
)  # fmt: skip
def test_who_differs(table: Table, folded: list[Row], stored: list[Row], found: set[bytes]) -> None:
    assert differing_people({table: folded}, {table: stored}, lambda _: True) == found


def test_of_others_one_side_may_have_nothing() -> None:
    """A fold of some people gives rows of controllers too, in every slice: they are compared in the one that their ids fall in."""
    assert differing_people({SUBJECT_ENTRY: [entry(ANNA, "x")]}, {SUBJECT_ENTRY: []}, lambda subject_id: subject_id > ANNA) == set()
