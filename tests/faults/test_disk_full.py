"""A disk that is really full, under the archive, under the vault's tables, and under the vault's key file: an error that says what to do, nothing
half written that counts, and it goes on once there is space."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from ledger.contract import codec
from ledger.topics import FACTS
from tests.faults.life import CONTROLLER, Life
from tests.faults.oracles import read_all
from tests.faults.test_sealer_killed import checkpoints, command, sealed_calmly
from tests.ledgers import TestLedger
from tests.small_disk import SmallDisk, small_disk
from tests.workers import Workers, is_frozen, wait_until

ANNA, BRAM = "anna@voorbeeld.example", "bram@voorbeeld.example"
STEP = 20 * 1024


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(kilobytes=4096) as made:
        yield made


def run(environment: dict[str, str], *words: str, given: str = "", code: int = 0) -> str:
    done = subprocess.run([sys.executable, "-m", *words], env=environment, capture_output=True, text=True, check=False, timeout=120, input=given)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def hidden(folder: Path) -> list[Path]:
    """What somebody had half written."""
    return [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_a_full_disk_stops_the_sealer_at_whatever_step_and_it_goes_on_when_there_is_space(
    fresh_ledger: TestLedger, workers: Workers, life: Life, disk: SmallDisk, tmp_path: Path
) -> None:
    archive = disk.root / "archive"
    command(fresh_ledger, "keys", "init", "--name", "ledger.example/test")
    (key,) = json.loads(command(fresh_ledger, "keys", "show", "--json"))["keys"]
    at_archive = fresh_ledger.environment | {"LEDGER__SEALING__ARCHIVE": str(archive)}
    verify = "ledger.verify", "replay", "--archive", str(archive), "--key", key
    life.begin()
    life.emit(60)
    run(at_archive, "ledger", "seal", "--once")
    failed = 0
    for leave in count(0, STEP):
        life.emit(30)
        disk.fill(leave=leave)
        done = subprocess.run([sys.executable, "-m", "ledger", "seal", "--once"], env=at_archive, capture_output=True, text=True, check=False)
        assert hidden(archive) == []
        assert "VERIFIED" in run(at_archive, *verify), "what was sealed stays so, and nothing half written counts"
        disk.empty()
        if done.returncode == 0:
            break
        assert (done.returncode, done.stdout) == (1, "")
        assert "ledger: error: cannot write to the archive: No space left on device" in done.stderr
        assert "ledger: hint: look at the disk" in done.stderr
        failed += 1
    assert failed >= 3, "it failed with nothing left, and with some left"

    life.emit(30)
    disk.fill(leave=STEP)
    stopped = workers.start("sealer", sealing__archive=str(archive), sealing__seconds="0.1")
    assert stopped.wait() == 1
    assert "No space left on device" in stopped.text()
    disk.empty()
    run(at_archive, "ledger", "seal", "--once")
    assert "VERIFIED" in run(at_archive, *verify)
    assert checkpoints(archive) == sealed_calmly(fresh_ledger, tmp_path / "calm")


def told(ledger: TestLedger) -> list[str]:
    """Of whom the log says that the key is destroyed."""
    found = [codec.decode(value) for number in range(4) for _, value, _ in read_all(ledger, FACTS, number)]
    return [fields["subject_ref"] for kind, fields in found if kind == "KeyDestroyed"]


def test_a_full_disk_under_the_vault_s_tables_forgets_nobody_and_forgets_when_there_is_space(fresh_ledger: TestLedger, disk: SmallDisk) -> None:
    of = fresh_ledger.environment
    run(of, "ledger", "vault", "init")
    ref = run(of, "ledger", "subject", "register", "-c", CONTROLLER, given=ANNA).strip()
    forget = "ledger", "subject", "forget", ref, "-c", CONTROLLER, "--yes"
    with psycopg.connect(fresh_ledger.dsn, autocommit=True) as connection:
        (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        owner = Path(data).stat()
        os.chown(disk.root, owner.st_uid, owner.st_gid)
        connection.execute(f"CREATE TABLESPACE small LOCATION '{disk.root}'")
        try:
            connection.execute("ALTER TABLE vault.announcement SET TABLESPACE small")
            disk.fill(leave=0)
            said = run(of, *forget, code=1)
            assert "cannot forget a subject: PostgreSQL refused (DiskFull" in said
            assert "ledger: hint: free disk space" in said
            assert told(fresh_ledger) == []
            assert run(of, "ledger", "subject", "resolve", "-c", CONTROLLER, given=ANNA).strip() == ref
            disk.empty()
            run(of, *forget)
        finally:
            connection.execute("ALTER TABLE vault.announcement SET TABLESPACE pg_default")
            connection.execute("DROP TABLESPACE small")
    run(of, "ledger", "subject", "resolve", "-c", CONTROLLER, given=ANNA, code=1)
    run(of, "ledger", "vault", "status")
    assert told(fresh_ledger) == [ref]


def test_a_full_disk_under_the_key_file_ends_no_epoch_half(fresh_ledger: TestLedger, disk: SmallDisk) -> None:
    keys = disk.root / "keys"
    of = fresh_ledger.environment | {"LEDGER__VAULT__KEY_FILE": str(keys / "vault.key")}
    full = f"cannot write the key of the vault {keys}/vault.key: No space left on device"
    run(of, "ledger", "vault", "init")
    refs = {each: run(of, "ledger", "subject", "register", "-c", CONTROLLER, given=each).strip() for each in (ANNA, BRAM)}
    run(of, "ledger", "subject", "forget", refs.pop(BRAM), "-c", CONTROLLER, "--yes")
    before = (keys / "vault.key").read_bytes()

    disk.fill(leave=0)
    said = run(of, "ledger", "vault", "end-epoch", "--yes", code=1)
    assert full in said
    assert "ledger: hint: look at the disk" in said
    assert ((keys / "vault.key").read_bytes(), hidden(keys)) == (before, [])
    assert run(of, "ledger", "subject", "resolve", "-c", CONTROLLER, given=ANNA).strip() == refs[ANNA]

    disk.empty()  # the next one finds it full when all rows are written anew and the old secret is to go
    words = [sys.executable, "-m", "ledger", "vault", "end-epoch", "--yes"]
    stopping = of | {"LEDGER__FAILPOINT": "epoch_after_commit:1:stop"}
    with subprocess.Popen(words, env=stopping, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as ending:
        wait_until(lambda: is_frozen(ending.pid), seconds=30, what="all rows written anew")
        disk.fill(leave=0)
        ending.send_signal(signal.SIGCONT)
        said, _ = ending.communicate(timeout=60)
    assert (ending.returncode, full in said) == (1, True), said
    state = json.loads(run(of, "ledger", "vault", "status", "--json", code=1).partition("\nledger: error")[0])
    assert (state["epoch"], state["keys_of_epochs"], hidden(keys)) == (1, [0, 1], [])
    assert run(of, "ledger", "subject", "resolve", "-c", CONTROLLER, given=ANNA).strip() == refs[ANNA]
    disk.empty()
    run(of, "ledger", "vault", "end-epoch", "--yes")
    state = json.loads(run(of, "ledger", "vault", "status", "--json"))
    assert (state["epoch"], state["keys_of_epochs"], state["announcements"]) == (1, [1], 0)
    assert run(of, "ledger", "subject", "resolve", "-c", CONTROLLER, given=ANNA).strip() == refs[ANNA]
