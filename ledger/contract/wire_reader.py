"""From a schema to a Python function that reads its Avro body.

A general Avro reader walks the schema for every event; ours is known beforehand, so its walk is written out once as
source and compiled. It also checks what general readers let pass: negative union and enum indexes, block counts
larger than the bytes that are left, lengths below zero. Must never raise with a value of the event in the message.
Source of the rules: Apache Avro 1.12 specification, "Binary Encoding" and "Schema Resolution"; the set of types is
what schema_lint.py allows. A property test holds it equal to fastavro.

Older versions are resolved while the source is written: fields that the newest version dropped are read and thrown
away, fields that it added get their default, symbols that it does not know become its enum default. So an old event
costs no more than a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]
Reader = Callable[[bytes, int, int], dict[str, Any]]


class MalformedError(Exception):
    """The bytes do not fit the schema. `reason` is one of codec.REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_long(body: bytes, at: int) -> tuple[int, int]:
    """Read a zigzag varint of up to 64 bits: the value and the place after it.

    Raises: MalformedError, IndexError at the end.
    """
    byte = body[at]
    at += 1
    value = byte & 0x7F
    shift = 7
    while byte & 0x80:
        if shift > 63:
            raise MalformedError("bad_varint")
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
    if value >> 64:
        raise MalformedError("bad_varint")
    return (value >> 1) ^ -(value & 1), at


def read_length(body: bytes, at: int) -> tuple[int, int]:
    """Read a length of zero or more. Raises: MalformedError, IndexError at the end."""
    value, at = read_long(body, at)
    if value < 0:
        raise MalformedError("bad_length")
    return value, at


def read_count(body: bytes, at: int, end: int) -> tuple[int, int]:
    """Read an array block's item count; every item of ours takes a byte or more, so more items than bytes left is a
    bomb.
    """
    count, at = read_long(body, at)
    if count < 0:
        count = -count
        _, at = read_length(body, at)
    if count > end - at:
        raise MalformedError("array_bomb")
    return count, at


def compile_reader(writer: Schema, reader: Schema) -> Reader:
    """Compile a function that reads a body written with `writer` into the flat fields of `reader`.

    writer, reader: raw schemas (schema_store.raw_schema) of the same event. The function takes (message, first place
    of the body, place after the body) and may raise IndexError (too short), UnicodeDecodeError or MalformedError.
    """
    source = _Source(writer, reader)
    namespace: dict[str, Any] = {
        "MalformedError": MalformedError,
        "read_long": read_long,
        "read_length": read_length,
        "read_count": read_count,
        **source.constants,
    }
    exec(compile(source.text(), f"<reader of {writer['name']}>", "exec"), namespace)  # noqa: S102  our own source, from our own schemas
    compiled: Reader = namespace["read"]
    return compiled


class _Source:
    """Collects the lines of one reader."""

    def __init__(self, writer: Schema, reader: Schema) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.names = 0
        self.writer_types: dict[str, Any] = {}
        self.reader_types: dict[str, Any] = {}
        collect_named(writer, self.writer_types)
        collect_named(reader, self.reader_types)
        result = self.record(writer, reader, 1)
        self.line(1, "if p != end:")
        self.line(2, "raise MalformedError('trailing_bytes' if p < end else 'truncated')")
        self.line(1, f"return {result}")

    def text(self) -> str:
        return "def read(b, p, end):\n" + "\n".join(self.lines) + "\n"

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def name(self, stem: str = "v") -> str:
        self.names += 1
        return f"{stem}{self.names}"

    def constant(self, value: Any) -> str:
        name = self.name("C")
        self.constants[name] = value
        return name

    def record(self, writer: Schema, reader: Schema, depth: int) -> str:
        """Write the reading of all fields; return the dict display that builds the record."""
        wanted = {field["name"]: field for field in reader["fields"]}
        values: dict[str, str] = {}
        fields = writer["fields"]
        index = 0
        while index < len(fields):
            run = index
            while run < len(fields) and _is_nullable(fields[run]["type"]):
                run += 1
            group = fields[index : max(run, index + 1)]
            names = [self.name() for _ in group]
            if len(group) > 1:
                # Most optional fields are absent: one comparison settles a run of them.
                zeros = self.constant(bytes(len(group)))
                self.line(depth, f"if b[p : p + {len(group)}] == {zeros}:")
                self.line(depth + 1, f"p += {len(group)}")
                self.line(depth + 1, f"{' = '.join(names)} = None")
                self.line(depth, "else:")
            inner = depth + (len(group) > 1)
            for field, target in zip(group, names, strict=True):
                read_as = wanted[field["name"]]["type"] if field["name"] in wanted else field["type"]
                self.value(field["type"], read_as, target, inner)
                values[field["name"]] = target
            index += len(group)
        parts = []
        for field in reader["fields"]:
            known = values.get(field["name"])
            parts.append(f"{field['name']!r}: {known if known is not None else _default_source(field)}")
        return "{" + ", ".join(parts) + "}"

    def value(self, writer: Any, reader: Any, target: str, depth: int) -> None:
        """Write the reading of one value into the variable `target`."""
        if isinstance(writer, list):
            self.nullable(writer, reader, target, depth)
            return
        writer, reader = self.writer_types.get(_key(writer), writer), self.reader_types.get(_key(reader), reader)
        kind = writer["type"] if isinstance(writer, dict) else writer
        if kind in ("string", "bytes"):
            self.line(depth, "n = b[p]")
            self.line(depth, "if n & 129:")
            self.line(depth + 1, "n, q = read_length(b, p)")
            self.line(depth + 1, "p = q + n")
            self.line(depth, "else:")
            self.line(depth + 1, "q = p + 1")
            self.line(depth + 1, "p = q + (n >> 1)")
            self.line(depth, f"{target} = b[q:p]" + (".decode()" if kind == "string" else ""))
        elif kind == "fixed":
            self.line(depth, f"{target} = b[p : p + {writer['size']}]")
            self.line(depth, f"p += {writer['size']}")
        elif kind == "long":
            self.long(target, depth)
        elif kind == "int":
            self.line(depth, f"{target}, p = read_long(b, p)")
            self.line(depth, f"if not -2147483648 <= {target} <= 2147483647:")
            self.line(depth + 1, "raise MalformedError('bad_varint')")
        elif kind == "enum":
            known = reader["symbols"]
            symbols = tuple(symbol if symbol in known else reader["default"] for symbol in writer["symbols"])
            self.line(depth, "n = b[p]")
            self.line(depth, f"if n & 129 or n > {2 * (len(symbols) - 1)}:")
            self.line(depth + 1, "raise MalformedError('bad_enum')")
            self.line(depth, f"{target} = {self.constant(symbols)}[n >> 1]")
            self.line(depth, "p += 1")
        elif kind == "array":
            self.array(writer, reader, target, depth)
        elif kind == "record":
            self.line(depth, f"{target} = {self.record(writer, reader, depth)}")
        else:
            raise TypeError(f"cannot write a reader: expected a type that the linter allows, got {kind}")

    def long(self, target: str, depth: int) -> None:
        """Write the reading of a 64-bit integer, in one step when it takes 8 bytes, as every instant from 1979 to 3111 does.

        Seven bytes go on and the eighth ends; then the groups of 7 bits are pushed together in pairs, fours and eights. This halves
        the time of read_long. At the end of the message a missing byte counts as 0, and `p` beyond `end` tells of it.
        """
        self.line(depth, "n = int.from_bytes(b[p : p + 8], 'little')")
        self.line(depth, "if n & 0x8080808080808080 == 0x80808080808080:")
        self.line(depth + 1, "n = n & 0x7F007F007F007F | (n & 0x7F007F007F007F00) >> 1")
        self.line(depth + 1, "n = n & 0x3FFF00003FFF | (n & 0x3FFF00003FFF0000) >> 2")
        self.line(depth + 1, "n = n & 0xFFFFFFF | n >> 32 << 28")
        self.line(depth + 1, f"{target} = n >> 1 ^ -(n & 1)")
        self.line(depth + 1, "p += 8")
        self.line(depth, "else:")
        self.line(depth + 1, f"{target}, p = read_long(b, p)")

    def nullable(self, writer: list[Any], reader: Any, target: str, depth: int) -> None:
        """Write the reading of ["null", T]: branch 0 is one zero byte, branch 1 is the byte 2."""
        self.line(depth, "n = b[p]")
        self.line(depth, "p += 1")
        self.line(depth, "if not n:")
        self.line(depth + 1, f"{target} = None")
        self.line(depth, "elif n == 2:")
        self.value(writer[1], reader[1] if isinstance(reader, list) else reader, target, depth + 1)
        self.line(depth, "else:")
        self.line(depth + 1, "raise MalformedError('bad_union')")

    def array(self, writer: Schema, reader: Schema, target: str, depth: int) -> None:
        """Write the reading of blocks until the empty one. The usual array is one block of fewer than 64 items."""
        items, item, count = self.name("items"), self.name(), self.name("n")
        self.line(depth, f"{items} = {target} = []")
        self.line(depth, f"{count} = b[p]")
        self.line(depth, "p += 1")
        self.line(depth, f"while {count}:")
        self.line(depth + 1, f"if {count} & 129:")
        self.line(depth + 2, f"{count}, p = read_count(b, p - 1, end)")
        self.line(depth + 1, "else:")
        self.line(depth + 2, f"{count} >>= 1")
        self.line(depth + 2, f"if {count} > end - p:")
        self.line(depth + 3, "raise MalformedError('array_bomb')")
        self.line(depth + 1, f"for _ in range({count}):")
        self.value(writer["items"], reader["items"], item, depth + 2)
        self.line(depth + 2, f"{items}.append({item})")
        self.line(depth + 1, f"{count} = b[p]")
        self.line(depth + 1, "p += 1")


def _key(node: Any) -> str:
    return node if isinstance(node, str) else ""


def _is_nullable(node: Any) -> bool:
    return isinstance(node, list)


def collect_named(node: Any, into: dict[str, Any]) -> None:
    """Map each named type inside a schema to its definition, so that a later mention by name can be read."""
    if isinstance(node, list):
        for item in node:
            collect_named(item, into)
    elif isinstance(node, dict):
        if node.get("type") in ("fixed", "enum", "record"):
            into[node["name"]] = node
        for key in ("type", "items"):
            if isinstance(node.get(key), (dict, list)):
                collect_named(node[key], into)
        for field in node.get("fields", ()):
            collect_named(field["type"], into)


def _default_source(field: Schema) -> str:
    """Write the default of a field that the writer did not know; a new list each time, so that nobody shares one."""
    return repr(field["default"])
