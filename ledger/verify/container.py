"""Payload files: Avro object containers of the one schema of docs/evidence.md section 3, read strictly and without a library.

Strict: the page fixes the metadata, the sync marker and the plain way to write blocks, so that hardly a byte of a file can change without being seen.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import NamedTuple

from ledger.verify.findings import BrokenError

MAGIC = b"Obj\x01"
SCHEMA = (
    b'{"type":"record","name":"LedgerRecord","fields":[{"name":"offset","type":"long"},{"name":"timestamp","type":"long"},'
    b'{"name":"timestamp_type","type":"int"},{"name":"key","type":["null","bytes"]},{"name":"value","type":["null","bytes"]},'
    b'{"name":"headers","type":{"type":"array","items":{"type":"record","name":"LedgerHeader","fields":[{"name":"name","type":"string"},'
    b'{"name":"value","type":["null","bytes"]}]}}}]}'
)
MOST_IN_A_BLOCK = 1 << 29


class Record(NamedTuple):
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[bytes, bytes | None]]


class Reading:
    """Bytes and how far they are read. Every step checks that they suffice."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.end = data, 0, len(data)

    def take(self, length: int) -> bytes:
        start, end = self.at, self.at + length
        if length < 0 or end > self.end:
            raise BrokenError("it ends too early, or a length in it is wrong")
        self.at = end
        return self.data[start:end]

    def long(self) -> int:
        """A zigzag varint of at most 64 bits, as short as it can be."""
        number = shift = 0
        data, at = self.data, self.at
        while at < self.end:
            byte = data[at]
            at += 1
            if byte < 0x80:
                break
            number |= (byte & 0x7F) << shift
            shift += 7
            if shift > 63:
                raise BrokenError("a number of over 64 bits")
        else:
            raise BrokenError("it ends within a number")
        number |= byte << shift
        if shift and (byte == 0 or number >> 64):
            raise BrokenError("a number of over 64 bits, or written longer than it is")
        self.at = at
        return (number >> 1) ^ -(number & 1)

    def sized(self) -> bytes:
        return self.take(self.long())

    def bytes_or_null(self) -> bytes | None:
        branch = self.long()
        if branch == 0:
            return None
        if branch != 1:
            raise BrokenError("a union with a branch that is not there")
        return self.take(self.long())

    def count(self) -> int:
        count = self.long()
        if count < 0:
            raise BrokenError("a block with a negative count")
        return count


def read_container(data: bytes, marker: bytes) -> list[Record]:
    reading = Reading(data)
    if reading.take(4) != MAGIC:
        raise BrokenError("not an Avro object container")
    metadata = [(reading.sized(), reading.sized()) for _ in range(min(reading.count(), 3))]
    if reading.long() != 0 or sorted(metadata) != [(b"avro.codec", b"deflate"), (b"avro.schema", SCHEMA)]:
        raise BrokenError("the metadata are not codec deflate and the schema of the specification")
    if reading.take(16) != marker:
        raise BrokenError("the sync marker is not that of this file")
    records: list[Record] = []
    while reading.at < reading.end:
        count, block = reading.count(), reading.sized()
        if reading.take(16) != marker:
            raise BrokenError("the sync marker behind a block is wrong")
        within = Reading(inflated(block))
        if not 0 < count <= len(within.data):
            raise BrokenError("the count of a block is wrong")
        records += [read_record(within) for _ in range(count)]
        if within.at != within.end:
            raise BrokenError("a block holds more than its records")
    return records


def read_record(reading: Reading) -> Record:
    offset, timestamp, timestamp_type = reading.long(), reading.long(), reading.long()
    key, value = reading.bytes_or_null(), reading.bytes_or_null()
    headers: list[tuple[bytes, bytes | None]] = []
    count = reading.count()
    if count:
        if count > len(reading.data):
            raise BrokenError("more headers than there is room for")
        headers = [(reading.sized(), reading.bytes_or_null()) for _ in range(count)]
        if reading.long() != 0:
            raise BrokenError("headers in more than one block")
    return Record(offset, timestamp, timestamp_type, key, value, headers)


def inflated(block: bytes) -> bytes:
    inflating = zlib.decompressobj(-15)
    try:
        data = inflating.decompress(block, MOST_IN_A_BLOCK)
    except zlib.error as error:
        raise BrokenError("a block that is not deflated") from error
    if not inflating.eof or inflating.unused_data:
        raise BrokenError("a block that is cut short, or too long")
    return data


def marker_of(origin: str, n: int, width: int) -> bytes:
    return hashlib.sha256(f"{origin}/{n}/{width}".encode()).digest()[:16]


def digest_of(record: Record) -> bytes:
    parts = [b"ledger-record/v1\0", field(record.key), field(record.value), len(record.headers).to_bytes(4, "big")]
    for name, value in record.headers:
        parts += [len(name).to_bytes(4, "big"), name, field(value)]
    return hashlib.sha256(b"".join(parts)).digest()


def field(value: bytes | None) -> bytes:
    return b"\x00" if value is None else b"\x01" + len(value).to_bytes(4, "big") + value
