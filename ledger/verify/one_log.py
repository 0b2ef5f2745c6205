"""All checks of the log of one partition: genesis, checkpoints, the tree, entries, offsets, payloads, and what the rounds of sealing said of it."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ledger.verify.container import Record, digest_of, marker_of, read_container
from ledger.verify.files import LARGE, LogFiles
from ledger.verify.findings import BrokenError, Findings, MissingError
from ledger.verify.notes import Key
from ledger.verify.tree import WIDTH
from ledger.verify.walking import Said, Walk, read_checkpoints

ENTRY = struct.Struct(">BBIQqB32s")
SEALED = struct.Struct(">QQ32s")  # entry of the seals log, size, root
GENESIS_NAMES = ["cluster_id", "first_offset", "format", "ledger", "partition", "topic", "topic_id"]


@dataclass(frozen=True)
class Task:
    folder: Path
    ledger: str
    topic: str
    partition: int
    keys: tuple[Key, ...]
    sealed: dict[str, bytes] | None  # by origin, what the rounds said of logs of this partition, packed; None: nothing is known of rounds
    payload: dict[str, tuple[int, int]] | None = None  # by origin, the bundles (from, to) whose records must be there; None: all


@dataclass
class Report:
    findings: Findings
    origin: str | None = None
    size: int = 0
    outside: int = 0  # records that a pack leaves out
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Genesis:
    text: bytes
    origin: str
    first_offset: int


def check_log(task: Task, progress: Callable[[int], None]) -> Report:
    found = Findings(f"{task.ledger}/{task.topic}/{task.partition}", task.topic, task.partition)
    report, files = Report(found), LogFiles(task.folder)
    genesis = read_genesis(files, task, found)
    sealed = task.sealed or {}
    origin = genesis.origin if genesis else next(iter(sealed), None)
    if origin:
        found.log = report.origin = origin
    if task.sealed is not None:
        if not sealed:  # a sealer that died, or has not come to it, between the first files of a log and its first round
            report.notes.append(f"{found.log}: no round names a log of this partition yet, so nothing of it is proven")
        elif origin not in sealed:
            found.add("log-missing", "no round of the seals log knows this log, as genesis.json names it")
        for other in sealed.keys() - {origin}:
            found.add("log-missing", f"the log {other} of the seals is not there; here lies {origin}")
    checkpoints, _ = read_checkpoints(files, origin, task.keys, found)
    if not checkpoints:
        return report
    report.size = size = checkpoints[-1].size
    if checkpoints[-1].text != "checkpoint":
        report.notes.append(f"{found.log}: checked up to size {size}, as {checkpoints[-1].text} says; its checkpoint is older")
    rounds = said_by_rounds(sealed.get(origin or "", b""), size, files, found)
    if rounds and rounds[-1].size < size:
        report.notes.append(f"{found.log}: {size - rounds[-1].size} entries at its end stand in no round yet")
    walk = Walk(files, size, [*checkpoints, *rounds], found, 1 << 16, progress)
    walk.first_offset = genesis.first_offset if genesis else None
    checking = Checking(task.partition, origin, genesis, files, found)
    checking.needed = (task.payload or {}).get(origin or "")
    for n, width, entries in walk.bundles():
        if entries is not None:
            checking.check_entries(n, entries)
            checking.check_payload(n, width, entries)
    report.outside = checking.outside
    if report.outside:
        report.notes.append(f"{found.log}: {report.outside:,} of {size - 1:,} records are not in this pack, only their hashes")
    return report


def read_genesis(files: LogFiles, task: Task, found: Findings) -> Genesis | None:
    try:
        text = files.read("genesis.json")
        said = json.loads(text)
        if not isinstance(said, dict) or sorted(said) != GENESIS_NAMES:
            raise BrokenError("genesis.json has not the names that it should have")
        if text != json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n":
            raise BrokenError("genesis.json is not written as it should be")
        if any(type(said[name]) is not (int if name in ("first_offset", "format", "partition") else str) for name in said):
            raise BrokenError("genesis.json has a value of a wrong type")
        if not 0 <= said["first_offset"] < 1 << 63:
            raise BrokenError("genesis.json has a first offset that cannot be one")
    except (MissingError, BrokenError) as error:
        found.of(error, 0)
        return None
    except (ValueError, RecursionError):
        found.add("file-broken", "genesis.json is not JSON", 0)
        return None
    if (said["format"], said["ledger"], said["topic"], said["partition"]) != (1, task.ledger, task.topic, task.partition):
        found.add("genesis-wrong", "genesis.json is that of another log, or of another format", 0)
    origin = f"{said['ledger']}/{said['topic']}/{said['partition']}/{said['topic_id'][:8]}"
    return Genesis(text, origin, said["first_offset"])


def said_by_rounds(packed: bytes, size: int, files: LogFiles, found: Findings) -> list[Said]:
    """What the rounds said, by size. Each size that a round names was published, so its checkpoint must be there."""
    said = []
    for index, sealed_size, root in SEALED.iter_unpack(packed):
        if sealed_size > size:
            found.add("seal-conflict", f"entry {index} of the seals log says size {sealed_size}; the newest checkpoint is of size {size}", size)
            continue
        said.append(Said(sealed_size, root, f"entry {index} of the seals log", "seal-conflict"))
        if not (files.folder / f"checkpoints/{sealed_size}").exists():
            found.add("file-missing", f"checkpoints/{sealed_size} is not there, and a round names that size")
    return said


class Checking:
    """Entries and payloads, bundle by bundle."""

    def __init__(self, partition: int, origin: str | None, genesis: Genesis | None, files: LogFiles, found: Findings) -> None:
        self.partition, self.origin, self.genesis, self.files, self.found = partition, origin, genesis, files, found
        self.head = struct.pack(">BBI", 1, 1, partition)
        self.next_offset: int | None = genesis.first_offset if genesis else None
        self.needed: tuple[int, int] | None = None
        self.outside = 0

    def check_entries(self, n: int, entries: list[bytes]) -> None:
        for index, entry in enumerate(entries, n * WIDTH):
            if index == 0:
                self.check_genesis(entry)
                continue
            offset = int.from_bytes(entry[6:14], "big") if len(entry) == ENTRY.size else None
            if entry[:6] != self.head or offset is None or entry[22] > 1:
                self.found.add("file-broken", f"entry {index} is no record of this partition", index, offset)
            if offset is not None:
                if self.next_offset is not None and offset != self.next_offset:
                    self.found.add("offset-hole", f"entry {index} has offset {offset}, not {self.next_offset}", index, offset)
                self.next_offset = offset + 1

    def check_genesis(self, entry: bytes) -> None:
        if self.genesis:
            digest = hashlib.sha256(self.genesis.text).digest()
            if entry != ENTRY.pack(1, 0, self.partition, self.genesis.first_offset, -1, 0, digest):
                self.found.add("genesis-wrong", "entry 0 is not that of genesis.json", 0)
        elif len(entry) == ENTRY.size:
            self.next_offset = int.from_bytes(entry[6:14], "big")

    def check_payload(self, n: int, width: int, entries: list[bytes]) -> None:
        if self.origin is None:
            return
        name = "payload"
        try:
            name, full, data = self.files.needed("payload", n, width, ".avro", LARGE)
            self.check_records(name, n, full, read_container(data, marker_of(self.origin, n, full)), entries)
            for name, narrow, older in self.files.older_partials("payload", n, width, ".avro", LARGE):
                self.check_records(name, n, narrow, read_container(older, marker_of(self.origin, n, narrow)), entries[:narrow])
        except (MissingError, BrokenError) as error:
            if isinstance(error, MissingError) and self.needed and not self.needed[0] <= n < self.needed[1]:
                self.outside += width - (n == 0)
                return
            self.found.add("file-missing" if isinstance(error, MissingError) else "file-broken", f"{name}: {error}", n * WIDTH)

    def check_records(self, name: str, n: int, full: int, records: list[Record], entries: list[bytes]) -> None:
        first = 1 if n == 0 else 0
        for index, (record, entry) in enumerate(zip(records, entries[first:], strict=False), n * WIDTH + first):
            if packed(self.partition, record) != entry:
                offset = int.from_bytes(entry[6:14], "big")
                self.found.add("record-changed", f"{name}: a record that is not that of entry {index}", index, offset)
                if record.offset != offset:
                    return  # from here on all are out of step
        if len(records) != full - first:
            index = n * WIDTH + first + min(len(records), full - first)
            there = entries[index - n * WIDTH :][:1]
            where = int.from_bytes(there[0][6:14], "big") if there else None
            self.found.add("record-changed", f"{name} has {len(records)} records for {full - first} entries", index, where)


def packed(partition: int, record: Record) -> bytes | None:
    try:
        return ENTRY.pack(1, 1, partition, record.offset, record.timestamp, record.timestamp_type, digest_of(record))
    except struct.error:  # a number that no entry could hold
        return None
