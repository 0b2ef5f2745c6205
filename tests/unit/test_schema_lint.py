"""The linter refuses what the rules of change forbid, one planted break at a time."""

from __future__ import annotations

import copy

import pytest

from ledger.contract import schema_store
from ledger.contract.schema_lint import lint

DOC = "A meaning for the test. Unit: none. Source: this test. Example: one."


def published(name="DataErased", version=1):
    return copy.deepcopy(schema_store.schema(name, version))


def added(**field):
    """A published schema with one more field."""
    schema = published()
    schema["fields"].append({"name": "probe", "doc": DOC, **field})
    return schema


def without(place, name):
    """A published schema of which one field has lost an attribute."""
    schema = published()
    del next(field for field in schema["fields"] if field["name"] == name)[place]
    return schema


def rules(schema, *earlier):
    return " | ".join(finding.rule for finding in lint(schema, earlier))


def record(name, *fields):
    return {"type": "record", "name": name, "doc": DOC, "fields": list(fields)}


def member(name, type_):
    return {"name": name, "type": type_, "doc": DOC}


def enum(**changes):
    return {"type": "enum", "name": "Probe", "doc": DOC, "symbols": ["UNKNOWN", "A"], "default": "UNKNOWN", **changes}


def changed_act(**changes):
    schema = published()
    act = next(field for field in schema["fields"] if field["name"] == "act")["type"]
    act.update(changes)
    return schema


BAD = {
    "a record that contains itself": (
        added(type=["null", record("Node", {**member("next", ["null", "Node"]), "default": None})], default=None),
        "recursion is not allowed: Node contains itself",
    ),
    "a record that contains itself through a list": (
        added(type=record("Node", {**member("next", {"type": "array", "items": "Node"}), "default": []})),
        "recursion is not allowed: Node contains itself",
    ),
    "the event inside itself": (added(type=["null", "DataErased"], default=None), "recursion is not allowed"),
    "a list of nothing": (added(type={"type": "array", "items": "null"}, default=[]), "at least one byte each"),
    "a list of written-out nothing": (
        added(type={"type": "array", "items": {"type": "null"}}, default=[]),
        "at least one byte each",
    ),
    "a list of empty records": (added(type={"type": "array", "items": record("Empty")}, default=[]), "at least one byte each"),
    "a list of records of nothing": (
        added(type={"type": "array", "items": record("Hollow", member("void", "null"))}, default=[]),
        "at least one byte each",
    ),
    "a list of fixed types without size": (
        added(type={"type": "array", "items": {"type": "fixed", "name": "Zero", "size": 0, "doc": DOC}}, default=[]),
        "at least one byte each",
    ),
    "a list of unions": (added(type={"type": "array", "items": ["null", "string"]}, default=[]), "must not be a union"),
    "a list without default": (added(type={"type": "array", "items": "string"}), "an array has the default []"),
    "an enum without default": (added(type={k: v for k, v in enum().items() if k != "default"}), "UNKNOWN as its first"),
    "an enum that defaults to a real symbol": (changed_act(default="ERASED"), "UNKNOWN as its first"),
    "an enum with too many symbols": (
        changed_act(symbols=["UNKNOWN", *(f"S{n}" for n in range(64))]),
        "an enum has 2 to 64 different symbols",
    ),
    "an enum with an IRI for no symbol": (changed_act(iris={"GONE": "https://w3id.org/dpv#Erase"}), "iris names only"),
    "an enum without doc": (added(type=enum(doc="")), "a doc is missing"),
    "a field without doc": (without("doc", "by"), "a doc is missing"),
    "a doc without source": (
        added(type="string", doc="A meaning. Unit: none. Example: one."),
        "a doc says the meaning, then Unit:, Source:, Example:",
    ),
    "a doc without meaning": (
        added(type="string", doc="Unit: none. Source: this test. Example: one."),
        "a doc says the meaning",
    ),
    "an optional field without default": (without("default", "store"), "a field that may be null has the default null"),
    "a union of two real types": (added(type=["string", "long"]), "the only union allowed"),
    "null in the second place": (added(type=["string", "null"]), "the only union allowed"),
    "a map": (added(type={"type": "map", "values": "string"}), "got another type"),
    "a double": (added(type="double"), "or a type defined before, got another"),
    "milliseconds": (added(type={"type": "long", "logicalType": "timestamp-millis"}), "timestamp-micros"),
    "a type defined twice": (added(type={"type": "fixed", "name": "Salt", "size": 16, "doc": DOC}), "Salt is defined twice"),
    "a field in camel case": (added(type="string", name="certificateRef"), "written like_this"),
    "a code list that is none": (added(type="string", terms="colours"), "terms names one of the code lists"),
    "deep nesting": (
        added(type=record("A", member("a", record("B", member("b", record("C", member("c", record("D", member("d", "string"))))))))),
        "nesting deeper than 4 levels",
    ),
}


@pytest.mark.parametrize(("schema", "rule"), BAD.values(), ids=BAD.keys())
def test_the_linter_refuses(schema, rule):
    assert rule in rules(schema)


def test_the_published_schema_without_a_planted_break_is_clean():
    assert lint(published()) == []
    assert lint(published(version=2), (published(),)) == []


def test_a_new_field_without_default_is_refused_after_version_one():
    new = added(type="string")

    assert rules(new) == ""
    assert rules(new, published()) == "a field that is new after version 1 has a default"


def test_a_new_enum_field_needs_a_default_of_its_own():
    """The compatibility checker lets the enum's default stand in for the field's; readers do not."""
    assert rules(added(type=enum()), published()) == "a field that is new after version 1 has a default"
    assert rules(added(type=enum(), default="UNKNOWN"), published()) == ""


def test_a_default_is_missed_against_any_older_version_not_only_the_last():
    bare, with_probe = published(), added(type="string", default="")
    later = added(type="string")

    assert "new after version 1" in rules(later, bare, with_probe)


def test_a_field_without_default_is_never_removed():
    new = published()
    new["fields"] = [field for field in new["fields"] if field["name"] != "by"]

    assert rules(new, published()) == "a field without default is never removed"


def test_a_time_never_becomes_a_number():
    new = published("TimeReached")
    next(field for field in new["fields"] if field["name"] == "time")["type"] = "long"

    assert rules(new, published("TimeReached")) == "a logical type never changes"


def test_the_envelope_comes_first_and_in_order():
    new = published()
    new["fields"][3], new["fields"][4] = new["fields"][4], new["fields"][3]

    assert "the first fields of an event are event_id, controller, subject_ref, occurred_at" in rules(new)


def test_a_register_event_has_no_subject():
    new = published("TimeReached")
    new["fields"].append({"name": "subject_ref", "type": "string", "doc": DOC})

    assert rules(new) == "a register event has no subject_ref"


def test_an_event_that_the_registry_does_not_know_is_refused():
    new = published()
    new["name"] = "DataLeaked"

    assert "missing in ledger/core/events.py" in rules(new)
