"""Generators of valid events, made from the published schemas: whatever a schema allows, a test may meet.

Must stay in step by itself: there is no list of events or fields here.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ledger.contract import schema_store
from ledger.core.events import EVENT_TYPES

#: Any text that UTF-8 can hold; the codec must not care what it says.
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
#: From the year 1 to the year 9999, microseconds since 1970 UTC: the instants that RFC 3339 can print.
INSTANTS = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)
_RANGES = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


def event_types() -> st.SearchStrategy[str]:
    """Any event type."""
    return st.sampled_from(EVENT_TYPES)


def events(type_name: str, version: int | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Raw fields of one event type, all of them present."""
    return _values(schema_store.schema(type_name, version), {})


def any_event() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """(type name, raw fields) of any event type, newest version."""
    return event_types().flatmap(lambda name: st.tuples(st.just(name), events(name)))


def _values(node: Any, named: dict[str, Any]) -> st.SearchStrategy[Any]:
    if isinstance(node, list):
        return st.none() | _values(node[1], named)
    if isinstance(node, str):
        node = named.get(node, {"type": node})
    if "name" in node and node["type"] in ("fixed", "enum", "record"):
        named[node["name"]] = node
    match node:
        case {"logicalType": "timestamp-micros"}:
            return INSTANTS
        case {"type": "fixed", "size": size}:
            return st.binary(min_size=size, max_size=size)
        case {"type": "bytes"}:
            return st.binary(max_size=80)
        case {"type": "enum", "symbols": symbols}:
            return st.sampled_from(symbols)
        case {"type": "array", "items": items}:
            # Mostly a few items; now and then more than the 63 that fit a one-byte count.
            item = _values(items, named)
            return st.lists(item, max_size=4) | st.integers(60, 70).flatmap(lambda size: item.map(lambda value: [value] * size))
        case {"type": "record", "fields": fields}:
            return st.fixed_dictionaries({field["name"]: _values(field["type"], named) for field in fields})
        case {"type": "int" | "long" as kind}:
            return st.integers(*_RANGES[kind])
        case _:
            return TEXT
