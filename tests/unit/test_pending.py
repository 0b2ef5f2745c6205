"""Register events that concern many: when they stay pending, what their rules are, and that memory stays flat."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ledger.core.delta import NOBODY
from ledger.folding import pending
from ledger.folding.ports import Found
from ledger.folding.projecting import Projecting
from processors.projector import Projector
from tests.histories import CONTROLLER, Event, collected, event_id, fact, policy, project, projecting, records, rule, tick
from tests.memory_projection import MemoryProjection

MANY = 12


def datasets(count: int = MANY, first: int = 1, day: float = 0) -> list[Event]:
    return [collected(number, day, subject=f"dataset-{number}") for number in range(first, first + count)]


def fold_on(store: MemoryProjection, fold: Projecting, made: list[Any], *, chunk: int = 0) -> None:
    delta = fold.project(made, chunk=chunk)
    store.write(delta)
    fold.note_committed(delta.number)


def begun(log: list[Event], **wishes: Any) -> tuple[MemoryProjection, Projecting]:
    """A log, its policy folded and the rest as one batch, with nothing worked off yet."""
    store, made = MemoryProjection(), records(log)
    fold = projecting(store, **{"at_once_max": 3} | wishes)
    fold_on(store, fold, made[:1])
    fold_on(store, fold, made[1:])
    return store, fold


def finish(store: MemoryProjection, fold: Projecting, chunk: int = 2) -> int:
    """Work off what is pending; return in how many deltas."""
    count = 0
    while fold.is_pending:
        fold_on(store, fold, [], chunk=chunk)
        count += 1
    return count


def test_few_are_folded_at_once_and_many_stay_pending() -> None:
    log = [policy(1001, 0, [rule("R", 5)]), *datasets(3), tick(9002, 9)]
    store, fold = begun(log)
    assert not fold.is_pending
    assert len(store.outcomes) == 3

    store, fold = begun([log[0], *datasets(4), tick(2001, 9)])
    assert [step.offset for step in store.progress("facts", 0).pending.steps] == [5]
    assert len(store.outcomes) == 0
    assert finish(store, fold) == 2
    assert len(store.outcomes) == 4


def test_a_chunk_is_bounded_and_its_place_is_stored_with_it() -> None:
    store, fold = begun([policy(1001, 0, [rule("R", 5)]), *datasets(), tick(2001, 9)])

    fold_on(store, fold, [], chunk=5)

    done = sorted(row[7] for row in store.outcomes.values())
    assert len(done) == 5
    assert store.progress("facts", 0).pending.after == done[-1]
    assert done == sorted(store.holdings)[:5], "in order of subject ids"


def test_a_pending_tick_calls_by_the_policy_of_its_place_also_after_a_start() -> None:
    log = [policy(1001, 0, [rule("R-1", 5)]), *datasets(), tick(2001, 9), policy(1002, 0, [rule("R-2", 50)])]
    whole = project(log)
    store, fold = begun(log)
    fold_on(store, fold, [], chunk=3)
    again = projecting(store, at_once_max=3)

    finish(store, again)

    assert store.tables() == whole.tables()
    assert {row[14] for row in store.obligation_rows()} == {"R-1"}


def test_a_fact_before_its_turn_meets_the_pending_event_first() -> None:
    log = [policy(1001, 0, [rule("R", 5)]), *datasets(), tick(2001, 9), fact("DataErased", 90, 10, "dataset-7", by=CONTROLLER, act="ERASED")]
    store, fold = begun(log)

    assert sorted((row[1], row[3]) for row in store.outcomes.values()) == [(MANY + 1, "obligations"), (MANY + 2, "obligations")]
    finish(store, fold)
    assert store.tables() == project(log).tables()


@pytest.mark.parametrize("page", [1, 2, 5, 100])
def test_pages_of_the_store_and_what_only_memory_knows_are_one_list(page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = [(bytes([n]), CONTROLLER, str(n)) for n in (2, 3, 5, 8, 9, 11)]
    in_memory = [(bytes([n]), CONTROLLER, str(n)) for n in (1, 3, 4, 9, 12, 13)]
    asked = []

    def ask(after: bytes, limit: int) -> list[Found]:
        asked.append(limit)
        return [found for found in stored if found[0] > after][:limit]

    monkeypatch.setattr(pending, "PAGE_SUBJECTS", page)
    candidates = pending.Candidates(ask, in_memory, NOBODY[:1], first_page=page)
    found: list[Found] = []
    while not candidates.are_done:
        found += candidates.take(4)

    assert [each[0][0] for each in found] == [1, 2, 3, 4, 5, 8, 9, 11, 12, 13]
    assert set(asked) == {page}


def test_subjects_of_a_chunk_leave_memory_before_those_that_facts_keep_coming_for() -> None:
    store = MemoryProjection()
    fold_on(store, projecting(store), records([policy(1001, 0, [rule("R", 5)]), *datasets(40)]))
    fold = projecting(store, at_once_max=3, cache_subjects_max=10)
    hot = [collected(100 + n, 8, subject=f"hot-{n}") for n in range(3)]
    fold_on(store, fold, records([*hot, tick(2001, 9)], first_offset=41, register_offset=1))
    most = 0

    while fold.is_pending:
        fold_on(store, fold, [], chunk=5)
        most = max(most, len(fold.subjects))

    assert most <= 10
    assert {subject.subject_ref for subject in fold.subjects.values()} >= {"hot-0", "hot-1", "hot-2"}


class PipelineStore(MemoryProjection):
    """What the projector needs, in memory."""

    def write_together(self, deltas: list[Any]) -> None:
        for delta in deltas:
            self.write(delta)

    def close(self) -> None: ...


class Message:
    def __init__(self, record: Any) -> None:
        self.offset, self.timestamp, self.key, self.value, self.headers = record


def test_the_projector_goes_on_with_what_is_pending_though_no_record_comes() -> None:
    log = [policy(9001, 0, [rule("R", 5)]), *datasets(1_500), tick(9002, 9)]

    async def life(store: PipelineStore, made: list[Any], *, until: int) -> None:
        failed: list[BaseException] = []
        projector = Projector(store, topic="facts", partitions=1, simulated=True, records_max=4000, chunk_subjects=100, on_failure=failed.append)
        await projector.position(0)
        projector.go_on()
        if made:
            projector.put(projector.batch(0, [Message(record) for record in made]))
        deadline = asyncio.get_running_loop().time() + 60
        while len(store.outcomes) < until and not failed:
            assert asyncio.get_running_loop().time() < deadline, f"only {len(store.outcomes)} outcomes"
            await asyncio.sleep(0.01)
        await projector.quieten()
        projector.close()
        assert failed == []

    store = PipelineStore()
    asyncio.run(life(store, records(log), until=300))
    left = store.progress("facts", 0).pending
    assert left.steps, "the first life ended in the middle"
    asyncio.run(life(store, [], until=1_500))

    assert len(store.outcomes) == 1_500
    assert store.tables()["outcomes"] == project(log).tables()["outcomes"]
    assert event_id(9002) in {step.event_id for step in left.steps}
