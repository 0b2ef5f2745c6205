"""What a schema must keep to before it is published, beyond being Avro.

Each rule has a reason: a recursive schema can kill a reader, an array of items without bytes makes gigabytes out of
five bytes, an enum without default breaks old readers when a symbol is added, a field without doc has no agreed
meaning, a new field without default makes old events unreadable. Pure: schemas in, findings out. Source of the rules:
schemas/README.md; Apache Avro 1.12, "Schema Resolution". The types allowed here are those wire_reader.py reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ledger.contract import schema_store
from ledger.contract.vocabulary import KINDS
from ledger.core.events import EVENT_KINDS

Schema = dict[str, Any]

#: The envelope: these fields come first, in this order, in every event; subject_ref is absent on register events.
ENVELOPE: Final[tuple[str, ...]] = (
    "event_id",
    "controller",
    "subject_ref",
    "occurred_at",
    "source",
    "actor",
    "correlation_id",
    "caused_by",
    "salt",
    "sealed",
)
_PRIMITIVES: Final = ("string", "bytes", "int", "long")
_NAMED: Final = ("record", "enum", "fixed")
#: One byte holds the index of 64 symbols; wire_reader.py counts on it.
_SYMBOLS_MAX: Final = 64
#: Deeper nesting than a record in an array in a record was never needed, and depth is what overflows a reader's stack.
_DEPTH_MAX: Final = 4
_SNAKE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class Finding(NamedTuple):
    """One broken rule. place: dotted path inside the schema, or the record's name."""

    place: str
    rule: str


def lint(schema: Schema, earlier: tuple[Schema, ...] = ()) -> list[Finding]:
    """Check one version of an event's schema. earlier: its older versions, oldest first. An empty list means it may
    be published.
    """
    findings = list(_Walk().type(schema, str(schema.get("name")), 0))
    if not findings:
        findings += _event_rules(schema)
        findings += _evolution_rules(schema, earlier)
    return findings


def lint_published() -> dict[str, list[Finding]]:
    """Check every published version: `data_shared/v1.avsc` to its findings, files without findings left out."""
    found: dict[str, list[Finding]] = {}
    for row in schema_store.published():
        older = tuple(schema_store.schema(row.name, other.version) for other in schema_store.versions(row.name) if other.version < row.version)
        findings = lint(schema_store.schema(row.name, row.version), older)
        if findings:
            found[f"{schema_store.folder_of(row.name)}/v{row.version}.avsc"] = findings
    return found


class _Walk:
    """Walks one schema; remembers the named types that it passed and those that it is inside of."""

    def __init__(self) -> None:
        self.defined: dict[str, Schema] = {}
        self.inside: list[str] = []

    def type(self, node: Any, place: str, depth: int) -> Iterator[Finding]:
        if depth > _DEPTH_MAX:
            yield Finding(place, f"nesting deeper than {_DEPTH_MAX} levels is not allowed")
        elif isinstance(node, list):
            yield from self.union(node, place, depth)
        elif isinstance(node, str):
            if node in self.inside:
                yield Finding(place, f"recursion is not allowed: {node} contains itself")
            elif node not in _PRIMITIVES and node not in self.defined:
                yield Finding(place, f"expected one of {', '.join(_PRIMITIVES)} or a type defined before, got another")
        elif not isinstance(node, dict):
            yield Finding(place, "expected a type")
        elif node.get("type") in _NAMED:
            yield from self.named(node, place, depth)
        elif node.get("type") == "array":
            yield from self.array(node, place, depth)
        elif node.get("type") not in _PRIMITIVES:
            yield Finding(place, "expected a string, bytes, int, long, enum, fixed, array or record, got another type")
        elif node.get("logicalType") not in (None, "timestamp-micros"):
            yield Finding(place, "the only logical type of an integer is timestamp-micros")

    def union(self, node: list[Any], place: str, depth: int) -> Iterator[Finding]:
        if len(node) != 2 or node[0] != "null" or isinstance(node[1], list):
            yield Finding(place, "the only union allowed is null and one other type, null first")
        else:
            yield from self.type(node[1], place, depth + 1)

    def array(self, node: Schema, place: str, depth: int) -> Iterator[Finding]:
        items = node.get("items")
        if self.is_zero_width(items):
            yield Finding(place, "array items must take at least one byte each")
        elif isinstance(items, list):
            yield Finding(place, "array items must not be a union")
        else:
            yield from self.type(items, place + "[]", depth + 1)

    def is_zero_width(self, node: Any) -> bool:
        node = self.defined.get(node, node) if isinstance(node, str) else node
        if node == "null" or (isinstance(node, dict) and node.get("type") == "null"):
            return True
        if not isinstance(node, dict):
            return False
        if node.get("type") == "fixed":
            return not node.get("size")
        # A record that contains itself is found elsewhere; here it only must not be followed for ever.
        if node.get("type") == "record" and node.get("name") not in self.inside:
            return all(self.is_zero_width(field.get("type")) for field in node.get("fields", ()))
        return False

    def named(self, node: Schema, place: str, depth: int) -> Iterator[Finding]:
        name = node.get("name")
        if not isinstance(name, str) or not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
            yield Finding(place, "the name of a type is written LikeThis")
            return
        if name in self.defined or name in self.inside:
            yield Finding(place, f"{name} is defined twice")
            return
        yield from _doc_rules(node, place, ("Source:", "Example:"))
        self.inside.append(name)
        if node["type"] == "record":
            yield from self.fields(node, place, depth)
        elif node["type"] == "enum":
            yield from _enum_rules(node, place)
        elif not isinstance(node.get("size"), int) or node["size"] < 1:
            yield Finding(place, "a fixed type has a size of at least one byte")
        self.inside.pop()
        self.defined[name] = node

    def fields(self, record: Schema, place: str, depth: int) -> Iterator[Finding]:
        if not record.get("fields"):
            yield Finding(place, "a record has at least one field")
        for field in record.get("fields", ()):
            here = f"{place}.{field.get('name')}"
            if not _SNAKE.fullmatch(str(field.get("name"))):
                yield Finding(here, "the name of a field is written like_this")
            yield from _doc_rules(field, here, ("Unit:", "Source:", "Example:"))
            yield from self.type(field.get("type"), here, depth + 1)
            yield from _default_rules(field, here)
            if "terms" in field and field["terms"] not in KINDS:
                yield Finding(here, f"terms names one of the code lists {', '.join(KINDS)}")


def _doc_rules(node: Schema, place: str, labels: tuple[str, ...]) -> Iterator[Finding]:
    doc = node.get("doc")
    if not isinstance(doc, str) or not doc.strip():
        yield Finding(place, "a doc is missing")
        return
    places = [doc.find(label) for label in labels]
    # The meaning comes first, then the labels, each once and in this order.
    if places[0] < 10 or places != sorted(places) or not doc.endswith("."):
        yield Finding(place, f"a doc says the meaning, then {', '.join(labels)} and ends with a full stop")


def _enum_rules(node: Schema, place: str) -> Iterator[Finding]:
    symbols = node.get("symbols")
    if not isinstance(symbols, list) or not 2 <= len(symbols) <= _SYMBOLS_MAX or len(set(symbols)) != len(symbols):
        yield Finding(place, f"an enum has 2 to {_SYMBOLS_MAX} different symbols")
        return
    if node.get("default") != "UNKNOWN" or symbols[0] != "UNKNOWN":
        yield Finding(place, "an enum has UNKNOWN as its first symbol and its default")
    if not set(node.get("iris", {})) <= set(symbols):
        yield Finding(place, "iris names only symbols of the enum")


def _default_rules(field: Schema, place: str) -> Iterator[Finding]:
    node = field.get("type")
    if isinstance(node, list) and ("default" not in field or field["default"] is not None):
        yield Finding(place, "a field that may be null has the default null")
    if isinstance(node, dict) and node.get("type") == "array" and field.get("default") != []:
        yield Finding(place, "an array has the default []")


def _event_rules(schema: Schema) -> Iterator[Finding]:
    name = schema["name"]
    if schema["type"] != "record" or schema.get("namespace") != schema_store.NAMESPACE:
        yield Finding(name, f"an event is a record of the namespace {schema_store.NAMESPACE}")
        return
    kind = EVENT_KINDS.get(name)
    if kind is None:
        yield Finding(name, "the event is missing in ledger/core/events.py")
        return
    expected = tuple(field for field in ENVELOPE if field != "subject_ref" or kind.has_subject)
    if tuple(field["name"] for field in schema["fields"][: len(expected)]) != expected:
        yield Finding(name, f"the first fields of an event are {', '.join(expected)}")
    if not kind.has_subject and any(field["name"] == "subject_ref" for field in schema["fields"]):
        yield Finding(name, "a register event has no subject_ref")


def _evolution_rules(schema: Schema, earlier: tuple[Schema, ...]) -> Iterator[Finding]:
    """What the compatibility checker does not see: defaults of new fields, and meanings that hang on logical types."""
    now = {field["name"]: field for field in schema["fields"]}
    for older in earlier:
        before = {field["name"]: field for field in older["fields"]}
        for name, field in now.items():
            if name not in before and "default" not in field:
                yield Finding(f"{schema['name']}.{name}", "a field that is new after version 1 has a default")
            if name in before and _logical(before[name]["type"]) != _logical(field["type"]):
                yield Finding(f"{schema['name']}.{name}", "a logical type never changes")
        for name, field in before.items():
            if name not in now and "default" not in field:
                yield Finding(f"{schema['name']}.{name}", "a field without default is never removed")


def _logical(node: Any) -> str | None:
    node = node[1] if isinstance(node, list) else node
    return node.get("logicalType") if isinstance(node, dict) else None
