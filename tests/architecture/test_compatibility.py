"""FULL_TRANSITIVE: every stored version reads every other; and old bytes are read for ever."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from ledger.contract import codec, schema_store
from ledger.contract.schema_compatibility import check_published, compare

GOLDEN = Path(__file__).parents[1] / "golden"


def changed(name="DataErased", version=1):
    """A copy of a published schema, to plant a break in."""
    return copy.deepcopy(schema_store.raw_schema(name, version))


def field(schema, name):
    return next(field for field in schema["fields"] if field["name"] == name)


def verdict(new, name="DataErased"):
    return {(found.reader, found.writer) for found in compare(name, {1: changed(name), 2: new})}


def test_every_published_version_reads_every_other():
    assert check_published() == []


def test_there_is_a_second_version_to_prove_it_on():
    assert [row.version for row in schema_store.versions("DataErased")] == [1, 2]


def test_a_new_field_without_default_cannot_read_old_events():
    new = changed()
    new["fields"].append({"name": "certificate_ref", "type": "string"})

    assert verdict(new) == {(2, 1)}


def test_a_removed_field_without_default_leaves_old_readers_behind():
    new = changed()
    new["fields"].remove(field(new, "by"))

    assert verdict(new) == {(1, 2)}


def test_a_field_that_becomes_nullable_leaves_old_readers_behind():
    new = changed()
    field(new, "by")["type"] = ["null", "string"]

    assert verdict(new) == {(1, 2)}


def test_a_changed_type_breaks_both_ways():
    new = changed()
    field(new, "by")["type"] = "long"

    assert verdict(new) == {(1, 2), (2, 1)}


def test_a_new_symbol_is_safe_because_the_enum_has_a_default():
    new = changed()
    field(new, "act")["type"]["symbols"].append("SEALED")

    assert verdict(new) == set()


def test_without_the_default_a_new_symbol_leaves_old_readers_behind():
    old, new = changed(), changed()
    del field(old, "act")["type"]["default"]
    field(new, "act")["type"]["symbols"].append("SEALED")

    assert {(found.reader, found.writer) for found in compare("DataErased", {1: old, 2: new})} == {(1, 2)}


def test_a_break_between_versions_that_are_not_neighbours_is_seen():
    """Each step alone is compatible; the first and the last are not. This is what TRANSITIVE is for."""
    first, second, third = changed(), changed(), changed()
    field(second, "by")["default"] = "?"
    third["fields"].remove(field(third, "by"))

    found = {(one.reader, one.writer) for one in compare("DataErased", {1: first, 2: second, 3: third})}

    assert found == {(1, 3)}


@pytest.mark.parametrize("row", schema_store.published(), ids=lambda row: f"{schema_store.folder_of(row.name)}-v{row.version}")
def test_golden_bytes_of_every_version_are_read_for_ever(row):
    """The bytes were written once, when the version was published. They are never written anew, only read."""
    folder = GOLDEN / schema_store.folder_of(row.name)
    message = (folder / f"v{row.version}.bin").read_bytes()
    expected = json.loads((folder / f"v{row.version}.json").read_text("utf-8"))

    name, fields = codec.decode(message)

    shown = codec.to_json(name, fields)
    newer = {field["name"]: field["default"] for field in schema_store.schema(name)["fields"] if field["name"] not in expected}
    assert shown == {**expected, **newer}
    assert int.from_bytes(message[1:5], "big") == row.schema_id


def test_every_golden_file_belongs_to_a_published_version():
    files = {f"{path.parent.name}/{path.stem}" for path in GOLDEN.glob("*/*.bin")}

    assert files == {f"{schema_store.folder_of(row.name)}/v{row.version}" for row in schema_store.published()}
