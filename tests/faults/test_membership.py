"""Workers that come, go, freeze and come back: each partition is folded by one at a time, and PostgreSQL's fence settles any doubt."""

from __future__ import annotations

import signal
from datetime import timedelta

import psycopg

from tests.faults.life import START, Life
from tests.faults.oracles import check_all
from tests.faults.test_services_lost import folded
from tests.ledgers import TestLedger
from tests.workers import Workers, is_frozen, wait_until, wait_until_answered


def test_two_workers_on_the_same_partitions_double_nothing(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    """Two groups know nothing of each other: each believes that all partitions are its own."""
    life.begin()
    life.emit(200)
    one = workers.start(worker__group="one", worker__batch_records_max="10")
    other = workers.start(worker__group="other", worker__batch_records_max="10")

    for number in range(6):
        life.emit(150)
        life.tick(START + timedelta(days=300 * (number + 1)))
    wait_until(lambda: one.said("part_fenced") or other.said("part_fenced"), seconds=30, what="the fence")
    stopped = [worker for worker in (one, other) if worker.exit_code is not None]
    if len(stopped) == 2:  # both may have given up: then somebody must look, and starts one again
        workers.start()
    wait_until_answered(fresh_ledger)

    for worker in (one, other):
        code = worker.stop()
        assert code == 0 or (code == 1 and "another worker took over" in worker.text()), worker.text()
    check_all(fresh_ledger, life.acknowledged())


def test_a_third_worker_joining_in_the_middle_of_a_rebalance(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    life.begin()
    first = workers.start()
    life.emit(300)
    wait_until(lambda: folded(fresh_ledger) > 100, seconds=30, what="the first worker at work")

    second = workers.start()
    wait_until(lambda: second.said("worker_started"), seconds=30, what="the second worker")
    third = workers.start()
    for _ in range(10):
        life.emit(60)
    first.kill()
    life.emit(100)
    life.tick(START + timedelta(days=1000))
    wait_until_answered(fresh_ledger)

    assert second.stop() == 0
    assert third.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


def test_a_worker_frozen_with_a_batch_in_hand_is_fenced_when_it_wakes(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    """SIGSTOP past the session timeout, then SIGCONT: the batch it holds has long been folded by another."""
    life.begin()
    duties = workers.start("broadcaster,relay,ticker")
    life.emit(400)
    zombie = workers.start("projector", failpoint="batch_before_sql:2:stop", worker__batch_records_max="50")
    wait_until(lambda: folded(fresh_ledger) > 0 and is_frozen(zombie.pid), seconds=30, what="frozen before its second batch")

    other = workers.start("projector")
    life.emit(300)
    life.tick(START + timedelta(days=1000))
    wait_until_answered(fresh_ledger)
    zombie.signal(signal.SIGCONT)
    wait_until(lambda: zombie.said("part_fenced"), seconds=30, what="the fence")
    life.emit(300)
    life.tick(START + timedelta(days=2000))
    wait_until_answered(fresh_ledger)

    for worker in (zombie, other, duties):
        assert worker.stop() == 0, worker.text()
    check_all(fresh_ledger, life.acknowledged())


def test_the_next_worker_takes_over_the_duties_of_one_that_died(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    first = workers.start("broadcaster,relay,ticker,forgetter")
    wait_until(lambda: first.text().count("duty_taken") == 4, seconds=30, what="the first leads")
    second = workers.start()
    wait_until(lambda: second.said("worker_started") and folded(fresh_ledger) > 0, seconds=30, what="the second at work")
    assert not second.said("duty_taken")

    first.kill()
    life.begin()
    life.emit(100)
    wait_until_answered(fresh_ledger)

    assert second.text().count("duty_taken") == 4
    assert second.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


def leaders(ledger: TestLedger) -> int:
    """How many duties somebody leads: advisory locks of the class "ledg" in this database."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted"
    with psycopg.connect(ledger.dsn) as connection:
        row = connection.execute(query, [int.from_bytes(b"ledg", "big")]).fetchone()
    assert row is not None
    return int(row[0])


def test_a_worker_that_cannot_reach_kafka_takes_no_duty(fresh_ledger: TestLedger, workers: Workers) -> None:
    fresh_ledger.kafka.kill()
    worker = workers.start("broadcaster,relay,ticker")

    wait_until(lambda: worker.text().count("part_interrupted") >= 3, seconds=60, what="three parts meet a missing Kafka")

    assert not worker.said("duty_taken")
    assert leaders(fresh_ledger) == 0


def test_a_leader_whose_kafka_stays_away_gives_its_duties_up_and_takes_them_again(
    fresh_ledger: TestLedger, workers: Workers, life: Life
) -> None:
    worker = workers.start()
    wait_until(lambda: leaders(fresh_ledger) == 4, seconds=30, what="four duties taken")

    fresh_ledger.kafka.kill()
    wait_until(lambda: leaders(fresh_ledger) == 0, seconds=60, what="all duties given up")
    fresh_ledger.kafka.start()
    life.begin()
    life.emit(50)
    wait_until_answered(fresh_ledger)

    assert leaders(fresh_ledger) == 4
    assert worker.stop() == 0
    check_all(fresh_ledger, life.acknowledged())


def test_a_worker_forgets_its_state_when_the_projections_were_switched(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    from ledger.replaying.rebuild import rebuild

    life.begin()
    worker = workers.start()
    life.emit(300)
    wait_until_answered(fresh_ledger)

    rebuild(fresh_ledger.settings, workers=1)
    life.emit(300)
    life.tick(START + timedelta(days=1000))
    wait_until(lambda: worker.said("projections_switched") or worker.said("part_fenced"), seconds=30, what="the switch noticed")
    wait_until_answered(fresh_ledger)

    assert worker.stop() == 0
    check_all(fresh_ledger, life.acknowledged())
    with psycopg.connect(fresh_ledger.dsn) as connection:
        assert connection.execute("SELECT number FROM ledger.generation").fetchone() == (3,)
