"""Generators of events that the SDK accepts, made from the schemas and the code lists; and calls that are known to be good.

Strings are drawn by each field's rule. Must never hold a real person's value; the planted ones are invented.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from ledger.contract import schema_store, vocabulary
from ledger.core.events import FACT_TYPES, REGISTER_TYPES
from ledger.sdk.field_rules import NOT_EMPTY
from ledger.sdk.validation import INSTANT_MAX, INSTANT_MIN

EMITTABLE = tuple(name for name in (*FACT_TYPES, *REGISTER_TYPES) if name != "TimeReached")
ENVELOPE = ("event_id", "controller", "subject_ref", "occurred_at", "source", "actor", "correlation_id", "caused_by", "salt", "sealed")

#: One share with three categories, as the keywords of `emitter.shared`.
SHARE: dict[str, Any] = {
    "recipient": "sidn",
    "recipient_role": "registry",
    "categories": ["pd:Name", "pd:EmailAddress", "pd:PhysicalAddress"],
    "purpose": "dpv:ServiceRegistration",
    "legal_basis": "eu-gdpr:A6-1-b",
    "ref": "order-2018-000417",
}

#: Invented personal values, by what they are.
PLANTED = {
    "an e-mail address": ("jan.jansen@voorbeeld.nl", "Jan <jan@voorbeeld.nl>", "jan_at_example.org"),
    "a bank account number": ("NL91ABNA0417164300", "NL91 ABNA 0417 1643 00", "de89370400440532013000", "order:NL91ABNA0417164300"),
    "a phone number": ("+31612345678", "06-12345678", "0201234567", "0031612345678", "+31 (0)20 123 4567"),
    "a card number": ("4111111111111111", "5500-0055-5555-5559", "3782 822463 10005", "card:6011000990139424", "2223000048400011"),
    "a network card's address": ("00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "aa:bb:cc:dd:ee:ff", "mac:00:1a:2b:3c:4d:5e", "001a.2b3c.4d5e"),
    "an IP address": ("192.168.1.10", "session:10.0.0.1", "2001:db8::1", "::1", "ip:2001:db8::2"),
    "a citizen service number": ("123456782", "bsn:111222333"),
    "a postcode with house number": ("1234AB12", "1234 AB 12", "order/1234-AB-12"),
    "a name or free text": ("Jan de Vries", "Jan.Jansen", "J.P. de Vries", "Jan-Jansen", "müller", "belt morgen terug"),
}

def compiled_policy(**changes: Any) -> str:
    """The least that a compiled policy is."""
    body = json.loads(schema_store.example("PolicyPublished")["compiled"])
    return json.dumps(body | changes, ensure_ascii=False)


TOKENS = st.from_regex(r"[a-z]{3,12}(-[a-z]{1,6})?(-[0-9]{1,4})?", fullmatch=True)
_SPECIAL = {
    "country": st.sampled_from(["NL", "DE", "US"]),
    "language": st.sampled_from(["nl", "en", "de-AT"]),
    "extensions": st.sampled_from(["nl", "com", "co.uk"]),
    "notice_hash": st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    "text_hash": st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    "fingerprint": st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    "schema": st.just("ledger.DataErased v2"),
    "text": st.text(max_size=300),
    "compiled": st.sampled_from(["first", "tweede ✓"]).map(lambda title: compiled_policy(title=title)),
}


def emittable(type_name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Raw fields of one event type that the SDK accepts, all of them present."""
    drawn = _record(type_name, schema_store.schema(type_name), {})
    return drawn.map(_of_a_role) if type_name == "DataConsulted" else drawn


def _of_a_role(fields: dict[str, Any]) -> dict[str, Any]:
    """Who looked, as it may stand in clear: a vault seals everybody else."""
    return fields | {"actor": None if fields["actor"] is None else f"role:{fields['actor']}"}


def any_emittable() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """(type name, raw fields)."""
    return st.sampled_from(EMITTABLE).flatmap(lambda name: st.tuples(st.just(name), emittable(name)))


def _record(event: str, schema: dict[str, Any], named: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({field["name"]: _value(event, field, field["type"], named) for field in schema["fields"]})


def _value(event: str, field: dict[str, Any], node: Any, named: dict[str, Any]) -> st.SearchStrategy[Any]:
    if isinstance(node, list):
        return st.none() | _value(event, field, node[1], named)
    if isinstance(node, str):
        node = named.get(node, {"type": node})
    if node["type"] in ("fixed", "enum", "record"):
        named[node["name"]] = node
    match node:
        case {"logicalType": "timestamp-micros"}:
            return st.integers(INSTANT_MIN, INSTANT_MAX)
        case {"type": "fixed"} if field["name"] == "event_id":
            return st.builds(lambda number, version: UUID(int=number, version=version).bytes, st.integers(0, 2**128 - 1), st.integers(1, 5))
        case {"type": "fixed", "size": size}:
            return st.binary(min_size=size, max_size=size)
        case {"type": "bytes"}:
            return st.binary(max_size=200)
        case {"type": "enum", "symbols": symbols}:
            return st.sampled_from(symbols if "default" in field else symbols[1:])
        case {"type": "array", "items": items}:
            least = 1 if (event, field["name"]) in NOT_EMPTY else 0
            return st.lists(_value(event, field, items, named), min_size=least, max_size=70, unique_by=repr)
        case {"type": "record"}:
            return _record(event, node, named)
        case {"type": "int" | "long"}:
            return st.integers(0, 2**40)
    if "terms" in field:
        return st.sampled_from(sorted(vocabulary.terms(field["terms"])))
    return _SPECIAL.get(field["name"], TOKENS)
