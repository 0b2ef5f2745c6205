"""The register of processing, the recipients and one person's consents as JSON-LD in the terms of DPV 2.3. Pure: answers in, graphs out.

The context stands in the document, so nothing has to be fetched. A term that no vocabulary has is ours (`ledger:`, a URN). Nothing is made up: what
ISO/IEC TS 27560 asks of a consent record and no event tells (address of the controller, jurisdiction, method of withdrawal, text of the notice) is
left out, and the record does not claim to conform to it. Source: W3C DPV 2.3 (https://w3id.org/dpv), its guide to ISO/IEC TS 27560.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from ledger.answers.shapes import Event, Freshness, Term
from ledger.answers.shapes_access import AccessAnswer
from ledger.answers.shapes_register import DisclosureLine, ProcessingLine, RegisterAnswer
from ledger.answers.shapes_sharing import RecipientAnswer, RecipientsAnswer, SafeguardAnswer
from ledger.answers.shapes_subject import ConsentAnswer
from ledger.contract import schema_store, vocabulary
from ledger.contract.json_form import instant_to_text
from ledger.contract.term_names import term_name
from ledger.exporting.columns import places

MEDIA_TYPE: Final = "application/ld+json"
CONTEXT: Final[Mapping[str, Any]] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "ledger": "urn:privacy-ledger:term:",
    "dpv:isIndicatedAtTime": {"@type": "xsd:dateTime"},
    "dct:modified": {"@type": "xsd:dateTime"},
    "dct:valid": {"@type": "xsd:dateTime"},
    "ledger:subjects": {"@type": "xsd:integer"},
    "ledger:holdings": {"@type": "xsd:integer"},
}
"""Prefixes and the types of what is text in JSON; the terms of the code lists expand by the prefixes alone."""
Node = dict[str, Any]


def register_graph(answer: RegisterAnswer) -> Node:
    """Art. 30(1): a process for each activity, a recipient for each role; what is declared is told apart from what was seen."""
    controller = _party(answer.controller, "dpv:DataController")
    processes = [_activity(each, controller["@id"]) for each in answer.activities]
    roles = [_role(each, controller["@id"]) for each in answer.recipients]
    record = _node(
        f"register:{quote(answer.controller)}", "dpv:RecordsOfActivities",
        ("dpv:hasDataController", _id(controller["@id"])), ("dpv:hasProcess", [_id(each["@id"]) for each in (*processes, *roles)]),
        ("dct:source", answer.statement), ("dct:hasVersion", answer.version), ("ledger:notCovered", list(answer.not_covered)),
    )  # fmt: skip
    return _document([record, controller, *processes, *roles], answer.freshness)


def recipients_graph(answer: RecipientsAnswer) -> Node:
    """Who gets what, for what, and on which terms."""
    controllers = [_party(each, "dpv:DataController") for each in dict.fromkeys(one.controller for one in answer.recipients)]
    return _document([*controllers, *map(_recipient, answer.recipients)], answer.freshness)


def consents_graph(answer: AccessAnswer) -> Node:
    """The consents of one person, each with every state it had: a record is worth what its history is."""
    controller = _party(answer.controller, "dpv:DataController")
    subject = _party(f"{answer.controller}/{answer.subject_ref}", "dpv:DataSubject", answer.subject_ref)
    records = [_consent(each, controller["@id"], subject["@id"]) for each in answer.consents]
    return _document([controller, subject, *records], answer.freshness)


def _activity(line: ProcessingLine, controller: str) -> Node:
    named = (("purposes", "dpv:hasPurpose", line.purposes), ("categories", "dpv:hasPersonalData", line.categories),
             ("legal_bases", "dpv:hasLegalBasis", line.legal_bases))  # fmt: skip
    stores = (each.term for each in (*line.stores.declared, *line.stores.observed))
    return _node(
        f"activity:{quote(line.controller)}:{quote(line.activity)}", "dpv:Process", ("rdfs:label", line.title or line.activity),
        ("dpv:hasDataController", _id(controller)),
        *((key, _terms(kind, (*found.declared, *found.observed))) for kind, key, found in named),
        ("dpv:hasDataSubject", _terms("data_subjects", line.data_subjects)),
        ("dpv:hasTechnicalOrganisationalMeasure", _terms("security_measures", line.security.measures)),
        ("dpv:hasNecessity", {"REQUIRED": _id("dpv:Required"), "OPTIONAL": _id("dpv:Optional")}.get(line.necessity or "")),
        ("dpv:hasStorageCondition", [_node(None, "dpv:StorageDuration", ("rdfs:label", each)) for each in line.terms]),
        ("dpv:hasLocation", [_node(None, "dpv:StorageLocation", ("rdfs:label", each)) for each in dict.fromkeys(stores)]),
        *(
            (key, _terms(kind, [Term(each.term, each.label) for each in found.not_declared]))
            for kind, key, found in ((kind, f"ledger:notDeclared{key.removeprefix('dpv:has')}", found) for kind, key, found in named)
        ),
        ("ledger:isDeclared", line.is_declared), ("ledger:isObserved", line.is_observed), ("ledger:subjects", str(line.subjects)),
        ("ledger:holdings", str(line.holdings)), ("ledger:promise", list(line.promises)), _rests(line.rests_on),
    )  # fmt: skip


def _role(line: DisclosureLine, controller: str) -> Node:
    return _node(
        f"sharing:{quote(line.controller)}:{quote(line.role.term)}", "dpv:Process", ("dpv:hasProcessing", _id("dpv:Share")),
        ("dpv:hasDataController", _id(controller)), ("dpv:hasRecipient", [_party(each, *_roles(line.role)) for each in line.recipients]),
        ("ledger:role", _role_of(line.role)), ("dpv:hasPurpose", _terms("purposes", (*line.purposes.declared, *line.purposes.observed))),
        ("dpv:hasPersonalData", _terms("categories", (*line.categories.declared, *line.categories.observed))),
        ("ledger:transfer", [_transfer(each) for each in line.transfers]), ("ledger:isDeclared", line.is_declared),
        ("ledger:isObserved", line.is_observed), ("ledger:subjects", str(line.subjects)), ("ledger:holdings", str(line.holdings)),
        ("ledger:promise", list(line.promises)), _rests(line.rests_on),
    )  # fmt: skip


def _recipient(each: RecipientAnswer) -> Node:
    gets = [
        _node(None, "dpv:Process", ("dpv:hasProcessing", _id("dpv:Share")), ("dpv:hasPurpose", _terms("purposes", [one.purpose])),
              ("dpv:hasPersonalData", _terms("categories", one.categories)), ("ledger:erased", _terms("categories", one.erased)))
        for one in each.gets
    ]  # fmt: skip
    agreements = [
        _node(None, "dpv:ControllerProcessorAgreement", ("dct:identifier", one.agreement), ("ledger:state", one.state),
              ("dpv:hasPurpose", _terms("purposes", one.purposes)), ("dpv:hasPersonalData", _terms("categories", one.categories)))
        for one in each.agreement.agreements
    ]  # fmt: skip
    named, *types = _roles(each.role)
    return _node(
        f"recipient:{quote(each.controller)}:{quote(each.recipient)}:{quote(each.role.term)}", [named, *types], ("rdfs:label", each.recipient),
        ("ledger:role", _role_of(each.role)), ("ledger:recipientOf", _id(f"urn:privacy-ledger:party:{quote(each.controller)}")),
        ("dpv:hasCountry", [_country(one) for one in dict.fromkeys((*((each.country,) if each.country else ()), *each.countries))]),
        ("dpv:hasProcess", gets), ("ledger:agreement", agreements), ("ledger:agreementState", each.agreement.state),
        ("ledger:transfer", [_transfer(each.safeguard)] if each.safeguard else []), ("ledger:subjects", str(each.subjects)),
        ("ledger:holdings", str(each.holdings)), _rests(each.rests_on),
    )  # fmt: skip


def _consent(each: ConsentAnswer, controller: str, subject: str) -> Node:
    named = _consent_states()
    states = [
        _node(None, named.get(step.state, "dpv:ConsentUnknown"), ("dpv:isIndicatedAtTime", instant_to_text(step.at)), _rests((step.event,)))
        for step in each.steps
    ]
    return _node(
        f"consent:{uuid.UUID(bytes=each.steps[0].event.event_id)}", "dpv:ConsentRecord",
        ("dct:identifier", str(uuid.UUID(bytes=each.steps[0].event.event_id))), ("dpv:hasDataSubject", _id(subject)),
        ("dpv:hasDataController", _id(controller)), ("dpv:hasPurpose", _terms("purposes", [each.purpose])),
        ("dpv:hasLegalBasis", _id("eu-gdpr:A6-1-a")), ("dpv:hasRecipient", _party(each.recipient, "dpv:Recipient") if each.recipient else None),
        ("ledger:channel", each.channel), ("dpv:hasConsentStatus", states), ("ledger:state", each.state),
        ("dct:modified", instant_to_text(each.since)),
    )  # fmt: skip


# -- nodes


def _document(graph: list[Node], freshness: Freshness) -> Node:
    """The context, what the graph is of, and the graph."""
    position = ", ".join(f"facts-{each.partition}: {each.next_offset}" for each in freshness.partitions)
    return {
        "@context": dict(CONTEXT),
        "@id": "urn:privacy-ledger:export",
        "dct:valid": instant_to_text(freshness.time_reached),
        "ledger:position": position,
        "ledger:simulated": freshness.simulated,
        "@graph": graph,
    }


def _node(name: str | None, types: str | list[str], *pairs: tuple[str, Any]) -> Node:
    """A node; what is unknown or empty is left out. name None: it has none."""
    found: Node = {} if name is None else {"@id": f"urn:privacy-ledger:{name}"}
    found["@type"] = types
    return found | {key: value for key, value in pairs if value is not None and value != []}


def _id(iri: str) -> Node:
    return {"@id": iri}


def _party(name: str, *types: str) -> Node:
    """Whoever has a part. A second name of a person is its label."""
    kinds = [each for each in types if ":" in each]
    label = next((each for each in types if ":" not in each), name)
    return _node(f"party:{quote(name)}", kinds[0] if len(kinds) == 1 else kinds, ("rdfs:label", label))


def _terms(kind: str, terms: Iterable[Term]) -> list[Node]:
    """Terms with their names; each once."""
    return [
        {"@id": term if ":" in term else f"ledger:{quote(term)}", "rdfs:label": _names(kind, term)}
        for term in dict.fromkeys(each.term for each in terms)
    ]


def _names(kind: str, term: str) -> list[Node]:
    return [{"@value": term_name(kind, term, "nl"), "@language": "nl"}, {"@value": term_name(kind, term, "en"), "@language": "en"}]


def _roles(role: Term) -> tuple[str, ...]:
    """A recipient, and the part that DPV has a term for."""
    known = vocabulary.terms("recipient_roles").get(role.term)
    found = [] if known is None or known.iri is None else [known.iri.replace(CONTEXT["eu-gdpr"], "eu-gdpr:").replace(CONTEXT["dpv"], "dpv:")]
    return tuple(dict.fromkeys(("dpv:Recipient", *found)))


def _role_of(role: Term) -> Node:
    return _terms("recipient_roles", [role])[0]


def _transfer(found: SafeguardAnswer) -> Node:
    return _node(
        None, "dpv:Process", ("dpv:hasProcessing", _id("dpv:Transfer")), ("dpv:hasCountry", [_country(found.country)] if found.country else []),
        ("dpv:hasLegalBasis", _terms("safeguards", [found.safeguard]) if found.safeguard else []), ("ledger:state", found.state),
        ("ledger:isLawful", found.is_lawful),
    )  # fmt: skip


def _country(code: str) -> Node:
    return _id(f"loc:{quote(code)}")


def _rests(events: Iterable[Event]) -> tuple[str, list[str]]:
    return "ledger:restsOn", list(places(events))


@cache
def _consent_states() -> dict[str, str]:
    """GIVEN: dpv:ConsentGiven, as the schema of the event says."""
    field = next(each for each in schema_store.schema("ConsentChanged")["fields"] if each["name"] == "state")
    return {symbol: str(iri).replace(CONTEXT["dpv"], "dpv:") for symbol, iri in field["type"]["iris"].items()}
