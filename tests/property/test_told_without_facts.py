"""Holders and the schedule from tallies say what the rows say, whatever happened, also while a tick or a policy is being worked off in chunks."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.answers.query import Query
from tests.histories import Event, records
from tests.memory_answers import MemoryAnswers
from tests.property.test_chunks import CHUNKS, CUTS, LOGS, Life
from tests.without_facts import without_facts


@settings(max_examples=300, deadline=None)
@given(LOGS, CUTS, CHUNKS, st.integers(0, 3))
def test_without_facts_the_same_is_said_at_every_place(log: list[Event], cuts: set[int], chunks: list[int], at_once: int) -> None:
    life, made = Life(at_once=at_once), records(log)
    places = sorted({0, *(cut for cut in cuts if cut < len(made)), len(made)})
    for number, (first, end) in enumerate(pairwise(places)):
        life.batch(made[first:end], chunks[number % len(chunks)])
        assert_the_same(life)
    while life.store.progress("facts", 0).pending.steps:
        life.batch((), 1)
        assert_the_same(life)


def assert_the_same(life: Life) -> None:
    """Of all people, as the rows are now."""
    query = Query(MemoryAnswers(life.store))
    assert without_facts(query.retention(with_facts=False)) == without_facts(query.retention())
    assert without_facts(query.holders(with_facts=False)) == without_facts(query.holders())
