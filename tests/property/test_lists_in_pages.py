"""Pages of any size are the whole list, each line once and in its order; also when more is folded between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.answers.query import Query
from ledger.answers.wide_query import WideQuery
from tests.crowds import LISTS, WIDE, Ask, in_memory, joined, walk, whole
from tests.histories import Event, histories, project
from tests.memory_answers import MemoryAnswers

LIMITS = st.lists(st.integers(1, 7), min_size=1, max_size=4).map(cycle)


@cache
def of_crowd() -> WideQuery:
    return WideQuery(MemoryAnswers(in_memory(), partitions=2))


@pytest.mark.parametrize("name", LISTS)
@settings(max_examples=8, deadline=None)
@given(limits=LIMITS)
def test_pages_of_many_at_the_same_moments_are_the_whole_list(name: str, limits: Iterator[int]) -> None:
    lines = whole(LISTS[name], of_crowd())

    assert all(len(each) > 3 for each in lines), "or there is nothing to see"
    assert joined(walk(LISTS[name], of_crowd(), limits)) == lines


@settings(max_examples=10, deadline=None)
@given(limits=LIMITS)
def test_pages_of_verdicts_that_would_be_other_are_the_whole_list(limits: Iterator[int]) -> None:
    (lines,) = whole(WIDE["differences"], of_crowd())

    assert len(lines) > 3
    assert joined(walk(WIDE["differences"], of_crowd(), limits)) == (lines,)


@pytest.mark.parametrize("name", [name for name in LISTS if "breach" not in name and name not in ("people of another", "suppression")])
@settings(max_examples=25, deadline=None)
@given(log=histories(subjects=("s1", "s2", "s3")), limits=LIMITS)
def test_pages_of_any_history_are_the_whole_list(name: str, log: list[Event], limits: Iterator[int]) -> None:
    query = Query(MemoryAnswers(project(log)))

    assert joined(walk(LISTS[name], query, limits)) == whole(LISTS[name], query)


def keys(lines: tuple[tuple[Any, ...], ...]) -> Counter[str]:
    """Lines by what does not change while they stay where they are: not what of them is done meanwhile, nor their age."""
    names = (
        "obligation_id", "due_at", "found_at", "happened_at", "received_at", "requested_at", "shared_at", "controller", "subject_ref", "holder",
        "purpose", "store", "ref", "promise", "rule", "request_ref", "disclosure_ref", "event", "told", "settled_at",
    )  # fmt: skip
    return Counter(repr([getattr(line, name, None) for name in names]) for part in lines for line in part)


def goes_on(ask: Ask, first: int, limits: Iterator[int], share: float) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """(the list before, the list after more was folded, the pages of which the first ones were asked before)."""
    store = in_memory(share)
    query = Query(MemoryAnswers(store, partitions=2))
    before, shown, after = keys(whole(ask, query)), Counter[str](), None
    for _ in range(first):
        lines, after, more = ask(query, next(limits), after)
        shown += keys(lines)
        if not more:
            return before, before, shown
    in_memory(store=store)
    later = keys(whole(ask, query))
    return before, later, shown + keys(joined(walk(ask, query, limits, after)))


@pytest.mark.parametrize("name", LISTS)
@settings(max_examples=10, deadline=None)
@given(first=st.integers(1, 3), limits=LIMITS, share=st.floats(0.5, 1))
def test_what_comes_in_between_neither_doubles_nor_loses_what_was_there(name: str, first: int, limits: Iterator[int], share: float) -> None:
    before, later, shown = goes_on(LISTS[name], first, limits, share)

    for line in before.keys() & later.keys():
        assert shown[line] == before[line] == later[line], line
    assert all(shown[line] <= max(before[line], later[line]) for line in shown)
