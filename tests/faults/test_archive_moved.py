"""The archive is moved while the ledger is down: with the setting it goes on where it is, without it nothing is sealed anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.life import Life
from tests.faults.test_sealer_killed import checkpoints, command, sealed_calmly
from tests.ledgers import TestLedger
from tests.workers import Workers, wait_until


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ledger", *words], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("is_copied", [False, True])
def test_a_moved_archive_is_sealed_on_where_the_settings_say(
    fresh_ledger: TestLedger, workers: Workers, life: Life, tmp_path: Path, is_copied: bool
) -> None:
    """is_copied: the old one stays where it was."""
    command(fresh_ledger, "keys", "init", "--name", "ledger.example/test")
    life.begin()
    life.emit(300)
    sealer = workers.start("sealer", sealing__seconds="0.1")
    wait_until(lambda: (fresh_ledger.settings.archive / "seals/checkpoint").exists(), seconds=30, what="the first round")
    assert sealer.stop() == 0
    before, old, new = checkpoints(fresh_ledger.settings.archive), fresh_ledger.settings.archive, tmp_path / "other disk" / "archive"
    new.parent.mkdir()
    subprocess.run(["cp", "-R", str(old), str(new)] if is_copied else ["mv", str(old), str(new)], check=True)
    life.emit(50)

    if not is_copied:
        lost = workers.start("sealer", sealing__seconds="0.1")
        assert lost.wait() == 1
        assert "is not in the archive" in lost.text()
        assert "ledger: hint: do not seal on; see the runbook, `sealing stopped`" in lost.text()
        assert not checkpoints(old), "no second history in the old place"

    moved = fresh_ledger.environment | {"LEDGER__SEALING__ARCHIVE": str(new)}
    sealer = workers.start("sealer", sealing__seconds="0.1", sealing__archive=str(new))
    wait_until(lambda: checkpoints(new) != before or sealer.exit_code is not None, seconds=30, what="a round in the new place")
    assert sealer.stop() == 0, sealer.text()
    assert run(moved, "seal", "--once").returncode == 0

    assert checkpoints(new) == sealed_calmly(fresh_ledger, tmp_path / "calm")
    verified = run(moved, "audit", "verify", "--kafka")
    assert (verified.returncode, "VERIFIED" in verified.stdout) == (0, True), verified.stdout + verified.stderr
    if is_copied:  # who forgets the setting is told that this is the older one
        stale = run(fresh_ledger.environment, "seal", "--once")
        assert (stale.returncode, "cannot seal" in stale.stderr) == (1, True), stale.stdout + stale.stderr
        assert checkpoints(old) == before
