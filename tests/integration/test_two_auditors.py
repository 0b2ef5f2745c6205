"""Two auditors at once: verifying with the same files of their own, replaying, packing. One waits for nobody, or is told what to do."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg

from tests.integration.test_audit import sealed
from tests.integration.test_rebuild import ledger, run_cli, schemas
from tests.ledgers import TestLedger
from tests.workers import is_frozen, wait_until

__all__ = ["ledger", "sealed"]  # fixtures: a ledger of two partitions; the same with lives, folded and sealed


def started(of: TestLedger, *words: str, failpoint: str = "") -> subprocess.Popen[str]:
    environment = of.environment | ({"LEDGER__FAILPOINT": failpoint} if failpoint else {})
    return subprocess.Popen([sys.executable, "-m", *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(processes: Sequence[subprocess.Popen[str]]) -> list[tuple[int, str]]:
    found = []
    for process in processes:
        said = "".join(process.communicate(timeout=120))
        found.append((process.returncode, said))
    return found


def key_of(of: TestLedger) -> str:
    (key,) = json.loads(run_cli(of, "keys", "show", "--json").stdout)["keys"]
    return str(key)


def test_verifying_at_once_with_the_same_and_with_other_files(sealed: TestLedger, tmp_path: Path) -> None:
    archive, key = sealed.settings.archive, key_of(sealed)
    words = ("ledger.verify", "replay", "--archive", str(archive), "--key", key)
    own = [("--resume", str(tmp_path / f"done-{number}"), "--state", str(tmp_path / f"state-{number}")) for number in (1, 1, 1, 2)]

    for code, said in ended([started(sealed, *words, *each) for each in own]):
        assert (code, "VERIFIED" in said) == (0, True), said

    checkpoint = (archive / "seals/checkpoint").read_bytes()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == {"state-1": checkpoint, "state-2": checkpoint}
    assert ended([started(sealed, *words, *own[0], "--level", "L1")])[0][0] == 0


def test_of_two_replays_at_once_the_second_is_told_to_wait(sealed: TestLedger) -> None:
    first = started(sealed, "ledger", "audit", "replay", "--workers", "1")
    with psycopg.connect(sealed.dsn, autocommit=True) as connection:
        query = (
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE a.application_name = 'ledger-rebuild' AND a.datname = current_database() AND l.locktype = 'advisory' AND l.granted"
        )
        wait_until(lambda: connection.execute(query).fetchone() != (0,), seconds=30, what="the first at work")
    first.send_signal(signal.SIGSTOP)
    try:
        for words in (("audit", "replay"), ("audit", "replay", "--from-archive"), ("rebuild",)):
            second = run_cli(sealed, *words)
            assert (second.returncode, second.stdout) == (4, ""), second.stderr
            assert "ledger: error: cannot begin: a rebuild or a replay is going on" in second.stderr
            assert "ledger: hint: one at a time: wait until it has ended" in second.stderr
    finally:
        first.send_signal(signal.SIGCONT)
    ((code, said),) = ended([first])
    assert code == 0, said
    assert run_cli(sealed, "audit", "replay", "--workers", "1").returncode == 0
    assert schemas(sealed) == ["projection", "projection_web"]


def test_two_packs_at_once_are_whole_and_neither_is_written_over(sealed: TestLedger, tmp_path: Path) -> None:
    folder, other, key = tmp_path / "pack", tmp_path / "other", key_of(sealed)
    slow = started(sealed, "ledger", "audit", "pack", "--output", str(folder), failpoint="pack_before_rename:1:stop")
    wait_until(lambda: slow.poll() is not None or is_frozen(slow.pid), seconds=60, what="the first pack before it has its name")
    try:
        packs = [started(sealed, "ledger", "audit", "pack", "--output", str(each)) for each in (folder, other)]
        assert [code for code, _ in ended(packs)] == [0, 0]
        manifest = (folder / "MANIFEST.json").read_bytes()
    finally:
        slow.send_signal(signal.SIGCONT)
    ((code, said),) = ended([slow])

    assert (code, "cannot pack: somebody else has made that folder meanwhile" in said) == (4, True), said
    assert "ledger: hint: name another folder" in said
    assert (folder / "MANIFEST.json").read_bytes() == manifest
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "ledger") == ["other", "pack"]
    for each in (folder, other):
        assert ended([started(sealed, "ledger.verify", "pack", str(each), "--key", key)])[0][0] == 0
