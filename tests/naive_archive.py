"""An archive of sealed logs, made the slow and plain way from docs/evidence.md: recursion over all leaves, again for each tile and each size.

Shares no code with `ledger.verify`, which it tests, nor with `ledger.evidence`. Each step can be done wrongly on purpose: give other records,
entries or keys, or write over what was written.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LEDGER = "ledger.example"
SCHEMA = (
    '{"type":"record","name":"LedgerRecord","fields":[{"name":"offset","type":"long"},{"name":"timestamp","type":"long"},'
    '{"name":"timestamp_type","type":"int"},{"name":"key","type":["null","bytes"]},{"name":"value","type":["null","bytes"]},'
    '{"name":"headers","type":{"type":"array","items":{"type":"record","name":"LedgerHeader","fields":[{"name":"name","type":"string"},'
    '{"name":"value","type":["null","bytes"]}]}}}]}'
)


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def tree(entries: list[bytes]) -> bytes:
    if not entries:
        return sha(b"")
    if len(entries) == 1:
        return sha(b"\0" + entries[0])
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha(b"\1" + tree(entries[:k]) + tree(entries[k:]))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Signer:
    def __init__(self, seed: int) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32))
        self.public = self.private.public_key().public_bytes_raw()

    def id(self, name: str) -> bytes:
        return sha(name.encode() + b"\n\x01" + self.public)[:4]

    def vkey(self, name: str = LEDGER) -> str:
        return f"{name}+{self.id(name).hex()}+{b64(bytes([1]) + self.public)}"

    def line(self, name: str, text: str) -> str:
        return f"\u2014 {name} {b64(self.id(name) + self.private.sign(text.encode()))}\n"


KEY = Signer(1)
OTHER_KEY = Signer(2)


def checkpoint(origin: str, size: int, root: bytes, *signers: Signer) -> bytes:
    text = f"{origin}\n{size}\n{b64(root)}\n"
    return (text + "\n" + "".join(signer.line(origin, text) for signer in signers or (KEY,))).encode()


@dataclass(frozen=True)
class Event:
    offset: int
    timestamp: int = 1_790_000_000_000
    timestamp_type: int = 1
    key: bytes | None = b"k"
    value: bytes | None = b"v"
    headers: tuple[tuple[str, bytes | None], ...] = ()

    def digest(self) -> bytes:
        def part(value: bytes | None) -> bytes:
            return b"\0" if value is None else b"\1" + struct.pack(">I", len(value)) + value

        headers = b"".join(struct.pack(">I", len(name.encode())) + name.encode() + part(value) for name, value in self.headers)
        return sha(b"ledger-record/v1\0" + part(self.key) + part(self.value) + struct.pack(">I", len(self.headers)) + headers)


def events(number: int, first: int = 7) -> list[Event]:
    shapes = ((None, b"v", ()), (b"k", None, (("h", b"1"), ("h", None))), (b"", b"", (("é", b""),)), (b"key", b"value" * 3, ()))
    return [Event(first + i, 1_790_000_000_000 + i, i % 2, *shapes[i % 4]) for i in range(number)]


def varint(number: int) -> bytes:
    number, out = (number << 1) ^ (number >> 63), b""
    while number > 127:
        number, out = number >> 7, out + bytes([number & 127 | 128])
    return out + bytes([number])


def avro_bytes(data: bytes) -> bytes:
    return varint(len(data)) + data


def avro_record(event: Event) -> bytes:
    def union(value: bytes | None) -> bytes:
        return varint(0) if value is None else varint(1) + avro_bytes(value)

    headers = b"".join(avro_bytes(name.encode()) + union(value) for name, value in event.headers)
    array = varint(len(event.headers)) + headers + varint(0) if event.headers else varint(0)
    return varint(event.offset) + varint(event.timestamp) + varint(event.timestamp_type) + union(event.key) + union(event.value) + array


def container(marker: bytes, blocks: list[list[Event]]) -> bytes:
    meta = varint(2) + avro_bytes(b"avro.codec") + avro_bytes(b"deflate") + avro_bytes(b"avro.schema") + avro_bytes(SCHEMA.encode()) + varint(0)
    out = b"Obj\x01" + meta + marker
    for block in blocks:
        deflating = zlib.compressobj(6, zlib.DEFLATED, -15)
        out += varint(len(block)) + avro_bytes(deflating.compress(b"".join(map(avro_record, block))) + deflating.flush()) + marker
    return out


def path_of(n: int) -> str:
    digits = f"{n:0{(len(str(n)) + 2) // 3 * 3}d}"
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "/".join(["x" + part for part in parts[:-1]] + parts[-1:])


def put(folder: Path, name: str, data: bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def put_tiles(folder: Path, entries: list[bytes]) -> None:
    """All tiles and bundles that a log of this size needs."""
    size, level = len(entries), 0
    while size >> (8 * level):
        number = size >> (8 * level)
        for start in range(0, number, 256):
            width = min(256, number - start)
            hashes = [tree(entries[i << 8 * level : (i + 1) << 8 * level]) for i in range(start, start + width)]
            partial = f".p/{width}" if width < 256 else ""
            put(folder, f"tile/{level}/{path_of(start // 256)}{partial}", b"".join(hashes))
            if level == 0:
                bundle = b"".join(struct.pack(">H", len(entry)) + entry for entry in entries[start : start + width])
                put(folder, f"tile/entries/{path_of(start // 256)}{partial}", bundle)
        level += 1


@dataclass
class Log:
    topic: str
    partition: int
    records: list[Event]
    topic_id: str = "AbC-_123456789xyzABCDE"
    sizes: list[int] = field(default_factory=list)  # published; the whole last
    signers: tuple[Signer, ...] = (KEY,)

    @property
    def origin(self) -> str:
        return f"{LEDGER}/{self.topic}/{self.partition}/{self.topic_id[:8]}"

    @property
    def first(self) -> int:
        return self.records[0].offset if self.records else 0

    def genesis(self) -> bytes:
        said = {
            "cluster_id": "MkU3OEVBNTcwNTJENDM2Qg", "first_offset": self.first, "format": 1, "ledger": LEDGER,
            "partition": self.partition, "topic": self.topic, "topic_id": self.topic_id,
        }  # fmt: skip
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    def entries(self) -> list[bytes]:
        head = struct.pack(">BBIQqB", 1, 0, self.partition, self.first, -1, 0) + sha(self.genesis())
        return [head] + [struct.pack(">BBIQqB", 1, 1, self.partition, r.offset, r.timestamp, r.timestamp_type) + r.digest() for r in self.records]

    def all_sizes(self) -> list[int]:
        return sorted({*self.sizes, len(self.records) + 1})

    def write(self, archive: Path) -> None:
        folder, entries = archive / "logs" / self.topic / str(self.partition), self.entries()
        put(folder, "genesis.json", self.genesis())
        for size in self.all_sizes():
            put_tiles(folder, entries[:size])
            self.write_payloads(folder, size)
            note = checkpoint(self.origin, size, tree(entries[:size]), *self.signers)
            put(folder, f"checkpoints/{size}", note)
            put(folder, "checkpoint", note)

    def write_payloads(self, folder: Path, size: int) -> None:
        for n in range((size + 255) // 256):
            width = min(256, size - n * 256)
            rows = self.records[max(0, n * 256 - 1) : n * 256 + width - 1]
            marker = sha(f"{self.origin}/{n}/{width}".encode())[:16]
            blocks = [rows[i : i + 100] for i in range(0, len(rows), 100)]
            put(folder, f"payload/{path_of(n)}{f'.p/{width}' if width < 256 else ''}.avro", container(marker, blocks))


@dataclass
class Archive:
    logs: list[Log]
    signers: tuple[Signer, ...] = (KEY,)
    time: int = 1_790_000_000_000
    before: tuple[str, ...] = ()  # more entries of the seals log, behind the key and the topics

    def seal_entries(self) -> list[list[str]]:
        """Of each round, its entries: round k seals the k-th size of each log, for as long as it has grown."""
        partitions: dict[tuple[str, str], int] = {}
        for log in self.logs:
            partitions[log.topic, log.topic_id] = max(partitions.get((log.topic, log.topic_id), 0), log.partition + 1)
        head = [f"key\n{KEY.vkey()}\nfrom\n", *(f"topic\n{topic}\n{topic_id}\n{n}\n" for (topic, topic_id), n in partitions.items()), *self.before]
        rounds: list[list[str]] = []
        now: dict[str, tuple[int, str]] = {}
        for k in range(max(len(log.all_sizes()) for log in self.logs)):
            entries = head if k == 0 else []
            for log in sorted(self.logs, key=lambda log: log.origin):
                if k < len(log.all_sizes()):
                    size = log.all_sizes()[k]
                    now[log.origin] = (size, b64(tree(log.entries()[:size])))
                    entries.append(f"checkpoint\n{log.origin}\n{size}\n{now[log.origin][1]}\n")
            total = hashlib.sha256("".join(f"{origin} {now[origin][0]} {now[origin][1]}\n" for origin in sorted(now)).encode()).hexdigest()
            entries.append(f"round\n{k + 1}\n{self.time + k}\n{len(now)}\n{total}\n")
            rounds.append(entries)
        return rounds

    def write(self, archive: Path) -> Path:
        for log in self.logs:
            log.write(archive)
        put(archive, "ledger.json", f'{{"format":1,"ledger":"{LEDGER}","keys":["{KEY.vkey()}"]}}\n'.encode())
        self.write_seals(archive, self.seal_entries())
        return archive

    def write_seals(self, archive: Path, rounds: list[list[str]]) -> None:
        entries: list[bytes] = []
        for each in rounds:
            entries += [entry.encode() for entry in each]
            put_tiles(archive / "seals", entries)
            note = checkpoint(f"{LEDGER}/seals", len(entries), tree(entries), *self.signers)
            put(archive / "seals", f"checkpoints/{len(entries)}", note)
            put(archive / "seals", "checkpoint", note)


def small(numbers: tuple[int, int, int] = (4, 3, 5), **more: object) -> Archive:
    """Two topics, of two partitions and of one; each log published once on the way."""
    places = (("facts", 0), ("facts", 1), ("register", 0))
    return Archive([Log(topic, p, events(n), sizes=[2]) for (topic, p), n in zip(places, numbers, strict=True)], **more)  # type: ignore[arg-type]


def with_records(log: Log, records: list[Event]) -> Log:
    return replace(log, records=records)
