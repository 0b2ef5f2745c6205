"""seal: how fast a log is sealed into files and verified from them, on one core, beside what hashing alone costs.

In process, with records in memory instead of a broker, and real files: what a broker adds is in the replay's figures. Peers: of sealing, the digest,
entry and leaf hash of each record and nothing else; of verifying, reading the same payload files, taking their records out with
fastavro, and hashing them.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger.auditing.bundles import Place, bundle
from ledger.auditing.sealed_archive import SealedArchive
from ledger.evidence.entries import Record, record_entry
from ledger.evidence.merkle import leaf_hash
from ledger.sealing.archive import Archive
from ledger.sealing.payload import records_in
from ledger.verify.__main__ import main as ledger_verify
from ledger.verify.bundle import check_bundle
from ledger.verify.notes import key_of
from tests.bench import proving as proving_of_many
from tests.bench.figures import Figure
from tests.sealing_world import KEY, World

VALUE_BYTES = 200
PROVEN = 200


def run(events: int) -> list[Figure]:
    """Sealing and verifying of that many records, and what one proof costs."""
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
        world = World(Path(folder) / "archive")
        world.broker["facts", 0] = made = [_record(offset) for offset in range(events)]
        hashing = _seconds(lambda: [leaf_hash(record_entry(0, each)) for each in made])
        sealing = _seconds(world.seal)
        reading = _seconds(lambda: _read(world.archive.root))
        words = ["replay", "--archive", str(world.archive.root), "--key", KEY.verifier.text(), "--json"]
        verifying = _seconds(lambda: ledger_verify(words))
        proving, checking, size = _proofs(world, events)
        far, far_checked = proving_of_many.milliseconds(world.archive.root, PROVEN)
    (one, one_cpu), (both, both_cpu) = _over_cores(events)
    rates = f"{events:,} records of {VALUE_BYTES} bytes, one log"
    return [
        Figure(name="sealing", ours=events / sealing, peer_name="hashing alone", peer=events / hashing, unit="/s", floor=0.1, goal=0.3, note=rates),
        Figure(
            name="verifying an archive", ours=events / verifying, peer_name="read with fastavro + hash", peer=events / reading, unit="/s",
            floor=0.5, goal=0.8, note=f"{rates}; a log is one process's",
        ),
        Figure(
            name="verifying two logs, two processes", ours=2 * events / both, peer_name="the same, one process", peer=2 * events / one, unit="/s",
            floor=1.5, goal=1.8,
            note=f"two logs of {events:,} records each, on {os.cpu_count()} cores; "
            f"processor time {one_cpu:.2f} s in one process, {both_cpu:.2f} s in both",
        ),
        Figure(
            name="proving one event", ours=proving, peer_name="bound of 10 ms", peer=10.0, unit="ms", floor=1.0, goal=2.0,
            note=f"from files of {events:,} entries; checking it {checking:.2f} ms, a bundle of one has {size:,} bytes",
        ),
        Figure(
            name="a proof out of 10,000,000", ours=far, peer_name="bound of 10 ms", peer=10.0, unit="ms", floor=1.0, goal=2.0,
            note=f"of inclusion, from tiles of 10,000,000 equal leaves, warm; checking it {far_checked:.3f} ms",
        ),
    ]  # fmt: skip


def _over_cores(events: int) -> list[tuple[float, float]]:
    """Seconds to verify two logs of that many records each, by the clock and of processor time: one process, two processes (and starting them)."""
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
        world = World(Path(folder) / "archive")
        for partition in (0, 1):
            world.broker["facts", partition] = [_record(offset) for offset in range(events)]
        world.seal()
        words = ["replay", "--archive", str(world.archive.root), "--key", KEY.verifier.text(), "--json", "--processes"]
        taken = []
        for number in ("1", "2"):
            before = sum(os.times()[:4])
            seconds = _seconds(lambda number=number: ledger_verify([*words, number]))
            taken.append((seconds, sum(os.times()[:4]) - before))
        return taken


def _record(offset: int) -> Record:
    value = os.urandom(VALUE_BYTES // 2) + b"\0" * (VALUE_BYTES // 2)
    return Record(offset, 1_790_000_000_000 + offset, 1, b"bakery/7f3a9c21d4e8", value, (("ce_type", b"t"),))


def _read(archive: Path) -> None:
    for path in sorted(archive.glob("logs/*/*/payload/**/*.avro")):
        for record in records_in(path.read_bytes()):
            leaf_hash(record_entry(0, record))


def _proofs(world: World, events: int) -> tuple[float, float, int]:
    """Milliseconds to make and to check a bundle of one record, and its size."""
    archive, keys = SealedArchive(Archive(world.archive.root)), [key_of(KEY.verifier.text())]
    made: list[bytes] = []
    proving = _seconds(lambda: made.extend(json.dumps(bundle(archive, [Place("facts", 0, n * events // PROVEN)])).encode() for n in range(PROVEN)))
    checking = _seconds(lambda: [_require(check_bundle(each, keys)) for each in made])
    return 1000 * proving / PROVEN, 1000 * checking / PROVEN, len(made[0])


def _require(checked: Any) -> None:
    if checked.findings.reasons or checked.records != 1:
        raise RuntimeError("a bundle of the benchmark does not verify")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
