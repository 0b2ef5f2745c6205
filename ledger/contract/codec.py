"""Events to bytes and back: Confluent wire format around an Avro body.

Message: 0x00, the schema id as 4 bytes big-endian, the Avro body. Decoding trusts nothing: only ids that were
published, at most MESSAGE_BYTES_MAX bytes, every index in range, every byte consumed. Must never put a value of an
event into an error. Source of the rules: docs/architecture.md section 2; Apache Avro 1.12, "Binary Encoding";
schemas/README.md.

Raw fields, here and in the fold: instants are int microseconds since 1970 UTC, ids and salt are 16 bytes, enums their
symbol, arrays lists, a nested record a dict, an absent value None. json_form.py has the form for people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from ledger.contract import schema_store
from ledger.contract.broken_rules import Rule
from ledger.contract.json_form import FieldError, from_json, to_json
from ledger.contract.wire_reader import MalformedError, Reader, compile_reader
from ledger.contract.wire_writer import Template, Writer, compile_template, compile_writer, find_fault
from ledger.errors import DataError

__all__ = [
    "MESSAGE_BYTES_MAX",
    "REASONS",
    "DecodeError",
    "EncodeError",
    "FieldError",
    "decode",
    "encode",
    "encoder",
    "from_json",
    "template",
    "to_json",
]

#: The topics' max.message.bytes; a bigger value never came from us, and is refused before it is looked at.
MESSAGE_BYTES_MAX: Final = 1 << 20
_MAGIC: Final = 0
_HEADER_BYTES: Final = 5

#: Why a message cannot be read. A closed set: dead letters and metrics use these words.
REASONS: Final[frozenset[str]] = frozenset(
    {
        "empty",  # no value at all, or one shorter than the header
        "oversize",  # longer than MESSAGE_BYTES_MAX
        "bad_magic",  # the first byte is not 0x00
        "unknown_schema",  # a schema id that was never published
        "truncated",  # the body ends too early
        "trailing_bytes",  # the body goes on after the last field
        "bad_utf8",  # a string that is not UTF-8
        "bad_length",  # a length below zero
        "bad_varint",  # an integer wider than its type
        "bad_union",  # a branch that the union does not have
        "bad_enum",  # a symbol index that the enum does not have
        "array_bomb",  # more items announced than bytes are left
    }
)


class DecodeError(DataError):
    """A message cannot be read, now or ever: put it aside as a dead letter. `reason` is one of REASONS.

    schema_id: the id in the header, None when there was none to read.
    """

    def __init__(self, reason: str, *, schema_id: int | None = None) -> None:
        where = "" if schema_id is None else f" with schema id {schema_id}"
        super().__init__(f"cannot decode message{where}: expected a published schema and a body that fits it, got {reason}")
        self.reason = reason
        self.schema_id = schema_id


class EncodeError(FieldError):
    """Fields do not fit the event's schema. Names event, field and rule, never the value."""


#: From header (magic byte and schema id) to type name and reader; readers are compiled on first use.
_READERS: Final[dict[bytes, tuple[str, Reader]]] = {}


def _reader_for(header: bytes) -> tuple[str, Reader]:
    if header[0] != _MAGIC:
        raise DecodeError("bad_magic")
    schema_id = int.from_bytes(header[1:], "big")
    row = schema_store.find_by_id(schema_id)
    if row is None:
        raise DecodeError("unknown_schema", schema_id=schema_id)
    newest = schema_store.raw_schema(row.name, schema_store.latest(row.name).version)
    found = row.name, compile_reader(schema_store.raw_schema(row.name, row.version), newest)
    _READERS[header] = found
    return found


def decode(value: bytes | None) -> tuple[str, dict[str, Any]]:
    """Read a message: the type name without namespace, and the raw fields of the newest version.

    An older version is filled up with the newest version's defaults. Same bytes, same result; nothing is remembered.

    Raises:
        DecodeError: the message can never be read; `.reason` says why.
    """
    if not value or (end := len(value)) < _HEADER_BYTES:
        raise DecodeError("empty")
    if end > MESSAGE_BYTES_MAX:
        raise DecodeError("oversize")
    header = value[:_HEADER_BYTES]
    name, read = _READERS.get(header) or _reader_for(header)
    try:
        return name, read(value, _HEADER_BYTES, end)
    except MalformedError as fault:
        reason = fault.reason
    except IndexError:
        reason = "truncated"
    except UnicodeDecodeError:
        reason = "bad_utf8"
    raise DecodeError(reason, schema_id=int.from_bytes(header[1:], "big"))


@cache
def _writer(type_name: str, version: int | None) -> Writer:
    row = schema_store.find(type_name, version)
    header = bytes([_MAGIC]) + row.schema_id.to_bytes(4, "big")
    return compile_writer(schema_store.raw_schema(row.name, row.version), header)


def encode(type_name: str, fields: Mapping[str, Any], version: int | None = None) -> bytes:
    """Write raw fields as a message of one version, the newest when version is None.

    Fields with a default may be left out. Same fields, same bytes.

    Raises:
        UnknownSchemaError: no such event type or version. EncodeError: a field is missing, unknown to that version,
        of the wrong type, or the message is over MESSAGE_BYTES_MAX.
    """
    return _checked(type_name, version, _writer(type_name, version), fields)


def encoder(type_name: str) -> Callable[[Mapping[str, Any]], bytes]:
    """Return `encode` for one event type in its newest version, for hot loops: same checks, less looking up.

    Raises: UnknownSchemaError, at once; the function raises EncodeError.
    """
    write = _writer(type_name, None)

    def encode_one(fields: Mapping[str, Any]) -> bytes:
        return _checked(type_name, None, write, fields)

    return encode_one


def template(type_name: str, varying: tuple[str, ...], fixed: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bytes]:
    """Return `encode` for many events of one type, newest version, that differ in the `varying` fields alone: it is given those.

    fixed: all fields of one such event. Bytes and errors are those of `encode` with all fields.

    Raises: UnknownSchemaError, EncodeError, at once; the function raises EncodeError.
    """
    encode(type_name, fixed)  # what is wrong with them is said with all of them
    write = _template(type_name, varying)({name: value for name, value in fixed.items() if name not in varying})

    def encode_one(values: Mapping[str, Any]) -> bytes:
        try:
            message = write(values)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            message = None
        return message if message is not None and len(message) <= MESSAGE_BYTES_MAX else encode(type_name, {**fixed, **values})

    return encode_one


@cache
def _template(type_name: str, varying: tuple[str, ...]) -> Template:
    row = schema_store.find(type_name, None)
    header = bytes([_MAGIC]) + row.schema_id.to_bytes(4, "big")
    return compile_template(schema_store.raw_schema(row.name, row.version), header, varying)


def _checked(type_name: str, version: int | None, write: Writer, fields: Mapping[str, Any]) -> bytes:
    try:
        message = write(fields)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        field, rule = find_fault(schema_store.raw_schema(type_name, version), fields) or (
            "?",
            "expected fields that fit the schema",
        )
    else:
        if len(message) <= MESSAGE_BYTES_MAX:
            return message
        field, rule = "*", f"expected at most {MESSAGE_BYTES_MAX} bytes, got {len(message)}"
    raise EncodeError("encode", type_name, field, Rule("other_form", rule)) from None
