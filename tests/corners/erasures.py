"""Rare moments of erasures and of what was done on request, among the verdicts: corners that random lives seldom reach."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.corners.life import MICRO, Corner, answered, instant


def erased_in_the_grace(when: str | int, *before: tuple[str, dict[str, Any]], **scope: Any) -> Corner:
    """An account, kept exactly until 1 March 2021, that is erased then; what came before is a fact of 4 March 2019."""
    life = Corner("hostinghuis")
    for category in ("pd:Name", "pd:Religion"):
        life.collect("2019-02-01T12:00", "account", category, "dpv:AccountManagement", store="crm", ref="r1")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="SERVICE_STARTED", ref="r1")
    life.fact("MilestoneReached", "2019-03-01T12:00", kind="SERVICE_ENDED", ref="r1")
    for type_name, fields in before:
        life.fact(type_name, "2019-03-04T12:00", **fields)
    life.fact("DataErased", when, by="hostinghuis", act="ERASED", **scope)
    return life


def asked_to_erase(**fields: Any) -> tuple[str, dict[str, Any]]:
    return "RequestReceived", {"right": "ERASURE", "request_ref": "q1", "identity_check": "DONE"} | fields


def account_in(store: str, ref: str) -> tuple[str, dict[str, Any]]:
    given = {"activity": "account", "categories": ["pd:Name"], "purposes": ["dpv:AccountManagement"], "legal_basis": "eu-gdpr:A6-1-b"}
    return "DataCollected", given | {"store": store, "ref": ref}


def archive_erased(when: str | int, *purposes: str) -> Corner:
    """An agreement for two purposes, kept at least until 2027 of which one is demanded by law; asked for in 2020, erased for these then."""
    life = Corner("mijndomein")
    for purpose in ("ledger:FiscalRecordKeeping", "dpv:EstablishContractualAgreement"):
        life.collect("2019-02-01T12:00", "agreement", "pd:Name", purpose, store="crm", ref="r1")
    life.fact("MilestoneReached", "2019-03-01T12:00", kind="CONTRACT_ENDED", ref="r1")
    life.fact("RequestReceived", "2020-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.fact("DataErased", when, by="mijndomein", act="ERASED", purposes=list(purposes))
    return life


def told_late_of_an_end() -> Corner:
    """A service that started again before the erasure, which is told after it was known that all had ended later still."""
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm", ref="r1")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="SERVICE_STARTED", ref="r1")
    life.fact("MilestoneReached", "2019-05-01T12:00", kind="SERVICE_ENDED", ref="r1")
    life.fact("MilestoneReached", "2019-03-01T12:00", kind="SERVICE_ENDED", ref="r2")
    life.fact("DataErased", "2019-04-01T12:00", by="hostinghuis", act="ERASED", because_of="RETENTION")
    life.fact("DataErased", "2019-06-01T12:00", by="hostinghuis", act="ERASED", store="crm")
    return life


def certificate_erased(when: str | int, because_of: str = "UNKNOWN", renewed: bool = False) -> Corner:
    """A certificate that expires on 3 February 2020, of a customer whose service runs."""
    life = Corner("webhoster")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="SERVICE_STARTED", ref="r2")
    life.collect("2019-02-01T12:00", "certificate", "pd:Name", "ledger:CertificateIssuance", store="administration", ref="r1")
    life.fact("MilestoneReached", "2020-02-03T12:00", kind="CERTIFICATE_EXPIRED", ref="r1")
    if renewed:
        life.fact("MilestoneReached", "2020-02-04T12:00", kind="CERTIFICATE_RENEWED", ref="r1")
    life.fact("DataErased", when, by="webhoster", act="ERASED", because_of=because_of)
    return life


def done_on_request(check: str, *, later: str | None = None, ref: str = "q1", received: str = "2019-03-04T12:00") -> Corner:
    """An erasure and a correction on a request of somebody whose identity was looked at so, and so in a later receipt."""
    life = Corner("sohosted")
    life.fact("RequestReceived", received, right="ERASURE", request_ref="q1", identity_check=check)
    if later is not None:
        life.fact("RequestReceived", "2019-03-08T12:00", right="ERASURE", request_ref="q1", identity_check=later)
    life.fact("DataErased", "2019-03-08T12:00", by="sohosted", act="ERASED", request_ref=ref)
    life.fact("DataRectified", "2019-03-08T12:00", by="sohosted", categories=["pd:Name"], because_of=ref)
    life.fact("DataRectified", "2019-03-08T12:00", by="acme", categories=["pd:Name"], because_of=ref)
    return life


def erased_before_export(*answers: tuple[str, str], received: str = "2019-03-04T12:00", categories: tuple[str, ...] = (), **scope: Any) -> Corner:
    """An account and a newsletter with the same name, erased on 10 March 2019. answers: moment and outcome, told before the erasure."""
    life = Corner("hostinghuis")
    for activity, purpose, store in (("account", "dpv:AccountManagement", "crm"), ("newsletter", "ledger:ProductNews", "mailing")):
        life.collect("2019-02-01T12:00", activity, "pd:Name", purpose, store=store)
    life.fact("RequestReceived", received, right="PORTABILITY", request_ref="q1", identity_check="DONE", categories=list(categories))
    for moment, outcome in answers:
        life.fact("RequestAnswered", moment, request_ref="q1", outcome=outcome)
    life.fact("DataErased", "2019-03-10T12:00", by="hostinghuis", act="ERASED", **scope)
    return life


BEFORE = "2019-03-01T12:00"
BETWEEN = "2019-03-06T12:00"
AFTER = "2019-03-12T12:00"
OBJECTED = {"purpose": "ledger:ProductNews", "state": "RAISED"}
AGREED = {"purpose": "ledger:Newsletter", "state": "GIVEN"}
RESTRICTED = {"hold_ref": "h1", "kind": "RESTRICTION"}
ON_HOLD = {"hold_ref": "h1", "kind": "LEGAL_HOLD"}
ACCOUNT = {"activity": "account", "categories": ["pd:Name"], "purposes": ["dpv:AccountManagement"], "legal_basis": "eu-gdpr:A6-1-b", "store": "crm"}
ENQUIRY = ACCOUNT | {"activity": "marketing", "purposes": ["ledger:ProductNews"], "store": "mailing"}
HELD: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "all is on hold": (("HoldPlaced", BETWEEN, ON_HOLD),), "all is restricted": (("HoldPlaced", BETWEEN, RESTRICTED),),
    "a part is on hold": (("HoldPlaced", BETWEEN, ON_HOLD | {"categories": ["pd:Name"]}),),
    "another store is on hold": (("HoldPlaced", BETWEEN, ON_HOLD | {"store": "crm"}),),
    "its store is on hold": (("HoldPlaced", BETWEEN, ON_HOLD | {"store": "mailing"}),),
    "a hold is over": (("HoldPlaced", BETWEEN, ON_HOLD | {"until": instant("2019-03-10T12:00")}),),
    "a hold is released": (("HoldPlaced", BEFORE, ON_HOLD), ("HoldReleased", BETWEEN, ON_HOLD)),
    "a hold is known that comes later": (("HoldPlaced", AFTER, ON_HOLD),),
}  # fmt: skip
ANSWERED: dict[str, tuple[str, str, tuple[tuple[str, str, dict[str, Any]], ...]]] = {
    "for nothing": ("smallhold", "RECTIFICATION", ()),
    "after a correction": ("smallhold", "RECTIFICATION", (("DataRectified", BETWEEN, {"by": "smallhold"}),)),
    "before a correction": ("mijndomein", "RECTIFICATION", (("DataRectified", AFTER, {"by": "mijndomein"}),)),
    "after a correction of long ago": ("webhoster", "RECTIFICATION", (("DataRectified", BEFORE, {"by": "webhoster"}),)),
    "after a correction by another": ("hostinghuis", "RECTIFICATION", (("DataRectified", BETWEEN, {"by": "acme"}),)),
    "without an objection": ("sohosted", "OBJECTION", (("ObjectionChanged", BEFORE, OBJECTED | {"state": "LIFTED"}),)),
    "with an objection that stood": ("webhoster", "OBJECTION", (("ObjectionChanged", BEFORE, OBJECTED),)),
    "before an objection": ("sohosted", "OBJECTION", (("ObjectionChanged", AFTER, OBJECTED),)),
    "without a withdrawal": ("sohosted", "CONSENT_WITHDRAWAL", (("ConsentChanged", BEFORE, AGREED),)),
    "where nothing was agreed": ("sohosted", "CONSENT_WITHDRAWAL", ()),
    "where it was withdrawn before": ("sohosted", "CONSENT_WITHDRAWAL", (
        ("ConsentChanged", BEFORE, AGREED), ("ConsentChanged", "2019-03-02T12:00", AGREED | {"state": "WITHDRAWN"}))),
    "after a withdrawal": ("webhoster", "CONSENT_WITHDRAWAL", (
        ("ConsentChanged", BEFORE, AGREED), ("ConsentChanged", BETWEEN, AGREED | {"state": "WITHDRAWN", "channel": "email"}))),
    "without a restriction": ("mijndomein", "RESTRICTION", (("HoldPlaced", BETWEEN, RESTRICTED | {"kind": "LEGAL_HOLD"}),)),
    "after a restriction": ("sohosted", "RESTRICTION", (("HoldPlaced", BETWEEN, RESTRICTED),)),
    "with a restriction that stood": ("sohosted", "RESTRICTION", (("HoldPlaced", BEFORE, RESTRICTED),)),
    "with a restriction that was lifted": ("sohosted", "RESTRICTION", (
        ("HoldPlaced", BEFORE, RESTRICTED), ("HoldReleased", "2019-03-02T12:00", RESTRICTED))),
    "while the law keeps all": ("sohosted", "ERASURE", (("DataCollected", BEFORE, ACCOUNT),)),
    "while the law keeps one of two": ("sohosted", "ERASURE", (("DataCollected", BEFORE, ACCOUNT), ("DataCollected", BEFORE, ENQUIRY))),
    "while the law keeps the one that is left": ("sohosted", "ERASURE", (
        ("DataCollected", BEFORE, ACCOUNT), ("DataCollected", BEFORE, ENQUIRY),
        ("DataErased", BETWEEN, {"by": "sohosted", "act": "ERASED", "store": "mailing"}))),
    "while the law keeps what an erasure left": ("sohosted", "ERASURE", (
        ("DataErased", "2019-02-01T12:00", {"by": "sohosted", "act": "ERASED"}), ("DataCollected", BEFORE, ACCOUNT))),
    "before what is left goes": ("sohosted", "ERASURE", (
        ("DataCollected", BEFORE, ACCOUNT), ("DataErased", AFTER, {"by": "sohosted", "act": "ERASED", "store": "crm"}))),
    **{f"while {name}": ("sohosted", "ERASURE", (("DataCollected", BEFORE, ENQUIRY | {"categories": ["pd:Name", "pd:EmailAddress"]}), *holds))
       for name, holds in HELD.items()},
    "after the last of it came": ("sohosted", "ERASURE", (("DataCollected", BETWEEN, ACCOUNT),)),
}  # fmt: skip
def erased_when_a_service_ended_as_it_started() -> Corner:
    """By the order of the two ids it runs, though its term does: at an equal moment the end wins there."""
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm", ref="r1")
    for kind in ("SERVICE_ENDED", "SERVICE_STARTED"):
        life.fact("MilestoneReached", "2019-02-01T12:00", kind=kind, ref="r1")
    life.fact("DataErased", "2019-03-01T12:00", by="hostinghuis", act="ERASED")
    return life


def suppression_erased(state: str, purpose: str = "dpv:DirectMarketing", elsewhere: bool = False, **scope: Any) -> Corner:
    life = Corner("mijndomein")
    life.fact("ObjectionChanged", "2019-02-01T12:00", purpose="dpv:DirectMarketing", state="RAISED", channel="email")
    for store in ("suppression", "copy")[: 1 + elsewhere]:
        life.collect("2019-02-01T12:00", "suppression", "pd:EmailAddress", "ledger:MarketingSuppression", store=store)
    life.fact("ObjectionChanged", "2019-03-01T12:00", purpose=purpose, state=state, channel="email")
    life.fact("DataErased", "2019-04-01T12:00", by="mijndomein", act="ERASED", **scope)
    return life


ERASURES: dict[str, Callable[[], Corner]] = {
    "erased a moment before the grace ends": lambda: erased_in_the_grace(instant("2021-03-01T12:00") - MICRO),
    "erased as the grace ends": lambda: erased_in_the_grace("2021-03-01T12:00"),
    "erased in the grace what is not declared": lambda: erased_in_the_grace("2019-04-01T12:00", categories=["pd:Religion"]),
    "erased in the grace, asked for": lambda: erased_in_the_grace("2019-04-01T12:00", asked_to_erase()),
    "erased in the grace, another thing asked for": lambda: erased_in_the_grace("2019-04-01T12:00", asked_to_erase(categories=["pd:Religion"])),
    "erased in the grace, access asked for": lambda: erased_in_the_grace("2019-04-01T12:00", asked_to_erase(right="ACCESS")),
    "erased in the grace, asked for afterwards": lambda: erased_in_the_grace("2019-03-02T12:00", asked_to_erase()),
    "erased in the grace after an objection": lambda: erased_in_the_grace(
        "2019-04-01T12:00", ("ObjectionChanged", {"purpose": "dpv:AccountManagement", "state": "RAISED"})),
    "erased in the grace after a withdrawal": lambda: erased_in_the_grace(
        "2019-04-01T12:00", ("ConsentChanged", {"purpose": "dpv:AccountManagement", "state": "WITHDRAWN"})),
    "erased in the grace from one of two stores": lambda: erased_in_the_grace("2019-04-01T12:00", account_in("crm-two", "r1"), store="crm"),
    "erased in the grace while another has it": lambda: erased_in_the_grace("2019-04-01T12:00", account_in("crm-two", "r2"), store="crm"),
    "erased in the grace after a later collection": lambda: erased_in_the_grace("2019-03-03T12:00", account_in("crm", "r1")),
    "an agreement erased too early": lambda: archive_erased("2026-12-31T23:59"),
    "an agreement erased in time": lambda: archive_erased("2027-01-01T00:00"),
    "an agreement erased but for the law": lambda: archive_erased("2020-04-01T12:00", "dpv:EstablishContractualAgreement"),
    "an agreement erased for the law": lambda: archive_erased("2020-04-01T12:00", "ledger:FiscalRecordKeeping"),
    "done on an unchecked request": lambda: done_on_request("NOT_DONE"), "done on a checked request": lambda: done_on_request("DONE"),
    "done on a request that was checked later": lambda: done_on_request("NOT_DONE", later="DONE"),
    "done on a ticket": lambda: done_on_request("NOT_DONE", ref="t1"),
    "done before the request": lambda: done_on_request("NOT_DONE", received="2019-04-04T12:00"),
    "erased before an export": erased_before_export,
    "erased before an export that was asked for later": lambda: erased_before_export(received="2019-04-04T12:00"),
    "erased after an export": lambda: erased_before_export(("2019-03-08T12:00", "FULFILLED")),
    "erased before an export that takes longer": lambda: erased_before_export(("2019-03-08T12:00", "EXTENDED")),
    "erased between two answers": lambda: erased_before_export(("2019-03-08T12:00", "REFUSED"), ("2019-03-12T12:00", "FULFILLED")),
    "erased in one of two stores before an export": lambda: erased_before_export(store="crm"),
    "erased what no export is asked of": lambda: erased_before_export(categories=("pd:EmailAddress",)),
    **{f"answered {name}": partial(answered, controller, right, *done) for name, (controller, right, done) in ANSWERED.items()},
    "erased when a service ended as it started": erased_when_a_service_ended_as_it_started,
    "told late of an end": told_late_of_an_end, "a certificate erased as it expires": lambda: certificate_erased("2020-02-03T12:00"),
    "a certificate erased before it expires": lambda: certificate_erased(instant("2020-02-03T12:00") - MICRO, "RETENTION"),
    "a renewed certificate erased": lambda: certificate_erased("2020-02-05T12:00", "OBLIGATION", renewed=True),
    "the suppression list erased": lambda: suppression_erased("RAISED"),
    "the suppression list erased when lifted": lambda: suppression_erased("LIFTED"),
    "the suppression list erased when another is lifted": lambda: suppression_erased("LIFTED", "dpv:Marketing"),
    "the suppression list erased elsewhere": lambda: suppression_erased("RAISED", store="copy"),
    "one of two suppression lists erased": lambda: suppression_erased("RAISED", elsewhere=True, store="copy"),
    "both suppression lists erased": lambda: suppression_erased("RAISED", elsewhere=True),
}  # fmt: skip
