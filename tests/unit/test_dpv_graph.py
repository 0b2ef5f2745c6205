"""JSON-LD in the terms of DPV: it expands by its own context alone, every IRI is one that DPV 2.3 has or ours, and it says what the answers say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.answers.shapes import as_json
from ledger.contract import vocabulary
from ledger.exporting.asked import Parameters
from ledger.exporting.dpv_graph import CONTEXT
from tests.exported import CONTROLLER, asked, exported

DPV_2_3 = {
    "ConsentExpired", "ConsentGiven", "ConsentInvalidated", "ConsentRecord", "ConsentRefused", "ConsentRequested", "ConsentRevoked",
    "ConsentUnknown", "ConsentWithdrawn", "ControllerProcessorAgreement", "DataController", "DataProcessor", "DataSubProcessor", "DataSubject",
    "Optional", "Process", "Recipient", "RecordsOfActivities", "RenewedConsentGiven", "Required", "Share", "StorageDuration", "StorageLocation",
    "ThirdParty", "Transfer", "hasConsentStatus", "hasCountry", "hasDataController", "hasDataSubject", "hasLegalBasis", "hasLocation",
    "hasNecessity", "hasPersonalData", "hasProcess", "hasProcessing", "hasPurpose", "hasRecipient", "hasStorageCondition",
    "hasTechnicalOrganisationalMeasure", "isIndicatedAtTime",
}  # fmt: skip
"""Read in dpv.csv of release 2.3; the terms of the code lists beside these have their IRIs in schemas/vocabulary."""
GRAPHS = [("processing", Parameters(CONTROLLER)), ("recipients", Parameters()), ("consents", Parameters(CONTROLLER, "s2"))]


def graph(name: str, parameters: Parameters) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(exported(asked(), name, "jsonld", parameters)[1])
    return found


def expanded(name: str) -> str:
    """By JSON-LD 1.1: a prefix of the context, or an IRI."""
    prefix, colon, rest = name.partition(":")
    assert colon, f"{name} is no IRI: a JSON-LD reader would drop it"
    base = CONTEXT.get(prefix)
    return name if base is None else f"{base}{rest}"


def iris(node: Any) -> Iterator[str]:
    """Every name that a node uses: keys, types and references."""
    if isinstance(node, list):
        for each in node:
            yield from iris(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("@id", "@type"):
                yield from [value] if isinstance(value, str) else value
            elif key not in ("@value", "@language"):
                yield from [] if key.startswith("@") else [key]
                yield from iris(value)


def nodes(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [node for node in found["@graph"] if kind in ([node["@type"]] if isinstance(node["@type"], str) else node["@type"])]


@pytest.mark.parametrize(("name", "parameters"), GRAPHS)
def test_every_name_is_an_iri_of_dpv_of_a_code_list_or_ours(name: str, parameters: Parameters) -> None:
    found = graph(name, parameters)
    known = {term.iri for kind in vocabulary.KINDS for term in vocabulary.terms(kind).values() if term.iri}
    known |= {f"https://w3id.org/dpv#{each}" for each in DPV_2_3}

    used = {expanded(each) for each in iris({key: value for key, value in found.items() if key != "@context"})}
    foreign = {iri for iri in used if not iri.startswith(("urn:privacy-ledger:", "https://w3id.org/dpv/loc#"))}
    assert {iri for iri in foreign if iri.startswith("https://w3id.org/dpv")} <= known
    assert {iri for iri in foreign if not iri.startswith("https://w3id.org/dpv")} <= {
        f"http://purl.org/dc/terms/{each}" for each in ("valid", "modified", "identifier", "source", "hasVersion")
    } | {"http://www.w3.org/2000/01/rdf-schema#label"}
    assert all(isinstance(value, str | dict) for value in found["@context"].values()), "nothing is fetched"


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
