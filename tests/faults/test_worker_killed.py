"""kill -9 of a worker at each numbered step: afterwards nothing is lost, nothing doubled, and rebuilt equals live."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest

from tests.faults.life import START, Life
from tests.faults.oracles import check_all
from tests.ledgers import TestLedger
from tests.workers import Workers, wait_until_answered

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
