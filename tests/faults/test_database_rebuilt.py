"""PostgreSQL was lost: an empty database, `ledger up`, `ledger rebuild`, and everything goes on, as docs/runbook.md says it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from ledger.topics import OBLIGATIONS, VIOLATIONS
from tests.faults.life import START, Life
from tests.faults.oracles import check_all, event_id, read_all
from tests.faults.test_log_and_database import drop_database, name_of
from tests.faults.test_sealer_killed import checkpoints, command, sealed_calmly, verify
from tests.ledgers import TestLedger
from tests.workers import Workers, run_ledger, wait_until_answered


def published(ledger: TestLedger) -> Counter[tuple[str, bytes]]:
    """How often each outcome stands on its topic."""
    topics: Sequence[str] = (OBLIGATIONS, VIOLATIONS)
    return Counter((topic, event_id(value)) for topic in topics for number in range(4) for _, value, _ in read_all(ledger, topic, number))


def replayed(ledger: TestLedger, *words: str) -> dict[str, Any]:
    done = run_ledger(ledger, "audit", "replay", "--workers", "1", "--json", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_lost_database_is_made_again_and_nothing_is_published_twice(
    fresh_ledger: TestLedger, workers: Workers, life: Life, tmp_path: Path
) -> None:
    command(fresh_ledger, "keys", "init", "--name", "ledger.example/test")
    life.begin()
    worker = workers.start()
    life.emit(300)
    life.tick(START + timedelta(days=1000))
    life.tick(START + timedelta(days=2000))
    wait_until_answered(fresh_ledger)
    assert worker.stop() == 0
    command(fresh_ledger, "seal", "--once")
    before = published(fresh_ledger)
    assert {topic for topic, _ in before} == {OBLIGATIONS, VIOLATIONS}
    assert set(before.values()) == {1}

    name = name_of(fresh_ledger)
    drop_database(fresh_ledger, name)
    with psycopg.connect(fresh_ledger.postgres.dsn_of("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    own = {"LEDGER__KAFKA__BOOTSTRAP_SERVERS": fresh_ledger.settings.kafka.bootstrap_servers, "LEDGER__POSTGRES__DSN": fresh_ledger.dsn}
    up = subprocess.run([sys.executable, "-m", "ledger", "up"], env=fresh_ledger.environment | own, capture_output=True, text=True, check=False)
    assert up.returncode == 0, up.stderr
    command(fresh_ledger, "rebuild", "--workers", "1")
    for source in ((), ("--from-archive",)):
        said = replayed(fresh_ledger, *source)
        assert (said["differences"], said["outcomes"]["published"], said["outcomes"]["unsent"]) == ([], before.total(), 0)

    worker = workers.start()
    life.emit(100)
    life.tick(START + timedelta(days=3000))
    wait_until_answered(fresh_ledger)
    assert worker.stop() == 0
    after = published(fresh_ledger)
    assert before.keys() < after.keys()
    assert set(after.values()) == {1}, f"{sum(number > 1 for number in after.values())} of {len(after)} outcomes are there twice"
    refused = run_ledger(fresh_ledger, "seal", "--once")
    assert (refused.returncode, "PostgreSQL knows nothing of it" in refused.stderr) == (1, True)
    command(fresh_ledger, "seal", "--once", "--adopt", "--yes")
    assert "VERIFIED" in verify(fresh_ledger)
    assert checkpoints(fresh_ledger.settings.archive) == sealed_calmly(fresh_ledger, tmp_path / "calm")
    assert replayed(fresh_ledger, "--from-archive")["differences"] == []
    check_all(fresh_ledger, life.acknowledged())
