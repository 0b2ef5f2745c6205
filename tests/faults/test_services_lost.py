"""PostgreSQL or Kafka goes away under a running worker: it backs off, stays, and goes on where PostgreSQL says."""

from __future__ import annotations

import signal
from datetime import timedelta

import psycopg
import pytest

from ledger.web.roles import Role
from tests.faults.life import START, Life
from tests.faults.oracles import check_all
from tests.ledgers import TestLedger
from tests.serving import key_of, servers_of
from tests.workers import Workers, comes_true, is_frozen, wait_until, wait_until_answered


def folded(ledger: TestLedger) -> int:
    """Records folded so far."""
    with psycopg.connect(ledger.dsn) as connection:
        row = connection.execute("SELECT coalesce(sum(next_offset), 0) FROM projection.progress").fetchone()
    return int(row[0]) if row else 0


def outcomes(ledger: TestLedger) -> int:
    """Outcomes in the outbox, sent or not."""
    with psycopg.connect(ledger.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM projection.outcome").fetchone()
    return int(row[0]) if row else 0


@pytest.mark.parametrize("rounds", [3])
def test_postgresql_killed_in_the_middle_of_batches_loses_nothing_and_the_worker_stays(
    fresh_ledger: TestLedger, workers: Workers, life: Life, rounds: int
) -> None:
    life.begin()
    worker = workers.start(worker__batch_records_max="20")  # small batches: the kill falls into the middle of the work
    wait_until(lambda: folded(fresh_ledger) > 0, seconds=30, what="first batch")

    for number in range(rounds):
        before = folded(fresh_ledger)
        life.emit(600)
        wait_until(lambda known=before: folded(fresh_ledger) > known, seconds=30, what="work under way")
        fresh_ledger.postgres.kill()
        fresh_ledger.postgres.start()
        life.tick(START + timedelta(days=1000 * (number + 1)))
    wait_until_answered(fresh_ledger)

    assert worker.exit_code is None
    assert worker.said("part_interrupted")
    assert worker.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


def test_kafka_killed_and_started_again_loses_nothing_and_the_worker_stays(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    life.begin()
    worker = workers.start()
    life.emit(300)
    wait_until(lambda: folded(fresh_ledger) > 100, seconds=30, what="work under way")

    fresh_ledger.kafka.kill()
    fresh_ledger.kafka.start()
    life.emit(300)
    life.tick(START + timedelta(days=1000))
    wait_until_answered(fresh_ledger, seconds=90)

    assert worker.exit_code is None
    assert worker.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


def test_a_server_says_where_the_log_ends_as_soon_as_kafka_is_back_and_never_an_offset_that_is_none(
    fresh_ledger: TestLedger, workers: Workers, life: Life
) -> None:
    life.begin()
    workers.start()
    wait_until_answered(fresh_ledger)
    with servers_of(fresh_ledger) as start, start().client(key_of(fresh_ledger, Role.AUDITOR, ("*",))) as client:
        ends: list[int | None] = []

        def end() -> int | None:
            ends.extend(each["end_offset"] for each in client.get("/v1/freshness").json()["freshness"]["partitions"])
            return ends[-1]

        assert end() is not None
        fresh_ledger.kafka.pause()
        wait_until(lambda: end() is None, seconds=60, what="an answer without an end")
        fresh_ledger.kafka.kill()
        fresh_ledger.kafka.start()
        wait_until(lambda: end() is not None, seconds=20, what="the end of the log, known again")
    assert all(each is None or each >= 0 for each in ends)


def test_an_outcome_is_noted_as_sent_only_after_kafka_has_it(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    """Kafka freezes while the relay sends. A relay that noted without an acknowledgement dies right there, and what it noted is on no topic."""
    life.begin()
    life.emit(300)
    life.tick(START + timedelta(days=1000))
    folding = workers.start("projector,broadcaster")
    wait_until(lambda: outcomes(fresh_ledger) > 10, seconds=30, what="outcomes in the outbox")
    folding.stop()
    relay = workers.start("relay", failpoint="relay_between_sends:1:stop,relay_after_progress:1")
    wait_until(lambda: is_frozen(relay.pid), seconds=30, what="frozen at the first outcome")

    fresh_ledger.kafka.pause()
    relay.signal(signal.SIGCONT)
    died_early = comes_true(lambda: relay.exit_code is not None, seconds=2)
    if died_early:
        fresh_ledger.kafka.kill()  # what is in its sockets must not count as acknowledged
        fresh_ledger.kafka.start()
    fresh_ledger.kafka.resume()
    assert relay.wait() == -signal.SIGKILL
    last = workers.start()
    wait_until_answered(fresh_ledger)

    assert not died_early
    assert last.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


def test_a_worker_started_before_its_services_waits_for_them(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    life.begin()
    life.emit(50)
    fresh_ledger.postgres.kill()
    worker = workers.start()
    wait_until(lambda: worker.said("part_interrupted"), seconds=30, what="the worker meets a missing PostgreSQL")

    fresh_ledger.postgres.start()
    wait_until_answered(fresh_ledger)

    assert worker.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


@pytest.mark.parametrize("missing", ["nothing", "postgresql", "kafka"])
def test_a_worker_stops_when_asked_whatever_is_missing(fresh_ledger: TestLedger, workers: Workers, missing: str) -> None:
    {"nothing": lambda: None, "postgresql": fresh_ledger.postgres.kill, "kafka": fresh_ledger.kafka.kill}[missing]()
    worker = workers.start()
    wait_until(lambda: worker.said("worker_started"), seconds=30, what="start")

    assert worker.stop() == 0
