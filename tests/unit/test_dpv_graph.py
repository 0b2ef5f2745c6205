"""JSON-LD in the terms of DPV: a JSON-LD processor reads all of it by its own context alone, every IRI is one that DPV 2.3 has or ours, and it says
what the answers say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pyld import jsonld  # type: ignore[import-untyped]

from ledger.answers.shapes import as_json
from ledger.contract import vocabulary
from ledger.exporting.asked import Parameters
from tests.dpv_terms import CLASS, DPV, PROPERTY, kinds
from tests.exported import CONTROLLER, asked, exported

DCT, OURS, XSD = "http://purl.org/dc/terms/", "urn:privacy-ledger:term:", "http://www.w3.org/2001/XMLSchema#"
TYPED = {
    f"{OURS}subjects": "integer", f"{OURS}holdings": "integer", f"{OURS}simulated": "boolean", f"{DCT}valid": "dateTime",
    f"{DCT}modified": "dateTime", f"{DPV}#isIndicatedAtTime": "dateTime",
}  # fmt: skip
"""What is no text."""
GRAPHS = [("processing", Parameters(CONTROLLER)), ("recipients", Parameters()), ("consents", Parameters(CONTROLLER, "s2"))]


def graph(name: str, parameters: Parameters) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(exported(asked(), name, "jsonld", parameters)[1])
    return found


def fetches_nothing(address: str, _: dict[str, Any]) -> Any:
    raise AssertionError("a context is fetched")


def expanded(found: dict[str, Any]) -> list[dict[str, Any]]:
    """By a JSON-LD 1.1 processor: every name an IRI, every value with its type; what has no IRI is gone."""
    made: list[dict[str, Any]] = jsonld.expand(found, {"documentLoader": fetches_nothing, "base": None})
    return made


def in_one_form(node: Any) -> Any:
    """A list of one is that one, order counts for nothing: JSON-LD makes no difference."""
    if isinstance(node, list):
        inner = sorted((in_one_form(each) for each in node), key=repr)
        return inner[0] if len(inner) == 1 else inner
    return {name: in_one_form(node[name]) for name in sorted(node)} if isinstance(node, dict) else node


def named(node: Any) -> Iterator[tuple[str, str]]:
    """(class, property or node; IRI) of every name in an expanded document."""
    for each in node if isinstance(node, list) else ():
        yield from named(each)
    if isinstance(node, dict):
        yield from ((CLASS, each) for each in node.get("@type", ()) if "@value" not in node)
        yield from (("node", node["@id"]) for _ in [0] if "@id" in node)
        yield from ((PROPERTY, name) for name in node if not name.startswith("@"))
        for inner in node.values():
            yield from named(inner)


def nodes(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [node for node in found["@graph"] if kind in ([node["@type"]] if isinstance(node["@type"], str) else node["@type"])]


@pytest.mark.parametrize(("name", "parameters"), GRAPHS)
def test_every_name_is_an_iri_of_dpv_of_a_code_list_or_ours(name: str, parameters: Parameters) -> None:
    used = set(named(expanded(graph(name, parameters))))

    of_dpv = {(kind, iri) for kind, iri in used if iri.startswith(DPV)}
    assert len(of_dpv) > 8
    assert {iri for _, iri in of_dpv} - set(kinds()) == set(), "DPV 2.3 has no such term"
    assert {(kind, iri) for kind, iri in of_dpv if kind != "node" and kinds()[iri] != kind} == set(), "a class stands where a property does"
    assert {iri for _, iri in used if not iri.startswith((DPV, "urn:privacy-ledger:"))} <= {
        f"{DCT}{each}" for each in ("valid", "modified", "identifier", "source", "hasVersion")
    } | {"http://www.w3.org/2000/01/rdf-schema#label"}


@pytest.mark.parametrize(("name", "parameters"), GRAPHS)
def test_a_reader_drops_nothing_and_reads_numbers_and_times_as_such(name: str, parameters: Parameters) -> None:
    found = graph(name, parameters)

    assert in_one_form(jsonld.compact(expanded(found), found["@context"])) == in_one_form(found)

    triples = [each for graph in jsonld.to_rdf(found, {"documentLoader": fetches_nothing}).values() for each in graph]
    types = {(each["predicate"]["value"], each["object"]["datatype"].removeprefix(XSD)) for each in triples if "datatype" in each["object"]}
    assert {iri for iri, _ in types} >= {f"{OURS}simulated", f"{DCT}valid"}
    assert {pair for pair in types if pair[0] in TYPED} == {(iri, TYPED[iri]) for iri, _ in types if iri in TYPED}


def test_every_term_of_a_code_list_that_names_dpv_is_one_of_it() -> None:
    """They come into the files with what is held."""
    said = {term.iri for kind in vocabulary.KINDS for term in vocabulary.terms(kind).values() if term.iri and term.iri.startswith(DPV)}

    assert len(said) > 100
    assert said - set(kinds()) == set()


@pytest.mark.parametrize(("name", "parameters"), GRAPHS)
def test_what_is_referred_to_is_in_the_graph(name: str, parameters: Parameters) -> None:
    found = graph(name, parameters)
    named = [node["@id"] for node in found["@graph"]]

    assert len(named) == len(set(named))
    for node in found["@graph"]:
        for key in ("dpv:hasDataController", "dpv:hasDataSubject", "ledger:recipientOf"):
            referred = node.get(key, {"@id": named[0]})
            if isinstance(referred, list):  # the kinds of people that an activity is about, not one of them
                assert all(vocabulary.is_term("data_subjects", each["@id"]) for each in referred)
            else:
                assert referred["@id"] in named
    next_offset = asked().freshness().partitions[0].next_offset
    assert next_offset > 50 and (found["ledger:simulated"], found["ledger:position"]) == (True, f"facts-0: {next_offset}")


def test_the_register_and_the_recipients_are_those_of_the_answers() -> None:
    register, answer = graph("processing", Parameters(CONTROLLER)), asked().processing_register(CONTROLLER)
    (record,) = nodes(register, "dpv:RecordsOfActivities")
    assert len(record["dpv:hasProcess"]) == len(answer.activities) + len(answer.recipients) == len(nodes(register, "dpv:Process"))
    said = {node["rdfs:label"]: node for node in nodes(register, "dpv:Process") if "rdfs:label" in node}
    for line in answer.activities:
        node = said[line.title or line.activity]
        purposes = {each.term for each in (*line.purposes.declared, *line.purposes.observed)}
        assert {each["@id"] for each in node.get("dpv:hasPurpose", ())} == purposes
        assert int(node["ledger:holdings"]) == line.holdings

    recipients = nodes(graph("recipients", Parameters()), "dpv:Recipient")
    assert [(node["rdfs:label"], node["ledger:agreementState"]) for node in recipients] == [
        (each.recipient, each.agreement.state) for each in asked().recipients().recipients
    ]


def test_a_consent_record_has_every_state_and_when_it_came() -> None:
    (record,) = nodes(graph("consents", Parameters(CONTROLLER, "s2")), "dpv:ConsentRecord")
    (consent,) = as_json(asked().access(CONTROLLER, "s2"))["consents"]

    assert [each["@type"] for each in record["dpv:hasConsentStatus"]] == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]
    assert [each["dpv:isIndicatedAtTime"] for each in record["dpv:hasConsentStatus"]] == [step["at"] for step in consent["steps"]]
    assert record["dct:identifier"] == consent["steps"][0]["event"]["event_id"]
    assert [each["@id"] for each in record["dpv:hasPurpose"]] == ["ledger:Newsletter"]
