"""The published schemas keep to schemas/README.md: complete, frozen, linted, each with an example that is an event."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.contract import codec, schema_store, vocabulary
from ledger.contract.schema_compatibility import changed_files
from ledger.contract.schema_lint import lint_published
from ledger.contract.term_names import term_name
from ledger.core.events import EVENT_TYPES, FACT_TYPES, OUTCOME_TYPES, REGISTER_TYPES

SCHEMAS = Path(__file__).parents[2] / "schemas"
#: The namespaces of DPV 2.3 that we use; the pinned release lives under the same addresses.
IRI_BASES = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "risk": "https://w3id.org/dpv/risk#",
}


def iris(node):
    """Every IRI that a schema names, wherever it stands."""
    if isinstance(node, dict):
        yield from [node["iri"]] if "iri" in node else []
        yield from node.get("iris", {}).values()
        for value in node.values():
            yield from iris(value)
    elif isinstance(node, list):
        for item in node:
            yield from iris(item)


def test_every_event_type_has_its_folder_and_no_folder_is_left_over():
    folders = {path.name for path in SCHEMAS.iterdir() if path.is_dir() and not path.name.startswith(("_", "vocabulary"))}

    assert folders == {schema_store.folder_of(name) for name in EVENT_TYPES}
    assert {row.name for row in schema_store.published()} == set(EVENT_TYPES)


def test_every_schema_file_has_an_id_and_every_id_a_file():
    files = {f"{path.parent.name}/{path.name}" for path in SCHEMAS.glob("*/*.avsc")}

    assert files == {f"{schema_store.folder_of(row.name)}/v{row.version}.avsc" for row in schema_store.published()}


def test_ids_are_unique_and_tell_the_topic():
    ids = {row.schema_id: row.name for row in schema_store.published()}

    assert len(ids) == len(schema_store.published())
    for base, names in ((1000, FACT_TYPES), (2000, REGISTER_TYPES), (3000, OUTCOME_TYPES)):
        assert {name for number, name in ids.items() if base < number < base + 1000} == set(names)


def test_versions_of_an_event_are_numbered_without_gaps():
    for name in EVENT_TYPES:
        numbers = [row.version for row in schema_store.versions(name)]
        assert numbers == list(range(1, len(numbers) + 1)), name


def test_a_published_file_never_changes():
    assert changed_files() == []


def test_a_change_of_one_byte_in_a_published_file_is_seen(monkeypatch):
    real = schema_store.schema_bytes
    monkeypatch.setattr(schema_store, "schema_bytes", lambda row: real(row) + (b"\n" if row.schema_id == 1002 else b""))

    assert changed_files() == ["data_shared/v1.avsc"]


def test_every_published_schema_keeps_to_the_rules():
    assert lint_published() == {}


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_example_is_a_whole_event_of_the_newest_version(name):
    shown = schema_store.example(name)

    type_name, fields = codec.from_json(shown)

    assert type_name == name
    assert list(shown) == ["type", *(field["name"] for field in schema_store.schema(name)["fields"])]
    assert codec.to_json(*codec.decode(codec.encode(type_name, fields))) == shown


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_example_names_only_terms_of_the_code_lists(name):
    shown = schema_store.example(name)

    for field, code_list in vocabulary.coded_fields(name).items():
        outer, _, inner = field.partition(".")
        values = [entry[inner] for entry in shown[outer]] if inner else shown[outer]
        for value in values if isinstance(values, list) else [values]:
            assert value is None or vocabulary.is_term(code_list, value), (field, value)


def test_every_iri_is_one_of_the_pinned_vocabularies():
    for row in schema_store.published():
        found = list(iris(schema_store.schema(row.name, row.version)))
        assert found, row.name
        assert all(iri.startswith(tuple(IRI_BASES.values())) for iri in found), row.name


@pytest.mark.parametrize("kind", vocabulary.KINDS)
def test_a_term_with_a_prefix_has_the_iri_that_the_prefix_stands_for(kind):
    for term, entry in vocabulary.terms(kind).items():
        prefix, separator, local = term.partition(":")
        assert entry.label, term
        assert entry.label_nl, term
        assert entry.since >= 1, term
        if separator and prefix != "ledger":
            assert entry.iri == IRI_BASES[prefix] + local, term
        elif separator:
            assert entry.iri is None, term


@pytest.mark.parametrize("kind", vocabulary.KINDS)
def test_no_two_terms_of_a_list_have_the_same_name(kind):
    for language in ("en", "nl"):
        names = [term_name(kind, term, language) for term in vocabulary.terms(kind)]
        assert sorted(names) == sorted(set(names)), language


def test_every_code_list_is_a_file_and_every_file_a_code_list():
    files = {path.stem: json.loads(path.read_text("utf-8")) for path in (SCHEMAS / "vocabulary").glob("*.json")}

    assert set(files) == set(vocabulary.KINDS)
    assert all(content["list"] == kind and content["version"] >= 1 for kind, content in files.items())
