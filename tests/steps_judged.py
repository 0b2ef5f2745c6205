"""Short words for the steps of one life, judged by the second judge: for tests that write lives by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.histories import Event, at
from tests.hoster_histories import made, shipped_policy
from tests.naive_judging import naive_verdicts

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
Step = tuple[str, int | str, dict[str, Any]]
MD, HH, WH, SH, SO = "mijndomein", "hostinghuis", "webhoster", "smallhold", "sohosted"


def moment(day: int | str) -> int:
    """Days from 1 June 2018, or a wall-clock time in Amsterdam."""
    if isinstance(day, int):
        return at(day)
    return int(datetime.fromisoformat(day).replace(tzinfo=AMSTERDAM).timestamp()) * 1_000_000


def history(controller: str, *steps: Step) -> list[Event]:
    log = [shipped_policy(controller)]
    for number, (name, day, fields) in enumerate(steps, start=1):
        log.append(made(name, fields.pop("number", number), moment(day), controller, **fields))
    return log


def said(controller: str, *steps: Step) -> set[tuple[str, str]]:
    """What the last step breaks."""
    log = history(controller, *[(name, day, dict(fields)) for name, day, fields in steps])
    return {(promise, rule) for event, promise, rule in naive_verdicts(log) if event == log[-1][1]["event_id"]}


def fact(name: str, day: int | str, given: dict[str, Any], fields: dict[str, Any]) -> Step:
    return name, day, {"subject_ref": "s1"} | given | fields


def collect(day: int | str, **fields: Any) -> Step:
    given = {"activity": "account", "categories": ["pd:Name"], "purposes": ["dpv:AccountManagement"], "legal_basis": "eu-gdpr:A6-1-b", "store": "crm"}
    return fact("DataCollected", day, given, fields)


def share(day: int | str, **fields: Any) -> Step:
    given = {"by": MD, "recipient": "acme", "recipient_role": "supplier", "categories": ["pd:Name"], "purpose": "dpv:CustomerCare"}
    return fact("DataShared", day, given | {"legal_basis": "eu-gdpr:A6-1-b"}, fields)


def use(day: int | str, **fields: Any) -> Step:
    return fact("DataUsed", day, {"by": MD, "purpose": "dpv:AccountManagement", "categories": ["pd:Name"]}, fields)


def consult(day: int | str, **fields: Any) -> Step:
    return fact("DataConsulted", day, {"purpose": "dpv:CustomerCare", "categories": ["ledger:HostedContent"]}, fields)


def erase(day: int | str, **fields: Any) -> Step:
    return fact("DataErased", day, {"by": HH, "act": "ERASED"}, fields)


def answer(day: int | str, outcome: str, **fields: Any) -> Step:
    return fact("RequestAnswered", day, {"request_ref": "q1", "outcome": outcome}, fields)


def consent(day: int | str, purpose: str, state: str = "GIVEN", **fields: Any) -> Step:
    return fact("ConsentChanged", day, {"purpose": purpose, "state": state}, fields)


def objection(day: int | str, purpose: str, state: str = "RAISED", **fields: Any) -> Step:
    return fact("ObjectionChanged", day, {"purpose": purpose, "state": state}, fields)


def notice(day: int | str, about: str, ref: str, **fields: Any) -> Step:
    return fact("NoticeGiven", day, {"to": "subject", "about": about, "ref": ref}, fields)


def reached(day: int | str, kind: str, ref: str | None = "r1") -> Step:
    return fact("MilestoneReached", day, {"kind": kind, "ref": ref}, {})


def decided(day: int | str, decision: str = "GRANTED", **fields: Any) -> Step:
    return fact("DisclosureDecided", day, {"disclosure_ref": "d1", "decision": decision}, fields)


def agreed(day: int | str, state: str = "IN_FORCE", since: int | None = None, until: int | None = None, **fields: Any) -> Step:
    given = {"recipient": "acme", "agreement": "a1", "state": state, "categories": ["pd:Name"], "purposes": ["dpv:CustomerCare"]}
    bounds = {"in_force_from": moment(day) if since is None else at(since), "until": None if until is None else at(until)}
    return "AgreementChanged", day, given | bounds | fields


def registered(day: int | str, **fields: Any) -> Step:
    return "RecipientRegistered", day, {"recipient": "acme", "role": "supplier"} | fields


REASON = {"holder": MD, "store": None, "purpose": None, "ref": None, "reason": "ledger:StatutoryTerm", "statute": None, "until": None}
NEWS, LETTER, DIRECT = "ledger:ProductNews", "ledger:Newsletter", "dpv:DirectMarketing"
COMBINED = {"activity": "data_combination", "purposes": ["ledger:DataCombination"], "categories": ["ledger:DemographicSegment"]}
LOGGED = {"activity": "portal_session", "purposes": ["dpv:EnforceSecurity"], "categories": ["pd:IPAddress"], "store": "portal", "ref": "r1"}
STATISTICS = {"activity": "site_statistics", "purposes": ["ledger:SiteStatistics"], "categories": ["pd:UserAgent"], "store": "web"}
VISITS = {"activity": "visitor_traffic", "categories": ["ledger:VisitorTraffic"], "purposes": ["ledger:BreachInvestigation"]}
DISCLOSED = {"recipient_role": "court", "purpose": "ledger:LegalDisclosure", "disclosure_ref": "d1"}
HOSTED = {"activity": "hosting", "categories": ["ledger:HostedContent"], "purposes": ["dpv:RequestedServiceProvision"], "store": "webserver"}
OBLIGATION = "eu-gdpr:A6-1-c"
JUSTICE = {"activity": "justice_retention", "purposes": ["ledger:JusticeRetention"], "legal_basis": OBLIGATION}
ASKED = {"activity": "enquiry", "purposes": ["ledger:EnquiryHandling"], "categories": ["pd:Name"], "store": "helpdesk"}
LISTED = {"activity": "newsletter", "purposes": ["ledger:Newsletter"], "categories": ["pd:EmailAddress"], "store": "mailing"}
SERVER = {"activity": "server_logs", "categories": ["ledger:ServerLog"]}

PURPOSE = "dpv:AccountManagement"
