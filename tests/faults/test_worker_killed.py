"""kill -9 of a worker at each numbered step: afterwards nothing is lost, nothing doubled, and rebuilt equals live."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.adapters.postgres_positions import PostgresPositions
from tests.faults.life import START, Life
from tests.faults.oracles import check_all
from tests.ledgers import TestLedger
from tests.workers import Workers, wait_until_answered, workers_of

STEPS = (
    "batch_before_sql:3",
    "batch_after_sql:3",
    "batch_after_commit:3",
    "batch_before_ack:3",
    "broadcast_between_sends:6",
    "broadcast_before_progress:1",
    "relay_between_sends:5",
    "relay_before_progress:1",
)


@pytest.mark.parametrize("failpoint", STEPS)
def test_a_worker_killed_at_any_step_loses_and_doubles_nothing(fresh_ledger: TestLedger, workers: Workers, life: Life, failpoint: str) -> None:
    life.begin()
    life.emit(400)
    life.tick(START + timedelta(days=3 * 365))

    doomed = workers.start(failpoint=failpoint, worker__batch_records_max="50")  # small batches, so that there is a third
    assert doomed.wait() == -signal.SIGKILL, doomed.text()
    life.emit(200)
    life.tick(START + timedelta(days=4 * 365))
    survivor = workers.start()
    wait_until_answered(fresh_ledger)

    assert survivor.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


@pytest.mark.parametrize("failpoint", ["chunk_after_sql:1", "chunk_after_sql:4", "chunk_after_commit:1", "chunk_after_commit:5"])
def test_a_worker_killed_in_the_middle_of_a_tick_that_makes_many_due(
    make_ledger: Callable[..., TestLedger], tmp_path: Path, failpoint: str
) -> None:
    ledger = make_ledger(partitions=2)
    with workers_of(ledger) as workers, Life(ledger, tmp_path / "acknowledged.jsonl") as life:
        life.tick(START)
        life.publish("webhoster")
        life.visits(0, 3_000)
        life.tick(START + timedelta(days=3 * 365))  # all are due at once
        life.visits(0, 300, "DataErased")
        life.visits(3_000, 50)

        doomed = workers.start("broadcaster,projector,relay", failpoint=failpoint, worker__chunk_subjects="400")
        assert doomed.wait() == -signal.SIGKILL, doomed.text()
        left = pending(ledger)
        assert left, "it was not killed in the middle"
        life.visits(1_500, 300, "DataErased")
        life.tick(START + timedelta(days=4 * 365))
        survivor = workers.start("broadcaster,projector,relay", worker__chunk_subjects="400")
        wait_until_answered(ledger)

        assert survivor.stop() == 0
        assert not pending(ledger)
        check_all(ledger, life.acknowledged())


def pending(ledger: TestLedger) -> dict[int, int]:
    """Partitions with a register event that is not worked off."""
    positions = PostgresPositions(ledger.dsn)
    try:
        return positions.pending("facts")
    finally:
        positions.close()
