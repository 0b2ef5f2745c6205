"""From a schema to a Python function that writes its Avro body, the counterpart of wire_reader.py.

The function checks every type while it writes; find_fault then finds out, slowly, which field was wrong. Must never
put a value of an event into an error: a fault is told by field and rule. Source of the rules: Apache Avro 1.12
specification, "Binary Encoding". A property test holds the bytes equal to fastavro's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from ledger.contract.wire_reader import Schema, collect_named

Writer = Callable[[Mapping[str, Any]], bytes]
Template = Callable[[Mapping[str, Any]], Writer]

#: One-byte lengths: 0 to 63 items or bytes.
_SHORT: Final[tuple[bytes, ...]] = tuple(bytes([2 * number]) for number in range(64))
_RANGES: Final[dict[str, tuple[int, int]]] = {"int": (-(1 << 31), (1 << 31) - 1), "long": (-(1 << 63), (1 << 63) - 1)}


def long_bytes(number: int) -> bytes:
    """Write a zigzag varint of at most 64 bits."""
    rest = (number << 1) ^ (number >> 63)
    if rest < 0x80:
        return bytes((rest,))
    if 1 << 49 <= rest < 1 << 56:
        # Eight bytes, as every instant from 1979 to 3111: the groups of 7 bits are pulled apart in eights, fours and pairs.
        rest = rest & 0xFFFFFFF | rest >> 28 << 32
        rest = rest & 0x3FFF00003FFF | (rest & 0xFFFC0000FFFC000) << 2
        rest = rest & 0x7F007F007F007F | (rest & 0x3F803F803F803F80) << 1
        return (rest | 0x80808080808080).to_bytes(8, "little")
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def compile_writer(schema: Schema, header: bytes) -> Writer:
    """Compile a function that writes flat raw fields as `header` followed by the Avro body of `schema`.

    schema: raw (schema_store.raw_schema). The function raises KeyError, TypeError, ValueError or AttributeError on a
    fault.
    """
    compiled: Writer = _compile(_Source(schema), header, f"<writer of {schema['name']}>")
    return compiled


def _compile(source: _Source, header: bytes, name: str) -> Any:
    namespace: dict[str, Any] = {"long_bytes": long_bytes, "SHORT": _SHORT, "HEADER": header, **source.constants}
    exec(compile(source.text, name, "exec"), namespace)  # noqa: S102  our own source, from our own schemas
    return namespace["write"]


def compile_template(schema: Schema, header: bytes, varying: Collection[str]) -> Template:
    """Compile a writer of many events that differ in the `varying` fields alone: give it the others once, and it gives a writer of those.

    What is the same is checked and written once. Faults as with compile_writer.
    """
    runs: list[list[Any]] = []
    for previous, field in pairwise([None, *schema["fields"]]):
        if field["name"] not in varying:
            if previous is None or previous["name"] in varying:
                runs.append([])
            runs[-1].append(field)
    run_of = {field["name"]: number for number, run in enumerate(runs) for field in run}
    source = _Source(schema, run_of)
    write = _compile(source, header, f"<template of {schema['name']}>")
    types: dict[str, Any] = {}
    collect_named(schema, types)
    writers = [([field["name"] for field in run], _compile_run({**schema, "fields": run}, types)) for run in runs]

    def template(fixed: Mapping[str, Any]) -> Writer:
        ready = tuple([write_run({name: fixed[name] for name in names if name in fixed}) for names, write_run in writers])
        return partial(write, R=ready)

    return template


def _compile_run(schema: Schema, types: Mapping[str, Any]) -> Writer:
    compiled: Writer = _compile(_Source(schema, {}, types), b"", f"<part of {schema['name']}>")
    return compiled


class _Source:
    """Collects the lines of one writer; each value becomes one or more bytes expressions, joined at the end.

    ready: fields that are written already -> which of the bytes in R they are in. types: named types besides those of the schema.
    """

    def __init__(self, schema: Schema, ready: Mapping[str, int] | None = None, types: Mapping[str, Any] | None = None) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.count = 0
        self.types: dict[str, Any] = dict(types or {})
        collect_named(schema, self.types)
        parts = self.record(schema, "f", 1, ready or {})
        body = "\n".join(self.lines)
        self.text = f"def write(f, R=()):\n{body}\n    return b''.join((HEADER, {', '.join(parts)}))\n"

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def name(self, stem: str = "v") -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def constant(self, value: Any) -> str:
        name = self.name("C")
        self.constants[name] = value
        return name

    def record(self, schema: Schema, variable: str, depth: int, ready: Mapping[str, int] = MappingProxyType({})) -> list[str]:
        allowed = self.constant(frozenset(field["name"] for field in schema["fields"]) - ready.keys())
        self.line(depth, f"if not {allowed}.issuperset({variable}):")
        self.line(depth + 1, "raise KeyError")
        parts: list[str] = []
        for field in schema["fields"]:
            if field["name"] in ready:
                part = f"R[{ready[field['name']]}]"
                parts += [part] if part not in parts else []
                continue
            target = self.name()
            if "default" in field:
                default = field["default"] if not isinstance(field["default"], list) else ()
                self.line(depth, f"{target} = {variable}.get({field['name']!r}, {default!r})")
            else:
                self.line(depth, f"{target} = {variable}[{field['name']!r}]")
            parts += self.value(field["type"], target, depth)
        return parts

    def value(self, node: Any, variable: str, depth: int) -> list[str]:
        """Write the checks of one value; return the expressions of its bytes."""
        if isinstance(node, list):
            return self.nullable(node[1], variable, depth)
        node = self.types.get(node, node) if isinstance(node, str) else node
        kind = node["type"] if isinstance(node, dict) else node
        if kind == "string":
            self.line(depth, f"{variable} = {variable}.encode()")
            return [_length_source(variable), variable]
        if kind == "bytes":
            self.line(depth, f"if {variable}.__class__ is not bytes:")
            self.line(depth + 1, "raise TypeError")
            return [_length_source(variable), variable]
        if kind == "fixed":
            self.line(depth, f"if {variable}.__class__ is not bytes or len({variable}) != {node['size']}:")
            self.line(depth + 1, "raise TypeError")
            return [variable]
        if kind in _RANGES:
            low, high = _RANGES[kind]
            self.line(depth, f"if {variable}.__class__ is not int or not {low} <= {variable} <= {high}:")
            self.line(depth + 1, "raise TypeError")
            return [f"long_bytes({variable})"]
        if kind == "enum":
            symbols = self.constant({symbol: _SHORT[index] for index, symbol in enumerate(node["symbols"])})
            return [f"{symbols}[{variable}]"]
        if kind == "array":
            return [self.array(node, variable, depth)]
        if kind == "record":
            return self.record(node, variable, depth)
        raise TypeError(f"cannot write a writer: expected a type that the linter allows, got {kind}")

    def nullable(self, node: Any, variable: str, depth: int) -> list[str]:
        target = self.name("s")
        self.line(depth, f"if {variable} is None:")
        self.line(depth + 1, rf"{target} = b'\0'")
        self.line(depth, "else:")
        parts = self.value(node, variable, depth + 1)
        self.line(depth + 1, rf"{target} = b'\2' + {' + '.join(parts)}")
        return [target]

    def array(self, node: Schema, variable: str, depth: int) -> str:
        target, item = self.name("s"), self.name()
        self.line(depth, f"if {variable}.__class__ is not list and {variable}.__class__ is not tuple:")
        self.line(depth + 1, "raise TypeError")
        self.line(depth, f"if {variable}:")
        self.line(depth + 1, f"{target} = {_length_source(variable)}")
        self.line(depth + 1, f"for {item} in {variable}:")
        parts = self.value(node["items"], item, depth + 2)
        self.line(depth + 2, f"{target} += {' + '.join(parts)}")
        self.line(depth + 1, rf"{target} += b'\0'")
        self.line(depth, "else:")
        self.line(depth + 1, rf"{target} = b'\0'")
        return target


def _length_source(variable: str) -> str:
    return f"(SHORT[n] if (n := len({variable})) < 64 else long_bytes(n))"


def find_fault(schema: Schema, fields: Any) -> tuple[str, str] | None:
    """Find the first field that does not fit a raw schema: (dotted field name, rule), or None when all fit. Slow; for
    errors only.
    """
    types: dict[str, Any] = {}
    collect_named(schema, types)
    return _record_fault(schema, fields, "", types)


def _record_fault(schema: Schema, fields: Any, prefix: str, types: dict[str, Any]) -> tuple[str, str] | None:
    if not isinstance(fields, Mapping):
        return prefix.rstrip(".") or "*", f"expected a mapping, got {type(fields).__name__}"
    names = {field["name"] for field in schema["fields"]}
    if any(name not in names for name in fields):
        # The unknown name may be a value that slipped into the wrong place, so it is not repeated.
        return prefix + "*", f"expected only fields of {schema['name']}, got another"
    for field in schema["fields"]:
        place = prefix + field["name"]
        if field["name"] not in fields:
            if "default" not in field:
                return place, "expected a value, got none"
            continue
        fault = _value_fault(field["type"], fields[field["name"]], place, types)
        if fault:
            return fault
    return None


def _value_fault(node: Any, value: Any, place: str, types: dict[str, Any]) -> tuple[str, str] | None:
    if isinstance(node, list):
        return None if value is None else _value_fault(node[1], value, place, types)
    node = types.get(node, node) if isinstance(node, str) else node
    kind = node["type"] if isinstance(node, dict) else node
    got = type(value).__name__
    if kind == "record":
        return _record_fault(node, value, place + ".", types)
    if kind == "array":
        if not isinstance(value, (list, tuple)):
            return place, f"expected a list, got {got}"
        faults = (_value_fault(node["items"], item, f"{place}[{index}]", types) for index, item in enumerate(value))
        return next(filter(None, faults), None)
    if kind == "enum":
        fits, rule = (
            isinstance(value, str) and value in node["symbols"],
            "expected one of " + ", ".join(node["symbols"]),
        )
    elif kind == "fixed":
        fits, rule = type(value) is bytes and len(value) == node["size"], f"expected {node['size']} bytes"
    elif kind == "bytes":
        fits, rule = type(value) is bytes, "expected bytes"
    elif kind == "string":
        fits, rule = isinstance(value, str) and _encodes(value), "expected text that UTF-8 can hold"
    else:
        low, high = _RANGES[kind]
        fits, rule = (
            type(value) is int and low <= value <= high,
            f"expected an integer of {32 if kind == 'int' else 64} bits",
        )
    return None if fits else (place, f"{rule}, got {got}" + (" with another content" if got in ("str", "bytes") else ""))


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
