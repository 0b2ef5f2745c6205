"""A register event that concerns many is worked off in chunks between facts: nothing may show that it was.

Random histories, chunks of one or two subjects, batches cut anywhere, starting again and losing the cache at every point, committing late: the rows
and the outcomes are those of a fold that works every event off at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.delta import Delta
from tests.histories import Event, histories, project, projecting, records
from tests.memory_projection import MemoryProjection
from tests.property.test_duties_order import logs

SUBJECTS = ("s1", "s2", "s3", "s4", "s5")
LOGS = histories(subjects=SUBJECTS, max_size=20) | logs()
"""Of many subjects with policies, repeats and ticks; of two with duties of every kind, breaches and the controller's own."""
CUTS = st.sets(st.integers(0, 40), max_size=12)
CHUNKS = st.lists(st.integers(0, 3), min_size=1, max_size=5)
"""How many subjects each delta works off, over and over; none at all now and then."""


class Life:
    """A worker on one partition: folds, commits (one batch later when told to), and may die after any batch."""

    def __init__(self, *, cache: int = 50_000, restart: bool = False, commit_late: bool = False, at_once: int = 0) -> None:
        self.store = MemoryProjection()
        self.at_once = at_once
        self.cache, self.restart, self.commit_late = cache, restart, commit_late
        self.waiting: list[Delta] = []
        self.fold = self._begin()
        self.chunks_seen = 0

    def _begin(self):  # type: ignore[no-untyped-def]
        self.waiting = []
        return projecting(self.store, cache_subjects_max=self.cache, recent_events_max=self.cache, at_once_max=self.at_once)

    def batch(self, made: Sequence, chunk: int) -> None:  # type: ignore[type-arg]
        delta = self.fold.project(made, chunk=chunk)
        self.chunks_seen += bool(delta.was_pending.steps)
        if delta.moves:
            self.waiting.append(delta)
        while len(self.waiting) > self.commit_late:
            self._commit()
        if self.restart:
            while self.waiting:
                self._commit()
            self.fold = self._begin()

    def _commit(self) -> None:
        delta = self.waiting.pop(0)
        self.store.write(delta)
        self.fold.note_committed(delta.number)

    def finish(self) -> MemoryProjection:
        for _ in range(1000):
            while self.waiting:
                self._commit()
            if not self.store.progress("facts", 0).pending.steps:
                return self.store
            self.batch((), 1)
        raise AssertionError("what is pending never ends")


def live(log: list[Event], cuts: set[int], chunks: list[int], life: Life) -> Life:
    """Fold a log cut before each place in `cuts`, working chunks off after each batch."""
    made = records(log)
    places = sorted({0, len(made), *(cut % (len(made) + 1) for cut in cuts)})
    for number, (first, end) in enumerate(pairwise(places)):
        life.batch(made[first:end], chunks[number % len(chunks)])
    life.finish()
    return life


@settings(max_examples=300, deadline=None)
@given(LOGS, CUTS, CHUNKS)
def test_chunks_between_facts_change_no_row(log: list[Event], cuts: set[int], chunks: list[int]) -> None:
    assert live(log, cuts, chunks, Life()).store.tables() == project(log).tables()


@settings(max_examples=300, deadline=None)
@given(LOGS, CUTS, CHUNKS)
def test_starting_again_in_the_middle_of_a_chunked_event_changes_no_row(log: list[Event], cuts: set[int], chunks: list[int]) -> None:
    assert live(log, cuts, chunks, Life(restart=True)).store.tables() == project(log).tables()


@settings(max_examples=200, deadline=None)
@given(LOGS, CUTS, CHUNKS)
def test_losing_the_cache_and_committing_late_changes_no_row(log: list[Event], cuts: set[int], chunks: list[int]) -> None:
    assert live(log, cuts, chunks, Life(cache=0, commit_late=True)).store.tables() == project(log).tables()
    assert live(log, cuts, chunks, Life(cache=0)).store.tables() == project(log).tables()


@settings(max_examples=200, deadline=None)
@given(LOGS, CUTS, CHUNKS, st.integers(1, 3))
def test_working_off_few_at_once_and_many_in_chunks_changes_no_row(log: list[Event], cuts: set[int], chunks: list[int], at_once: int) -> None:
    assert live(log, cuts, chunks, Life(cache=0, at_once=at_once)).store.tables() == project(log).tables()
    assert live(log, cuts, chunks, Life(cache=0, at_once=at_once, commit_late=True)).store.tables() == project(log).tables()


@settings(max_examples=100, deadline=None)
@given(LOGS, CHUNKS)
def test_one_record_a_batch_changes_no_row(log: list[Event], chunks: list[int]) -> None:
    every = set(range(len(log)))
    assert live(log, every, chunks, Life(restart=True, cache=0)).store.tables() == project(log).tables()
    assert live(log, every, chunks, Life(commit_late=True)).store.tables() == project(log).tables()


@settings(max_examples=60, deadline=None)
@given(LOGS)
def test_a_crash_before_a_commit_changes_no_row(log: list[Event]) -> None:
    """Each batch is folded twice: the first time it is lost."""
    made, life = records(log), Life()
    for place in range(len(made)):
        life.fold.project(made[place : place + 1], chunk=1)
        life.fold = life._begin()
        life.batch(made[place : place + 1], 1)
    assert life.finish().tables() == project(log).tables()
