"""What sealing writes is what `ledger-verify`, which was written from docs/evidence.md alone, accepts; and it finds what is changed afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import fastavro
import pytest

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
        for name, (folder, log) in self.logs.items():
            for record in records.get(name, []):
                log.append(record_entry(int(name[-1]), record), record)
            self._publish(folder, log)
        self.rounds += 1
        now = {log.origin: log.checkpoint() for _, log in self.logs.values()}
        for entry in round_entries(self.rounds, 1_790_000_000_000 + self.rounds, self.before, now.values()):
            self.seals.append(entry)
        self.before = now
        self._publish("seals", self.seals)

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
