"""What `ledger status` and `ledger down` say about the workers, on a stack that can be stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.stack.lifecycle import up
from tests.ledgers import TestLedger, new_home
from tests.workers import Workers, run_ledger, wait_until, workers_of


@pytest.fixture
def own_ledger() -> Iterator[TestLedger]:
    """A ledger on a stack of its own."""
    with new_home() as home, up(home, simulated=True, partitions=2, start=datetime(2019, 1, 1, tzinfo=UTC)) as running:
        assert running.kafka is not None and running.postgres is not None
        yield TestLedger(home=home, settings=running.settings, identity=running.identity, kafka=running.kafka, postgres=running.postgres)


@pytest.fixture
def workers(own_ledger: TestLedger) -> Iterator[Workers]:
    with workers_of(own_ledger) as made:
        yield made


def status(ledger: TestLedger) -> dict[str, Any]:
    done = run_ledger(ledger, "status", "--json")
    assert done.returncode == 0, done.stderr
    work: dict[str, Any] = json.loads(done.stdout)["work"]
    return work


def test_status_counts_the_workers_and_says_how_far_they_are_and_down_warns_of_those_that_go_on(own_ledger: TestLedger, workers: Workers) -> None:
    assert status(own_ledger) == {"workers": 0, "leading": [], "lag": 0, "register_lag": 1, "pending": 0, "time_reached": None, "sealed": None}
    assert "workers   0  (start one with `ledger work`)\nlag       0 records to fold, 1 register events" in run_ledger(own_ledger, "status").stdout

    workers.start()
    workers.start()
    assert run_ledger(own_ledger, "wait").returncode == 0
    wait_until(lambda: status(own_ledger)["workers"] == 2, seconds=30, what="both workers are seen")

    seen = status(own_ledger)
    assert (seen["lag"], seen["register_lag"], seen["time_reached"]) == (0, 0, "2019-01-01T00:00:00.000000Z")
    assert {"broadcaster", "relay"} <= set(seen["leading"])
    stopped = run_ledger(own_ledger, "down")
    assert "ledger: stopped\nledger: 2 workers still run" in stopped.stderr
    assert "nothing was running" in run_ledger(own_ledger, "down").stderr
    assert json.loads(run_ledger(own_ledger, "status", "--json").stdout)["work"] is None


def test_down_without_a_worker_only_says_that_it_stopped(own_ledger: TestLedger) -> None:
    assert run_ledger(own_ledger, "down").stderr == "ledger: stopped\n"


def test_status_says_how_far_the_log_is_sealed(own_ledger: TestLedger) -> None:
    for words in (("keys", "init", "--name", "ledger.example"), ("seal", "--once")):
        done = run_ledger(own_ledger, *words)
        assert done.returncode == 0, done.stderr

    sealed = status(own_ledger)["sealed"]
    assert (sealed["round"], sealed["records"]) == (1, 1)  # the first tick is in the register, and no broadcaster ran
    assert f"sealed    1 records, round 1 at {sealed['at']}" in run_ledger(own_ledger, "status").stdout
