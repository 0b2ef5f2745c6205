"""What sealing writes is what `ledger-verify`, which was written from docs/evidence.md alone, accepts; and it finds what is changed afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import fastavro
import pytest

from ledger.auditing.sealed_archive import SealedArchive
from ledger.evidence.checkpoints import Checkpoint
from ledger.evidence.entries import Genesis, Record, genesis_entry, record_entry
from ledger.evidence.notes import Signer, signed
from ledger.sealing.archive import Archive
from ledger.sealing.growing import GrowingLog
from ledger.sealing.seals import key_entry, round_entries, topic_entry
from ledger.verify.__main__ import main as verify

LEDGER, SEED = "ledger.example", bytes(range(32))
VKEY = Signer(LEDGER, SEED).verifier.text()
TOPICS = {"facts": 2, "register": 1}


class Sealing:
    """Seals lists of records into an archive, round after round, in the order of docs/evidence.md."""

    def __init__(self, root: Path) -> None:
        self.archive, self.logs, self.rounds = Archive(root), dict[str, tuple[str, GrowingLog]](), 0
        self.before: dict[str, Checkpoint] = {}
        self.seals = GrowingLog(f"{LEDGER}/seals", has_payload=False)
        self.archive.write([("ledger.json", json.dumps({"format": 1, "ledger": LEDGER, "keys": [VKEY]}, separators=(",", ":")).encode() + b"\n")])
        self.seals.append(key_entry(VKEY, "from"))
        for topic, partitions in TOPICS.items():
            self.seals.append(topic_entry(topic, f"{topic}-topic-id", partitions))
            for partition in range(partitions):
                genesis = Genesis(LEDGER, "cluster", topic, f"{topic}-topic-id", partition, 0)
                origin = f"{LEDGER}/{topic}/{partition}/{genesis.topic_id[:8]}"
                folder, log = f"logs/{topic}/{partition}", GrowingLog(origin, has_payload=True)
                self.archive.write([(f"{folder}/genesis.json", genesis.text().encode())])
                log.append(genesis_entry(genesis))
                self.logs[f"{topic}/{partition}"] = folder, log

    def seal(self, records: dict[str, list[Record]]) -> None:
        self.go_on(records, 1_790_000_000_000 + self.rounds + 1)
        self.publish()

    def go_on(self, records: dict[str, list[Record]], millis: int) -> None:
        """A round in memory."""
        for name, (_, log) in self.logs.items():
            for record in records.get(name, []):
                log.append(record_entry(int(name[-1]), record), record)
        self.rounds += 1
        now = {log.origin: log.checkpoint() for _, log in self.logs.values()}
        for entry in round_entries(self.rounds, millis, self.before, now.values()):
            self.seals.append(entry)
        self.before = now

    def publish(self) -> None:
        for folder, log in (*self.logs.values(), ("seals", self.seals)):
            self._publish(folder, log)

    def _publish(self, folder: str, log: GrowingLog) -> None:
        self.archive.write((f"{folder}/{path}", data) for path, data in log.payload_files())
        self.archive.write((f"{folder}/{path}", data) for path, data in log.tree_files())
        note = signed(log.checkpoint().text(), [Signer(log.origin, SEED)]).encode()
        self.archive.write([(f"{folder}/checkpoints/{log.size}", note)])
        self.archive.write([(f"{folder}/checkpoint", note)])
        log.noted()


def records(first: int, count: int) -> list[Record]:
    return [
        Record(offset, 1_790_000_000_000 + offset, 1, None if offset % 5 == 0 else b"k%d" % offset, b"value" * (offset % 7),
               (("ce_type", b"t"), ("nothing", None)) if offset % 2 else ())
        for offset in range(first, first + count)
    ]  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    sealing = Sealing(tmp_path)
    sealing.seal({"facts/0": records(0, 3)})
    sealing.seal({"facts/0": records(3, 300), "facts/1": records(0, 255), "register/0": records(0, 1)})
    sealing.seal({"facts/1": records(255, 1)})
    sealing.seal({})
    return tmp_path


def run(archive: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = verify(["replay", "--archive", str(archive), "--key", VKEY, "--processes", "1"])
    found = capsys.readouterr()
    return code, found.out + found.err


def files(archive: Path) -> Iterator[Path]:
    return (each for each in sorted(archive.rglob("*")) if each.is_file())


def test_what_is_sealed_is_verified_by_who_shares_no_code_with_it(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(archive, capsys)

    assert code == 0, said
    assert "560 events" in said


def test_a_changed_record_is_found(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (each for each in files(archive) if "payload" in str(each)):
        data = path.read_bytes()
        path.write_bytes(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
        assert run(archive, capsys)[0] != 0, path
        path.write_bytes(data)


def test_any_avro_tool_reads_the_records(archive: Path) -> None:
    with (archive / "logs/facts/1/payload/000.avro").open("rb") as file:
        rows = list(fastavro.reader(file))

    assert [row["offset"] for row in rows] == list(range(255))
    assert rows[7]["headers"] == [{"name": "ce_type", "value": b"t"}, {"name": "nothing", "value": None}]


@pytest.mark.parametrize("skew", [0, 40_000])
def test_the_seal_of_a_log_that_has_not_grown_for_long_is_found_by_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skew: int) -> None:
    monkeypatch.setattr("ledger.auditing.sealed_archive.NEAR_BUNDLES", 1)
    monkeypatch.setattr("ledger.auditing.sealed_archive.SKEW_MILLIS", 60_000)
    sealing = Sealing(tmp_path / "archive")
    for number in range(1200):  # two entries each: some ten bundles
        at = 1_790_000_000_000 + number * 1000
        grown = {"facts/0": [Record(number, at, 1, b"k", b"v")]}
        sealing.go_on(grown | ({"facts/1": [Record(0, at - skew, 1, b"k", b"v")]} if number == 500 else {}), at)
    sealing.publish()
    archive = SealedArchive(sealing.archive)
    origins = {archive.genesis(*log).origin: log for log in archive.logs()}
    read: list[int] = []
    whole = SealedArchive._bundle
    monkeypatch.setattr(SealedArchive, "_bundle", lambda self, folder, number, width: read.append(number) or whole(self, folder, number, width))

    found = archive.sealed(set(origins))

    assert {origins[origin]: each.checkpoint.size for origin, each in found.items()} == {("facts", 0): 1201, ("facts", 1): 2, ("register", 0): 1}
    (idle,) = (each for origin, each in found.items() if origins[origin] == ("facts", 1))
    assert int(idle.round[1].decode().splitlines()[1]) == 501
    last = archive.seals.size // 256
    assert len(set(read)) < last, "not the whole seals log"
    assert found == archive._seals_of(set(origins), range(last, -1, -1)), "as it is found by reading all"
