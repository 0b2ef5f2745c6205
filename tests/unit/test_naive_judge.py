"""The second judge judged by hand: each rule of docs/judging.md kept once and broken once, and the edges of its words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.histories import Event, at
from tests.hoster_histories import made, shipped_policy
from tests.naive_judging import law, naive_register_verdicts, naive_verdicts

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

# controller, promise, rule, the steps that keep it, the steps that break it: of each the last one is judged.
CASES: list[tuple[str, str, str, list[Step], list[Step]]] = [
    (MD, "X-04", "undeclared-activity", [collect(0)], [collect(0, activity="other")]),
    (MD, "MD-02", "undeclared-category", [collect(0)], [collect(0, categories=["pd:Name", "pd:Health"])]),
    (MD, "MD-02", "undeclared-purpose", [collect(0)], [collect(0, purposes=["dpv:AccountManagement", "dpv:CustomerSolvencyMonitoring"])]),
    (MD, "X-04", "undeclared-recipient-role", [share(0)], [share(0, recipient_role="data_broker")]),
    (MD, "MD-13", "share-for-other-purpose", [share(0, recipient_role="registry", purpose="dpv:ServiceRegistration")],
     [share(0, recipient_role="registry")]),
    (MD, "MD-13", "share-of-other-category", [share(0, recipient_role="registry")],
     [share(0, recipient_role="registry", categories=["pd:Name", "pd:BankAccount"])]),
    (MD, "MD-04", "prohibited-collection", [collect(0, activity="traffic", categories=["ledger:TrafficData"])],
     [collect(0, activity="traffic", categories=["ledger:TrafficData", "pd:EmailContent"])]),
    (MD, "MD-06", "collection-after-objection", [objection(0, "ledger:DataCombination"), objection(1, "ledger:DataCombination", "LIFTED"),
     collect(2, **COMBINED)], [objection(0, "ledger:DataCombination"), collect(2, **COMBINED)]),
    (MD, "MD-06", "use-after-objection", [objection(3, "ledger:DataCombination"), use(2, purpose="ledger:DataCombination")],
     [objection(1, "ledger:DataCombination"), use(2, purpose="ledger:DataCombination")]),
    (MD, "MD-07", "use-for-other-purpose", [collect(0), use(1)], [collect(0), use(1, purpose="dpv:CustomerCare")]),
    (MD, "MD-07", "use-for-other-purpose", [collect(0), collect(1, categories=["pd:EmailAddress"], ref="r1"),
     use(2, categories=["pd:Name", "pd:EmailAddress"])], [collect(0), use(2, categories=["pd:Name", "pd:EmailAddress"])]),
    (MD, "MD-07", "use-for-other-purpose", [collect(0), erase(1, by=MD), collect(2), use(3)], [collect(0), erase(1, by=MD, store="crm"), use(2)]),
    (MD, "MD-07", "use-for-other-purpose", [collect(0), erase(1, by=MD, ref="r1"), use(2)], [collect(3), use(2)]),
    (MD, "MD-07", "use-for-other-purpose", [collect(0), erase(1, by=MD, store="elsewhere"), use(2)],
     [share(0, purpose="dpv:AccountManagement"), use(1)]),
    (MD, "MD-07", "use-for-other-purpose", [collect(0), erase(1, by="acme"), use(2)], [collect(0), erase(1, by=MD, purposes=[PURPOSE]), use(2)]),
    (MD, "MD-07", "use-for-other-purpose", [collect(0), erase(1, by=MD, purposes=[DIRECT]), use(2)], [collect(0), erase(2, by=MD), use(3)]),
    (MD, "MD-07", "use-for-other-purpose", [collect(0), erase(3, by=MD), use(2)], [collect(0), erase(1, by=MD, categories=["pd:Name"]), use(2)]),
    (MD, "MD-11", "use-after-objection", [use(2, purpose="dpv:SocialMediaMarketing")],
     [objection(0, "dpv:SocialMediaMarketing"), use(2, purpose="dpv:SocialMediaMarketing")]),
    *[(MD, "MD-12", rule, [step], [sale]) for rule, step, sale in [
        ("prohibited-collection", collect(0), collect(0, purposes=["dpv:AccountManagement", "dpv:SellDataToThirdParties"])),
        ("prohibited-share", share(0), share(0, purpose="dpv:SellDataToThirdParties")),
        ("prohibited-use", use(0), use(0, purpose="dpv:SellDataToThirdParties")),
        ("prohibited-look-up", consult(0), consult(0, purpose="dpv:SellDataToThirdParties")),
    ]],
    (MD, "MD-13", "share-without-ref", [share(0, recipient_role="partner", ref="r1")], [share(0, recipient_role="partner")]),
    (MD, "MD-14", "transfer-lapsed", [share("2020-07-15T23:59:59", country="US", safeguard="ledger:PrivacyShield")],
     [share("2020-07-16", country="US", safeguard="ledger:PrivacyShield")]),
    (MD, "MD-14", "transfer-lapsed", [share("2023-07-10", country="US", safeguard="ledger:DataPrivacyFramework")],
     [share("2023-07-09T23:59:59", country="US", safeguard="ledger:DataPrivacyFramework")]),
    (MD, "MD-14", "transfer-lapsed", [share("2015-10-05T23:59:59", country="US", safeguard="ledger:SafeHarbour")],
     [share("2015-10-06", country="US", safeguard="ledger:SafeHarbour")]),
    (MD, "MD-14", "transfer-lapsed",
     [registered(0, safeguard="eu-gdpr:A46-2-c", safeguard_until=at(5)), share(4, country="US", safeguard="eu-gdpr:A46-2-c")],
     [registered(0, safeguard="eu-gdpr:A46-2-c", safeguard_until=at(5)), share(5, country="US", safeguard="eu-gdpr:A46-2-c")]),
    (MD, "MD-14", "transfer-not-a-safeguard", [share(0, country="NO", safeguard="ledger:ProcessingAgreement")],
     [share(0, country="US", safeguard="ledger:ProcessingAgreement")]),
    (MD, "MD-14", "transfer-without-safeguard", [share("2019-01-23", country="JP")], [share("2019-01-22T23:59:59", country="JP")]),
    (MD, "MD-14", "transfer-without-safeguard", [share(0, country=None)], [share(0, country="IN", safeguard="a promise")]),
    (MD, "MD-14", "transfer-without-safeguard",
     [registered(0, safeguard="eu-gdpr:A46-2-b"), share(5, country="US")],
     [registered(0), share(5, country="US")]),
    (MD, "MD-14", "transfer-without-safeguard", [registered(0, country="US"), share(1, country="IE")], [registered(0, country="US"), share(1)]),
    (MD, "MD-14", "transfer-lapsed", [registered(0, country="US", safeguard="eu-gdpr:A46-2-b"), share(1)],
     [registered(0, country="US", safeguard="eu-gdpr:A46-2-b", safeguard_until=at(1)), share(1)]),
    (MD, "MD-14", "transfer-on-unstated-safeguard", [share("2019-03-01", by=MD, country="US", safeguard="ledger:PrivacyShield")],
     [share("2019-03-01", by=MD, country="US", safeguard="eu-gdpr:A46-2-b")]),
    (MD, "MD-14", "transfer-on-unstated-safeguard", [share("2019-03-01", by="acme", country="US", safeguard="eu-gdpr:A46-2-b")],
     [registered("2019-02-01", country="US", safeguard="eu-gdpr:A46-2-b"), share("2019-03-01", by=MD)]),
    (MD, "MD-14", "transfer-on-unstated-safeguard", [share("2019-03-01", by=MD, country="CH", safeguard="eu-gdpr:A46-2-b")],
     [share("2019-03-01", by=MD, country="IN", safeguard="eu-gdpr:A46-2-b")]),
    (MD, "MD-15", "share-outside-extension", [registered(0, extensions=["nl"]), share(1, recipient_role="registry", product="nl")],
     [registered(0, extensions=["nl"]), share(1, recipient_role="registry", product="com")]),
    (MD, "MD-25", "share-with-unnamed-recipient", [share(0, recipient_role="analytics", recipient="hotjar")],
     [share(0, recipient_role="analytics")]),
    (MD, "MD-25", "share-with-unnamed-recipient", [share(0, by="acme", recipient_role="advertising")], [share(0, recipient_role="advertising")]),
    (MD, "X-04", "undeclared-store", [collect(0)], [collect(0, store="elsewhere", country="NL")]),
    (MD, "X-04", "store-in-other-country", [collect(0, country="NL")], [collect(0, country="US")]),
    (MD, "MD-14", "transfer-lapsed",
     [registered(0, safeguard="eu-gdpr:A46-2-b", safeguard_until=at(1)), share(5, country="US", safeguard="eu-gdpr:A46-2-c")],
     [registered(0, safeguard="eu-gdpr:A46-2-b", safeguard_until=at(1)), share(5, country="US", safeguard="eu-gdpr:A46-2-b")]),
    (MD, "MD-16", "basis-not-in-force", [collect("2015-03-10T23:59:59", statute=law.TELECOM_RETENTION)],
     [collect("2015-03-11", statute=law.TELECOM_RETENTION)]),
    (MD, "MD-16", "basis-not-in-force", [collect(0, statute="nl-awr-52")], [collect(0, statute="nl-no-such-law")]),
    (MD, "MD-16", "basis-not-in-force", [collect("2015-03-10T23:59:59", **JUSTICE)], [collect("2015-03-11", **JUSTICE)]),
    (MD, "MD-16", "basis-not-in-force", [share(0, recipient_role="law_enforcement", purpose="ledger:LegalDisclosure")],
     [share(0, recipient_role="law_enforcement", purpose="ledger:JusticeRetention")]),
    (MD, "MD-16", "basis-without-statute", [collect(0, legal_basis=OBLIGATION, statute="nl-awr-52")], [collect(0, legal_basis=OBLIGATION)]),
    (HH, "GDPR-6-1-c", "basis-without-statute", [collect(0, activity="fiscal_archive", purposes=["ledger:FiscalRecordKeeping"],
     legal_basis=OBLIGATION)], [collect(0, activity="fiscal_archive", purposes=["ledger:Invoicing"], legal_basis=OBLIGATION)]),
    (SH, "GDPR-13", "undeclared-legal-basis", [collect(0)], [collect(0, legal_basis="eu-gdpr:A6-1-f")]),
    (MD, "MD-20", "use-after-objection", [objection(0, DIRECT, channel="sms"), use(1, purpose=DIRECT, channel="email")],
     [objection(0, DIRECT, channel="email"), objection(1, DIRECT, "LIFTED"), use(2, purpose=DIRECT, channel="email")]),
    (MD, "MD-20", "use-after-objection", [objection(0, DIRECT, "LIFTED"), use(1, purpose=DIRECT)],
     [objection(0, DIRECT), use(1, purpose=DIRECT, channel="email")]),
    (MD, "MD-20", "use-after-objection", [objection(0, DIRECT, channel="email"), use(1, purpose=DIRECT, channel="sms")],
     [objection(0, DIRECT, channel="email"), use(1, purpose=DIRECT)]),
    (MD, "MD-22", "prohibited-use", [use(0, purpose="ledger:MarketingSuppression", categories=["ledger:SuppressionEntry"])],
     [use(0, purpose="dpv:CustomerCare", categories=["ledger:SuppressionEntry"])]),
    (MD, "MD-11", "share-after-objection", [objection(0, DIRECT), share(1, purpose="dpv:PersonalisedAdvertising")],
     [objection(0, "dpv:Advertising"), share(1, purpose="dpv:PersonalisedAdvertising")]),
    (MD, "MD-20", "use-after-objection", [objection(0, LETTER), use(1, purpose=DIRECT)], [objection(0, "dpv:Marketing"), use(1, purpose=LETTER)]),
    (MD, "MD-22", "prohibited-share", [share(0, purpose="ledger:MarketingSuppression", categories=["ledger:SuppressionEntry"])],
     [share(0, categories=["ledger:SuppressionEntry"])]),
    (MD, "MD-24", "use-for-other-purpose", [share(0), use(1, by="acme", purpose="dpv:CustomerCare")], [share(0), use(1, by="acme")]),
    (MD, "MD-23", "refusal-without-reason", [answer(0, "PARTLY", reasons=[REASON])], [answer(0, "PARTLY")]),
    (MD, "MD-23", "refusal-without-reason", [answer(0, "FULFILLED")], [answer(0, "REFUSED")]),
    (MD, "MD-24", "share-without-agreement", [agreed(0, until=5), share(4)], [agreed(0, until=5), share(5)]),
    (MD, "MD-24", "share-without-agreement", [agreed(0), agreed(5, "ENDED"), share(4)], [agreed(0), agreed(5, "ENDED"), share(5)]),
    (MD, "MD-24", "share-without-agreement", [agreed(0), share(1, agreement="a1")], [agreed(0), share(1, agreement="a2")]),
    (MD, "MD-24", "share-beyond-agreement", [agreed(0), agreed(0, agreement="a2", purposes=["dpv:DirectMarketing"]), share(1)],
     [agreed(0), share(1, categories=["pd:Name", "pd:EmailAddress"])]),
    (MD, "MD-24", "share-beyond-agreement", [agreed(0), share(1)], [agreed(0), share(1, purpose="dpv:DirectMarketing")]),
    (MD, "MD-25", "share-without-consent",
     [consent(0, DIRECT), consent(0, "dpv:PersonalisedAdvertising", recipient="facebook"),
      share(1, recipient_role="social_media", recipient="facebook", purpose="dpv:PersonalisedAdvertising")],
     [consent(0, "dpv:PersonalisedAdvertising", recipient="facebook"),
      share(1, recipient_role="social_media", recipient="twitter", purpose="dpv:PersonalisedAdvertising")]),
    (MD, "MD-25", "share-without-consent", [share(1, recipient_role="social_media", recipient="linkedin")],
     [share(1, recipient_role="social_media", recipient="facebook")]),
    (HH, "HH-02", "erasure-while-service-runs", [collect(0), reached(0, "SERVICE_STARTED"), reached(1, "SERVICE_ENDED"), erase(2)],
     [collect(0), reached(0, "SERVICE_STARTED"), reached(1, "SERVICE_ENDED", "r2"), erase(2)]),
    (HH, "HH-02", "erasure-while-service-runs", [reached(0, "SERVICE_STARTED"), erase(2)], [collect(0), reached(0, "SERVICE_STARTED"), erase(2)]),
    (HH, "HH-02", "erasure-while-service-runs", [collect(0), reached(0, "SERVICE_STARTED"), erase(2, categories=["pd:City"])],
     [collect(0), reached(0, "SERVICE_STARTED"), erase(2, categories=["pd:Name"])]),
    (HH, "HH-02", "erasure-while-service-runs", [collect(0, **SERVER), reached(0, "SERVICE_STARTED"), erase(2)],
     [collect(0), reached(0, "SERVICE_STARTED"), reached(1, "SERVICE_ENDED"), reached(2, "SERVICE_STARTED"), erase(3)]),
    (HH, "HH-03", "use-after-objection", [objection(0, NEWS), use(1, purpose="ledger:ServiceNotice")], [objection(0, NEWS), use(1, purpose=NEWS)]),
    (HH, "HH-04", "entry-outside-session", [reached(0, "LOGGED_IN"), collect(1, **LOGGED)],
     [reached(0, "LOGGED_IN"), reached(1, "LOGGED_OUT"), collect(2, **LOGGED)]),
    (HH, "HH-04", "entry-outside-session", [reached(0, "LOGGED_IN"), reached(3, "LOGGED_OUT"), collect(2, **LOGGED)],
     [reached(0, "LOGGED_IN", "r2"), collect(1, **LOGGED)]),
    (HH, "HH-04", "entry-outside-session",
     [reached(0, "LOGGED_IN"), reached(1, "LOGGED_OUT"), reached(2, "LOGGED_IN"), collect(3, **LOGGED)],
     [reached(3, "LOGGED_IN"), collect(2, **LOGGED)]),
    (HH, "HH-04", "entry-outside-session", [reached(1, "LOGGED_IN"), collect(1, **LOGGED)],
     [reached(0, "LOGGED_IN", None), collect(1, **LOGGED | {"ref": None})]),
    (HH, "HH-04", "prohibited-share", [share(0, categories=["pd:Name"])], [share(0, categories=["pd:Name", "ledger:SessionLog"])]),
    (HH, "HH-05", "anonymous-data-linked", [collect(0, subject_ref="dataset-1", **STATISTICS)], [collect(0, **STATISTICS)]),
    (HH, "HH-08", "use-for-other-purpose", [share(0), use(1, by="acme", purpose="dpv:CustomerCare")], [share(0), use(1, by="acme", purpose=DIRECT)]),
    (HH, "HH-08", "use-for-other-purpose", [collect(0), use(1, by=HH, purpose=DIRECT)],
     [share(0), erase(1, by="acme"), use(2, by="acme", purpose="dpv:CustomerCare")]),
    (HH, "HH-10", "prohibited-share", [share(0)], [share(0, purpose="dpv:SellDataToThirdParties")]),
    (HH, "HH-10", "share-without-notice", [notice(0, "recipient", "acme"), share(1, by=HH)], [notice(2, "recipient", "acme"), share(1, by=HH)]),
    (HH, "HH-10", "share-without-notice", [share(1, by=HH, recipient_role="government", disclosure_ground="pressing_reason")],
     [share(1, by=HH, disclosure_ground="pressing_reason")]),
    (HH, "HH-10", "share-without-notice", [share(1, by=HH, recipient_role="data_broker", disclosure_ground="court_order")],
     [share(1, by=HH, recipient_role="data_broker", disclosure_ground="debt_collection")]),
    (HH, "HH-11", "share-without-legal-ground", [share(1, recipient_role="debt_collector", disclosure_ground="debt_collection")],
     [share(1, recipient_role="debt_collector", disclosure_ground="court_order")]),
    (HH, "HH-11", "share-without-arrears", [reached(0, "PAYMENT_OVERDUE", "r1"), share(1, recipient_role="debt_collector", ref="r1")],
     [reached(0, "PAYMENT_OVERDUE", "r2"), share(1, recipient_role="debt_collector", ref="r1")]),
    (HH, "HH-11", "share-without-arrears", [reached(0, "PAYMENT_OVERDUE", "r1"), share(1, recipient_role="debt_collector")],
     [reached(2, "PAYMENT_OVERDUE", "r1"), share(1, recipient_role="debt_collector")]),
    (HH, "HH-12", "transfer-to-unnamed-recipient", [share(0, by=HH, recipient="google", country="US")], [share(0, by=HH, country="US")]),
    (HH, "HH-12", "transfer-to-unnamed-recipient", [share("2021-06-27", by=HH, country="GB")], [share("2021-06-28", by=HH, country="GB")]),
    (HH, "HH-12", "transfer-to-unnamed-recipient", [registered(0, country="US"), share(1, by="acme")],
     [registered(0, country="US"), share(1, by=HH)]),
    (HH, "HH-10", "share-without-notice", [share(1, by="acme")], [notice(0, "recipient", "acme", to="acme"), share(1, by=HH)]),
    (HH, "HH-11", "share-without-legal-ground", [share(0, recipient_role="court", disclosure_ground="court_order")],
     [notice(0, "recipient", "acme"), share(1, recipient_role="court")]),
    (HH, "HH-12", "transfer-without-safeguard", [share(0, country="DE")], [share(0, country="US")]),
    (HH, "HH-07", "use-for-other-purpose", [collect(0), use(1, by=HH)], [collect(0), use(1, by=HH, purpose="dpv:CustomerCare")]),
    (HH, "HH-07", "look-up-without-reason", [consult(0, ticket_ref="t1")], [consult(0)]),
    (HH, "HH-21", "prohibited-use", [use(0, purpose="dpv:RequestedServiceProvision", categories=["pd:EmailContent"])],
     [use(0, purpose="ledger:LegalDisclosure", categories=["pd:EmailContent"])]),
    (HH, "HH-21", "prohibited-use", [use(0, purpose="ledger:AbuseInvestigation", categories=["ledger:HostedContent"])],
     [use(0, purpose=DIRECT, categories=["ledger:HostedContent"])]),
    (HH, "HH-21", "prohibited-share", [share(0, purpose="ledger:LegalDisclosure", categories=["pd:EmailContent"])],
     [share(0, categories=["pd:EmailContent"])]),
    (HH, "HH-21", "prohibited-share", [share(0, purpose="ledger:AbuseInvestigation", categories=["ledger:DatabaseContent"])],
     [share(0, categories=["ledger:DatabaseContent"])]),
    (HH, "HH-21", "prohibited-look-up", [consult(0, purpose="ledger:AbuseInvestigation")], [consult(0, incident_ref="i1")]),
    (HH, "HH-21", "prohibited-look-up", [consult(0, purpose="ledger:AbuseInvestigation", incident_ref="i1")],
     [consult(0, categories=["pd:EmailContent"], incident_ref="i1")]),
    (HH, "HH-21", "look-up-without-reason", [consult(0, incident_ref="i1")], [consult(0, permission_ref="p1", ticket_ref="t1")]),
    (HH, "HH-22", "use-for-other-purpose",
     [collect(0, purposes=["ledger:NetworkCapacity"], **SERVER), use(1, by=HH, purpose="ledger:NetworkCapacity", categories=["ledger:ServerLog"])],
     [collect(0, purposes=["ledger:NetworkCapacity"], **SERVER), use(1, by=HH, purpose=DIRECT, categories=["ledger:ServerLog"])]),
    (WH, "WH-02", "prohibited-share", [share(0)], [share(0, purpose="ledger:Administration")]),
    (WH, "WH-02", "prohibited-share", [share(0, purpose="dpv:PaymentManagement")], [share(0, purpose="ledger:Invoicing")]),
    (WH, "WH-05", "prohibited-share", [share(0, recipient_role="certificate_authority", product="ov", categories=["pd:City"])],
     [share(0, recipient_role="certificate_authority", product="dv", categories=["pd:City"])]),
    (WH, "WH-05", "prohibited-share", [share(0, recipient_role="certificate_authority", product="Ev")],
     [share(0, recipient_role="certificate_authority", product="dv-wildcard")]),
    (WH, "WH-05", "prohibited-share", [share(0, purpose="ledger:CertificateIssuance", product="ov", categories=["pd:City"])],
     [share(0, purpose="ledger:CertificateIssuance", product="dv", categories=["pd:City"])]),
    (WH, "WH-05", "share-without-product", [share(0, purpose="ledger:CertificateIssuance", product="ev")],
     [share(0, purpose="ledger:CertificateIssuance")]),
    (WH, "WH-05", "share-without-ref", [share(0, purpose="ledger:CertificateIssuance", ref="r1")], [share(0, purpose="ledger:CertificateIssuance")]),
    (WH, "WH-08", "prohibited-share", [share(0)], [share(0, categories=["ledger:RequestedPath"])]),
    (WH, "WH-08", "use-for-other-purpose",
     [collect(0, **VISITS), use(1, by=WH, purpose="ledger:BreachInvestigation", categories=["ledger:VisitorTraffic"])],
     [collect(0, **VISITS), use(1, by=WH, purpose="ledger:ErrorAnalysis", categories=["ledger:VisitorTraffic"])]),
    (WH, "WH-08", "prohibited-share", [share(0, purpose="ledger:BreachInvestigation", categories=["pd:IPAddress"])],
     [share(0, categories=["pd:IPAddress"])]),
    (WH, "WH-09", "use-without-consent", [use(0, purpose="ledger:BreachInvestigation", categories=["ledger:HostedContent"])],
     [use(0, categories=["ledger:HostedContent"])]),
    (WH, "WH-09", "share-without-consent", [consent(0, "dpv:CustomerCare"), share(1, categories=["ledger:DatabaseContent"])],
     [consent(0, DIRECT), share(1, categories=["ledger:DatabaseContent"])]),
    (WH, "WH-09", "look-up-without-reason", [consult(0, permission_ref="p1")], [consult(0, ticket_ref="t1")]),
    (WH, "WH-09", "look-up-without-reason", [consult(0, incident_ref="i1", purpose="ledger:BreachInvestigation")],
     [consult(0, incident_ref="i1", categories=["ledger:DatabaseContent"])]),
    (WH, "WH-12", "erasure-while-service-runs", [collect(0), reached(0, "SERVICE_STARTED"), erase(1, by="acme")],
     [collect(0), reached(0, "SERVICE_STARTED"), erase(1, by=WH)]),
    *[(SH, "SH-02", rule, [step], [pays]) for rule, step, pays in [
        ("prohibited-collection", collect(0), collect(0, categories=["pd:Name", "ledger:PayPalAccount"])),
        ("prohibited-share", share(0), share(0, categories=["pd:BankAccount"])),
        ("prohibited-use", use(0), use(0, categories=["pd:PaymentCard"])),
        ("prohibited-look-up", consult(0), consult(0, categories=["ledger:AccountHolder"])),
    ]],
    (SH, "SH-05", "share-without-ref", [share(0, recipient_role="registrar", ref="r1")], [share(0, recipient_role="registrar")]),
    (SH, "SH-05", "share-without-ref", [share(0, recipient_role="supplier", ref="r1")], [share(0, recipient_role="supplier")]),
    (SH, "SH-05", "share-outside-extension",
     [registered(0, extensions=["nl"]), share(1, recipient_role="partner", product="nl", purpose="ledger:DomainRegistration")],
     [registered(0, extensions=["nl"]), share(1, recipient_role="partner", product="com", purpose="ledger:DomainRegistration")]),
    (SH, "SH-05", "share-outside-extension", [registered(0, extensions=["nl"]), share(1, recipient_role="registry", product="nl")],
     [registered(0, extensions=["nl"]), share(1, recipient_role="registry", product="com")]),
    (SH, "SH-05", "share-outside-extension", [registered(0), share(1, recipient_role="registry")],
     [registered(0, extensions=["nl"]), share(1, recipient_role="registry")]),
    (SH, "SH-05", "share-outside-extension", [registered(0, extensions=["com"]), registered(1, extensions=["nl"]),
     share(2, recipient_role="registry", product="nl")], [share(1, recipient_role="registry", product="nl")]),
    (SH, "SH-05", "share-outside-extension", [registered(0), share(1, recipient_role="intermediary", product="nl")],
     [registered(0, extensions=["eu"]), share(1, recipient_role="intermediary", product="nl")]),
    (SH, "SH-05", "prohibited-share", [share(0, recipient_role="supervisory_authority")], [share(0, recipient_role="mailing")]),
    (SH, "SH-04", "prohibited-share", [share(0, recipient_role="intermediary", categories=["pd:EmailAddress"])],
     [share(0, recipient_role="registry", categories=["pd:Name", "pd:EmailAddress"])]),
    (SH, "SH-06", "transfer-without-safeguard", [share(0, country="US", safeguard="eu-gdpr:A49-1-b")], [share(0, country="US")]),
    (SH, "SH-07", "disclosure-without-decision", [decided(0, "REFUSED"), decided(1, "PARTLY"), share(2, **DISCLOSED)],
     [decided(0), decided(1, "REFUSED"), share(2, **DISCLOSED)]),
    (SH, "SH-07", "disclosure-without-notice", [notice(0, "disclosure_request", "d1"), share(2, **DISCLOSED)],
     [notice(0, "disclosure_request", "d2"), share(2, **DISCLOSED)]),
    (SH, "SH-07", "disclosure-beyond-decision", [decided(0, categories=["pd:Name"]), share(2, **DISCLOSED)],
     [decided(0, categories=["pd:City"]), share(2, **DISCLOSED)]),
    (SH, "SH-07", "disclosure-without-notice", [decided(0, notice="BARRED", barred_until=at(3)), share(2, **DISCLOSED)],
     [decided(0, notice="BARRED", barred_until=at(2)), share(2, **DISCLOSED)]),
    (SH, "SH-07", "disclosure-without-notice", [decided(0, notice="DUE"), decided(1, notice="BARRED"), share(2, **DISCLOSED)],
     [decided(0, notice="BARRED"), decided(1, notice="DUE"), share(2, **DISCLOSED)]),
    (SH, "SH-08", "use-for-other-purpose",
     [collect(0, purposes=["ledger:ErrorAnalysis"], **SERVER), use(1, by=SH, purpose="ledger:ErrorAnalysis", categories=["ledger:ServerLog"])],
     [use(1, by=SH, purpose="ledger:ErrorAnalysis", categories=["ledger:ServerLog"])]),
    (SH, "SH-09", "use-without-consent", [consent(0, LETTER), use(1, purpose=LETTER, channel="email")],
     [consent(0, LETTER, channel="sms"), use(1, purpose=LETTER, channel="email")]),
    (SH, "SH-10", "store-in-other-country", [collect(0, **HOSTED, country="NL")], [collect(0, **HOSTED, country="DE")]),
    (SH, "SH-10", "store-in-other-country", [collect(0, **HOSTED | {"store": "elsewhere"}, country="NL")],
     [collect(0, **HOSTED | {"store": "elsewhere"}, country="DE")]),
    (SO, "SO-05", "use-without-consent", [consent(0, LETTER, "WITHDRAWN"), consent(1, LETTER, "RENEWED"), use(2, purpose=LETTER)],
     [consent(0, LETTER), consent(1, LETTER, "WITHDRAWN", channel="email"), use(2, purpose=LETTER, channel="email")]),
    (SO, "SO-05", "share-without-consent", [consent(0, LETTER, channel="email"), share(1, purpose=LETTER, recipient_role="mailing")],
     [consent(0, LETTER, channel="email"), consent(1, LETTER, "WITHDRAWN"), share(2, purpose=LETTER, recipient_role="mailing")]),
    (SO, "SO-05", "use-without-consent", [consent(0, LETTER), consent(3, LETTER, "WITHDRAWN"), use(2, purpose=LETTER)],
     [use(2, purpose=LETTER)]),
    (SO, "SO-04", "collection-without-consent", [consent(0, "ledger:EnquiryHandling"), collect(1, **ASKED)],
     [consent(0, "ledger:EnquiryHandling"), collect(1, **ASKED | {"purposes": ["ledger:EnquiryHandling", "dpv:CustomerCare"]})]),
    (SO, "SO-05", "collection-without-consent", [consent(0, LETTER, channel="email"), consent(1, LETTER, "WITHDRAWN", channel="sms"),
     collect(2, **LISTED)], [consent(0, LETTER, channel="email"), consent(1, LETTER, "WITHDRAWN"), collect(2, **LISTED)]),
    (SO, "SO-05", "collection-without-consent", [consent(0, LETTER), collect(1, **LISTED)],
     [consent(0, LETTER, recipient="acme"), collect(1, **LISTED)]),
    (SO, "SO-07", "too-many-sends", [*[use(day, purpose=NEWS) for day in range(5)], use(6, purpose=NEWS)],
     [*[use(day, purpose=NEWS) for day in range(6)], use(6, purpose=DIRECT)]),
    (SO, "SO-07", "use-for-non-customer", [reached(0, "ACCOUNT_OPENED"), reached(9, "ACCOUNT_CLOSED"), use(1, purpose=NEWS)],
     [reached(0, "ACCOUNT_OPENED"), reached(1, "ACCOUNT_CLOSED"), use(1, purpose=NEWS)]),
    (SO, "SO-07", "use-for-non-customer", [reached(0, "BECAME_CUSTOMER"), use(1, purpose=NEWS)],
     [reached(0, "BECAME_CUSTOMER"), reached(1, "CEASED_CUSTOMER"), reached(3, "BECAME_CUSTOMER"), use(2, purpose=NEWS)]),
    (SO, "SO-07", "prohibited-use", [use(1, purpose=NEWS, channel="email")], [use(1, purpose=NEWS, channel="post")]),
    (SO, "SO-07", "too-many-sends", [*[use("2019-06-01T10:00", purpose=NEWS)] * 6, use("2020-06-01T10:00", purpose=NEWS)],
     [*[use("2019-06-01T10:00:01", purpose=NEWS)] * 6, use("2020-06-01T10:00", purpose=NEWS)]),
    (SO, "SO-07", "too-many-sends", [use(9, purpose=NEWS), *[use(day, purpose=NEWS) for day in range(5)], use(6, purpose=NEWS)],
     [*[use(6, purpose=NEWS)] * 6, use(6, purpose=NEWS)]),
    (SO, "SO-08", "use-after-objection", [objection(0, LETTER), use(1, purpose=LETTER)], [objection(0, DIRECT), use(1, purpose=DIRECT)]),
    (SO, "SO-09", "share-without-agreement", [agreed(0), share(1)], [share(1)]),
    (SO, "SO-09", "share-without-agreement", [share(0, by="acme", recipient_role="registry")], [share(0, by=SO, recipient_role="registry")]),
    (SO, "SO-09", "share-beyond-agreement", [agreed(0), share(1, recipient_role="analytics")],
     [agreed(0), share(1, recipient_role="analytics", purpose=DIRECT)]),
    (SO, "SO-10", "prohibited-share", [share(0)], [share(0, purpose="dpv:SellDataToThirdParties")]),
    (SO, "SO-10", "share-with-unregistered-recipient", [registered(0), share(1)], [registered(0, recipient="other"), share(1)]),
    (SO, "SO-10", "share-with-unregistered-recipient", [share(1, disclosure_ground="police_demand")],
     [share(1, disclosure_ground="pressing_reason")]),
    (SO, "SO-11", "prohibited-share", [share(0, recipient_role="analytics", categories=["ledger:AnonymisedIPAddress"])],
     [share(0, recipient_role="analytics", categories=["pd:IPAddress"])]),
    (SO, "SO-11", "use-for-other-purpose", [use(0, by="acme")], [use(0, by="acme", categories=["ledger:SiteUse"])]),
    (SO, "SO-14", "answer-without-identity-check",
     [fact("RequestReceived", 0, {"right": "ACCESS", "request_ref": "q1", "identity_check": "NOT_NEEDED"}, {}), answer(1, "FULFILLED")],
     [fact("RequestReceived", 0, {"right": "ACCESS", "request_ref": "q2", "identity_check": "DONE"}, {}), answer(1, "FULFILLED")]),
    (SO, "SO-14", "answer-without-identity-check", [answer(1, "PARTLY", identity_check="DONE")], [answer(1, "PARTLY", identity_check="NOT_DONE")]),
    (WH, "GDPR-5-1-b", "use-for-other-purpose", [collect(0), use(1, by=WH)], [collect(0), use(1, by=WH, purpose=DIRECT)]),
    (WH, "GDPR-5-1-b", "use-for-other-purpose", [collect(0), consent(0, DIRECT), use(1, by=WH, purpose=DIRECT)],
     [consent(0, DIRECT), use(1, by=WH, purpose=DIRECT)]),
    (WH, "GDPR-5-1-b", "use-for-other-purpose", [share(0), use(1, by="acme", purpose="dpv:CustomerCare")],
     [share(0), consent(0, DIRECT), use(1, by="acme", purpose=DIRECT)]),
    (HH, "GDPR-7-3", "use-after-withdrawal", [consent(0, NEWS, "REQUESTED"), use(1, purpose=NEWS)],
     [consent(0, NEWS, "EXPIRED"), use(1, purpose=NEWS)]),
    (HH, "GDPR-7-3", "use-after-withdrawal", [consent(0, NEWS, "WITHDRAWN", channel="sms"), use(1, purpose=NEWS, channel="email")],
     [consent(0, NEWS, channel="sms"), consent(1, NEWS, "WITHDRAWN"), use(2, purpose=NEWS, channel="sms")]),
    (HH, "GDPR-7-3", "share-after-withdrawal", [consent(0, NEWS), consent(1, NEWS, "WITHDRAWN", channel="sms"), share(2, purpose=NEWS)],
     [consent(1, NEWS, "WITHDRAWN", channel="sms"), share(2, purpose=NEWS)]),
    (SO, "GDPR-21-3", "use-after-objection", [objection(0, NEWS), use(1, purpose=LETTER)], [objection(0, DIRECT), use(1, purpose=LETTER)]),
    (WH, "GDPR-21-3", "share-after-objection", [objection(0, "dpv:CustomerCare"), share(1)], [objection(0, DIRECT), share(1, purpose=DIRECT)]),
    (WH, "GDPR-44", "transfer-without-safeguard", [share(0, country="NL")], [share(0, country="US")]),
    (SO, "GDPR-44", "transfer-without-safeguard", [share(0, country="NL")], [share(0, country="US")]),
    (HH, "GDPR-6-1-c", "basis-not-in-force", [collect(0, statute="nl-awr-52")], [collect(0, statute=law.TELECOM_RETENTION)]),
    (WH, "GDPR-12-4", "refusal-without-reason", [answer(0, "REFUSED", reasons=[REASON])], [answer(0, "REFUSED")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("controller", "promise", "rule", "keeps", "breaks"), CASES, ids=[f"{case[1]}-{case[2]}-{n}" for n, case in enumerate(CASES)]
)
def test_each_rule_is_kept_and_broken_as_the_specification_says(
    controller: str, promise: str, rule: str, keeps: list[Step], breaks: list[Step]
) -> None:
    assert (promise, rule) not in said(controller, *keeps)
    assert (promise, rule) in said(controller, *breaks)


# controller, promise, rule, the steps of which the last one would break it, were it not outside its scope.
OUTSIDE: list[tuple[str, str, str, list[Step]]] = [
    (MD, "MD-04", "prohibited-collection", [collect(0, activity="support", categories=["pd:EmailContent"])]),
    (MD, "MD-06", "use-after-objection", [objection(0, DIRECT), use(1, purpose=DIRECT)]),
    (MD, "MD-06", "collection-after-objection",
     [objection(0, "dpv:ServicePersonalisation"), collect(1, purposes=["ledger:DataCombination", "dpv:ServicePersonalisation"])]),
    (MD, "MD-07", "use-for-other-purpose", [use(0, by="acme")]),
    (MD, "MD-11", "use-after-objection", [objection(0, DIRECT), use(1, purpose=DIRECT)]),
    (MD, "MD-13", "share-without-ref", [share(0)]),
    (MD, "MD-20", "use-after-objection", [objection(0, "dpv:CustomerCare"), use(1, purpose="dpv:CustomerCare")]),
    (MD, "MD-22", "prohibited-use", [use(0)]),
    (MD, "MD-24", "share-without-agreement", [share(0, recipient_role="advertising")]),
    (MD, "MD-24", "use-for-other-purpose", [use(0)]),
    (MD, "MD-25", "share-without-consent", [share(0, recipient_role="advertising", recipient="google")]),
    (HH, "HH-02", "erasure-while-service-runs", [share(0), reached(0, "SERVICE_STARTED"), erase(1, by="acme")]),
    (HH, "HH-02", "erasure-while-service-runs", [collect(0, **STATISTICS), reached(0, "SERVICE_STARTED"), erase(1, by=HH)]),
    (HH, "HH-02", "erasure-while-service-runs", [collect(0, activity="newsletter"), reached(0, "SERVICE_STARTED"), erase(1, by=HH)]),
    (HH, "HH-02", "erasure-while-service-runs", [collect(0, activity="other"), reached(0, "SERVICE_STARTED"), erase(1, by=HH)]),
    (SO, "SO-14", "answer-without-identity-check", [answer(0, "EXTENDED")]),
    (HH, "HH-03", "use-after-objection", [objection(0, "ledger:ServiceNotice"), use(1, purpose="ledger:ServiceNotice")]),
    (HH, "HH-04", "entry-outside-session", [collect(0)]),
    (HH, "HH-05", "anonymous-data-linked", [collect(0)]),
    (HH, "HH-11", "share-without-legal-ground", [share(0)]),
    (HH, "HH-21", "look-up-without-reason", [consult(0, categories=["pd:Name"])]),
    (HH, "HH-22", "use-for-other-purpose", [use(0, by=HH)]),
    (HH, "HH-22", "use-for-other-purpose", [use(0, by="acme", categories=["ledger:ServerLog"])]),
    (WH, "WH-05", "prohibited-share", [share(0, recipient_role="certificate_authority", product="dv", categories=["ledger:DomainName"])]),
    (WH, "WH-05", "prohibited-share", [share(0, recipient_role="certificate_authority", product="OV")]),
    (WH, "WH-05", "prohibited-share", [share(0, recipient_role="certificate_authority")]),
    (WH, "WH-05", "prohibited-share", [share(0, product="dv", categories=["pd:City"])]),
    (WH, "WH-08", "use-for-other-purpose", [use(0, by=WH)]),
    (WH, "WH-09", "look-up-without-reason", [consult(0, categories=["pd:Name"])]),
    (SH, "SH-05", "share-without-ref", [share(0, recipient_role="mailing")]),
    (SH, "SH-05", "share-outside-extension", [share(0, recipient_role="supplier", purpose="ledger:CertificateIssuance")]),
    (SH, "SH-05", "share-outside-extension", [share(0, recipient_role="certificate_authority")]),
    (SH, "SH-07", "disclosure-without-decision", [share(0)]),
    (SH, "SH-07", "disclosure-without-notice", [share(0)]),
    (SH, "SH-08", "use-for-other-purpose", [use(0, by=SH)]),
    (SH, "SH-08", "use-for-other-purpose", [use(0, by="acme", categories=["ledger:ServerLog"])]),
    (SH, "SH-09", "use-without-consent", [use(0, purpose="dpv:CustomerCare")]),
    (SO, "SO-05", "use-without-consent", [use(0, purpose=NEWS)]),
    (SO, "SO-07", "too-many-sends", [*[use(0, purpose=NEWS)] * 6, use(1, purpose="ledger:ServiceNotice")]),
    (SO, "SO-07", "too-many-sends", [*[use(0, purpose="ledger:ServiceNotice")] * 6, use(1, purpose=NEWS)]),
    (SO, "SO-07", "too-many-sends", [*[use(day, purpose=NEWS) for day in range(6)], use(6, purpose=LETTER)]),
    (SO, "SO-07", "prohibited-use", [use(0, purpose=LETTER, channel="sms")]),
    (SH, "SH-10", "store-in-other-country", [collect(0, country="DE")]),
    (SO, "SO-09", "share-without-agreement", [share(0, by=SO, recipient_role="law_enforcement")]),
    (SO, "SO-11", "prohibited-share", [share(0, categories=["pd:IPAddress"])]),
    (SO, "SO-11", "use-for-other-purpose", [use(0, by=SO, categories=["ledger:SiteUse"])]),
    (SO, "SO-14", "answer-without-identity-check", [answer(0, "REFUSED")]),
]  # fmt: skip


@pytest.mark.parametrize(("controller", "promise", "rule", "steps"), OUTSIDE)
def test_a_rule_says_nothing_about_what_it_does_not_name(controller: str, promise: str, rule: str, steps: list[Step]) -> None:
    assert (promise, rule) not in said(controller, *steps)


def test_an_undeclared_activity_or_role_is_measured_by_nothing_else_that_is_declared() -> None:
    assert said(SO, collect(0, activity="other", categories=["pd:Health"], purposes=[NEWS])) == {("X-04", "undeclared-activity")}
    assert said(WH, share(0, by=WH, recipient_role="data_broker")) == {("X-04", "undeclared-recipient-role")}


def test_a_rule_of_its_own_stands_for_that_of_the_law() -> None:
    assert said(SH, share(0, recipient_role="court", country="US")) >= {("SH-06", "transfer-without-safeguard")}
    assert not {promise for promise, _ in said(SH, share(0, recipient_role="court", country="US"))} & {"GDPR-44"}
    assert said(MD, answer(0, "REFUSED")) == {("MD-23", "refusal-without-reason")}


def test_without_a_policy_before_it_nothing_is_judged() -> None:
    log = history(SO, use(0, purpose=LETTER))

    assert naive_verdicts(log[1:]) == naive_verdicts(log[::-1]) == set()
    assert naive_verdicts(log) != set()


def test_what_is_recorded_later_changes_no_verdict() -> None:
    send = use(1, purpose=LETTER)

    assert ("SO-05", "use-without-consent") in {(promise, rule) for _, promise, rule in naive_verdicts(history(SO, send, consent(0, LETTER)))}


def test_at_the_same_instant_the_smaller_event_id_comes_first() -> None:
    send = use(1, purpose=LETTER, number=5)

    assert ("SO-05", "use-without-consent") not in said(SO, consent(1, LETTER, number=4), send)
    assert ("SO-05", "use-without-consent") in said(SO, consent(1, LETTER, number=6), send)


def test_what_is_known_of_another_subject_does_not_count() -> None:
    assert ("SO-05", "use-without-consent") in said(SO, consent(0, LETTER, subject_ref="s2"), use(1, purpose=LETTER))


def test_a_repeat_is_not_judged_again_and_not_counted_twice() -> None:
    policy, became, *sends = history(SO, reached(-2, "BECAME_CUSTOMER"), *[use(day, purpose=NEWS, categories=[]) for day in range(6)])
    objected = history(SO, objection(-1, NEWS, number=100))[-1]

    assert naive_verdicts([policy, became, *sends, objected, sends[3], sends[-1]]) == set()
    assert naive_verdicts([policy, became, *sends[:3], sends[0], sends[1], *sends[3:]]) == set()
    assert len(naive_verdicts([policy, became, objected, *sends, sends[3]])) == 6


def test_a_year_earlier_is_the_same_time_on_the_clock() -> None:
    def earlier(text: str) -> str:
        return law.wall_clock(law.a_year_before(moment(text))).isoformat()

    assert earlier("2019-06-01T10:00") == "2018-06-01T10:00:00+02:00"
    assert earlier("2020-02-29T10:00") == "2019-02-28T10:00:00+01:00"
    assert earlier("2020-03-31T02:30") == "2019-03-31T03:00:00+02:00"
    assert earlier("2019-10-28T02:30") == "2018-10-28T02:30:00+01:00"


def test_a_policy_announced_after_it_is_in_force_is_told_once_over_the_register() -> None:
    def published(number: int, controller: str, announced: int | None) -> Event:
        given = {"policy": controller, "version": "1", "text": "", "text_hash": "", "compiled": "{}", "in_force_from": 5, "announced_at": announced}
        return made("PolicyPublished", number, 0, controller, **given)

    log = [published(1, HH, 6), published(2, SO, 6), published(3, HH, 5), published(4, HH, None)]
    ids = [f["event_id"] for _, f in log]

    assert naive_register_verdicts(log) == {(ids[0], "HH-20", "announced-late"), (ids[1], "GDPR-13", "announced-late")}
