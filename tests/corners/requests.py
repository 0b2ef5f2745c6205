"""Rare moments of requests: what is refused and until when, what is on hold, what is disclosed and told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.corners.life import HOUR, Corner, instant


def refused(
    *reasons: dict[str, Any], outcome: str = "REFUSED", ticks: tuple[str, ...] = ("2019-03-20T12:00", "2020-03-20T12:00"),
    asked: str = "2019-03-04T12:00",
    statute: str | None = "nl-awr-52", followed_by: str | None = None, answered: str = "2019-03-10T12:00",
) -> Corner:  # fmt: skip
    """A request for erasure of an order that no term covers, collected under a law, and its answer; another law may have its place by then."""
    life = Corner("mijndomein")
    if followed_by is not None:
        life.follow("nl-awr-52", followed_by)
    life.collect("2019-02-01T12:00", "order", "pd:Name", "dpv:CustomerOrderManagement", store="shop", ref="r1", statute=statute)
    life.tick(asked)
    life.fact("RequestReceived", asked, right="ERASURE", request_ref="q1", identity_check="DONE")
    every: dict[str, Any] = {"holder": "mijndomein", "store": None, "purpose": None, "ref": None, "until": None}
    every |= {"reason": "ledger:StatutoryTerm", "statute": "nl-awr-52"}
    life.fact("RequestAnswered", answered, request_ref="q1", outcome=outcome, reasons=[every | reason for reason in reasons])
    for moment in ticks:
        life.tick(moment)
    return life


def refused_at_the_accountant(purpose: str) -> Corner:
    """What an accountant has is not erased on request, for the tax law: the statement has that law for one purpose and not for the others."""
    life = Corner("mijndomein")
    life.share("2019-02-01T12:00", "acme", "supplier", purpose)
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    reason = {"holder": "acme", "store": None, "purpose": None, "ref": None, "until": None, "reason": "ledger:StatutoryTerm", "statute": "nl-awr-52"}
    life.fact("RequestAnswered", "2019-03-10T12:00", request_ref="q1", outcome="PARTLY", reasons=[reason])
    life.tick("2019-03-20T12:00")
    return life


def kept_for_now(
    reason: str, *later: tuple[str, str, dict[str, Any]], before: tuple[tuple[str, str, dict[str, Any]], ...] = (), ref: str | None = None,
    until: str | None = None, purpose: str = "dpv:CustomerOrderManagement",
) -> Corner:  # fmt: skip
    """A request for erasure of an order is refused for a reason whose end facts tell; a tick comes a day after each later fact, and some more."""
    life = Corner("mijndomein")
    for category in ("pd:Name", "pd:EmailAddress"):
        life.collect("2019-02-01T12:00", "order", category, purpose, store="shop", ref="r1")
    for type_name, when, fields in before:
        life.fact(type_name, when, **fields)
    life.tick("2019-03-04T12:00")
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1")
    entry = {"holder": "mijndomein", "store": None, "purpose": None, "ref": ref, "reason": reason, "statute": None}
    entry["until"] = None if until is None else instant(until)
    life.fact("RequestAnswered", "2019-03-10T12:00", request_ref="q1", outcome="REFUSED", reasons=[entry])
    life.tick("2019-03-20T12:00")
    for type_name, when, fields in later:
        life.fact(type_name, when, **fields)
        life.tick(instant(when) + 24 * HOUR)
    for moment in ("2019-08-01T12:00", "2019-08-08T12:00", "2020-03-20T12:00"):
        life.tick(moment)
    return life


def reached(kind: str, when: str, ref: str = "r1") -> tuple[str, str, dict[str, Any]]:
    return "MilestoneReached", when, {"kind": kind, "ref": ref}


def placed(kind: str = "LEGAL_HOLD", when: str = "2019-03-06T12:00", **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return "HoldPlaced", when, {"hold_ref": "h1", "kind": kind} | fields


def service_after_a_refusal() -> Corner:
    """Refused for half a year; then the service is to end within a week, and what it needed goes."""
    life = Corner("webhoster", duties=({"id": "WH-12", "on": "erasure", "do": "end_service"},))
    for purpose, until in (("dpv:AccountManagement", "2019-09-01T12:00"), ("ledger:Administration", "2019-08-01T12:00")):
        life.collect("2019-02-01T12:00", "account", "pd:Name", purpose, store="administration", ref=until[5:7])
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="SERVICE_STARTED", ref="v1")
    life.tick("2019-03-04T12:00")
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    claim = {"holder": "webhoster", "store": None, "purpose": None, "reason": "eu-gdpr:JustificationA17LegalClaims", "statute": None}
    reasons = [claim | {"ref": until[5:7], "until": instant(until)} for until in ("2019-09-01T12:00", "2019-08-01T12:00")]
    life.fact("RequestAnswered", "2019-03-10T12:00", request_ref="q1", outcome="REFUSED", reasons=reasons)
    for moment in ("2019-03-20T12:00", "2019-09-10T12:00", "2019-09-16T12:00", "2019-09-17T12:00"):
        life.tick(moment)
    life.fact("MilestoneReached", "2019-09-18T12:00", kind="SERVICE_ENDED", ref="v1")
    for moment in ("2019-09-19T12:00", "2019-09-25T11:00", "2019-09-25T12:00"):
        life.tick(moment)
    return life


RUNS, ON_HOLD, NOBODY = "ledger:ContractRuns", "ledger:LegalHold", "eu-gdpr:JustificationA12IdentityFailure"
STARTED = {kind: (reached(f"{kind}_{start}", "2019-02-01T12:00"),) for kind, start in (("SERVICE", "STARTED"), ("CONTRACT", "STARTED"),
                                                                                 ("ACCOUNT", "OPENED"))}  # fmt: skip


def answered_again() -> Corner:
    """Refused under a law that demands the data, then fulfilled after all: the later answer counts."""
    life = refused({}, ticks=())
    life.fact("RequestAnswered", "2019-03-12T12:00", request_ref="q1", outcome="FULFILLED", reasons=[])
    life.tick("2019-03-20T12:00")
    return life


def asked_while_it_is_on_the_suppression_list() -> Corner:
    life = Corner("mijndomein")
    life.collect("2019-02-01T12:00", "suppression", "pd:EmailAddress", "ledger:MarketingSuppression", store="suppression")
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.tick("2019-03-20T12:00")
    return life


def asked_while_a_store_is_on_hold(store: str) -> Corner:
    life = Corner("mijndomein")
    life.collect("2019-02-01T12:00", "newsletter", "pd:EmailAddress", "ledger:Newsletter", store="mailing")
    life.fact("HoldPlaced", "2019-03-01T12:00", hold_ref="h1", kind="LEGAL_HOLD", store=store)
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.tick("2019-03-20T12:00")
    return life


def disclosed(*, barred_until: str | None = None, told: str | None = None, decision: str = "GRANTED") -> Corner:
    """The police asked for a name and got it; the person is to be told, not before a bar is over. told: of what he was told before."""
    life = Corner("smallhold")
    life.fact("DisclosureRequested", "2019-03-01T12:00", disclosure_ref="d1", requester_kind="police", ground="police_demand", categories=["pd:Name"])
    if told is not None:
        life.fact("NoticeGiven", "2019-03-02T12:00", to="subject", about=told, ref="d1")
    ends = None if barred_until is None else instant(barred_until)
    life.fact("DisclosureDecided", "2019-03-04T12:00", disclosure_ref="d1", decision=decision, notice="DUE" if ends is None else "BARRED",
              barred_until=ends, categories=["pd:Name"])  # fmt: skip
    for moment in ("2019-03-05T12:00", "2019-03-20T12:00", "2019-04-20T12:00"):
        life.tick(moment)
    return life


REQUESTS: dict[str, Callable[[], Corner]] = {
    "refused without a reason": lambda: refused(), "refused for somebody else": lambda: refused({"holder": "acme"}),
    "refused under a law that was set aside": lambda: refused({"statute": "nl-tw-13-2a"}, statute="nl-tw-13-2a"),
    "refused for what a recipient has for the tax": lambda: refused_at_the_accountant("ledger:FiscalRecordKeeping"),
    "refused for what a recipient has for something else": lambda: refused_at_the_accountant("dpv:CustomerCare"),
    "refused under a law that does not demand it": lambda: refused({}, statute=None),
    "refused under a law that took the place of another": lambda: refused({"statute": "nl-awr-53"}, followed_by="nl-awr-53"),
    "refused under another law": lambda: refused({"statute": "nl-bw-2-10"}),
    "refused for two times": lambda: refused({"until": instant("2019-03-15T12:00")}, {"until": instant("2019-06-15T12:00")}),
    "refused for seven years": lambda: refused({}, outcome="PARTLY", ticks=("2026-03-01T12:00", "2026-12-31T23:59", "2027-01-01T00:00")),
    "refused until 2099 under seven years": lambda: refused(
        {"until": instant("2099-01-01T12:00")}, answered="2020-03-10T12:00", ticks=("2026-12-31T23:59", "2027-01-01T12:00", "2027-12-31T23:59",
                                                                                  "2028-01-01T00:00", "2028-01-08T00:00")),
    "refused until 2099, asked a year after it came": lambda: refused(
        {"until": instant("2099-01-01T12:00")}, asked="2020-03-04T12:00", answered="2022-03-10T12:00",
        ticks=("2026-12-31T23:59", "2027-01-01T12:00", "2027-12-31T23:59", "2028-01-01T00:00", "2028-01-08T00:00", "2030-01-08T00:00")),
    "refused for want of time": lambda: kept_for_now("eu-gdpr:JustificationA12Complexity"),
    "refused for less than its law asks": lambda: refused({"until": instant("2019-06-15T12:00")}, ticks=("2019-06-15T12:00", "2019-06-22T12:00")),
    "a refusal that ends before the month": lambda: refused({"until": instant("2019-03-15T12:00")}, ticks=("2019-03-15T12:00", "2019-04-05T12:00")),
    "a service after a refusal": service_after_a_refusal,
    "refused while nothing runs": lambda: kept_for_now(RUNS), "refused while an order runs": lambda: kept_for_now(
        RUNS, before=(reached("ORDER_PLACED", "2019-02-01T12:00"),)),
    **{f"refused while a {kind.lower()} runs": partial(kept_for_now, RUNS, reached(end, "2019-07-01T12:00"), before=STARTED[kind])
       for kind, end in (("SERVICE", "SERVICE_ENDED"), ("CONTRACT", "CONTRACT_ENDED"), ("ACCOUNT", "ACCOUNT_CLOSED"))},
    "refused while a service and a contract run": lambda: kept_for_now(
        RUNS, reached("SERVICE_ENDED", "2019-07-01T12:00"), reached("CONTRACT_ENDED", "2019-06-01T12:00"),
        before=(*STARTED["SERVICE"], *STARTED["CONTRACT"])),
    "refused while a contract runs that starts again": lambda: kept_for_now(
        RUNS, reached("CONTRACT_ENDED", "2019-05-01T12:00"), reached("CONTRACT_STARTED", "2019-06-01T12:00"), before=STARTED["CONTRACT"]),
    "refused while another contract runs": lambda: kept_for_now(RUNS, before=(reached("CONTRACT_STARTED", "2019-02-01T12:00", "c9"),), ref="r1"),
    "refused while its contract runs": lambda: kept_for_now(
        RUNS, reached("CONTRACT_ENDED", "2019-07-01T12:00"), before=(*STARTED["CONTRACT"], reached("CONTRACT_STARTED", "2019-02-01T12:00", "c9")),
        ref="r1"),
    "refused until a day while a contract runs": lambda: kept_for_now(
        RUNS, reached("CONTRACT_ENDED", "2019-07-01T12:00"), before=STARTED["CONTRACT"], until="2019-05-01T12:00"),
    "refused for a legal hold": lambda: kept_for_now(
        ON_HOLD, ("HoldReleased", "2019-07-01T12:00", {"hold_ref": "h1", "kind": "LEGAL_HOLD"}), before=(placed(when="2019-03-03T12:00"),)),
    "refused for a legal hold that ends by itself": lambda: kept_for_now(ON_HOLD, placed(when="2019-03-21T12:00", until=instant("2019-07-01T12:00"))),
    "refused for a legal hold of a part": lambda: kept_for_now(ON_HOLD, placed(when="2019-03-21T12:00", categories=["pd:Name"])),
    "refused for legal holds of both parts": lambda: kept_for_now(
        ON_HOLD, placed(when="2019-03-21T12:00", categories=["pd:Name"]),
        placed(when="2019-03-25T12:00", categories=["pd:EmailAddress"], hold_ref="h2", until=instant("2019-07-01T12:00"))),
    "refused for a legal hold that is none": lambda: kept_for_now(ON_HOLD, placed("RESTRICTION", "2019-03-21T12:00")),
    "refused as nobody knows who asks": lambda: kept_for_now(
        NOBODY, ("RequestReceived", "2019-07-01T12:00", {"right": "ERASURE", "request_ref": "q1", "identity_check": "DONE"})),
    "refused for the suppression list": lambda: kept_for_now("ledger:SuppressionList"),
    "refused for a suppression list": lambda: kept_for_now("ledger:SuppressionList", purpose="ledger:MarketingSuppression"),
    "answered again": answered_again, "asked while it is on the suppression list": asked_while_it_is_on_the_suppression_list,
    "asked while another store is on hold": lambda: asked_while_a_store_is_on_hold("crm"),
    "asked while the store is on hold": lambda: asked_while_a_store_is_on_hold("mailing"),
    "a disclosure that is refused": lambda: disclosed(decision="REFUSED"),
    "a disclosure that is barred": lambda: disclosed(barred_until="2019-03-19T12:00"),
    "told of the request alone": lambda: disclosed(told="disclosure_request"), "told of the disclosure": lambda: disclosed(told="disclosure"),
}  # fmt: skip
