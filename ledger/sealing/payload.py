"""Payload files: the records themselves as an Avro object container, which any Avro tool reads.

The same records give the same bytes, and no byte is free: the verifier asks for exactly this header. fastavro writes the records; its own container
writer would choose the sync marker and the words of the schema itself. Source: docs/evidence.md section 3; Avro 1.12, "Object Container Files".
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import fastavro

from ledger.evidence.entries import Record
from ledger.evidence.tiles import Tile

SCHEMA_TEXT: Final = (
    '{"type":"record","name":"LedgerRecord","fields":[{"name":"offset","type":"long"},{"name":"timestamp","type":"long"},'
    '{"name":"timestamp_type","type":"int"},{"name":"key","type":["null","bytes"]},{"name":"value","type":["null","bytes"]},'
    '{"name":"headers","type":{"type":"array","items":{"type":"record","name":"LedgerHeader","fields":[{"name":"name","type":"string"},'
    '{"name":"value","type":["null","bytes"]}]}}}]}'
)
_SCHEMA: Final[Any] = fastavro.parse_schema(json.loads(SCHEMA_TEXT))
_MAGIC, _SYNC_BYTES, _RAW_DEFLATE = b"Obj\x01", 16, -15


def path_of(bundle: Tile) -> str:
    """Where the records of a bundle lie: payload/x001/234.avro, payload/000.p/5.avro."""
    return bundle.path.replace("tile/entries/", "payload/", 1) + ".avro"


def container(origin: str, bundle: Tile, records: Sequence[Record]) -> bytes:
    """The bytes of a payload file."""
    marker = sha256(f"{origin}/{bundle.number}/{bundle.width}".encode()).digest()[:_SYNC_BYTES]
    header = _MAGIC + _long(2) + _text("avro.codec", "deflate") + _text("avro.schema", SCHEMA_TEXT) + _long(0) + marker
    if not records:
        return header
    body = io.BytesIO()
    for each in records:
        fastavro.schemaless_writer(body, _SCHEMA, _row(each))
    deflate = zlib.compressobj(wbits=_RAW_DEFLATE)
    packed = deflate.compress(body.getvalue()) + deflate.flush()
    return header + _long(len(records)) + _long(len(packed)) + packed + marker


def records_in(data: bytes) -> list[Record]:
    """The records of a payload file. Raises: ValueError, for what is none."""
    try:
        rows: Any = fastavro.reader(io.BytesIO(data))
        return [
            Record(each["offset"], each["timestamp"], each["timestamp_type"], each["key"], each["value"], _headers(each["headers"])) for each in rows
        ]
    except (EOFError, LookupError, TypeError, ValueError, zlib.error) as error:  # whatever a reader of broken bytes stumbles over
        raise ValueError("cannot read payload: it is damaged") from error


def _headers(found: list[dict[str, Any]]) -> tuple[tuple[str, bytes | None], ...]:
    return tuple((header["name"], header["value"]) for header in found)


def _row(record: Record) -> dict[str, Any]:
    return {
        "offset": record.offset, "timestamp": record.timestamp, "timestamp_type": record.timestamp_type, "key": record.key, "value": record.value,
        "headers": [{"name": name, "value": value} for name, value in record.headers],
    }  # fmt: skip


def _text(*texts: str) -> bytes:
    return b"".join(_long(len(encoded)) + encoded for encoded in (text.encode() for text in texts))


def _long(number: int) -> bytes:
    """A number that is not negative, as Avro writes it: zigzag, seven bits to a byte, the lowest first."""
    number, out = number << 1, bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
