"""kill -9 of the sealer at each step, on the real stack: the archive verifies, and its trees are those of a sealer that nobody killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.kafka_log import KafkaLog
from ledger.sealing.archive import Archive
from ledger.sealing.keys import read_keys
from ledger.sealing.sealer import Sealer
from ledger.topics import SEALED, partitions_by_topic
from processors.sealer import topics_to_seal
from tests.faults.life import Life
from tests.ledgers import TestLedger
from tests.sealing_world import MemoryHeads
from tests.workers import Workers, wait_until

STEPS = (
    "seal_after_payload:1",
    "seal_before_head:5",
    "seal_after_head:3",
    "seal_between_checkpoints:1",
    "seal_between_checkpoints:2",
    "seal_before_round:2",
    "seal_after_pin:1",
)


def command(ledger: TestLedger, *words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "ledger", *words], env=ledger.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def verify(ledger: TestLedger) -> str:
    (key,) = json.loads(command(ledger, "keys", "show", "--json"))["keys"]
    words = [sys.executable, "-m", "ledger.verify", "replay", "--archive", str(ledger.settings.archive), "--key", key]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def sealed_calmly(ledger: TestLedger, folder: Path) -> dict[str, bytes]:
    """The newest checkpoint of each partition when all of the log is sealed at once, by place."""
    admin = KafkaAdmin(ledger.settings)
    with KafkaLog(ledger.settings) as log:
        sealer = Sealer(Archive(folder), log, MemoryHeads(), read_keys(ledger.settings.sealing_key_file))
        sealer.open(admin.cluster_id(), topics_to_seal(admin))
        sealer.seal(1)
    return checkpoints(folder)


def checkpoints(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("logs/*/*/checkpoint")}


@pytest.mark.parametrize("failpoint", STEPS)
def test_a_sealer_killed_at_any_step_makes_no_second_history(
    fresh_ledger: TestLedger, workers: Workers, life: Life, tmp_path: Path, failpoint: str
) -> None:
    command(fresh_ledger, "keys", "init", "--name", "ledger.example/test")
    life.begin()
    life.emit(300)

    doomed = workers.start("sealer", failpoint=failpoint, sealing__seconds="0.1")
    if failpoint == "seal_before_round:2":
        wait_until(lambda: (fresh_ledger.settings.archive / "seals/checkpoint").exists(), seconds=20, what="the first round")
        life.emit(20)
    assert doomed.wait() == -signal.SIGKILL, doomed.text()
    life.emit(50)
    command(fresh_ledger, "seal", "--once")

    assert "VERIFIED" in verify(fresh_ledger)
    logs = checkpoints(fresh_ledger.settings.archive)
    assert len(logs) == sum(partitions_by_topic(fresh_ledger.identity.partitions)[topic] for topic in SEALED)
    assert logs == sealed_calmly(fresh_ledger, tmp_path / "calm")


def test_two_sealers_take_turns_and_never_fork(fresh_ledger: TestLedger, workers: Workers, life: Life, tmp_path: Path) -> None:
    command(fresh_ledger, "keys", "init", "--name", "ledger.example/test")
    life.begin()
    first = workers.start("sealer", sealing__seconds="0.1")
    second = workers.start("sealer", sealing__seconds="0.1")
    wait_until(lambda: first.said("duty_taken") or second.said("duty_taken"), seconds=20, what="a sealer at work")
    leader, other = (first, second) if first.said("duty_taken") else (second, first)
    refused = subprocess.run(
        [sys.executable, "-m", "ledger", "seal", "--once"], env=fresh_ledger.environment, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, "another sealer is at work" in refused.stderr) == (4, True), refused.stderr
    life.emit(100)
    leader.kill()
    wait_until(lambda: other.said("duty_taken"), seconds=20, what="the other takes over")
    life.emit(100)
    assert other.stop() == 0
    command(fresh_ledger, "seal", "--once")

    verify(fresh_ledger)
    assert checkpoints(fresh_ledger.settings.archive) == sealed_calmly(fresh_ledger, tmp_path / "calm")


def test_a_lost_database_and_an_archive_in_another_place(fresh_ledger: TestLedger, workers: Workers, life: Life, tmp_path: Path) -> None:
    import psycopg

    command(fresh_ledger, "keys", "init", "--name", "ledger.example/test")
    life.begin()
    life.emit(100)
    command(fresh_ledger, "seal", "--once")
    with psycopg.connect(fresh_ledger.dsn) as connection:
        connection.execute("DELETE FROM ledger.log_head")
    life.emit(10)
    stopped = workers.start("sealer")
    assert stopped.wait() == 1, stopped.text()
    assert "PostgreSQL knows nothing of it" in stopped.text()
    elsewhere = tmp_path / "elsewhere"
    fresh_ledger.settings.archive.rename(elsewhere)
    words = [sys.executable, "-m", "ledger", "seal", "--once", "--adopt", "--yes"]
    moved = fresh_ledger.environment | {"LEDGER__SEALING__ARCHIVE": str(elsewhere)}
    done = subprocess.run(words, env=moved, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    (key,) = json.loads(command(fresh_ledger, "keys", "show", "--json"))["keys"]
    words = [sys.executable, "-m", "ledger.verify", "replay", "--archive", str(elsewhere), "--key", key]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    assert checkpoints(elsewhere) == sealed_calmly(fresh_ledger, tmp_path / "calm")
