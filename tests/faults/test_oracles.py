"""The oracles themselves: each finds the loss that it is for, also where the sums come out right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from tests.faults.life import START, Life
from tests.faults.oracles import check_no_gaps, check_nothing_doubled, check_nothing_lost, check_outcomes_sent
from tests.faults.test_poison import KEY, send
from tests.faults.test_services_lost import folded
from tests.ledgers import TestLedger
from tests.workers import Workers, wait_until, wait_until_answered

KEPT = ("fact", "tick", "dead_letter", "progress", "outcome")
FIRST = "SELECT partition, min(log_offset) FROM projection.fact WHERE subject_id IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT 1"
LOST = f"WITH lost AS (DELETE FROM projection.fact WHERE (partition, log_offset) = ({FIRST}) RETURNING *)"  # noqa: S608  our own names
REPEATED = LOST + " UPDATE projection.progress p SET duplicates = duplicates + 1 FROM lost WHERE p.partition = lost.partition"  # noqa: S608
UNREADABLE = LOST + " INSERT INTO projection.dead_letter SELECT 'facts', partition, log_offset, 'truncated', '', 0, recorded_at FROM lost"  # noqa: S608
CHANGED = f"UPDATE projection.fact SET value = value || 'x' WHERE (partition, log_offset) = ({FIRST})"  # noqa: S608
GONE = LOST + " SELECT * FROM lost"  # noqa: S608
# What is done to PostgreSQL, which oracle must find it, and what it must say.
DAMAGE = (
    (REPEATED, "O1", "O1: 1 of"),
    (REPEATED, "O2", "O2: 1 events of"),  # the sum of O3 comes out right, and there is a dead letter to excuse it
    (UNREADABLE, "O1", "O1: 1 of"),
    (UNREADABLE, "O2", "O2: 1 events of"),
    ("INSERT INTO projection.dead_letter VALUES ('facts', 0, 100000, 'truncated', '', 0, now())", "O1", "O1: put aside without need"),
    ("DELETE FROM projection.dead_letter", "O1", "O1: put aside without need [], not put aside"),
    ("DELETE FROM projection.fact WHERE subject_id IS NULL AND partition = 2", "O1", "O1: 1 of"),
    (CHANGED, "O2", "O2: 1 events of"),
    ("DELETE FROM projection.tick WHERE partition = 1", "O2", "O2: ticks of facts-1"),
    ("UPDATE projection.progress SET duplicates = duplicates + 1 WHERE partition = 3", "O2", "O2: facts-3 has"),
    ("UPDATE projection.progress SET next_offset = next_offset - 1 WHERE partition = 0", "O3", "O3: facts-0 is folded up to"),
    (GONE, "O3", "O3: facts-"),
    ("UPDATE projection.progress SET register_next = 1 WHERE partition = 2", "O3", "O3: facts-2 has copies up to 1"),
    ("DELETE FROM projection.outcome WHERE topic = 'dead-letters'", "O4", "O4: dead-letters-0 has 1 outcomes, the outbox 0"),
)


def test_each_oracle_finds_what_it_is_for(fresh_ledger: TestLedger, workers: Workers, life: Life) -> None:
    worker = workers.start()
    life.begin()
    wait_until(lambda: folded(fresh_ledger) >= 4 * 2, seconds=90, what="the policy in every partition")
    life.emit(150)
    unreadable = {send(fresh_ledger, "facts", 0, KEY, b"garbage")}
    life.tick(START + timedelta(days=1000))
    wait_until_answered(fresh_ledger)
    assert worker.stop() == 0
    oracles: dict[str, Callable[[], None]] = {
        "O1": lambda: check_nothing_lost(fresh_ledger, life.acknowledged(), unreadable),
        "O2": lambda: check_nothing_doubled(fresh_ledger, unreadable),
        "O3": lambda: check_no_gaps(fresh_ledger),
        "O4": lambda: check_outcomes_sent(fresh_ledger),
    }
    for check in oracles.values():
        check()

    with psycopg.connect(fresh_ledger.dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA kept")
        for table in KEPT:
            connection.execute(f"CREATE TABLE kept.{table} AS TABLE projection.{table}")  # type: ignore[call-overload]
        for damage, name, finding in DAMAGE:
            assert connection.execute(damage).rowcount > 0, damage
            with pytest.raises(AssertionError) as found:
                oracles[name]()
            assert finding in str(found.value), damage
            for table in KEPT:
                connection.execute(f"TRUNCATE projection.{table}; INSERT INTO projection.{table} TABLE kept.{table}")  # type: ignore[call-overload]
    for check in oracles.values():
        check()
