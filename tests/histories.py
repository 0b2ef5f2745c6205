"""Small logs of one partition: makers of events as `facts` holds them, and generators of random histories.

A history is a list of (type, fields) in log order; `records` makes Kafka records of it. Times are whole days, so that a naive
reader can add terms by hand. Ids are numbered: the same history is the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ledger.contract import codec
from ledger.core.delta import Delta
from ledger.core.events import REGISTER_TYPES
from ledger.core.ids import message_key
from ledger.folding.projecting import Projecting
from ledger.folding.reading import REGISTER_OFFSET_HEADER, Record
from tests.memory_projection import MemoryProjection

DAY = 86_400_000_000
START = 1_527_804_000_000_000  # 2018-06-01 00:00 in Amsterdam, in microseconds
CONTROLLER = "hoster"
Event = tuple[str, dict[str, Any]]


def event_id(number: int) -> bytes:
    """A UUIDv7 whose order is that of the numbers."""
    return bytes.fromhex(f"0190c2a4{number:04x}7000800000000000{number:04x}")


def at(day: float) -> int:
    """Midnight of a day, counted from START, in microseconds since 1970."""
    return START + int(day * DAY)


def fact(type_name: str, number: int, day: float, subject: str = "s1", **fields: Any) -> Event:
    """One fact with its envelope; fields with a default may be left out."""
    envelope = _envelope(number, day) | {"subject_ref": subject}
    return type_name, _whole(type_name, envelope | fields)


def register_event(type_name: str, number: int, day: float, **fields: Any) -> Event:
    """An event about the controller; what is not given has its default."""
    return type_name, _whole(type_name, _envelope(number, day) | fields)


def collected(number: int, day: float, *, categories: Sequence[str] = ("pd:Name",), subject: str = "s1", **fields: Any) -> Event:
    given = {"activity": "customers", "purposes": ["dpv:ServiceProvision"], "legal_basis": "eu-gdpr:A6-1-b", "store": "crm"} | fields
    return fact("DataCollected", number, day, subject, categories=list(categories), **given)


def shared(number: int, day: float, *, categories: Sequence[str] = ("pd:Name",), subject: str = "s1", **fields: Any) -> Event:
    given = {"by": CONTROLLER, "recipient": "SIDN", "recipient_role": "registry", "purpose": "dpv:ServiceRegistration"}
    return fact("DataShared", number, day, subject, categories=list(categories), **given | {"legal_basis": "eu-gdpr:A6-1-b"} | fields)


def erased(number: int, day: float, *, by: str = CONTROLLER, subject: str = "s1", **fields: Any) -> Event:
    return fact("DataErased", number, day, subject, by=by, act="ERASED", **fields)


def milestone(number: int, day: float, kind: str, ref: str | None = None, subject: str = "s1") -> Event:
    return fact("MilestoneReached", number, day, subject, kind=kind, ref=ref)


def tick(number: int, day: float, mode: str = "SIMULATED") -> Event:
    return "TimeReached", _whole("TimeReached", _envelope(number, day) | {"time": at(day), "mode": mode})


def rule(rule_id: str, days: int, anchors: Sequence[str] = ("COLLECTION",), holder: str = "controller", **fields: Any) -> dict[str, Any]:
    """One retention rule of a compiled policy, in days."""
    return {"id": rule_id, "holder": holder, "anchors": list(anchors), "after": f"P{days}D"} | fields


LAW = {
    "format": 1, "law": "nl-eu", "version": "2018-06-01", "inside": {}, "adequacy": {}, "safeguards": {}, "clocks": {},
    "statutes": {
        "first": {"title": "First", "source": "Stb. 1", "term": "P5D", "until": "2018-06-08"},
        "second": {"title": "Second", "source": "Stb. 2", "term": "P9D", "from": "2018-06-15", "follows": "first"},
    },
}  # fmt: skip
"""A statute that was replaced, and a week in which none was in force. Days begin at midnight UTC, where `policy` has its terms."""


def policy(number: int, day: float, retention: Sequence[dict[str, Any]], *, controller: str = CONTROLLER, **compiled: Any) -> Event:
    """A PolicyPublished in force from that day, in UTC so that a day is 24 hours."""
    body = {
        "format": 2, "policy": controller, "controller": controller, "version": str(number), "title": f"Statement {number}", "time_zone": "UTC",
        "in_force_from": "2018-06-01", "acts_within": "P7D", "activities": ACTIVITIES, "retention": list(retention), "recipients": RECIPIENTS,
        "conditions": CONDITIONS,
    } | compiled  # fmt: skip
    fields = {
        "policy": controller, "version": str(number), "text": "", "text_hash": "", "compiled": json.dumps(body), "in_force_from": at(day),
    }  # fmt: skip
    return "PolicyPublished", _whole("PolicyPublished", _envelope(number, day) | {"controller": controller} | fields)


ACTIVITIES = {
    "customers": {
        "title": "Customers", "purposes": ["dpv:ServiceProvision", "dpv:DirectMarketing"], "legal_basis": ["eu-gdpr:A6-1-b"],
        "categories": ["pd:Name", "pd:EmailAddress", "pd:IPAddress"], "necessity": "REQUIRED", "stores": {"crm": "NL", "billing": "NL"},
    }
}  # fmt: skip
RECIPIENTS = {
    "registry": {"promises": ["MD-13"]},  # gets whatever is declared for somebody
    "intermediary": {"promises": ["MD-13"], "purposes": ["dpv:ServiceRegistration", "dpv:PaymentManagement"]},
}
CONDITIONS = [
    {"id": "MD-13", "act": "share", "roles": ["registry"], "needs": ["service_ref"]},
    {"id": "SO-05", "act": "use", "needs": ["consent"], "purposes": ["dpv:DirectMarketing"]},
    {"id": "MD-20", "act": "use", "needs": ["no_objection"], "purposes": ["dpv:DirectMarketing"]},
    {"id": "MD-07", "act": "use", "by": "controller", "needs": ["held_for_purpose"]},
    {"id": "HH-02", "act": "erase", "by": "controller", "needs": ["service_ended"]},
]


def _envelope(number: int, day: float) -> dict[str, Any]:
    return {
        "event_id": event_id(number), "controller": CONTROLLER, "occurred_at": at(day), "source": "shop", "salt": event_id(number),
    }  # fmt: skip


def _whole(type_name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return codec.decode(codec.encode(type_name, fields))[1]


# -- as Kafka has it


def records(history: Sequence[Event], *, first_offset: int = 0, register_offset: int = 0, broker_at: int | None = None) -> list[Record]:
    """Kafka records of a history. broker_at: the broker's time in microseconds, for all of them; otherwise a late one."""
    found: list[Record] = []
    for offset, (type_name, fields) in enumerate(history, start=first_offset):
        key, headers = None, []
        if type_name in REGISTER_TYPES:
            headers = [(REGISTER_OFFSET_HEADER, str(register_offset).encode())]
            register_offset += 1
        else:
            key = message_key(fields["controller"], fields["subject_ref"])
        found.append((offset, (at(100_000) if broker_at is None else broker_at) // 1000, key, codec.encode(type_name, fields), headers))
    return found


def projecting(store: MemoryProjection, **wishes: Any) -> Projecting:
    """A fold of partition 0, going on where the store stands."""
    given = {"partitions": 1, "progress": store.progress("facts", 0), "simulated": True} | wishes
    return Projecting(0, store, **given)


def project(history: Sequence[Event] | list[Record], store: MemoryProjection | None = None) -> MemoryProjection:
    """Fold a whole history as one batch into a store."""
    store = MemoryProjection() if store is None else store
    made = history if history and isinstance(history[0][0], int) else records(history)  # type: ignore[arg-type]
    fold = projecting(store)
    delta: Delta = fold.project(made)  # type: ignore[arg-type]
    store.write(delta)
    while fold.is_pending:
        store.write(fold.project(()))
    return store


# -- random histories

DAYS = st.integers(0, 30)
CATEGORIES = st.lists(st.sampled_from(["pd:Name", "pd:EmailAddress", "pd:IPAddress"]), min_size=1, max_size=3, unique=True)
SOME_CATEGORIES = st.just([]) | CATEGORIES
REFS = st.sampled_from(["r1", "r1", None])
OWN_PURPOSES = ["dpv:ServiceProvision", "dpv:DirectMarketing"]
KINDS = st.sampled_from(
    ["SERVICE_STARTED", "SERVICE_ENDED", "CEASED_CUSTOMER", "BECAME_CUSTOMER", "INVOICE_ISSUED", "ACCOUNT_OPENED", "ACCOUNT_CLOSED"]
)

_FACT_FIELDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "DataCollected": st.fixed_dictionaries(
        {
            "activity": st.sampled_from(["customers", "undeclared"]),
            "categories": CATEGORIES,
            "purposes": st.lists(st.sampled_from(OWN_PURPOSES), min_size=1, max_size=2, unique=True),
            "legal_basis": st.sampled_from(["eu-gdpr:A6-1-b", "eu-gdpr:A6-1-f"]),
            "store": st.sampled_from(["crm", "crm", "billing"]),
            "ref": REFS,
        }
    ),
    "DataShared": st.fixed_dictionaries(
        {
            "by": st.sampled_from([CONTROLLER, "SIDN"]),
            "recipient": st.sampled_from(["SIDN", "Adyen"]),
            "recipient_role": st.sampled_from(["registry", "payment_provider"]),
            "categories": CATEGORIES,
            "purpose": st.sampled_from(["dpv:ServiceRegistration", "dpv:PaymentManagement"]),
            "legal_basis": st.just("eu-gdpr:A6-1-b"),
            "ref": REFS,
            "country": st.sampled_from([None, "US"]),
        }
    ),
    "DataErased": st.fixed_dictionaries(
        {
            "by": st.sampled_from([CONTROLLER, "SIDN", "Adyen"]),
            "act": st.just("ERASED"),
            "store": st.sampled_from([None, "crm"]),
            "categories": SOME_CATEGORIES,
            "purposes": st.just([]) | st.lists(st.sampled_from([*OWN_PURPOSES, "dpv:ServiceRegistration"]), min_size=1, max_size=2, unique=True),
            "ref": REFS,
            "certificate_ref": st.sampled_from([None, "c1"]),
        }
    ),
    "MilestoneReached": st.fixed_dictionaries({"kind": KINDS, "ref": REFS}),
    "ConsentChanged": st.fixed_dictionaries(
        {
            "purpose": st.sampled_from(["dpv:DirectMarketing", "dpv:DirectMarketing", "dpv:ServiceProvision"]),
            "channel": st.sampled_from([None, "email", "sms"]),
            "recipient": st.sampled_from([None, None, "SIDN"]),
            "state": st.sampled_from(["GIVEN", "GIVEN", "RENEWED", "WITHDRAWN", "WITHDRAWN", "EXPIRED", "REQUESTED"]),
        }
    ),
    "ObjectionChanged": st.fixed_dictionaries({"purpose": st.just("dpv:DirectMarketing"), "state": st.sampled_from(["RAISED", "LIFTED"])}),
    "DataUsed": st.fixed_dictionaries(
        {"by": st.just(CONTROLLER), "purpose": st.just("dpv:DirectMarketing"), "channel": st.just("email"), "categories": CATEGORIES}
    ),
    "RequestReceived": st.fixed_dictionaries(
        {"right": st.sampled_from(["ERASURE", "ERASURE", "ACCESS"]), "request_ref": st.sampled_from(["q1", "q2"]), "categories": SOME_CATEGORIES}
    ),
    "RequestAnswered": st.fixed_dictionaries(
        {
            "request_ref": st.sampled_from(["q1", "q2"]),
            "outcome": st.sampled_from(["FULFILLED", "REFUSED", "PARTLY"]),
            "reasons": st.lists(
                st.fixed_dictionaries(
                    {
                        "holder": st.sampled_from([CONTROLLER, "SIDN"]),
                        "store": st.sampled_from([None, "crm"]),
                        "purpose": st.sampled_from([None, *OWN_PURPOSES]),
                        "ref": REFS,
                        "reason": st.sampled_from(["eu-gdpr:JustificationA17LegalClaims"] * 3 + ["ledger:StatutoryTerm"]),
                    }
                ),
                max_size=2,
            ),
        }
    ),
    "HoldPlaced": st.fixed_dictionaries(
        {
            "hold_ref": st.sampled_from(["h1", "h2"]),
            "kind": st.sampled_from(["LEGAL_HOLD", "RESTRICTION"]),
            "categories": SOME_CATEGORIES,
            "store": st.sampled_from([None, None, "crm"]),
            "until": st.none() | st.integers(0, 60).map(at),
        }
    ),
    "HoldReleased": st.fixed_dictionaries({"hold_ref": st.sampled_from(["h1", "h2"]), "kind": st.sampled_from(["LEGAL_HOLD", "RESTRICTION"])}),
    "KeyDestroyed": st.just({"key_id": "k1"}),
}
# What moves holdings comes most often; a history of look-ups would show little.
_FACT_TYPES = ["DataCollected"] * 5 + ["DataShared"] * 4 + ["DataErased"] * 5 + ["MilestoneReached"] * 4 + list(_FACT_FIELDS)[4:]
_FACT_TYPES += ["RequestReceived", "RequestAnswered", "HoldPlaced"]

ANCHORS = [("COLLECTION",)] * 3 + [("SERVICE_ENDED",), ("CEASED_CUSTOMER", "SERVICE_ENDED"), ("INVOICE_ISSUED", "SERVICE_ENDED")]
ANCHORS += [("CONSENT_ENDED",), ("CONSENT_ENDED",), ("ACCOUNT_CLOSED", "CONSENT_ENDED"), ("ACCOUNT_CLOSED",), ("NOT_STATED",)]
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.integers(0, 15),
            "anchors": st.sampled_from(ANCHORS),
            "mode": st.sampled_from(["ALL", "ANY"]),
            "per": st.sampled_from(["subject", "ref"]),
            "purposes": st.sampled_from([[], [], [], ["dpv:ServiceProvision"]]),
            "categories": st.sampled_from([[], [], [], ["pd:Name", "pd:EmailAddress"]]),
            "statute": st.sampled_from([None, None, "AWR-52"]),
            "consent_to": st.sampled_from([None, "dpv:DirectMarketing"]),
            "customer": st.sampled_from([None, None, True, False]),
            "by_law": st.sampled_from([None, None, None, "after", "then"]),
        }
    ),
    min_size=1,
    max_size=3,
)


# What a term can depend on besides one milestone, close together: customers that come and go, consents that end and are given again, and hardly any
# rule that something else decides.
_DEPENDING_FIELDS = _FACT_FIELDS | {
    "MilestoneReached": st.fixed_dictionaries(
        {"kind": st.sampled_from([*["ACCOUNT_OPENED", "ACCOUNT_CLOSED"] * 2, "BECAME_CUSTOMER", "CEASED_CUSTOMER"]), "ref": REFS}
    ),
    "ConsentChanged": st.fixed_dictionaries(
        {
            "purpose": st.just("dpv:DirectMarketing"),
            "channel": st.sampled_from([None, None, "email", "sms"]),
            "recipient": st.sampled_from([None, None, None, "SIDN"]),
            "state": st.sampled_from(["GIVEN", "WITHDRAWN", "GIVEN", "EXPIRED", "REQUESTED"]),
        }
    ),
}
_DEPENDING_TYPES = ["ConsentChanged"] * 6 + ["DataCollected"] * 3 + ["DataShared"] * 2 + ["MilestoneReached"] * 5
DEPENDING_RULES = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.integers(0, 15),
            "anchors": st.sampled_from([("CONSENT_ENDED",)] * 4 + [("COLLECTION",), ("ACCOUNT_CLOSED",), ("ACCOUNT_CLOSED", "CONSENT_ENDED")]),
            "mode": st.sampled_from(["ALL", "ANY"]),
            "per": st.sampled_from(["subject", "ref"]),
            "purposes": st.just([]),
            "categories": st.just([]),
            "statute": st.none(),
            "consent_to": st.sampled_from([None, "dpv:DirectMarketing", "dpv:DirectMarketing"]),
            "customer": st.sampled_from([None, True, False]),
            "by_law": st.sampled_from([None, None, "after", "then"]),
        }
    ),
    min_size=2,
    max_size=3,
)


@st.composite
def subject_facts(
    draw: st.DrawFn, max_size: int = 12, first_number: int = 1, subjects: Sequence[str] = ("s1",), depending: bool = False
) -> list[Event]:
    """Facts of one or more subjects; each id once. depending: mostly those that DEPENDING_RULES look at."""
    fields_of, weighted = (_DEPENDING_FIELDS, _DEPENDING_TYPES) if depending else (_FACT_FIELDS, _FACT_TYPES)
    types = draw(st.lists(st.sampled_from(weighted), min_size=8 if depending else 3, max_size=max_size))
    return [
        fact(name, number, draw(DAYS), draw(st.sampled_from(list(subjects))), **draw(fields_of[name]))
        for number, name in enumerate(types, start=first_number)
    ]


@st.composite
def policies(draw: st.DrawFn, number: int, wishes: st.SearchStrategy[list[dict[str, Any]]] = RULES) -> Event:
    """One published policy with random rules."""
    rules = [
        rule(f"R-{number}-{holder}-{i}", wish["days"], wish["anchors"], holder, **{k: wish[k] for k in ("mode", "per", "purposes", "categories")})
        | {field: wish[field] for field in ("statute", "consent_to") if wish[field]}
        | ({"when": {"customer": wish["customer"]}} if wish["customer"] is not None else {})
        | ({"statute": "first", wish["by_law"]: "statute"} if wish["by_law"] else {})
        for holder in ("controller", "recipient")
        for i, wish in enumerate(draw(wishes))
    ]
    return policy(number, draw(st.sampled_from([0, 0, 10, 20])), rules, law=LAW, format=3)


@st.composite
def histories(draw: st.DrawFn, max_size: int = 16, subjects: Sequence[str] = ("s1", "s2")) -> list[Event]:
    """A log: facts of some subjects, with policies and ticks between, and now and then a repeat of a fact."""
    log = draw(subject_facts(max_size=max_size, subjects=subjects))
    for number in range(1001, 1001 + draw(st.integers(1, 3))):
        log.insert(draw(st.integers(0, 0 if number == 1001 else len(log))), draw(policies(number)))
    places = sorted(draw(st.lists(st.integers(0, len(log)), max_size=6)), reverse=True)
    days = sorted(draw(st.lists(st.integers(0, 60), min_size=len(places), max_size=len(places))), reverse=True)
    for number, (place, day) in enumerate(zip(places, days, strict=True), start=2001):
        log.insert(place, tick(number, day))
    for _ in range(draw(st.integers(0, 2))):
        log.insert(draw(st.integers(0, len(log))), draw(st.sampled_from([event for event in log if event[0] not in REGISTER_TYPES])))
    if draw(st.booleans()):
        log.append(tick(2999, draw(st.integers(30, 120))))
    return log
