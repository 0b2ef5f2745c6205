"""What the tree of a partition says of each record, and of the partition itself: 55 bytes, which anyone with a consumer makes again.

Pure. The bytes on the wire are hashed, never what they mean: null and empty differ, headers keep their order, repeats and number. Everything has its
length before it, so that nothing can move from one field to the next. Source: docs/evidence.md section 2.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

VERSION: Final = 1
GENESIS, RECORD = 0, 1
ENTRY: Final = struct.Struct(">BBIQqB32s")
"""version, kind, partition, offset, timestamp, timestamp_type, digest: 55 bytes, big-endian."""
TOPIC_ID_CHARACTERS: Final = 8
RECORD_PREFIX: Final = b"ledger-record/v1\0"
_LENGTH: Final = struct.Struct(">I")
_NOTHING, _SOMETHING = b"\0", b"\1"

Header = tuple[str, bytes | None]


class Record(NamedTuple):
    """One record as the broker gives it. timestamp: milliseconds since 1970, -1 where none; timestamp_type: 0 the producer's, 1 the broker's."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header] = ()


class Genesis(NamedTuple):
    """What a log is of. A topic that is created again has another id, and is another log. first_offset: of the first record that it holds."""

    ledger: str
    cluster_id: str
    topic: str
    topic_id: str
    partition: int
    first_offset: int

    @property
    def origin(self) -> str:
        """The name of the log."""
        return f"{self.ledger}/{self.topic}/{self.partition}/{self.topic_id[:TOPIC_ID_CHARACTERS]}"

    @classmethod
    def from_text(cls, text: bytes) -> Genesis:
        """Read what `text` wrote. Raises: ValueError, for something else."""
        said = json.loads(text)
        if not isinstance(said, dict) or said.pop("format", None) != VERSION or sorted(said) != sorted(cls._fields):
            raise ValueError("cannot read genesis: expected its six names and the format, got something else")
        return cls(**said)

    def text(self) -> str:
        """The text that is hashed and stored: JSON with sorted names, no spaces, and a new line."""
        return json.dumps({"format": VERSION, **self._asdict()}, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def record_digest(record: Record) -> bytes:
    """SHA-256 over key, value and headers."""
    parts = [RECORD_PREFIX]
    for field in (record.key, record.value):
        parts += _field(field)
    parts.append(_LENGTH.pack(len(record.headers)))
    for name, value in record.headers:
        encoded = name.encode()
        parts += [_LENGTH.pack(len(encoded)), encoded, *_field(value)]
    return sha256(b"".join(parts)).digest()


def record_entry(partition: int, record: Record) -> bytes:
    """The entry of a record."""
    return ENTRY.pack(VERSION, RECORD, partition, record.offset, record.timestamp, record.timestamp_type, record_digest(record))


def partition_of(entry: bytes) -> int:
    """The partition that an entry is of; of an entry whose leaf was checked."""
    return int(ENTRY.unpack(entry)[2])


def genesis_entry(genesis: Genesis) -> bytes:
    """The first entry of a log: index 0."""
    digest = sha256(genesis.text().encode()).digest()
    return ENTRY.pack(VERSION, GENESIS, genesis.partition, genesis.first_offset, -1, 0, digest)


def _field(value: bytes | None) -> tuple[bytes, ...]:
    return (_NOTHING,) if value is None else (_SOMETHING, _LENGTH.pack(len(value)), value)
